"""Drive an exchange: the network here and nowhere else; what came is staged before it counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mobile_app.device import managed
from mobile_app.exchange import bodies
from mobile_app.exchange.calls import (
    BodyTooLarge,
    Part,
    Refused,
    SoftwareKey,
    Timekeeper,
    Traffic,
    Unreachable,
)
from mobile_app.exchange.media import BLOBS_PATH, Uploader, upload_next
from mobile_app.store import apply, contents, media, numbering, undo
from mobile_app.store.database import transaction
from mobile_app.store.records import NotEnrolled, Store
from sync import limits, versions, wire
from sync.acknowledgements import encode_acknowledgements, signed_content
from sync.errors import RemoteSyncError
from sync.exchange import TAKEN, Exchange, Forked, GoneBack, Position, advance
from sync.messages import Proof, Reply, Request
from sync.rules import codes

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

KEYS_PATH = "/sync/v1/keys"
_ROUNDS_MAX = 4
"""One exchange, and what it takes to find and repair a difference."""
_NUMBERINGS_MAX = 3
"""How often the numbers may be put right: back, found forked, and once more for a twin's sake."""
_IN_DOUBT_BYTES = 1_024


class SignatureWrong(RemoteSyncError):
    """An acknowledgement is not signed by the server we were enrolled at."""

    code = "acknowledgement_unsigned"


@dataclass(frozen=True, slots=True)
class Summary:
    """What an exchange did. Bytes of HTTP messages, headers included.

    `code`: why the last of what waits was not sent, whatever else was done; empty: all was.
    """

    sent: int
    received: int
    held: int
    conflicts: int
    pending: int
    bytes_up: int
    bytes_down: int
    round_trips: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class MediaSummary:
    """What was sent of photos and documents. `bytes_up`: of their pieces, in answered runs.

    `code`: why it ended before all was sent: `unreachable`, a refusal's code, or empty.
    """

    verified: int
    bytes_up: int
    pending: int
    code: str


def enrol(store: Store, url: str, code: str, *, name: str = "", ca_pem: str = "") -> dict[str, Any]:
    """Link this store to a server by a one-time code. The same code again after a lost reply works.

    Args:
        ca_pem: the only issuer of certificates to trust from now on; empty: those of the system.

    Raises:
        Unreachable: no answer; nothing changed.
        Refused: the code is wrong, used or out of date; the store belongs to another server.
        RemoteSyncError: the answer is not what a server says; nothing changed.
    """
    secret = store.kept("secret")
    if secret is None:
        secret = SoftwareKey.make()
        with transaction(store.db):
            store.keep(secret=secret)
    key = SoftwareKey(secret)
    code = codes.normal_code(code)
    transport = _http()(url, ca_pem=ca_pem)
    try:
        answer = transport.enrol(
            {
                "code": code,
                "public_key": key.public().hex(),
                "proof": key.sign(b"enrol1|" + code.encode() + b"|" + key.public()).hex(),
                "build": versions.APP_BUILD,
                "name": name,
            }
        )
    finally:
        transport.close()
    try:
        learnt = {
            "device_id": int(answer["device_id"]),
            "inc": int(answer["inc"]),
            "agent_id": bytes.fromhex(answer["agent_id"]),
            "login": str(answer["login"]),
            "server_key": bytes.fromhex(answer["server_key"]).hex(),
            "enrolled_epoch": bytes.fromhex(answer["epoch"]),
        }
    except (KeyError, TypeError, ValueError) as fault:
        raise RemoteSyncError(f"enrolment: {fault!r}") from fault
    keys, known = _shared_keys(answer), store.kept("device_id")
    here = (known, store.kept("server_key"))
    if known is not None and here != (learnt["device_id"], learnt["server_key"]):
        raise Refused("already_enrolled", "this store belongs to another enrolment", 409)
    with transaction(store.db):
        store.keep(url=url.rstrip("/"), ca_pem=ca_pem, **learnt, **keys)
    return answer


def learn_keys(store: Store, transport: Transport) -> None:
    """Ask for the secrets that the server began to share after this tablet was enrolled; once."""
    if store.kept("rescue_key") is not None:
        return
    try:
        learnt = _shared_keys(msgspec.json.decode(transport.fetch(KEYS_PATH), type=dict[str, str]))
    except (Unreachable, RemoteSyncError, msgspec.DecodeError):  # the next contact asks
        return
    except Refused:  # of a server that has none; not asked again before it is enrolled anew
        learnt = {"rescue_key": b""}
    with transaction(store.db):
        store.keep(**learnt)


