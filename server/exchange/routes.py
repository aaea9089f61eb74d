"""POST /sync/v1 and the enrolment: bare ASGI, since every header byte is paid for on EDGE."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from litestar import asgi

from server import problems
from server.accounts import devices, enrolment, signatures, throttle
from server.accounts.territories import territory_of
from server.db.records import NotFound
from server.db.schema import signing_key
from server.db.work import Database, Work
from server.exchange.bodies import SMALL_BYTES, Body, Receive, length_of, take_body
from server.exchange.commands import Exchanges
from server.exchange.courier import take
from server.exchange.history import history_of
from server.exchange.replies import Kept, Replies
from server.rights import Right
from sync import answers, courier, limits, replies
from sync.acknowledgements import time_content
from sync.errors import Malformed
from sync.orders import HEADER, WIPED_PATH

Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]
BLOBS_PATH = "/sync/v1/blobs"
TIME_PATH = "/sync/v1/time/"
KEYS_PATH = "/sync/v1/keys"
ENROL_PATH = "/sync/v1/enrol"
_NONCE_BYTES = 16
OURS = (answers.HEADER.encode(), answers.VALUE.encode())
"""A header of every answer to a tablet."""
_WINDOW = 64
_ALL_SEEN = 2**_WINDOW - 1
_LARGE = (("POST", "/sync/v1"), (courier.METHOD, courier.PATH))
"""What brings more than a few words; it is signed."""
# Bodies are of 2 MiB at most, 8 MiB unpacked: so many at once and no more are in memory, whatever
# number of tablets come when the network does.
_LARGE_AT_ONCE = 8
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


class Counters:
    """The counters seen of each device: a request repeated is known, and turned away.

    Uploads and exchanges run side by side and overtake one another, so the last `_WINDOW` counters
    are told apart, as IPsec does (RFC 4303, appendix A2). What was before this process is old.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        # device -> (highest, a bit for each counter seen: the lowest bit is the highest's)
        self._seen: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def require_new(self, device: Any, counter: int) -> None:
        """Take a counter not seen before. Raises CounterOld, which says the highest."""
        with self._lock:
            highest, seen = self._seen.get(device.id, (0, _ALL_SEEN))
            if device.counter > highest:  # by another process, or an earlier one
                highest, seen = device.counter, _ALL_SEEN
            back = highest - counter
            if back >= _WINDOW or (back >= 0 and seen >> back & 1):
                words = f"device {device.id}: counter {counter} after {highest}"
                raise devices.CounterOld(words, counter=highest)
            if back >= 0:
                self._seen[device.id] = (highest, seen | 1 << back)
            else:
                shifted = seen << min(-back, _WINDOW)
                self._seen[device.id] = (counter, (shifted | 1) & _ALL_SEEN)


class Gate:
    """Takes the bodies of signed requests: in memory only what is known to be a device's own."""

    def __init__(self, database: Database, counters: Counters) -> None:
        """Judge by the devices of `database`."""
        self._database = database
        self._counters = counters
        self._slots = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def take(self, scope: Any, receive: Receive, method: str, path: str, most: int) -> Body:
        """Return the body of a request: a few words, or signed by the device that it names.

        Of a device that is none, or too long ago, it is read over: who sent it learns nothing
        from what becomes of it.

        Raises:
            SignatureWrong, DeviceRevoked, CounterOld: as `devices.authenticate`.
            TooLarge, Malformed: as `take_body`.
        """
        length, header = length_of(scope), auth_of(scope)
        is_kept = await asyncio.to_thread(self._may_serve, header)
        body = await take_body(receive, length, most, is_kept=is_kept)
        if body.size <= SMALL_BYTES and is_kept:
            return body
        try:
            await asyncio.to_thread(self._require, header, method, path, body.digest, is_kept)
        except BaseException:
            body.close()
            raise
        return body

    @asynccontextmanager
    async def content(self, body: Body) -> AsyncIterator[bytes]:
        """Have a body in memory, one of few at once if it is large; it is closed at the end."""
        with body:
            if body.size <= SMALL_BYTES:
                yield body.content()
                return
            async with self._slots:
                yield body.content()

    def _may_serve(self, header: str) -> bool:
        return self._database.read(lambda records: devices.may_serve(records, header, _WINDOW))

    def _require(
        self, header: str, method: str, path: str, digest: bytes, is_counter_new: bool
    ) -> None:
        device, signed = self._database.read(
            lambda records: devices.authenticate(
                records, header, method=method, path=path, body_sha256=digest
            )
        )
        if not is_counter_new:
            self._counters.require_new(device, signed.counter)


