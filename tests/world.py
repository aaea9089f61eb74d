"""A server and its tablets in one process: real commands, real stores, a line that can break."""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import dataclass, field

import httpx

from mobile_app.device.clock import FakeClock
from mobile_app.exchange import connection, runner
from mobile_app.exchange.calls import (
    SYNC_PATH,
    BodyTooLarge,
    Part,
    Refused,
    SoftwareKey,
    Traffic,
    Unreachable,
)
from mobile_app.exchange.transport import answer_of
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from server.accounts import commands, devices, enrolment, passwords, territories
from server.db.engine import Engines
from server.db.records import NotFound
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Author, Database
from server.exchange.routes import SyncEndpoint
from server.media.commands import Uploads
from server.media.routes import MediaEndpoint, blobs_app
from server.media.store import BlobFiles
from server.reference.load import load
from sync import replies
from sync.changes import Change, Op
from sync.entities import ENTITIES
from sync.errors import RemoteSyncError
from tests.places import FAR, HOME, NEAR, START

__all__ = ["FAR", "HOME", "NEAR", "START"]


class World:
    """One server; tablets are added to it. All clocks move together unless one is turned.

    `is_furnished`: the database is a copy of one that an earlier world has begun.
    """

    def __init__(self, url, folder, *, is_furnished=False):
        self.now = START
        self.engines = Engines(url)
        self.ids = itertools.count(1)
        self.database = Database(self.engines, TABLES, clock=lambda: self.now, ids=self.new_id)
        if not is_furnished:
            migrate(self.engines, TABLES, epoch=os.urandom(8))
            self.database.write(load)
        self.files = BlobFiles(folder)
        self.restart()
        self.tablets = []

    def restart(self):
        self.endpoint = SyncEndpoint(self.database, slice_count=2)
        self.serve_blobs()

    def serve_blobs(self, **settings):
        self.uploads = Uploads(self.database, self.files, **settings)
        media = MediaEndpoint(self.database, self.uploads, self.endpoint.counters)
        self.blobs = blobs_app(media)

    def new_id(self):
        return b"\x01" * 8 + next(self.ids).to_bytes(8, "big")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        for tablet in self.tablets:
            tablet.store.close()
        self.engines.close()

    def user(self, login, *communes, role="field_agent", password="password1", **more):
        password = passwords.hash_password(password)
        return self.database.write(
            lambda work: commands.create_user(work, login, role, communes, password, **more)
        )

    def agent(self, login):
        return self.database.read(lambda records: commands.agent_of(records, login))

    def grant(self, login, *communes):
        self.database.write(
            lambda work: territories.grant(work, self.agent(login), communes, by=None)
        )

    def revoke(self, login, *communes):
        self.database.write(lambda work: territories.revoke(work, self.agent(login), communes))

    def code(self, login):
        return self.database.write(lambda work: enrolment.make_code(work, self.agent(login)))[0]

    def tablet(self, login, path=":memory:"):
        tablet = Tablet(self, path)
        tablet.enrol(self.code(login))
        self.tablets.append(tablet)
        return tablet

    def get(self, entity, record_id):
        return self.database.read(lambda records: records.get(entity, record_id).values)

    def change(self, entity, record_id, base_rev=None, **values):
        author = Author(None)
        self.database.write(
            lambda work: work.change(entity, record_id, values, author, base_rev=base_rev)
        )