def _shared_keys(answer: Mapping[str, Any]) -> dict[str, bytes]:
    names = ("bundle_key", "rescue_key")
    try:
        return {name: bytes.fromhex(str(answer.get(name, ""))) for name in names}
    except ValueError as fault:
        raise RemoteSyncError("keys: not hexadecimal") from fault


@dataclass(frozen=True, slots=True)
class StoredCounter:
    """The counter of this tablet's requests, in its store."""

    store: Store

    def next(self) -> int:
        """Return the next number, kept already."""
        counter = int(self.store.kept("counter") or 0) + 1
        self.pass_over(counter)
        return counter

    def pass_over(self, counter: int) -> None:
        """Keep a number as used."""
        with transaction(self.store.db):
            self.store.keep(counter=counter)


def connect(store: Store) -> Transport:
    """Return a transport to the store's server. Raises NotEnrolled."""
    if store.kept("device_id") is None:
        raise NotEnrolled("exchange: this store is not enrolled")

    def keep(clock_off_ms: int) -> None:
        with transaction(store.db):
            store.keep(clock_off_ms=clock_off_ms)

    return _http()(
        store.kept("url"),
        device_id=store.kept("device_id"),
        key=SoftwareKey(store.kept("secret")),
        counter=StoredCounter(store),
        time=Timekeeper(store.clock, bytes.fromhex(store.kept("server_key")), keep),
        # Of today: an authority that ends is followed by the next one's certificate.
        ca_pem=managed.of_this_device().authority_pem or store.kept("ca_pem") or "",
    )


def _http() -> type[Transport]:
    """Return what makes calls. It is loaded with the first line: a fifth of the app's start."""
    from mobile_app.exchange.transport import Transport  # noqa: PLC0415

    return Transport


def exchange(
    store: Store,
    transport: Transport,
    *,
    tell: Callable[[int, int], None] = lambda _up, _down: None,
    bytes_max: int = limits.PAGE_BYTES,
) -> Summary:
    """Push and pull until nothing is left on either side, then apply it all at once.

    A first exchange goes in steps, each of which is applied as it is there: what the agent needs
    today, then scope by scope. What breaks off in one goes on there.

    A group too large for the way is tried last, alone. If it does not pass, all else is done but
    what was captured after it, which cannot go before it; `Summary.code` says so.

    Args:
        tell: called after each round trip with bytes up and down so far.
        bytes_max: what one reply may weigh. A break of the line costs none of it while the server
            keeps the reply, else all that had come; then less is asked for, until that comes whole.

    Raises:
        Unreachable: the line broke; what came stays, the next exchange goes on from there.
        Refused: the server does not know this device, or no more.
        RemoteSyncError: the server's words cannot be true; nothing captured is touched.
    """
    pending_before = store.pending_count()
    sums = apply.Result()
    is_bold, code = False, ""
    rounds, left = 0, math.inf
    while rounds < _ROUNDS_MAX:
        try:
            result, holds_back = _once(store, transport, tell, bytes_max, is_bold=is_bold)
        except Unreachable as fault:
            if not is_bold:
                raise
            code = fault.code
            break
        sums.received += result.received
        sums.held += result.held
        sums.conflicts += result.conflicts
        sums.acknowledged += result.acknowledged
        if result.later_count:  # a step; a server that never comes to an end is left in the end
            rounds += result.later_count >= left
            left = result.later_count
            continue
        rounds += 1
        is_bold = holds_back
        if not result.is_in_doubt and not holds_back:
            break
    traffic: Traffic = transport.traffic
    return Summary(
        sent=min(pending_before, sums.acknowledged),
        received=sums.received,
        held=sums.held,
        conflicts=sums.conflicts,
        pending=store.pending_count(),
        code=code,
        **asdict(traffic),
    )


