"""Stage replies, and apply them all at once when the last is there.

Order within a reply: acknowledgements put the device's own values into the base, then blocks
overwrite. What is captured and unacknowledged stays visible over whatever the server says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from mobile_app.store import contents
from mobile_app.store.database import transaction
from mobile_app.store.places import Places
from mobile_app.store.records import Store, pack_image, unpack_image
from sync import changes, wire
from sync.acknowledgements import encode_acknowledgements
from sync.changes import Change, Op
from sync.digest import EMPTY_STATE, state_hash
from sync.exchange import Position, advance
from sync.messages import Outcome, Reply, Status
from sync.refs import ShortRef, UnresolvedNumber
from sync.rows import Row
from sync.spec import Entity, Values

log = logging.getLogger("nuqta")
_MISMATCHES_MAX = 3
_NOTHING = Row(0, 0, 0, 0, {})


@dataclass(slots=True)
class Result:
    """What an applied exchange brought.

    `is_in_doubt`: what is held here is not what the server says; the next exchange finds out where.
    `later_count`: the scopes that are still to come whole.
    """

    received: int = 0
    held: int = 0
    conflicts: int = 0
    acknowledged: int = 0
    is_in_doubt: bool = False
    later_count: int = 0


@dataclass(slots=True)
class _Applying:
    """The work in hand: one transaction over all staged replies.

    `based`: records with changes of our own, or with a base kept for them.
    `came`: of scopes that come whole, the numbers that came; the rest of them is gone.
    `placed`: of each scope, the numbers that acknowledgements named.
    """

    store: Store
    position: Position
    places: Places
    names: dict[int, str]
    based: set[bytes]
    came: dict[int, set[int]]
    placed: dict[int, set[int]]
    result: Result


def stage(store: Store, body: bytes) -> None:
    """Keep a reply as it came; on disk when this returns."""
    with transaction(store.db):
        store.db.execute("INSERT INTO stage (body) VALUES (?)", (body,))


def discard(store: Store) -> None:
    """Forget staged replies; acknowledgements in them are asked for again."""
    with transaction(store.db):
        store.db.execute("DELETE FROM stage")


def staged(store: Store, *, is_whole: bool = True) -> Iterator[Reply]:
    """Yield the staged replies, oldest first, each decoded in its turn. Raises Malformed.

    Args:
        is_whole: with their records; without, to know where this device stands.
    """
    positions = store.db.execute("SELECT position FROM stage ORDER BY position").fetchall()
    for position in positions:
        body = store.db.execute("SELECT body FROM stage WHERE position = ?", position).fetchone()
        yield wire.decode_reply(store.entities, body[0], is_whole=is_whole)


def is_staged(store: Store) -> bool:
    """Whether a reply waits to be applied."""
    return store.db.execute("SELECT 1 FROM stage").fetchone() is not None


def apply(store: Store) -> Result:
    """Apply everything staged, in one transaction: records, outbox and cursors together."""
    result = Result()
    with transaction(store.db):
        last = None
        position = store.position()
        names = dict(store.db.execute("SELECT id, name FROM scope").fetchall())
        is_in_doubt = position.is_in_doubt or bool(position.doubtful)
        places = Places(store.db, is_in_doubt=is_in_doubt)
        based = store.db.execute(
            "SELECT record_id FROM base"
            " UNION SELECT record_id FROM outbox WHERE state != 'acknowledged'"
        )
        own = {record_id for (record_id,) in based.fetchall()}
        doing = _Applying(store, position, places, names, own, {}, {}, result)
        for last in staged(store):
            _apply_reply(doing, last)
        if last is None:
            return result
        for scope_id, numbers in doing.came.items():
            doing.places.keep_only(scope_id, numbers)
        # Rows that came ahead of their scope stay until it is there: then all of it has come.
        doing.places.remove_others({*position.scopes, *(one for one, _ in last.scopes.later)})
        _resolve(store)
        _drop_homeless(store)
        if last.scopes.later or store.later():
            store.keep(later=last.scopes.later)
        _save(doing, last)
        result.later_count = len(last.scopes.later)
        store.db.execute("DELETE FROM stage")
    return result


def goes_in_steps(store: Store) -> bool:
    """Whether a part of the scopes will do now: those that are missing were never here.

    Where they were, as before an upgrade, their records are seen until all have come again.
    """
    held = store.db.execute("SELECT 1 FROM scope UNION ALL SELECT 1 FROM place LIMIT 1").fetchone()
    return bool(store.later()) or held is None


def _apply_reply(doing: _Applying, reply: Reply) -> None:
    store, position, places = doing.store, doing.position, doing.places
    scope_ids = position.places(reply)
    applied = {scope_id for scope_id, _ in position.vector}
    for scope_id, name in reply.scopes.added:
        doing.names[scope_id] = name
        doing.came.setdefault(scope_id, set())
    for place in reply.scopes.restarted:
        doing.came[scope_ids[place]] = set()
    epoch = reply.epoch or position.epoch
    _acknowledge(doing, reply, scope_ids, int.from_bytes(epoch[:4], "big"))
    for snapshot in reply.snapshots:
        # It says what there was at its time: what was acknowledged before it and is not in it comes
        # after it, or was deleted before it and is told by no tombstone.
        doing.came[scope_ids[snapshot.place]] = set()
    touched = set()
    repaired: dict[int, set[int]] = {repair.place: set() for repair in reply.repairs}
    for block in reply.blocks:
        declared = store.entity_by_name.get(block.entity)
        entity = block.number if declared is None else store.number_by_name[block.entity]
        for row in block.rows:
            scope_id = scope_ids[row.place]
            record_id = row.record_id or places.id_at(scope_id, row.number)
            if record_id is None:  # a patch for a row we lack: the digest will tell
                continue
            for came in (doing.came.get(scope_id), repaired.get(row.place)):
                if came is not None:
                    came.add(row.number)
            places.put(scope_id, row.number, entity, record_id, row.rev, row.era)
            if declared is None:  # of a newer version: counted, and asked for after an upgrade
                continue
            row = _resolved(places, row, scope_ids)
            _update(doing, declared, record_id, row, is_whole=block.is_whole)
            touched.add(record_id)
    for place, number in reply.gone:
        places.remove(scope_ids[place], number)
    for repair in reply.repairs:
        scope_id, numbers = scope_ids[repair.place], repaired[repair.place]
        places.clear_buckets(scope_id, repair.bucket_count, set(repair.buckets), numbers)
        # What was compared lacked them. Were they there still, their buckets would differ.
        for number in doing.placed.pop(scope_id, set()) - numbers:
            places.remove(scope_id, number)
    doing.result.received += len(touched)
    advance(position, reply)
    # A scope that was new and is lost again before the end: if it returns, it comes whole.
    for scope_id in set(doing.came) - applied - set(position.scopes):
        places.keep_only(scope_id, set())
        del doing.came[scope_id]
    heard_at = (store.clock.boot_id(), store.clock.mono_ms())
    store.keep(epoch=position.epoch, after_sync_ms=reply.server_ms, heard_at=heard_at)


def _resolved(places: Places, row: Row, scope_ids: Sequence[int]) -> Row:
    """Return a row with the ids of what it refers to by number. Raises UnresolvedNumber."""
    short = {
        name: cast("ShortRef", one) for name, one in row.values.items() if isinstance(one, ShortRef)
    }
    if not short:
        return row
    values = dict(row.values)
    for name, one in short.items():
        target_id = places.id_at(scope_ids[one.place], one.number)
        if target_id is None:
            raise UnresolvedNumber(f"apply: no row {one.number} at place {one.place}")
        values[name] = target_id
    return replace(row, values=values)


def _acknowledge(doing: _Applying, reply: Reply, scope_ids: Sequence[int], era: int) -> None:
    if not reply.acknowledgements:
        return
    store, result = doing.store, doing.result
    wall_ms = store.clock.wall_ms()
    for one in reply.acknowledgements:
        row = store.db.execute(
            "SELECT entity, record_id, content, first_seq, state FROM outbox WHERE seq = ?",
            (one.seq,),
        ).fetchone()
        if row is None:
            continue
        number, record_id, content, first_seq, before = row
        declared = store.entities[number]
        is_held = one.status is Status.HELD
        store.db.execute(
            "UPDATE outbox SET state = ?, code = ?, acknowledged_at = ? WHERE seq = ?",
            ("held" if is_held else "acknowledged", one.code, wall_ms, one.seq),
        )
        if before == "pending":  # else it was sent again, after a fork or a restored server
            result.acknowledged += 1
            result.held += is_held
            result.conflicts += one.status is Status.CONFLICT
        change = changes.from_canonical(declared, content, seq=one.seq, group=first_seq)
        if is_held:
            if before == "acknowledged":
                _hold_again(doing, declared, change)
            continue
        if one.status is Status.DUPLICATE:
            # In the server's record already, or overwritten there: each of its fields comes back.
            if record_id in doing.based:
                _update(doing, declared, record_id, _NOTHING, is_whole=False)
            continue
        if change.op is Op.INSERT and one.place >= 0:
            scope_id = scope_ids[one.place]
            doing.places.put(scope_id, one.number, number, record_id, one.rev, era)
            doing.came.get(scope_id, set()).add(one.number)
            doing.placed.setdefault(scope_id, set()).add(one.number)
        else:
            doing.places.advance(record_id, one.rev, era)
        row_now = Row(0, 0, one.rev, era, change.values, record_id)
        # A restored server that is given a record again has nothing else of it.
        is_whole = change.op is Op.INSERT and before == "acknowledged"
        _update(doing, declared, record_id, row_now, is_whole=is_whole)
    last = reply.acknowledgements[-1].seq
    store.db.execute(
        "INSERT OR REPLACE INTO signed_acknowledgement VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            doing.position.inc,
            last,
            store.chain_at(last),
            encode_acknowledgements(reply.acknowledgements),
            reply.signature,
            reply.epoch or doing.position.epoch,
            reply.server_ms,
        ),
    )
    # Acknowledged changes stay until the server calls them stable; then the chain goes on alone.
    stable = min(reply.stable_seq, last)
    chain = store.chain_at(stable)
    gone = store.db.execute(
        "DELETE FROM outbox WHERE seq <= ? AND state = 'acknowledged'", (stable,)
    )
    if gone.rowcount:
        store.keep(chain=chain, chain_seq=stable)


def _hold_again(doing: _Applying, declared: Entity, change: Change) -> None:
    """Show a change over its record that was part of it: a restored server holds it now."""
    record_id = change.record_id
    doing.based.add(record_id)  # which may still come
    kept = doing.store.find(declared.name, record_id)
    if kept is not None and kept.rev:
        doing.store.keep_base(declared, kept)
        _update(doing, declared, record_id, _NOTHING, is_whole=False)
    elif kept is not None or change.op is Op.INSERT:
        # Deleted since, or moved out of reach; now it is nowhere but here.
        doing.store.show(declared, record_id, dict(change.values))


def _update(
    doing: _Applying, declared: Entity, record_id: bytes, row: Row, *, is_whole: bool
) -> None:
    """Bring the base up to the server's word, and show it under what is still unsent."""
    store = doing.store
    number = store.number_by_name[declared.name]
    values: Values = dict(row.values)
    if is_whole:
        values = {spec.name: row.values.get(spec.name) for spec in declared.fields[1:]}
    if record_id in doing.based:
        values = _rebased(doing, number, record_id, values)
    store.show(declared, record_id, values, rev=row.rev or None)


