"""Hostile requests for every route: `python -m tests.fuzz.requests --count 100000 --seed 1`.

Made from the app's own routes, with sessions of every role and tablets that sign. Whatever is
sent, it is answered, and not as a fault of ours; none of it is in a log, nor as markup in a page,
nor does it bring what is another region's; and whoever else asks meanwhile is served.

What is sent is drawn in `hostile.py`; here it is sent and judged.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import re
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from urllib.parse import unquote

from server.app import build_app
from server.rights import Reach, Right, reach_of
from server.serving import Bounds
from tests.databases import empty_database, own_cluster
from tests.doors.conftest import ROLES, furnished
from tests.doors.test_slow_clients import Served
from tests.fuzz.hostile import (
    MARK,
    NINES,
    Ask,
    Hostile,
)
from tests.fuzz.messages import mutate_bytes
from tests.world import World


class Heard(logging.Handler):
    """Everything that is logged: what tells of a request, and what is an error."""

    def __init__(self, findings):
        super().__init__(logging.DEBUG)
        self.findings, self.secrets, self.count = findings, set(), 0
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record):
        self.count += 1
        self.look(self.format(record), is_error=record.levelno >= logging.ERROR)

    def look(self, text, *, is_error=False):
        told = [one for one in (MARK, NINES, *self.secrets) if one in text]
        if told:
            self.findings.append(f"logged {told}: {text[-3_000:]}")
        elif is_error:
            self.findings.append(f"an error: {text[-3_000:]}")


class Written(io.TextIOBase):
    """What is written to stderr, looked at as what is logged."""

    def __init__(self, heard):
        self.heard = heard

    def write(self, text):
        self.heard.look(text)
        return len(text)


@contextmanager
def heard(findings):
    """Hear every logger, at the level of the server or below it, and what goes to stderr."""
    root, handler = logging.getLogger(), Heard(findings)
    level, root.level = root.level, logging.INFO
    root.addHandler(handler)
    logging.getLogger("uvicorn").addHandler(handler)  # it does not reach the root
    try:
        with redirect_stderr(Written(handler)):
            yield handler
    finally:
        logging.getLogger("uvicorn").removeHandler(handler)
        root.removeHandler(handler)
        root.level = level


MEANT = (503, 507)
"""What says that something is wanting, not that something is wrong."""
AT_ONCE = 16
SERVED_WITHIN = 20 * AT_ONCE
"""How many other requests may be answered before one that is well-behaved."""
SERVED_EVERY, RENEWED_EVERY = 50, 300
STEP_MS = 7_000

FAR_NAMES = (b"Fatima-far", b"Coop-far", b"note-far", b"spoken-far", b"Held-far", b"698765432")
BOUND = {role for role in ROLES if reach_of(role, Right.SEE_PEOPLE) in (Reach.REGIONS, Reach.POINT)}


class Knocking:
    """Sends requests to an app in this process, many at once, and judges the answers."""

    def __init__(self, doors, seed):
        self.doors, self.hostile = doors, Hostile(doors, seed)
        self.findings, self.statuses = [], Counter()
        self.sent = self.answered = self.served = self.longest = 0

    def run(self, count):
        """Send `count` requests."""
        with heard(self.findings) as self.heard:
            asyncio.run(self._run(count))

    async def _run(self, count):
        self.left = count
        self.renewing = asyncio.Lock()
        await self._renew()
        await asyncio.gather(*(self._worker() for _ in range(AT_ONCE)))

    async def _worker(self):
        while self.left > 0:
            self.left -= 1
            self.sent += 1
            self.doors.world.now += STEP_MS
            if self.sent % RENEWED_EVERY == 0:
                await self._renew()
            if self.sent % SERVED_EVERY == 0:
                await self._well_behaved()
            ask = self.hostile.make()
            try:
                status, headers, content = await self.knock(ask)
            except Exception as fault:  # noqa: BLE001 - this is what we look for
                self.findings.append(f"raised {fault!r}: {ask}")
                continue
            finally:
                self.answered += 1
            self._judge(ask, status, headers, content)

    async def _renew(self):
        self.hostile.renew()
        headers, _ = self.doors.sign_in("regional-coordinator")
        self.own = ((b"cookie", headers["cookie"].encode()), (b"host", b"testserver"))
        every = (*self.hostile.sessions.values(), self.hostile.portal)
        self.heard.secrets = {one for pair in every for one in pair}

    async def _well_behaved(self):
        nonce = self.hostile.rng.randbytes(16).hex().encode()
        for target in (b"/desk/people", b"/sync/v1/time/" + nonce):
            before = self.answered
            status, _, _ = await self.knock(Ask("GET", target, self.own, b""), is_hostile=False)
            self.longest = max(self.longest, self.answered - before)
            if status != 200 or self.answered - before > SERVED_WITHIN:
                waited = self.answered - before
                self.findings.append(f"not served: {target!r} {status} after {waited} others")
            self.served += 1

    async def knock(self, ask, *, is_hostile=True):
        """Return status, headers and body of the answer."""
        return await called(self.doors.app, ask)

    def _judge(self, ask, status, headers, content):
        self.statuses[status] += 1
        if status >= 500 and status not in MEANT:
            self.findings.append(f"{status}: {ask}")
        for name, value in headers:
            if re.search(rb"[\r\n\0]", name + value):
                self.findings.append(f"a header {name!r} {value!r}: {ask}")
        if b"<b zqxjk" in content:
            self.findings.append(f"markup: {ask}")
        if (not ask.role or ask.role in BOUND) and any(one in content for one in FAR_NAMES):
            self.findings.append(f"of another region: {ask}")


async def called(app, ask):
    """Return status, headers and body of an ASGI application's answer, as a server asks it."""
    path, _, query = ask.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": ask.method,
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(ask.headers),
        "client": ("127.0.0.1", 9),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    half = len(ask.body) // 2
    events = [(ask.body[:half], True), (ask.body[half:], False)]
    start, content, answered = {}, bytearray(), asyncio.Event()

    async def receive():
        if not events:
            # Who asks stays until all has come: an answer in pieces ends where nobody listens.
            await answered.wait()
            return {"type": "http.disconnect"}
        part, more = events.pop(0)
        return {"type": "http.request", "body": part, "more_body": more}

    async def send(event):
        if event["type"] == "http.response.start":
            start.update(event)
        else:
            content.extend(event.get("body", b""))
            if not event.get("more_body"):
                answered.set()

    await app(scope, receive, send)
    return start["status"], start["headers"], bytes(content)


