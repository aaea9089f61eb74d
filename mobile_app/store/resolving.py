"""What the office decided of held changes: applied, dismissed, or waiting still."""

from __future__ import annotations

from mobile_app.store import overlay
from mobile_app.store.records import Store
from sync import changes
from sync.changes import Op


def resolve(store: Store) -> None:
    """Bring held changes to where the office has them: applied, dismissed, or waiting still.

    A dismissed insert stays on the tablet, since its record is nowhere else; of a dismissed patch
    the record is what the server has. A decision that a restored server lost is open again.
    """
    if "resolution" not in store.entity_by_name:
        return
    device_id, inc = store.kept.require_device_id(), store.kept.inc
    again = set()
    rows = store.db.execute(
        "SELECT seq, first_seq, entity, record_id, content, born_inc, born_seq, state, code"
        " FROM outbox WHERE code != ''"
    ).fetchall()
    for seq, first, number, record_id, content, born_inc, born_seq, before, code in rows:
        born = (born_inc or inc, born_seq or seq)
        decision = store.db.execute(
            "SELECT state, code FROM resolution WHERE id = ?"
            # One that lies in no scope any more was lost by a restored server: then it counts for
            # nothing.
            " AND EXISTS (SELECT 1 FROM place WHERE place.record_id = resolution.id)",
            (changes.change_id(device_id, *born, content),),
        ).fetchone()
        decided, code_now = decision or ("open", code)
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
        overlay.show_again(store, store.entities[number], record_id)
