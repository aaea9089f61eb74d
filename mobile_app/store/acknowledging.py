"""What the server acknowledged: where each change is now, and how long it is still needed here."""

from __future__ import annotations

from collections.abc import Sequence

from mobile_app.store import overlay
from mobile_app.store.applying import Applying
from mobile_app.store.places import Place
from sync import changes
from sync.acknowledgements import encode_acknowledgements
from sync.changes import Change, Op
from sync.messages import Acknowledgement, Reply, Status
from sync.rows import Row
from sync.spec import Entity

_NOTHING = Row(0, 0, 0, 0, {})
"""A row that says nothing new: what is seen is made anew under what is still open."""


def acknowledge(applying: Applying, reply: Reply, scope_ids: Sequence[int], era: int) -> None:
    """Take what a reply acknowledges, before the rows of the same reply.

    An example. Changes 5 to 8 wait, `pending`. A reply acknowledges them, with `stable_seq` 5:

    5  insert Fatima    OK, rev 90, at place 0, number 41: row 41 of that scope is hers from now on,
                        and her values are the server's: they count for the scope's digest
    6  her phone is 2   MERGED, rev 92: 2 is put into the base as the server's. Another agent's 3
                        won: it comes as a row of this same reply, with rev 92 or later, and
                        overwrites the 2. The rows have to come second, or the 2 would stay
    7  her CIN          HELD: `held`, and shown over the base until a person has decided
    8  her douar        DUPLICATE: it arrived before a clone was numbered anew. Others may have
                        written since, so nothing is put into the base: the server sends the field

    Then change 5 leaves the outbox. 6 and 8 stay, `acknowledged`: a server restored from a backup
    may lack them, and asks for all after its last (`numbering.go_back_to`). Below `stable_seq` no
    backup lacks anything. 7 stays for as long as it is held. As 5 is gone, the chain after it is
    kept by itself: 6 links to that, and so does the proof of what the server once signed.
    """
    if not reply.acknowledgements:
        return
    for acknowledgement in reply.acknowledgements:
        _settle(applying, acknowledgement, scope_ids, era)
    _keep_signed(applying, reply)
    _forget_stable(applying, min(reply.stable_seq, reply.acknowledgements[-1].seq))


def _settle(
    applying: Applying, acknowledgement: Acknowledgement, scope_ids: Sequence[int], era: int
) -> None:
    """Note of one change that the server has it, and where its record is there."""
    store, seq, status = applying.store, acknowledgement.seq, acknowledgement.status
    row = store.db.execute(
        "SELECT entity, record_id, content, first_seq, state FROM outbox WHERE seq = ?", (seq,)
    ).fetchone()
    if row is None:
        return
    number, record_id, content, first_seq, before = row
    declared = store.entities[number]
    is_held = status is Status.HELD
    store.db.execute(
        "UPDATE outbox SET state = ?, code = ?, acknowledged_at = ? WHERE seq = ?",
        (
            "held" if is_held else "acknowledged",
            acknowledgement.code,
            store.clock.wall_ms(),
            seq,
        ),
    )
    if before == "pending":  # else it was sent again, after a fork or a restored server
        applying.result.acknowledged += 1
        applying.result.held += is_held
        applying.result.conflicts += status is Status.CONFLICT
    change = changes.from_canonical(declared, content, seq=seq, group=first_seq)
    if is_held:
        if before == "acknowledged":
            _hold_again(applying, declared, change)
    elif status is Status.DUPLICATE:
        # In the server's record already, or overwritten there: each of its fields comes back.
        if record_id in applying.based:
            overlay.update(applying, declared, record_id, _NOTHING, is_whole=False)
    else:
        _place(applying, change, acknowledgement, scope_ids, era)
        row_now = Row(0, 0, acknowledgement.rev, era, change.values, record_id)
        # A restored server that is given a record again has nothing else of it.
        is_whole = change.op is Op.INSERT and before == "acknowledged"
        overlay.update(applying, declared, record_id, row_now, is_whole=is_whole)


def _place(
    applying: Applying,
    change: Change,
    acknowledgement: Acknowledgement,
    scope_ids: Sequence[int],
    era: int,
) -> None:
    """Note under which number the server has a new record, or which rev a known one has."""
    if change.op is not Op.INSERT or acknowledgement.place < 0:
        applying.places.advance(change.record_id, acknowledgement.rev, era)
        return
    scope_id, number = scope_ids[acknowledgement.place], acknowledgement.number
    entity = applying.store.number_by_name[change.entity]
    place = Place(entity, change.record_id, acknowledgement.rev, era)
    applying.places.put(scope_id, number, place)
    # Of a scope that comes whole, all that is not counted as come is removed in the end: this one
    # too, though its row does not come, for the tablet has it.
    applying.came.get(scope_id, set()).add(number)
    applying.placed.setdefault(scope_id, set()).add(number)


def _keep_signed(applying: Applying, reply: Reply) -> None:
    """Keep the server's signed word, to be shown should it ever not know it (`numbering.proof`)."""
    store, last = applying.store, reply.acknowledgements[-1].seq
    store.db.execute(
        "INSERT OR REPLACE INTO signed_acknowledgement VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            applying.position.inc,
            last,
            store.outbox.chain_at(last),
            encode_acknowledgements(reply.acknowledgements),
            reply.signature,
            reply.epoch or applying.position.epoch,
            reply.server_ms,
        ),
    )


def _forget_stable(applying: Applying, stable_seq: int) -> None:
    """Drop what every backup of the server has; the chain goes on alone from there."""
    store = applying.store
    chain = store.outbox.chain_at(stable_seq)
    gone = store.db.execute(
        "DELETE FROM outbox WHERE seq <= ? AND state = 'acknowledged'", (stable_seq,)
    )
    if gone.rowcount:
        store.kept.chain = chain
        store.kept.chain_seq = stable_seq


def _hold_again(applying: Applying, declared: Entity, change: Change) -> None:
    """Show a change over its record that was part of it: a restored server holds it now."""
    record_id = change.record_id
    applying.based.add(record_id)  # which may still come
    kept = applying.store.find(declared.name, record_id)
    if kept is not None and kept.rev:
        applying.store.bases.keep(declared, record_id, kept.rev, kept.values)
        overlay.update(applying, declared, record_id, _NOTHING, is_whole=False)
    elif kept is not None or change.op is Op.INSERT:
        # Deleted since, or moved out of reach; now it is nowhere but here.
        applying.store.show(declared, record_id, dict(change.values))