LINES = (
    b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\0\x01zqxjk",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://zqxjk.example/desk HTTP/1.1\r\nhost: a\r\n\r\n",
    b"GET /zqxjk\xff HTTP/1.1\r\nhost: a\r\n\r\n", b"GET zqxjk HTTP/1.1\r\nhost: a\r\n\r\n",
    b"CONNECT zqxjk:1 HTTP/1.1\r\nhost: a\r\n\r\n", b"\0" * 90, b"\r\n" * 90,
    b"GET / HTTP/1.1\nhost: a\n\n", b"GET / HTTP/1.0\r\n\r\n", b"zqxjk",
    b"GET /" + b"zqxjk" * 9_000, b"GET /?\xd9\xa1zqxjk HTTP/1.1\r\n\r\n",
    b"GET //[zqxjk HTTP/1.1\r\nhost: a\r\n\r\n", b"GET /#zqxjk HTTP/1.1\r\n\r\n",
    b"GET /desk/%zqxjk HTTP/1.1\r\nhost: a\r\n\r\n", b"GET  / HTTP/1.1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", b"GET * HTTP/1.1\r\nhost: a\r\n\r\n",
)  # fmt: skip
"""What is hardly a request."""
EXTRA = (
    b"x-zqxjk : a", b"x-zqxjk: a\r\n b", b"x-zqxjk: \0", b"x\xffzqxjk: a", b": zqxjk", b"zqxjk",
    b"x-zqxjk: a\rb", b"host: zqxjk", b"transfer-encoding: chunked",
    b"transfer-encoding: chunked, zqxjk", b"transfer-encoding: zqxjk", b"content-length: 1",
    b"upgrade: websocket\r\nconnection: upgrade", b"expect: 100-continue",
    b"x: " + b"zqxjk" * 5_000, b"a: b\r\n" * 400 + b"a: b", b"connection: zqxjk", b"te: trailers",
    b"x-zqxjk:a\r\n\r\nGET /desk HTTP/1.1\r\nhost: zqxjk",
)  # fmt: skip
"""What a head should not have."""
QUICK = Bounds(header_s=0.3, silent_s=0.3, idle_s=0.3)
HANGS_S = 30
"""Far beyond what a connection may last by these bounds."""