@dataclass
class Line:
    """A transport into the server's own code. `cut` and `lose` break it.

    `breaks_after`: how many bytes of each coming answer arrive. `bytes_down`: what did of each.
    `body_bytes_max`: what a proxy on the way lets pass; `is_rude`: it says nothing and hangs up.
    `tried`: bytes of each body that was sent, passed or not.
    """

    world: World
    store: Store
    traffic: Traffic = field(default_factory=Traffic)
    cut: bool = False
    lose_replies: int = 0
    bytes_left: int | None = None
    calls: list[tuple[str, int, int]] = field(default_factory=list)
    answer_count: int = 0
    order: tuple[str, int] = ("", 0)
    bytes_arrived: int = 0
    break_at_request: int = -1
    breaks_after: list[int] = field(default_factory=list)
    bytes_down: list[int] = field(default_factory=list)
    body_bytes_max: int = 2**62
    is_rude: bool = False
    tried: list[int] = field(default_factory=list)

    def close(self):
        pass

    def send(self, body):
        self._require_line(body)
        answer = self._answer(body)
        self.traffic.round_trips += 1
        if self.lose_replies:
            self.lose_replies -= 1
            raise Unreachable("reply lost", is_broken=True)
        return self._arrived(answer)

    def rest(self, part):
        self._require_line()
        path = f"{replies.PATH}/{part.counter}/{len(part.content)}"
        header = sign(self.store, self.next_counter(), b"", path, "GET")
        try:
            answer = self.world.endpoint.answer("GET", path, header, b"")
        except NotFound as fault:
            raise Refused(fault.code, "", 404) from fault
        mark, missing = answer[: replies.MARK_BYTES], answer[replies.MARK_BYTES :]
        try:
            missing = self._arrived(missing)
        except Unreachable as fault:
            fault.part = Part(part.counter, part.content + fault.part.content)
            raise
        if replies.mark(part.content + missing) != mark:
            raise RemoteSyncError("not the end of what had begun")
        return part.content + missing

    def fetch(self, path):
        self._require_line()
        header = sign(self.store, self.next_counter(), b"", path, "GET")
        try:
            return self.world.endpoint.answer("GET", path, header, b"")
        except NotFound as fault:
            raise Refused(fault.code, "", 404) from fault

    def _arrived(self, answer):
        if self.breaks_after:
            came = answer[: self.breaks_after.pop(0)]
            self.bytes_down.append(len(came))
            raise Unreachable("broken", is_broken=True, part=Part(self.store.kept.counter, came))
        self.bytes_down.append(len(answer))
        self.answer_count += 1
        return answer

    def _require_line(self, body=b""):
        self.break_at_request -= 1
        if self.cut or self.break_at_request == -1:
            raise Unreachable("cut")
        self.tried.append(len(body))
        if len(body) > self.body_bytes_max:
            if self.is_rude:
                raise Unreachable("hung up", is_broken=True)
            raise BodyTooLarge("answered 413, not by the server")

    def upload(self, method, path, body, headers):
        self._require_line(body)
        signed = {"sync-auth": sign(self.store, self.next_counter(), body, path, method)}
        headers = {**headers, **signed}
        if self.bytes_left is not None:
            arrived = min(len(body), max(0, self.bytes_left))
            self.bytes_left -= len(body)
            if self.bytes_left < 0:  # a piece broken off: the server has part of it, and no word
                self.bytes_arrived += arrived
                call(self.world.blobs, method, path, body, headers, arrived=arrived)
                raise Unreachable("cut")
        self.bytes_arrived += len(body)
        response = call(self.world.blobs, method, path, body, headers)
        self.traffic.round_trips += 1
        self.calls.append((method, response.status_code, len(body)))
        if self.lose_replies:
            self.lose_replies -= 1
            raise Unreachable("reply lost")
        self.answer_count += 1
        return answer_of(response)

    def _answer(self, body):
        counter = connection.StoredCounter(self.store)
        try:
            header = sign(self.store, counter.next(), body)
            answer, order = self.world.endpoint.answer_with_order("POST", SYNC_PATH, header, body)
        except devices.DeviceWiped as fault:
            self.order = self.world.endpoint.order(header), self.store.kept.counter
            raise Refused(fault.code, "", 403) from fault
        except devices.AccountDisabled as fault:
            raise Refused(fault.code, "", 403) from fault
        except devices.CounterOld as fault:  # as the transport does
            counter.pass_over(fault.values["counter"])
            header = sign(self.store, counter.next(), body)
            answer, order = self.world.endpoint.answer_with_order("POST", SYNC_PATH, header, body)
        self.order = order, self.store.kept.counter
        return answer

    def download(self, path, offset):
        self._require_line()
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        headers["Sync-Auth"] = sign(self.store, self.next_counter(), b"", path, "GET")
        response = call(self.world.blobs, "GET", path, b"", headers)
        answer_of(response)
        self.calls.append(("GET", response.status_code, len(response.content)))
        whole = int(
            response.headers.get("content-range", f"/{len(response.content)}").split("/")[1]
        )
        for start in range(0, len(response.content), 10_000):
            content = response.content[start : start + 10_000]
            if self.bytes_left is not None:
                self.bytes_left -= len(content)
                if self.bytes_left < 0:
                    raise Unreachable("cut")
            yield whole - len(response.content) + start, whole, content

    def next_counter(self):
        return connection.StoredCounter(self.store).next()


