"""The line between tablets and server: it loses, doubles, delays, cuts and breaks what it carries.

Requests are signed and authenticated as ever. Signatures by the tablets' keys are not the same
twice, so they stay out of the trace; everything else is in it. Integrity on the way is TLS's: a
flipped bit never reaches the other side's code as if it were whole, but both must stand it.
"""

from __future__ import annotations

import base64
import contextlib
from functools import cache
from hashlib import sha256
from typing import Any, TypeAlias

from mobile_app.exchange.calls import (
    SYNC_PATH,
    BodyTooLarge,
    Part,
    Refused,
    SoftwareKey,
    Traffic,
    Unreachable,
)
from mobile_app.store.database import transaction
from server.accounts import devices, signatures
from server.db.engine import StoreFull
from server.db.records import NotFound
from sync import replies
from sync.errors import Malformed, Refusal, RemoteSyncError
from tests.simulator import oracle
from tests.simulator.oracle import Violation, require
from tests.simulator.server import ServerDown, secret_of
from tests.simulator.tablet import Tablet

_KEPT = 20


@cache
def _key(number: int) -> SoftwareKey:
    return SoftwareKey(secret_of(number))


Message: TypeAlias = tuple[Tablet, str, bytes, list[int], int]
"""Whose request, its header, its body, the cursors it names, its counter."""


class Network:
    """All lines of a run, and the requests that may come back from the past."""

    def __init__(self, world: Any) -> None:
        """Carry nothing yet."""
        self.world = world
        self.old: list[Message] = []
        self.late: list[Message] = []
        self.taken: set[tuple[int, int]] = set()
        self.has_cut = False
        self.has_followed = False

    def forget(self) -> None:
        """The server starts anew: it may take a request again."""
        self.taken = set()

    def line(self, tablet: Tablet, traffic: Traffic) -> Line:
        """Return a tablet's transport."""
        self.has_cut = False
        return Line(self, tablet, traffic)

    def carry(self, tablet: Tablet, body: bytes) -> bytes:
        """Take a request to the server and its reply back. Raises Unreachable."""
        world = self.world
        world.exchanges += 1
        world.between(tablet)
        counter = self._next_counter(tablet)
        message = (tablet, _sign(tablet, counter, body), body, _vector(tablet), counter)
        self._deliver_late()
        if len(body) > world.swarm.body_bytes_max and world.strikes("proxy"):
            world.tell("too large for a proxy", tablet.number, len(body))
            if world.rng.random() < 0.3:  # it hangs up, and says nothing
                raise Unreachable("hung up", is_broken=True)
            raise BodyTooLarge("answered 413, not by the server")
        if world.strikes("drop_request"):
            world.tell("request lost", tablet.number)
            if world.rng.random() < 0.5:
                self.late.append(message)
                tablet.is_steady = False  # minutes on the way, which no clock tells
            raise Unreachable("request lost")
        if world.strikes("flip"):
            self._flip_request(message)
        self.has_followed = False
        if world.strikes("crash"):
            world.database.engines.crash = (world.rng.randint(1, 3), world.rng.random() < 0.5)
        try:
            message, reply = self._insist(message)
        finally:
            world.database.engines.crash = None
        self.old = [*self.old, message][-_KEPT:]
        if world.strikes("again"):
            self._deliver_quietly(message)
        if world.strikes("replay"):
            # New to the server if it lost it since: then it may write after this reply was made.
            self.has_followed = self._deliver_quietly(world.rng.choice(self.old))
        return self._bring_back(tablet, reply, message[-1])

    def _insist(self, message: Message) -> tuple[Message, bytes]:
        """Deliver a request; with a later counter if its own has been passed over."""
        tablet, _, body, _, _ = message
        world = self.world
        pages = world.rng.randrange(4) if world.strikes("server_full") else None
        try:
            return message, self._deliver(message, pages)
        except devices.CounterOld as fault:  # as the transport does: a copy has lost count
            world.tell("counter passed over", tablet.number)
            with transaction(tablet.store.db):
                tablet.store.kept.counter = fault.values["counter"]
            counter = self._next_counter(tablet)
            message = (tablet, _sign(tablet, counter, body), body, _vector(tablet), counter)
            return message, self._deliver(message)

    def carry_rest(self, tablet: Tablet, part: Part) -> bytes:
        """Bring what is missing of a reply. Raises Unreachable, Refused."""
        world = self.world
        world.exchanges += 1
        world.between(tablet)
        if world.strikes("drop_request"):
            raise Unreachable("request lost")
        path = f"{replies.PATH}/{part.counter}/{len(part.content)}"
        header = _sign(tablet, self._next_counter(tablet), b"", path, "GET")
        try:
            answer = world.endpoint.answer("GET", path, header, b"")
        except (NotFound, devices.CounterOld, devices.AccountDisabled) as fault:
            world.tell("reply gone", tablet.number)
            raise Refused(fault.code, "", 404) from fault
        missing = answer[replies.MARK_BYTES :]
        whole = part.content + missing
        if replies.mark(whole) != answer[: replies.MARK_BYTES]:
            # As the transport does: a twin, or a tablet gone back, has counted to the same number.
            raise RemoteSyncError(f"{path}: not the end of what had begun")
        world.tell("reply goes on", tablet.number, len(missing))
        oracle.check_reply(world, tablet, whole, _vector(tablet), is_of_now=False)
        self.has_followed = True  # others may have written since it was made
        if world.strikes("drop_reply"):
            came = missing[: world.rng.randrange(len(missing) + 1)]
            again = Part(part.counter, part.content + came)
            raise Unreachable("reply lost", is_broken=True, part=again)
        return whole

    def forge(self, tablet: Tablet, forged: tuple[bytes, list[int]]) -> None:
        """Send what a hostile client makes up; it must not learn what it may not read."""
        body, vector = forged
        counter = self._next_counter(tablet)
        self.world.tell("forged", tablet.number)
        message = (tablet, _sign(tablet, counter, body), body, vector, counter)
        self._deliver_quietly(message)
        garbage = bytearray(body)
        garbage[self.world.rng.randrange(len(garbage))] ^= 1 << self.world.rng.randrange(8)
        counter = self._next_counter(tablet)
        with contextlib.suppress(Refusal, Malformed):
            self.world.endpoint.answer(
                "POST", SYNC_PATH, _sign(tablet, counter, bytes(garbage)), bytes(garbage)
            )

    def _deliver(self, message: Message, pages: int | None = None) -> bytes:
        """Let the server answer; `pages`: what its disk has left, None: enough."""
        tablet, header, body, vector, counter = message
        world = self.world
        is_old = (tablet.device_id, counter) in self.taken
        applied = oracle.applied_count(world, tablet)
        try:
            with world.database.engines.room(pages):
                reply = bytes(world.endpoint.answer("POST", SYNC_PATH, header, body))
        except ServerDown as down:
            world.tell("server down", down)
            world.restart()
            raise Unreachable("server down") from down
        except StoreFull as full:
            world.tell("server full", tablet.number)
            raise Unreachable("answered 507") from full
        except devices.AccountDisabled as fault:
            world.tell("disabled", tablet.number)
            raise Refused(fault.code, "", 403) from fault
        require(not is_old, "a request is taken once", f"tablet {tablet.number}")
        self.taken.add((tablet.device_id, counter))
        world.tell("carried", tablet.number, _hash(body), _hash(reply))
        if world.is_disabled(tablet.agent_id):
            same = oracle.applied_count(world, tablet) == applied
            require(same, "a disabled account's work waits", tablet.number)
        oracle.check_reply(world, tablet, reply, vector)
        oracle.check_round(world, tablet, body, reply)
        return reply

    def _deliver_quietly(self, message: Message) -> bool:
        """Deliver something whose reply nobody waits for; returns whether it was taken."""
        try:
            self._deliver(message)
        except (Unreachable, Refused, devices.CounterOld) as fault:
            self.world.tell("old request:", type(fault).__name__)
            return False
        return True

    def _deliver_late(self) -> None:
        late, self.late = self.late, []
        for message in late:
            if self.world.rng.random() < 0.5:
                self._deliver_quietly(message)
            else:
                self.late.append(message)

    def _flip_request(self, message: Message) -> None:
        tablet, header, body, _, _ = message
        broken = bytearray(body)
        broken[self.world.rng.randrange(len(broken))] ^= 1 << self.world.rng.randrange(8)
        try:
            self.world.endpoint.answer("POST", SYNC_PATH, header, bytes(broken))
        except signatures.SignatureWrong:
            self.world.tell("request flipped", tablet.number)
            raise Unreachable("request broken") from None
        raise Violation("a broken request is not taken", tablet.number)

    def _bring_back(self, tablet: Tablet, reply: bytes, counter: int) -> bytes:
        world = self.world
        if world.strikes("drop_reply"):
            came = reply[: world.rng.choice((0, world.rng.randrange(len(reply))))]
            world.tell("reply lost", tablet.number, len(came))
            part = Part(counter, came) if came else None
            raise Unreachable("reply lost", is_broken=True, part=part)
        if world.strikes("cut"):
            cut = reply[: world.rng.randrange(len(reply))]
            require(not oracle.decodes_safely(cut), "half a reply is no reply", len(cut))
            self.has_cut = True
            return cut
        if world.strikes("flip"):
            broken = bytearray(reply)
            broken[world.rng.randrange(len(broken))] ^= 1 << world.rng.randrange(8)
            oracle.decodes_safely(bytes(broken))
            world.tell("reply flipped", tablet.number)
            raise Unreachable("reply broken")
        return reply

    def _next_counter(self, tablet: Tablet) -> int:
        counter = int(tablet.store.kept.counter + 1)
        with transaction(tablet.store.db):
            tablet.store.kept.counter = counter
        return counter