class SyncEndpoint:
    """What tablets talk to."""

    def __init__(self, database: Database, *, slice_count: int) -> None:
        """Serve exchanges on `database`."""
        self._database = database
        self._slice_count = slice_count
        self._exchanges = Exchanges(database, slice_count)
        self._replies = Replies()
        self.counters = Counters()
        self.gate = Gate(database, self.counters)

    def answer(self, method: str, path: str, header: str, body: bytes) -> bytes:
        """Answer a request, in a thread of its own. Raises Refusal, SyncError."""
        return self.answer_with_order(method, path, header, body)[0]

    def answer_with_order(
        self, method: str, path: str, header: str, body: bytes
    ) -> tuple[bytes, str]:
        """Answer a request; beside it what the device is ordered, empty for nothing.

        Raises Refusal, SyncError. After DeviceWiped the order is `order`.
        """
        if (method, path) == ("POST", ENROL_PATH):
            return self.enrol(body), ""
        if method == "GET" and path.startswith(TIME_PATH):
            return self._time(path.removeprefix(TIME_PATH)), ""
        if (method, path) == ("POST", WIPED_PATH):
            self._database.write(
                lambda work: devices.confirm_wiped(work, header, method=method, path=path)
            )
            return b"", ""
        device, signed = self._database.read(
            lambda records: devices.authenticate(
                records, header, method=method, path=path, body=body
            )
        )
        self._database.know_epoch(device.epoch)
        self.counters.require_new(device, signed.counter)
        content = self._serve(device, signed, method, path, body)
        is_leaving = device.status == devices.Status.LEAVING
        return content, self.order(header) if is_leaving else ""

    def _serve(
        self, device: Any, signed: signatures.Signed, method: str, path: str, body: bytes
    ) -> bytes:
        if (method, path) == ("POST", "/sync/v1"):
            asked_at = self._database.clock()
            reply = self._exchanges.serve(device, body, counter=signed.counter)
            self._replies.keep(device.id, Kept(signed.counter, reply, asked_at))
            return reply
        if (method, path) == (courier.METHOD, courier.PATH):
            return take(self._database, body, slice_count=self._slice_count)
        self._database.read(lambda records: devices.require_enabled(records, device.agent_id))
        if method == "GET" and path.startswith(replies.PATH + "/"):
            return self._rest(device, path.removeprefix(replies.PATH))
        if (method, path) == ("GET", KEYS_PATH):
            keys = self._database.read(
                lambda records: devices.shared_keys(records, device.agent_id, device.id)
            )
            return msgspec.json.encode(keys)
        parts = path.split("/")
        if method == "GET" and parts[:4] == ["", "sync", "v1", "history"] and len(parts) == 6:
            return self._history(device, parts[4], parts[5])
        raise Malformed(f"no such call: {method} {path}")

    def _rest(self, device: Any, which: str) -> bytes:
        """Return a reply's mark and what is missing of it.

        Raises:
            Malformed: no counter and offset.
            NotFound: it is not kept, or what was granted to its reader was taken since.
        """
        found = re.fullmatch(r"/([0-9]{1,19})/([0-9]{1,9})", which)
        if found is None:
            raise Malformed(f"reply: {which!r}")
        counter, offset = map(int, found.groups())
        kept = self._replies.find(device.id, counter, self._database.clock())
        if kept is None or self._has_lost(device.agent_id, kept.asked_at):
            raise NotFound(f"reply {counter}: not kept", entity="reply")
        return replies.mark(kept.content) + kept.content[offset:]

    def _has_lost(self, agent_id: bytes, since_ms: int) -> bool:
        """Whether a commune was taken from an agent since a moment."""
        grants = self._database.read(lambda records: territory_of(records, agent_id)).grants
        return any(grant.valid_to is not None and grant.valid_to >= since_ms for grant in grants)

    def order(self, header: str) -> str:
        """Return what the device that signed a request is ordered, and keep that it was told."""

        def tell(work: Work) -> str:
            return devices.tell_order(work, header)

        return self._database.write(tell)

    def _time(self, nonce: str) -> bytes:
        """Return the time, signed, to a tablet whose clock may be wrong; anybody may ask."""
        try:
            chosen = bytes.fromhex(nonce)
        except ValueError as fault:
            raise Malformed("time: not hexadecimal") from fault
        if len(chosen) != _NONCE_BYTES:
            raise Malformed(f"time: {len(chosen)} bytes")
        now = self._database.clock()
        key = self._database.read(signing_key)
        return now.to_bytes(8, "big") + key.sign(time_content(chosen, now))

    def enrol(self, body: bytes, address: str = "") -> bytes:
        """Link a tablet to the account of a code. Raises Refusal, Malformed.

        Args:
            address: whence it is asked: codes are not to be guessed.
        """
        try:
            message = msgspec.json.decode(body, type=enrolment.Enrolment)
        except (msgspec.DecodeError, msgspec.ValidationError) as fault:
            raise Malformed("enrolment: unreadable") from fault
        tried = [throttle.Count(throttle.Limit.ENROL_FROM, throttle.whence(address))]
        self._database.write(lambda work: throttle.take(work, tried))

        def enrol(work: Work) -> dict[str, Any]:
            throttle.give_back(work, tried)
            return enrolment.enrol(work, message)

        answer = self._database.write(enrol)
        return msgspec.json.encode(answer)

    def _history(self, device: Any, entity: str, record: str) -> bytes:
        if _UUID.fullmatch(record) is None:
            raise Malformed("history: not an id")
        record_id = UUID(record).bytes
        return self._database.read(
            lambda records: history_of(
                records, device.agent_id, entity, record_id, now_ms=self._database.clock()
            )
        )


