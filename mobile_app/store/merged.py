"""Records that were merged at the office: which one stands for another now."""

from __future__ import annotations

from mobile_app.store.records import Store
from sync.rules.duplicates import SURVIVOR


def standing(store: Store, entity: str, record_id: bytes) -> bytes:
    """Return the record that stands for one, as far as this tablet has it; mostly itself."""
    passed = {record_id}
    while True:
        record = store.find(entity, record_id)
        survivor_id = record.values.get(SURVIVOR) if record else None
        if not isinstance(survivor_id, bytes) or survivor_id in passed:
            return record_id
        if store.find(entity, survivor_id) is None:
            return record_id
        passed.add(survivor_id)
        record_id = survivor_id