def call(app, method, path, body=b"", headers=None, *, arrived=None, parts=(), wait=None):
    """Return the response of an ASGI application to one request.

    Args:
        arrived: so many bytes of the body, then the line breaks.
        parts: the body as it comes, after `wait()` each.
    """
    if arrived is None:
        events = [
            {"type": "http.request", "body": one, "more_body": True} for one in parts or [body]
        ]
        events[-1]["more_body"] = False
    else:
        events = [
            {"type": "http.request", "body": body[:arrived], "more_body": True},
            {"type": "http.disconnect"},
        ]
    waiting = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "headers": [
            (b"content-length", str(len(body)).encode()),
            *((name.lower().encode(), text.encode()) for name, text in headers.items()),
        ],
    }
    sent = []

    async def receive():
        if wait is not None:
            # What is cancelled while it waits goes on waiting when it is asked again.
            if not waiting:
                waiting.append(asyncio.ensure_future(wait()))
            await asyncio.shield(waiting[0])
            waiting.clear()
        return events.pop(0) if len(events) > 1 else events[0]

    async def send(event):
        sent.append(event)

    asyncio.run(app(scope, receive, send))
    start, *contents = sent
    content = b"".join(one["body"] for one in contents)
    return httpx.Response(start["status"], headers=start["headers"], content=content)


def sign(store, counter, body, path=SYNC_PATH, method="POST"):
    """Return a `Sync-Auth` header."""
    import base64
    from hashlib import sha256

    key = SoftwareKey(store.kept.secret)
    content = "|".join((method, path, str(counter), sha256(body).hexdigest())).encode()
    signature = base64.urlsafe_b64encode(key.sign(content)).decode().rstrip("=")
    return f"v1 {store.kept.device_id} {counter} {signature}"


class Tablet:
    """A store, its clock, and its line."""

    def __init__(self, world, path):
        self.world = world
        self.clock = FakeClock(world.now)
        self.store = Store(path, bytes(32), ENTITIES, clock=self.clock, ids=world.new_id)
        self.line = Line(world, self.store)

    def enrol(self, code):
        secret = SoftwareKey.make()
        key = SoftwareKey(secret)
        message = enrolment.Enrolment(
            code,
            key.public().hex(),
            key.sign(b"enrol1|" + code.encode() + b"|" + key.public()).hex(),
        )
        answer = self.world.database.write(lambda work: enrolment.enrol(work, message))
        with transaction(self.store.db):
            self.store.kept.secret = secret
            self.store.kept.device_id = answer["device_id"]
            self.store.kept.inc = answer["inc"]
            self.store.kept.agent_id = bytes.fromhex(answer["agent_id"])
            self.store.kept.server_key = answer["server_key"]
            self.store.kept.enrolled_epoch = bytes.fromhex(answer["epoch"])
            self.store.kept.bundle_key = bytes.fromhex(answer["bundle_key"])
            self.store.kept.rescue_key = bytes.fromhex(answer["rescue_key"])
            self.store.kept.login = answer["login"]
        return answer

    def put(self, entity, record_id=b"", **values):
        self.pass_time()
        return self.store.put(entity, values, record_id)

    def forge(self, entity, record_id=b"", op=None, **values):
        """Record a change past every check of the app; return the record's id."""
        self.pass_time()
        store, declared = self.store, self.store.entity(entity)
        before = store.find(entity, record_id) if record_id else None
        record_id = record_id or self.world.new_id()
        if op is None:
            op = Op.PATCH if before else Op.INSERT
        with transaction(store.db):
            if before:
                store.bases.keep(declared, record_id, before.rev, before.values)
            seq, rev = store.kept.next_seq, before.rev if before else 0
            era = store.era(record_id)
            store.outbox.append(
                Change(
                    seq=seq,
                    group=seq,
                    op=op,
                    entity=entity,
                    record_id=record_id,
                    base_rev=rev,
                    base_era=era,
                    values=values,
                    at=store.now(),
                    schema=store.schema,
                )
            )
            store.show(declared, record_id, values)
        return record_id

    def sync(self, **settings):
        self.pass_time()
        self.line.traffic = Traffic()
        return runner.exchange(self.store, self.line, **settings)

    def pass_time(self, ms=1_000):
        self.world.now += ms
        self.clock.move(ms)

    def values(self, entity, record_id):
        return self.store.get(entity, record_id).values