class SocketKnocking(Knocking):
    """Sends them as bytes through the server's own protocol: whole, bent, or half."""

    def run(self, count):
        with heard(self.findings) as self.heard:
            served = Served(QUICK, build_app(self.doors.app_settings, self.doors.world.database))
            logging.getLogger("uvicorn").addHandler(self.heard)
            self.port = served.port
            try:
                asyncio.run(self._run(count))
            finally:
                served.stop()

    async def knock(self, ask, *, is_hostile=True):
        """Return what the first answer says; status 0 where the connection ends without one."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sent, is_left = self._bytes(ask, is_hostile=is_hostile)
        content = b""
        with suppress(ConnectionError):
            writer.write(sent)
            await writer.drain()
            if not is_left:
                content = await asyncio.wait_for(reader.read(), HANGS_S)
        writer.close()
        head, _, body = content.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.1 ([0-9]{3})", head)
        headers = [line.partition(b": ")[::2] for line in head.split(b"\r\n")[1:]]
        if is_hostile and any(b"zqxjk" in name for name, _ in headers):
            self.findings.append(f"a header of the request's: {ask}")
        return int(status[1]) if status else 0, headers, body

    def _bytes(self, ask, *, is_hostile):
        """Return what is sent, and whether one leaves then."""
        rng, extra = self.hostile.rng, b"connection: close\r\n"
        if is_hostile and rng.random() < 0.1:
            return rng.choice(LINES), rng.random() < 0.5
        if is_hostile and rng.random() < 0.3:
            extra += rng.choice(EXTRA) + b"\r\n"
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in ask.headers)
        sent = ask.method.encode() + b" " + ask.target + b" HTTP/1.1\r\n" + extra + lines + b"\r\n"
        sent += ask.body
        if not is_hostile or rng.random() < 0.5:
            return sent, False
        if rng.random() < 0.5:
            return sent[: rng.randint(0, len(sent))], rng.random() < 0.8
        for _ in range(rng.randint(1, 3)):
            sent = mutate_bytes(sent, rng.choice(LINES), rng)
        return sent, rng.random() < 0.2


def report(title, knocking, seconds):
    """Print what was sent and what came of it, each kind of finding once."""
    statuses = ", ".join(f"{one}: {n}" for one, n in sorted(knocking.statuses.items()))
    print(f"{title}: {knocking.sent} requests in {seconds:.0f} s; answers {statuses}")
    routes = knocking.hostile.asked
    print(f"  {len(routes)} routes and calls, the least asked {min(routes.values())} times")
    print(f"  {knocking.served} others served meanwhile, within {knocking.longest} requests")
    for one in knocking.findings[:20]:
        print(f"  FOUND {one[:2_000]}")
    print(f"  {len(knocking.findings)} findings")


@contextmanager
def database(kind):
    """Make a database of its own: its address."""
    if kind == "postgres":
        with own_cluster() as cluster, empty_database(cluster.url) as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/server.db"


def main():
    """Send so many; print findings; exit status 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    from argon2 import PasswordHasher
    from argon2.profiles import CHEAPEST

    from server.accounts import passwords

    passwords._HASHER = PasswordHasher.from_parameters(CHEAPEST)  # a try costs no more than others
    with database(given.database) as url, tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        with World(url, files / "world") as world, furnished(world, files / "files") as doors:
            every = Knocking(doors, given.seed), SocketKnocking(doors, given.seed)
            for knocking, count in zip(every, (given.count, given.count // 50), strict=True):
                began = time.monotonic()
                knocking.run(count)
                title = f"seed {given.seed}, {given.database}, {type(knocking).__name__}"
                report(title, knocking, time.monotonic() - began)
    return 1 if any(one.findings for one in every) else 0


if __name__ == "__main__":
    raise SystemExit(main())