def _rebased(doing: _Applying, number: int, record_id: bytes, values: Values) -> Values:
    """Put the server's values under the changes that it does not have; return what is seen."""
    store, declared = doing.store, doing.store.entities[number]
    open_changes = _open_changes(store, number, record_id)
    if not open_changes:
        store.db.execute("DELETE FROM base WHERE entity = ? AND record_id = ?", (number, record_id))
        return values
    held = store.db.execute(
        "SELECT image FROM base WHERE entity = ? AND record_id = ?", (number, record_id)
    ).fetchone()
    base = unpack_image(declared, held[0]) if held else {}
    base.update(values)
    store.db.execute(
        "INSERT OR REPLACE INTO base VALUES (?, ?, ?)",
        (number, record_id, pack_image(declared, base)),
    )
    seen = dict(values)
    for change in open_changes:
        seen.update(change.values)
    return seen


def _open_changes(store: Store, number: int, record_id: bytes) -> list[Change]:
    """Return the changes of a record that are unsent or held, in their order."""
    rows = store.db.execute(
        "SELECT seq, first_seq, content FROM outbox WHERE record_id = ? AND entity = ?"
        " AND state IN ('pending', 'held') ORDER BY seq",
        (record_id, number),
    ).fetchall()
    declared = store.entities[number]
    return [
        changes.from_canonical(declared, content, seq=seq, group=first)
        for seq, first, content in rows
    ]