def _once(
    store: Store,
    transport: Transport,
    tell: Callable[[int, int], None],
    bytes_max: int,
    *,
    is_bold: bool,
) -> tuple[apply.Result, bool]:
    """Exchange until the server's last reply, and apply. Returns also whether a group was left.

    Args:
        is_bold: try what seems too large for the way, too.
    """
    machine, again, largest = _begin(store, bytes_max), 0, 0
    asked, compared = media.under_way(store), contents.due(store)
    while not machine.is_done:
        if (rest := _rest(store, transport, machine)) is not None:
            answer, asked = rest
        else:
            request, body = _fitting(store, machine, asked, compared, is_bold=is_bold)
            try:
                answer = _ask(store, transport, machine, request, body)
            except BodyTooLarge:
                if request.push is None or not _lessen(machine, is_bold=is_bold):
                    raise
                continue
            largest = max(largest, len(body))
        _widen(store, machine, len(answer), bytes_max)
        tell(transport.traffic.bytes_up, transport.traffic.bytes_down)
        reply = wire.decode_reply(store.entities, answer, is_whole=False)
        _learn(store, asked, reply)
        asked = []
        require_signature(store, machine.position, reply)
        if reply.epoch and apply.is_staged(store):
            # The server's line of history changed between two pages: they do not fit together.
            apply.discard(store)
            machine = _begin(store, bytes_max)
            continue
        if reply.outcome in TAKEN:
            apply.stage(store, answer)
        try:
            machine.receive(reply)
        except (Forked, GoneBack) as fault:
            again += 1
            if again > _NUMBERINGS_MAX:
                raise
            machine = _renumbered(store, fault, bytes_max)
    bodies.grow(store, largest)
    try:
        return apply.apply(store), machine.holds_back
    except RemoteSyncError:
        apply.discard(store)  # what cannot be applied now never will be: ask again
        raise


def _fitting(
    store: Store,
    machine: Exchange,
    asked: list[bytes],
    compared: Sequence[int],
    *,
    is_bold: bool,
) -> tuple[Request, bytes]:
    """Return the next request and its bytes: a push that passes, as far as that is known."""
    # The numbers held here are those of the epoch that is applied, whatever is staged.
    is_by_id = machine.is_by_id or machine.position.epoch != (store.kept("epoch") or b"")
    places = _Places(store, machine.position, is_by_id=is_by_id)
    most = bodies.most(store)
    while True:
        request = replace(machine.request(store.now()), uploads=asked, contents=compared)
        body = wire.encode_request(
            store.entities,
            request,
            place_of=places.place_of,
            refs=places,
            is_verbatim=machine.is_verbatim,
        )
        fits = request.push is None or len(body) <= most
        if fits or not _lessen(machine, is_bold=is_bold):
            return request, body


def _lessen(machine: Exchange, *, is_bold: bool) -> bool:
    """Let the next push be less; nothing, where it is one group. Returns whether it is."""
    if machine.send_less():
        return True
    machine.holds_back = not is_bold
    return machine.holds_back


def _ask(
    store: Store, transport: Transport, machine: Exchange, request: Request, body: bytes
) -> bytes:
    """Send a request and return the reply. Raises Unreachable; what had come of one is kept."""
    undo.mark_offered(store, request.push)
    try:
        return transport.send(body)
    except BodyTooLarge:
        bodies.shrink(store, len(body))
        raise
    except Unreachable as fault:
        if fault.is_broken and fault.part is None:
            bodies.shrink(store, len(body))  # perhaps it broke for that
        part = fault.part
        with transaction(store.db):
            if part and len(part.content) >= limits.REPLY_KEPT_BYTES:
                stands = _stands(machine.position)
                store.keep(part=[part.counter, part.content, list(request.uploads), stands])
            elif fault.is_broken:
                _narrow(store, machine)
            if request.push is not None and len(body) > _IN_DOUBT_BYTES:
                # It may have arrived: ask first, before all of it is sent again.
                store.keep(in_doubt_seq=request.push.changes[-1].seq)
        raise


def _rest(
    store: Store, transport: Transport, machine: Exchange
) -> tuple[bytes, list[bytes]] | None:
    """Return the reply that a line broke off, and what uploads it was asked of; None: ask anew.

    It fits only while this device stands where it stood when it asked.
    """
    kept = store.kept("part")
    if kept is None:
        return None
    counter, content, asked, stood = kept
    whole = None
    try:
        if stood == _stands(machine.position):
            whole = transport.rest(Part(counter, content))
    except Unreachable as fault:
        if fault.part is not None:
            with transaction(store.db):
                store.keep(part=[counter, fault.part.content, asked, stood])
        raise
    except (Refused, RemoteSyncError):
        pass  # it is gone, or another; what else there is to say is said to the next request
    with transaction(store.db):
        store.keep(part=None)
        if whole is None:
            _narrow(store, machine)
    return None if whole is None else (whole, asked)


def _stands(position: Position) -> list[Any]:
    """Return what a reply builds on."""
    applied = [position.epoch, position.inc, position.state, position.acknowledged_seq]
    paged = [[one, *at] for one, at in sorted(position.bases.items())]
    return [*applied, paged, list(position.doubtful)]


