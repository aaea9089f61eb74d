"""Build the reply to a device from one moment's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.accounts import devices, incarnations
from server.db.schema import signing_key
from server.db.work import era_of
from server.exchange import first, pull, view
from server.exchange.contact import Contact
from server.exchange.contents import contents
from server.exchange.uploads import uploads_of
from server.exchange.view import Stated, View
from sync import limits, versions, wire
from sync.acknowledgements import encode_acknowledgements, signed_content
from sync.messages import End, Outcome, Reply, ScopeChanges

_ROWS_LEAST = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """What a device has once it has applied a reply: the hash, and the vector it is of."""

    state: bytes
    vector: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Built:
    """A reply, what the device has once it has applied it, if that is new, and what waits there.

    `pending`: how many of its changes are not here yet.
    """

    body: bytes
    pending: int
    offer: Offer | None = None


def build(
    contact: Contact,
    vector: Sequence[tuple[int, int]],
    outcome: Outcome = Outcome.DONE,
    *,
    inc: int = 0,
) -> Built:
    """Build the reply; smaller pages until it fits.

    Args:
        vector: what the device has applied.
        outcome: of its push.
        inc: after a fork, the incarnation to go on under.

    Raises:
        AccountDisabled: the agent's account is, and nothing was taken that the device waits for.
    """
    request, line = contact.request, contact.line
    if outcome is not Outcome.DONE:
        last_seq = line.last_seq if line else 0
        body = _encode(contact, _plain(contact, outcome, last_seq=last_seq, inc=inc))
        return Built(body, request.pending_count)
    if contact.is_disabled:
        return Built(_receipt(contact, vector), contact.pending)
    step = first.step(contact, vector)
    state = view.state_of(step.heads) if step.later else contact.state
    # The commonest contact of all: nothing to say on either side. No feed is read for it.
    is_idle = request.state == state and line.last_seq <= request.acknowledged_seq
    wants_more = request.wants_states or request.contents
    is_plain = not (request.progress or request.buckets or wants_more)
    if is_idle and is_plain and _is_same_epoch(contact):
        return Built(_encode(contact, _plain(contact, Outcome.SAME)), contact.pending)
    return _page(contact, step, state, vector)


def _plain(contact: Contact, outcome: Outcome, *, last_seq: int = 0, inc: int = 0) -> Reply:
    return Reply(
        outcome=outcome,
        epoch=contact.news_of_epoch,
        server_ms=contact.now_ms,
        last_seq=last_seq,
        stable_seq=0,
        inc=inc,
    )


def _is_same_epoch(contact: Contact) -> bool:
    return contact.request.epoch in (b"", contact.epoch)


def _page(
    contact: Contact, step: first.Step, state: bytes, vector: Sequence[tuple[int, int]]
) -> Built:
    """Return a page as large as the device wants it.

    How many bytes rows take is known when they are encoded. So a page of all that fits in rows is
    made; one too large is made again with as many rows as its bytes have room for, less a tenth.
    """
    request = contact.request
    stated = Stated(
        vector,
        request.progress,
        request.buckets,
        is_same_epoch=_is_same_epoch(contact),
        acknowledged_seq=request.acknowledged_seq,
        era=era_of(contact.epoch),
    )
    most = max(4_096, min(request.bytes_max, limits.BODY_BYTES_MAX))
    rows_max = limits.ROWS_PER_PAGE_MAX
    while True:
        # Compared anew for each try: to make a page moves the cursors in `seen`, past a snapshot
        # (`pull._snapshots`) or back to 0 where a scope starts again.
        seen = view.compare(step.heads, step.names, stated, later=step.later)
        page = pull.page(
            contact.records,
            contact.line,
            seen,
            rows_max=rows_max,
            bytes_max=most,
        )
        body = _encode(contact, _reply(contact, step, seen, page, state))
        rows = sum(len(block.rows) for block in page.blocks)
        if len(body) <= most or rows <= _ROWS_LEAST:
            break
        rows_max = max(_ROWS_LEAST, int(rows * most / len(body) * 0.9))
    if not page.is_done or state == request.state:
        return Built(body, contact.pending)
    offer = Offer(state, sorted((row.id, row.head) for row in step.heads.values()))
    return Built(body, contact.pending, offer)


def _reply(contact: Contact, step: first.Step, seen: View, page: pull.Page, state: bytes) -> Reply:
    records, line, request = contact.records, contact.line, contact.request
    # Without news the device knows what is stable as well as we do.
    has_news = line.last_seq > request.acknowledged_seq
    return Reply(
        outcome=Outcome.DONE,
        epoch=contact.news_of_epoch,
        server_ms=contact.now_ms,
        last_seq=line.last_seq,
        stable_seq=incarnations.stable_seq(records, line, contact.now_ms) if has_news else 0,
        acknowledgements=page.acknowledgements,
        signature=_sign(contact, page, contact.epoch),
        scopes=ScopeChanges(
            added=seen.added,
            dropped=seen.dropped,
            restarted=page.restarted,
            reconcile=seen.reconcile,
            later=list(step.later.items()),
        ),
        repairs=page.repairs,
        blocks=[*page.blocks, *first.rows_ahead(records, seen, step.ahead)],
        gone=page.gone,
        progress=page.progress,
        snapshots=page.snapshots,
        is_done=page.is_done,
        end=_end(contact, seen, state) if page.is_done else End(),
    )


def _end(contact: Contact, seen: View, state: bytes) -> End:
    return End(
        heads=seen.moved_heads(),
        state=state,
        states=seen.states() if contact.request.wants_states else (),
        contents=_contents(contact, seen),
    )


def _contents(contact: Contact, seen: View) -> Sequence[tuple[int, int]]:
    """Return the hashes asked for; none to an app of other fields, which holds other values."""
    request = contact.request
    if request.app.schema != versions.SCHEMA_NOW:
        return ()
    return contents(contact.records, seen, request.contents)


def _receipt(contact: Contact, vector: Sequence[tuple[int, int]]) -> bytes:
    """Say what was taken, and nothing else, to the device of a disabled account.

    Under the epoch that the device knows: what it has is not compared, so it learns no other.
    Where this leaves it between two states of the server, the hashes will tell once it is
    given something again.

    Raises:
        AccountDisabled: it knows already. One that is leaving is answered, for the order.
    """
    request, line = contact.request, contact.line
    after = request.acknowledged_seq
    if line.last_seq <= after and contact.device.status != devices.Status.LEAVING:
        raise devices.AccountDisabled(f"device {line.id}: its account is disabled")
    is_same_epoch = request.epoch == contact.epoch
    page = pull.receipt(contact.records, line, vector if is_same_epoch else (), after)
    reply = Reply(
        outcome=Outcome.DONE,
        epoch=b"" if request.epoch else contact.epoch,
        server_ms=contact.now_ms,
        last_seq=line.last_seq,
        stable_seq=incarnations.stable_seq(contact.records, line, contact.now_ms),
        acknowledgements=page.acknowledgements,
        signature=_sign(contact, page, request.epoch or contact.epoch),
        end=End(state=request.state),
    )
    return _encode(contact, reply)


def _encode(contact: Contact, reply: Reply) -> bytes:
    records, request = contact.records, contact.request
    reply = replace(reply, uploads=uploads_of(records, contact.device, request.uploads))
    return wire.encode_reply(records.tables.entities, reply, peer_schema=request.app.schema)


def _sign(contact: Contact, page: pull.Page, epoch: bytes) -> bytes:
    if not page.acknowledgements:
        return b""
    content = signed_content(
        device_id=contact.line.id,
        inc=contact.line.inc,
        last_seq=page.acknowledgements[-1].seq,
        chain=page.chain,
        columns=encode_acknowledgements(page.acknowledgements),
        epoch=epoch,
        server_ms=contact.now_ms,
    )
    return signing_key(contact.records).sign(content)
