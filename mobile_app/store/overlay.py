"""What a person sees of a record: the server's values, and over them what the server lacks.

An example. The server has Fatima with phone 1 and douar Tamast, rev 8. Here her phone was changed
to 2, unsent: the base is (1, Tamast), seen is (2, Tamast). Now another tablet's phone 3 and douar
Ighil come as rev 9: the base becomes (3, Ighil), seen is (2, Ighil). When the server acknowledges
the 2 as rev 10, nothing is open any more: the base goes, and what is seen is what the server has.
"""

from __future__ import annotations

from mobile_app.store.applying import Applying
from mobile_app.store.records import Store
from sync import changes
from sync.changes import Change, Op
from sync.rows import Row
from sync.spec import Entity, Values


def update(
    applying: Applying, declared: Entity, record_id: bytes, row: Row, *, is_whole: bool
) -> None:
    """Bring the base up to the server's word, and show it under what is still unsent."""
    values: Values = dict(row.values)
    if is_whole:
        # A whole row leaves out what is empty. Here that has to be said, or what was there before
        # would stay.
        values = {spec.name: row.values.get(spec.name) for spec in declared.fields[1:]}
    if record_id in applying.based:
        values = _rebased(applying.store, declared, record_id, values)
    applying.store.show(declared, record_id, values, rev=row.rev or None)


def _rebased(store: Store, declared: Entity, record_id: bytes, values: Values) -> Values:
    """Put the server's values under the changes that it does not have; return what is seen."""
    waiting = open_changes(store, declared, record_id)
    if not waiting:
        store.bases.forget(declared, record_id)
        return values
    base = {**(store.bases.find(declared, record_id) or {}), **values}
    store.bases.put(declared, record_id, base)
    seen = dict(values)
    for change in waiting:
        seen.update(change.values)
    return seen


def open_changes(store: Store, declared: Entity, record_id: bytes) -> list[Change]:
    """Return the changes of a record that are unsent or held, in their order."""
    rows = store.db.execute(
        "SELECT seq, first_seq, content FROM outbox WHERE record_id = ? AND entity = ?"
        " AND state IN ('pending', 'held') ORDER BY seq",
        (record_id, store.number_by_name[declared.name]),
    ).fetchall()
    return [
        changes.from_canonical(declared, content, seq=seq, group=first)
        for seq, first, content in rows
    ]


def show_again(store: Store, declared: Entity, record_id: bytes) -> None:
    """Show a record under the changes that are still open; as it is where nothing tells how."""
    waiting = open_changes(store, declared, record_id)
    is_new = bool(waiting) and waiting[0].op is Op.INSERT
    kept = store.find(declared.name, record_id) if waiting and not is_new else None
    if kept is not None:
        # Open again after it was settled: until now the record was what the server has.
        store.bases.keep(declared, record_id, kept.rev, kept.values)
    base = store.bases.find(declared, record_id)
    if base is None and not is_new:
        return
    base = base or {}
    values: Values = {spec.name: base.get(spec.name) for spec in declared.fields[1:]}
    for change in waiting:
        values.update(change.values)
    store.show(declared, record_id, values)
    if not waiting:
        store.bases.forget(declared, record_id)
