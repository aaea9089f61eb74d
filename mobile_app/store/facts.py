"""What is known here of somebody, as the rules of services ask for it: without a network."""

from __future__ import annotations

from mobile_app.store.records import Record, Store
from sync import local_time
from sync.rules import eligibility
from sync.rules.eligibility import Facts
from sync.spec import Values


def facts_of(store: Store, subject: Record, now_ms: int) -> Facts:
    """Return what is known of a person or an enterprise."""
    entity = subject.entity.name

    def read(name: str) -> list[Values]:
        found = store.list(name, f"{entity}_id = ?", (subject.record_id,), order="id")
        return [one.values for one in found]

    return eligibility.facts_of(entity, subject.values, local_time.day_of(now_ms), read)