def _narrow(store: Store, machine: Exchange) -> None:
    """Ask for half as much from now on, within a transaction: what a break cost was too much."""
    machine.bytes_max = max(limits.PAGE_BYTES_LEAST, machine.bytes_max // 2)
    store.keep(page_bytes=machine.bytes_max)


def _widen(store: Store, machine: Exchange, size: int, most: int) -> None:
    """Ask for twice as much once a line that had broken carries what it was asked for."""
    if machine.bytes_max < most and 2 * size > machine.bytes_max:
        machine.bytes_max = min(most, 2 * machine.bytes_max)
        with transaction(store.db):
            store.keep(page_bytes=machine.bytes_max)


def _learn(store: Store, asked: Sequence[bytes], reply: Reply) -> None:
    """Take what a reply says of unfinished uploads. None: a server that cannot say; it is asked."""
    if reply.uploads and len(reply.uploads) != len(asked):
        raise RemoteSyncError(f"reply: {len(reply.uploads)} uploads, asked of {len(asked)}")
    for record_id, one in zip(asked, reply.uploads, strict=False):
        address = f"{BLOBS_PATH}/{one.upload_id.hex()}" if one.upload_id else ""
        media.learn(
            store, record_id, offset=one.offset, address=address, is_complete=one.is_complete
        )


def send_media(
    store: Store,
    transport: Uploader,
    budget_bytes: int | None = None,
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> MediaSummary:
    """Send photos and documents whose records have arrived; to be called after an exchange.

    Nothing to send costs no request. A break is no failure of the exchange before it: what is
    left stays queued, and the summary says so.

    Args:
        budget_bytes: what may be sent of them now; None: all.
        may_go_on: asked before each blob; a person may pause.
    """
    media.queue(store)
    verified = bytes_up = largest = 0
    code = ""
    try:
        while may_go_on():
            left = None if budget_bytes is None else budget_bytes - bytes_up
            sent = upload_next(store, transport, budget_bytes=left)
            if sent is None:
                break
            verified += sent.is_verified
            bytes_up += sent.bytes_up
            largest = max(largest, sent.piece_bytes)
            code = sent.code or code
    except (Unreachable, Refused, RemoteSyncError) as fault:
        code = fault.code
    bodies.grow(store, largest)
    return MediaSummary(verified, bytes_up, media.pending_count(store), code)


def _begin(store: Store, bytes_max: int, proof: Proof | None = None) -> Exchange:
    position = store.position()
    for reply in apply.staged(store, is_whole=False):
        advance(position, reply)
    page_bytes = min(bytes_max, store.kept("page_bytes") or bytes_max)
    return Exchange(
        position,
        store,
        bytes_max=page_bytes,
        proof=proof,
        schema=store.schema,
        in_steps=apply.goes_in_steps(store),
    )


def _renumbered(store: Store, fault: Forked | GoneBack, bytes_max: int) -> Exchange:
    """Put the outbox's numbers right, and begin again with what proves what the server lost."""
    proof = numbering.proof(store)
    if isinstance(fault, Forked):
        numbering.renumber(store, fault.inc)
        return _begin(store, bytes_max, proof)
    can_send_again = numbering.go_back_to(store, fault.last_seq)
    machine = _begin(store, bytes_max, proof)
    if not can_send_again:
        machine.position.inc = 0  # to be given a new one, for what is left
    return machine


def require_signature(store: Store, position: Position, reply: Reply) -> None:
    """Check what a reply acknowledges to a device that stands there. Raises SignatureWrong."""
    if not reply.acknowledgements:
        return
    last = reply.acknowledgements[-1].seq
    content = signed_content(
        device_id=store.kept("device_id"),
        inc=position.inc,
        last_seq=last,
        chain=store.chain_at(last),
        columns=encode_acknowledgements(reply.acknowledgements),
        epoch=reply.epoch or position.epoch,
        server_ms=reply.server_ms,
    )
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(store.kept("server_key")))
    try:
        key.verify(reply.signature, content)
    except InvalidSignature as fault:
        raise SignatureWrong(f"acknowledgements up to {last}: signature does not hold") from fault


class _Places:
    """Short numbers of records that the server surely knows by them."""

    def __init__(self, store: Store, position: Position, *, is_by_id: bool) -> None:
        self._store = store
        self._places = {scope_id: at for at, (scope_id, _) in enumerate(position.vector)}
        self._is_by_id = is_by_id

    def place_of(self, _entity: int, record_id: bytes) -> tuple[int, int] | None:
        """Return (place, number), or None to send the id."""
        return self.number_of(record_id)

    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        """Return (place, number), or None to send the id."""
        if self._is_by_id:
            return None
        rows = self._store.db.execute(
            "SELECT scope_id, number FROM place WHERE record_id = ?", (target_id,)
        )
        for scope_id, number in rows.fetchall():
            if scope_id in self._places:
                return self._places[scope_id], number
        return None