def _resolve(store: Store) -> None:
    """Bring held changes to where the office has them: applied, dismissed, or waiting still.

    A dismissed insert stays on the tablet, since its record is nowhere else; of a dismissed patch
    the record is what the server has. A decision that a restored server lost is open again.
    """
    if "resolution" not in store.entity_by_name:
        return
    device_id, inc = store.kept("device_id"), store.kept("inc")
    again = set()
    rows = store.db.execute(
        "SELECT seq, first_seq, entity, record_id, content, born_inc, born_seq, state, code"
        " FROM outbox WHERE code != ''"
    ).fetchall()
    for seq, first, number, record_id, content, born_inc, born_seq, before, code in rows:
        born = (born_inc or inc, born_seq or seq)
        said = store.db.execute(
            "SELECT state, code FROM resolution WHERE id = ?"
            " AND EXISTS (SELECT 1 FROM place WHERE place.record_id = resolution.id)",
            (changes.change_id(device_id, *born, content),),
        ).fetchone()
        decided, code_now = said or ("open", code)
        state = {"applied": "acknowledged", "dismissed": "dismissed"}.get(decided, "held")
        if state == "dismissed":
            declared = store.entities[number]
            change = changes.from_canonical(declared, content, seq=seq, group=first)
            state = "dismissed" if change.op is Op.INSERT else "acknowledged"
        if (state, code_now) != (before, code):
            store.db.execute(
                "UPDATE outbox SET state = ?, code = ? WHERE seq = ?", (state, code_now, seq)
            )
            again.add((number, record_id))
    for number, record_id in again:
        show_again(store, number, record_id)