class Line:
    """One tablet's transport."""

    def __init__(self, network: Network, tablet: Tablet, traffic: Traffic) -> None:
        """Take the network it is part of."""
        self.network = network
        self.tablet = tablet
        self.traffic = traffic

    def send(self, body: bytes) -> bytes:
        """Send a request, return the reply. Raises Unreachable."""
        self.traffic.round_trips += 1
        require(self.traffic.round_trips < 2_000, "an exchange ends", self.tablet.number)
        return self.network.carry(self.tablet, body)

    def rest(self, part: Part) -> bytes:
        """Return the whole of a reply that had begun to come. Raises Unreachable, Refused."""
        self.traffic.round_trips += 1
        return self.network.carry_rest(self.tablet, part)


def _sign(
    tablet: Tablet, counter: int, body: bytes, path: str = SYNC_PATH, method: str = "POST"
) -> str:
    content = "|".join((method, path, str(counter), sha256(body).hexdigest())).encode()
    signature = base64.urlsafe_b64encode(_key(tablet.number).sign(content)).decode().rstrip("=")
    return f"v1 {tablet.device_id} {counter} {signature}"


def _vector(tablet: Tablet) -> list[int]:
    """Return the scopes that the places of a request mean: those applied, by number."""
    return [row[0] for row in tablet.store.db.raw.execute("SELECT id FROM scope ORDER BY id")]


def _hash(body: bytes) -> str:
    return sha256(body).hexdigest()[:12]
