"""Take back what was saved a moment ago, as if it had not been: only what never left the tablet.

The last group of the outbox is cut off whole. Its numbers are used again, which nobody can notice:
`offered_seq` is raised before a change first goes on the line or into a file.
"""

from __future__ import annotations

from mobile_app.store import drafts, overlay
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import changes
from sync.changes import Op
from sync.messages import Push
from sync.spec import Values

WITHIN_MS = 30_000
_GROUP = "SELECT seq, entity, record_id, content, state, at FROM outbox WHERE first_seq = ?"


def mark_offered(store: Store, push: Push | None) -> None:
    """Remember what is about to leave the tablet: from now on nobody can take it back."""
    last = push.changes[-1].seq if push is not None and push.changes else 0
    if last > store.kept.offered_seq:
        with transaction(store.db):
            store.kept.offered_seq = last


def can_take_back(store: Store, record_id: bytes, within_ms: int) -> bool:
    """Whether a record was saved at most `within_ms` ago, last of all, and is still only here."""
    return bool(_group(store, record_id, within_ms))


def take_back(store: Store, record_id: bytes, within_ms: int) -> bool:
    """Undo the save that wrote a record last. Returns False where it can not be any more."""
    with transaction(store.db):
        first = _group(store, record_id, within_ms)
        if not first:
            return False
        rows = store.db.execute(f"{_GROUP} ORDER BY seq DESC", (first,)).fetchall()
        store.db.execute("DELETE FROM outbox WHERE first_seq = ?", (first,))
        for seq, number, changed_id, content, _state, _at in rows:
            declared = store.entities[number]
            change = changes.from_canonical(declared, content, seq=seq, group=first)
            if change.op is Op.INSERT:
                _forget(store, declared.name, changed_id)
            else:
                overlay.show_again(store, declared, changed_id)
        store.kept.next_seq = first
    return True


def settle(store: Store, entity: str, record_id: bytes, values: Values) -> None:
    """Store what one touch says of a record, so that another takes it back. As `Store.put`."""
    with transaction(store.db):
        drafts.forget(store)  # of a save before it, that nobody can take back from now on
        store.put(entity, values, record_id)


def take_back_save(store: Store, record_id: bytes) -> bool:
    """Undo a save of a moment ago: what it was made of is a draft again.

    Returns False where it can not be any more.
    """
    with transaction(store.db):
        is_done = take_back(store, record_id, WITHIN_MS)
        if is_done:
            drafts.bring_back(store)
    return is_done


def _group(store: Store, record_id: bytes, within_ms: int) -> int:
    """Return the number of the group to take back; 0 for none."""
    row = store.db.execute(
        "SELECT first_seq FROM outbox WHERE record_id = ? ORDER BY seq DESC LIMIT 1", (record_id,)
    ).fetchone()
    first = int(row[0]) if row else 0
    if first <= store.kept.offered_seq:
        return 0
    rows = store.db.execute(_GROUP, (first,)).fetchall()
    if store.outbox.count_after(first - 1) != len(rows):
        return 0  # something was saved after it
    now = store.clock.wall_ms()
    can = all(
        state == "pending"
        and 0 <= now - at <= within_ms
        and _is_known_without(store, number, changed_id)
        for _seq, number, changed_id, _content, state, at in rows
    )
    return first if can else 0


def _is_known_without(store: Store, number: int, record_id: bytes) -> bool:
    """Whether the tablet knows what a record was: from the server, or from its first change."""
    row = store.db.execute(
        "SELECT content FROM outbox WHERE record_id = ? AND entity = ? AND state = 'pending'"
        " AND NOT EXISTS (SELECT 1 FROM base WHERE base.record_id = outbox.record_id)"
        " ORDER BY seq LIMIT 1",
        (record_id, number),
    ).fetchone()
    if row is None:
        return True
    first = changes.from_canonical(store.entities[number], row[0], seq=1, group=1)
    return first.op is Op.INSERT


def _forget(store: Store, entity: str, record_id: bytes) -> None:
    store.db.execute(f'DELETE FROM "{entity}" WHERE id = ?', (record_id,))
    store.index.remove(record_id)
    for table in ("blob", "blob_piece", "base"):
        store.db.execute(f"DELETE FROM {table} WHERE record_id = ?", (record_id,))
