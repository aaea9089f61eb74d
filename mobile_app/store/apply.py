"""Stage replies, and apply them all at once when the last is there.

Order within a reply: acknowledgements put the device's own values into the base, then blocks
overwrite. What is captured and unacknowledged stays visible over whatever the server says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mobile_app.store.database import transaction
from mobile_app.store.records import Store, pack_image, unpack_image
from sync import changes, digest, wire
from sync.changes import Op
from sync.exchange import Position, advance
from sync.messages import Reply, ScopeState, Status
from sync.rows import Row
from sync.spec import Entity, Values


@dataclass(slots=True)
class Result:
    """What an applied exchange brought."""

    received: int = 0
    held: int = 0
    conflicts: int = 0
    acknowledged: int = 0
    mismatched: list[str] = field(default_factory=list)


def stage(store: Store, body: bytes) -> None:
    """Keep a reply as it came; on disk when this returns."""
    with transaction(store.db):
        store.db.execute("INSERT INTO stage (body) VALUES (?)", (body,))


def discard(store: Store) -> None:
    """Forget staged replies; acknowledgements in them are asked for again."""
    with transaction(store.db):
        store.db.execute("DELETE FROM stage")


def staged(store: Store) -> list[Reply]:
    """Return the staged replies, oldest first. Raises Malformed."""
    rows = store.db.execute("SELECT body FROM stage ORDER BY position").fetchall()
    return [wire.decode_reply(store.entities, body) for (body,) in rows]


def apply(store: Store) -> Result:
    """Apply everything staged, in one transaction: records, outbox and cursors together."""
    result = Result()
    with transaction(store.db):
        position = store.position()
        names = dict(store.db.execute("SELECT id, name FROM scope").fetchall())
        # Scopes that come whole, and the numbers that came: the rest of them is gone.
        seen: dict[int, set[int]] = {
            scope_id: set() for scope_id, applied in position.vector if applied == 0
        }
        states: dict[int, ScopeState] = {}
        for reply in staged(store):
            _apply_reply(store, position, reply, names, seen, states, result)
            advance(position, reply)
        _drop_unseen(store, seen)
        _drop_homeless(store)
        _save(store, position, names)
        result.mismatched = _compare(store, states, names)
        store.db.execute("DELETE FROM stage")
    return result


def _apply_reply(
    store: Store,
    position: Position,
    reply: Reply,
    names: dict[int, str],
    seen: dict[int, set[int]],
    states: dict[int, ScopeState],
    result: Result,
) -> None:
    scope_ids = [scope_id for scope_id, _ in position.vector] + [one for one, _ in reply.added]
    for place in reply.dropped:
        scope_id = scope_ids[place]
        store.db.execute("DELETE FROM place WHERE scope_id = ?", (scope_id,))
        names.pop(scope_id, None)
        seen.pop(scope_id, None)
    for scope_id, name in reply.added:
        names[scope_id] = name
        seen[scope_id] = set()
    _acknowledge(store, reply, scope_ids, seen, result)
    touched: dict[tuple[str, bytes], Values] = {}
    for block in reply.blocks:
        declared = store.entity_by_name[block.entity]
        for row in block.rows:
            scope_id = scope_ids[row.place]
            record_id = _record_id(store, scope_id, row)
            if record_id is None:  # a patch for a row we lack: the digest will tell
                continue
            if scope_id in seen:
                seen[scope_id].add(row.number)
            _place(store, declared, scope_id, row, record_id)
            _update(store, declared, record_id, row, is_whole=block.is_whole)
            touched[block.entity, record_id] = {}
    for place, number in reply.gone:
        store.db.execute(
            "DELETE FROM place WHERE scope_id = ? AND number = ?", (scope_ids[place], number)
        )
    for state in reply.states:
        states[scope_ids[state.place]] = state
    result.received += len(touched)
    store.keep(epoch=reply.epoch, after_sync_ms=reply.server_ms)


def _acknowledge(
    store: Store,
    reply: Reply,
    scope_ids: Sequence[int],
    seen: dict[int, set[int]],
    result: Result,
) -> None:
    if not reply.acknowledgements:
        return
    era = int.from_bytes(reply.epoch[:4], "big")
    wall_ms = store.clock.wall_ms()
    for one in reply.acknowledgements:
        row = store.db.execute(
            "SELECT entity, record_id, content, first_seq, state FROM outbox WHERE seq = ?",
            (one.seq,),
        ).fetchone()
        if row is None or row[4] != "pending":
            continue
        number, record_id, content, first_seq, _ = row
        declared = store.entities[number]
        is_held = one.status is Status.HELD
        store.db.execute(
            "UPDATE outbox SET state = ?, code = ?, acknowledged_at = ? WHERE seq = ?",
            ("held" if is_held else "acknowledged", one.code, wall_ms, one.seq),
        )
        result.acknowledged += 1
        result.held += is_held
        result.conflicts += one.status is Status.CONFLICT
        if is_held:
            continue
        change = changes.from_canonical(declared, content, seq=one.seq, group=first_seq)
        if change.op is Op.INSERT and one.place >= 0:
            row_here = Row(one.place, one.number, one.rev, era, {}, record_id)
            _place(store, declared, scope_ids[one.place], row_here, record_id)
            seen.get(scope_ids[one.place], set()).add(one.number)
        else:
            store.db.execute(
                "UPDATE place SET rev = ?, era = ? WHERE record_id = ? AND rev < ?",
                (one.rev, era, record_id, one.rev),
            )
        row_now = Row(0, 0, one.rev, era, change.values, record_id)
        _update(store, declared, record_id, row_now, is_whole=False)
    last = reply.acknowledgements[-1].seq
    store.db.execute(
        "INSERT OR REPLACE INTO acknowledgement VALUES (?, ?, ?)",
        (last, wire.encode_acknowledgements(reply.acknowledgements), reply.signature),
    )
    # Acknowledged changes stay until the server calls them stable; then the chain goes on alone.
    stable = min(reply.stable_seq, last)
    chain = store.chain_at(stable)
    gone = store.db.execute(
        "DELETE FROM outbox WHERE seq <= ? AND state = 'acknowledged'", (stable,)
    )
    if gone.rowcount:
        store.keep(chain=chain, chain_seq=stable)


def _record_id(store: Store, scope_id: int, row: Row) -> bytes | None:
    if row.record_id:
        return row.record_id
    found = store.db.execute(
        "SELECT record_id FROM place WHERE scope_id = ? AND number = ?", (scope_id, row.number)
    ).fetchone()
    return bytes(found[0]) if found else None


def _place(store: Store, declared: Entity, scope_id: int, row: Row, record_id: bytes) -> None:
    """Note where a record stands in a scope; it may have come back under a new number."""
    store.db.execute(
        "DELETE FROM place WHERE record_id = ? AND scope_id = ? AND number != ?",
        (record_id, scope_id, row.number),
    )
    store.db.execute(
        "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?)",
        (
            scope_id,
            row.number,
            store.number_by_name[declared.name],
            record_id,
            row.rev,
            row.era,
        ),
    )


def _update(store: Store, declared: Entity, record_id: bytes, row: Row, *, is_whole: bool) -> None:
    """Bring the base up to the server's word, and show it under what is still unsent."""
    number = store.number_by_name[declared.name]
    values: Values = dict(row.values)
    if is_whole:
        values = {spec.name: row.values.get(spec.name) for spec in declared.fields[1:]}
    open_changes = store.db.execute(
        "SELECT seq, first_seq, content FROM outbox WHERE record_id = ? AND entity = ?"
        " AND state != 'acknowledged' ORDER BY seq",
        (record_id, number),
    ).fetchall()
    if open_changes:
        held = store.db.execute(
            "SELECT image FROM base WHERE entity = ? AND record_id = ?", (number, record_id)
        ).fetchone()
        base = unpack_image(declared, held[0]) if held else {}
        base.update(values)
        store.db.execute(
            "INSERT OR REPLACE INTO base VALUES (?, ?, ?)",
            (number, record_id, pack_image(declared, base)),
        )
        for seq, first, content in open_changes:
            change = changes.from_canonical(declared, content, seq=seq, group=first)
            values.update(change.values)
    else:
        store.db.execute("DELETE FROM base WHERE entity = ? AND record_id = ?", (number, record_id))
    store.show(declared, record_id, values)
    if row.rev:
        store.db.execute(
            f'UPDATE "{declared.name}" SET rev = ? WHERE id = ?',
            (row.rev, record_id),
        )