def show_again(store: Store, number: int, record_id: bytes) -> None:
    """Show a record under the changes that are still open; as it is where nothing tells how."""
    declared = store.entities[number]
    open_changes = _open_changes(store, number, record_id)
    is_new = bool(open_changes) and open_changes[0].op is Op.INSERT
    kept = store.find(declared.name, record_id) if open_changes and not is_new else None
    if kept is not None:
        # Open again after it was settled: until now the record was what the server has.
        store.keep_base(declared, kept)
    held = store.db.execute(
        "SELECT image FROM base WHERE entity = ? AND record_id = ?", (number, record_id)
    ).fetchone()
    if held is None and not is_new:
        return
    base = unpack_image(declared, held[0]) if held else {}
    values: Values = {spec.name: base.get(spec.name) for spec in declared.fields[1:]}
    for change in open_changes:
        values.update(change.values)
    store.show(declared, record_id, values)
    if not open_changes:
        store.db.execute("DELETE FROM base WHERE entity = ? AND record_id = ?", (number, record_id))


def _drop_homeless(store: Store) -> None:
    """Forget records that are in no scope any more, but never one with unsent or held work."""
    for declared in store.entities:
        number = store.number_by_name[declared.name]
        gone = store.db.execute(
            f'SELECT id FROM "{declared.name}" AS record WHERE'
            " NOT EXISTS (SELECT 1 FROM place WHERE place.record_id = record.id)"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record_id = record.id"
            " AND outbox.entity = ? AND outbox.state != 'acknowledged')",
            (number,),
        ).fetchall()
        if not gone:
            continue
        store.db.executemany(f'DELETE FROM "{declared.name}" WHERE id = ?', gone)
        for (record_id,) in gone:
            store.index.remove(record_id)
        if gone:
            store.index.forget_words()
        store.db.executemany("DELETE FROM base WHERE record_id = ?", gone)


def _save(doing: _Applying, last: Reply) -> None:
    """Store the cursors, and what the comparison with the server's hash says."""
    store, position = doing.store, doing.position
    store.keep(acknowledged_seq=position.acknowledged_seq, in_doubt_seq=0)
    if last.outcome is Outcome.SAME:
        return
    sums = doing.places.sums
    vector = sorted(position.heads.items())
    said = {doing.position.places(last)[one.place]: one for one in last.end.states}
    doubtful = {
        scope_id
        for scope_id, one in said.items()
        if (one.record_count, one.digest) != sums.get(scope_id, (0, 0))
    }
    store.db.execute("DELETE FROM scope")
    store.db.executemany(
        "INSERT INTO scope VALUES (?, ?, ?, ?, ?, ?)",
        [
            (one, doing.names[one], applied, *sums.get(one, (0, 0)), one in doubtful)
            for one, applied in vector
        ],
    )
    own = state_hash((one, applied, *sums.get(one, (0, 0))) for one, applied in vector)
    doing.result.is_in_doubt = own != last.end.state
    mismatches = (store.kept("mismatches") or 0) + 1 if own != last.end.state else 0
    store.keep(state=last.end.state, is_in_doubt=own != last.end.state and not doubtful)
    store.keep(mismatches=mismatches)
    contents_said = {doing.position.places(last)[place]: one for place, one in last.end.contents}
    if differing := contents.check(store, contents_said, last.server_ms):
        log.warning("scopes %s say other than the server's: fetched anew", differing)
        left = [one for one in vector if one[0] not in differing]
        state = state_hash((one, applied, *sums.get(one, (0, 0))) for one, applied in left)
        store.keep(state=state)
        doing.result.is_in_doubt = True
    if mismatches > _MISMATCHES_MAX:  # whatever it is, reading all scopes again ends it
        store.db.execute("DELETE FROM scope")
        store.keep(state=EMPTY_STATE, is_in_doubt=False, mismatches=0, later=[])