def sync_routes(endpoint: SyncEndpoint, below: Mapping[str, App]) -> list[Any]:
    """Return the routes that tablets call. `below`: what answers at and below a path."""

    async def serve(scope: Any, receive: Receive, send: Send) -> None:
        path, order = path_of(scope), ""
        headers: list[tuple[bytes, bytes]] = []
        for place, app in below.items():
            # Here, not by routes of their own: the framework has no mount within a mount.
            if path == place or path.startswith(place + "/"):
                await app(scope, receive, send)
                return
        try:
            content, order = await _answered(endpoint, scope, receive)
            status = 200
        except Exception as fault:  # noqa: BLE001 - the edge: a bug is logged whole, and named
            status, content, headers = _problem(scope, fault)
            if isinstance(fault, devices.DeviceWiped):
                order = await asyncio.to_thread(endpoint.order, auth_of(scope))
        if order:
            headers.append((HEADER.encode(), order.encode()))
        headers += [OURS, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    # Who a tablet is, its signature says: no cookie and no page's guard.
    return [asgi("/sync/v1", is_mount=True, copy_scope=False, right=Right.OPEN)(serve)]


async def _answered(endpoint: SyncEndpoint, scope: Any, receive: Receive) -> tuple[bytes, str]:
    """Return the answer to a request, and what the device is ordered."""
    method, path = scope["method"], path_of(scope)
    if (method, path) in _LARGE:
        taken = await endpoint.gate.take(scope, receive, method, path, limits.BODY_BYTES_MAX)
    else:
        taken = await take_body(receive, length_of(scope), SMALL_BYTES)
    async with endpoint.gate.content(taken) as body:
        if (method, path) == ("POST", ENROL_PATH):
            address = scope["client"][0] if scope.get("client") else ""
            return await asyncio.to_thread(endpoint.enrol, body, address), ""
        return await asyncio.to_thread(
            endpoint.answer_with_order, method, path, auth_of(scope), body
        )


def _problem(scope: Any, fault: Exception) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    language = problems.language_of(header_of(scope, b"accept-language"))
    status, content = problems.of_fault(fault, language)
    headers = [(b"content-type", problems.MEDIA_TYPE.encode())]
    headers += [
        (name.encode(), value.encode()) for name, value in problems.headers_of(fault).items()
    ]
    return status, content, headers


def header_of(scope: Any, name: bytes) -> str:
    """Return a header that a request has once; empty if it has none, or several."""
    found = [value for header, value in scope["headers"] if header.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def auth_of(scope: Any) -> str:
    """Return the header by which a device signs."""
    return header_of(scope, b"sync-auth")


def path_of(scope: Any) -> str:
    """Return the path as it came and was signed; a mounted route sees its own part alone."""
    raw: bytes = scope.get("raw_path", b"")
    return raw.decode("latin-1").split("?")[0] or str(scope["path"])