def _drop_unseen(store: Store, seen: dict[int, set[int]]) -> None:
    """In a scope that came whole, what did not come is gone."""
    for scope_id, numbers in seen.items():
        here = store.db.execute("SELECT number FROM place WHERE scope_id = ?", (scope_id,))
        stale = [(scope_id, number) for (number,) in here.fetchall() if number not in numbers]
        store.db.executemany("DELETE FROM place WHERE scope_id = ? AND number = ?", stale)


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
        store.db.executemany(f'DELETE FROM "{declared.name}" WHERE id = ?', gone)
        store.db.executemany("DELETE FROM search_term WHERE record_id = ?", gone)
        store.db.executemany("DELETE FROM base WHERE record_id = ?", gone)


def _save(store: Store, position: Position, names: dict[int, str]) -> None:
    store.db.execute("DELETE FROM scope")
    store.db.executemany(
        "INSERT INTO scope VALUES (?, ?, ?, ?)",
        [
            (place, scope_id, names[scope_id], applied)
            for place, (scope_id, applied) in enumerate(position.vector)
        ],
    )
    store.keep(acknowledged_seq=position.acknowledged_seq)


def _compare(store: Store, states: dict[int, ScopeState], names: dict[int, str]) -> list[str]:
    """Compare what we hold with what the server says; a scope that differs starts again."""
    mismatched = []
    for scope_id, state in states.items():
        if scope_id not in names:
            continue
        rows = store.db.execute(
            "SELECT entity, record_id, number, era, rev FROM place WHERE scope_id = ?", (scope_id,)
        ).fetchall()
        total = sum(digest.row_hash(*row) for row in rows) % digest.MODULUS
        if (len(rows), total) != (state.record_count, state.digest):
            mismatched.append(
                f"{names[scope_id]}: {len(rows)} rows here, {state.record_count} there"
            )
            store.db.execute("UPDATE scope SET applied = 0 WHERE id = ?", (scope_id,))
    if mismatched:
        store.keep(mismatched=mismatched)
    return mismatched
