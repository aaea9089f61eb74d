"""What is known here of somebody, as the rules of services ask for it: without a network."""

from __future__ import annotations

from mobile_app.store.records import Record, Store
from sync import local_time
from sync.rules import eligibility
from sync.rules.applications import ENDED
from sync.rules.eligibility import Facts


def facts_of(store: Store, subject: Record, now_ms: int) -> Facts:
    """Return what is known of a person or an enterprise."""
    entity, today = subject.entity.name, local_time.day_of(now_ms)

    def of_subject(name: str) -> list[Record]:
        return list(store.list(name, f"{entity}_id = ?", (subject.record_id,), order="id"))

    return Facts(
        entity,
        subject.values,
        today,
        [one.values for one in of_subject("holding")],
        frozenset(str(one.values["type"]) for one in of_subject("document") if one.values["type"]),
        frozenset(
            str(one.values["service"])
            for one in of_subject("application")
            if one.values["state"] not in ENDED
        ),
        entity == "enterprise"
        and any(eligibility.is_in_force(one.values, today) for one in of_subject("mandate")),
    )
