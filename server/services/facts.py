"""What is known of somebody, as the rules of services ask for it (`sync.rules.eligibility`)."""

from __future__ import annotations

from collections.abc import Callable

from server.db.records import Records, Stored
from server.reference.catalogue import catalogue
from sync import local_time
from sync.rules import eligibility
from sync.rules.eligibility import Answer, Facts
from sync.spec import Values

Known = Callable[[str, str, bytes], list[Stored]]
"""Entity, field, id -> the records that refer so, as far as somebody may know them."""


def facts_of(records: Records, subject: Stored, now_ms: int, known: Known | None = None) -> Facts:
    """Return what is known of a person or an enterprise.

    Args:
        known: what the asker may know; None: all of it, as the subject itself.
    """
    entity = subject.entity.name

    def all_of(name: str, field: str, record_id: bytes) -> list[Stored]:
        return records.list(name, records.tables.records[name].c[field] == record_id)

    def read(name: str) -> list[Values]:
        found = (known or all_of)(name, f"{entity}_id", subject.record_id)
        return [one.values for one in found]

    return eligibility.facts_of(entity, subject.values, local_time.day_of(now_ms), read)


def answers_of(
    records: Records, subject: Stored, now_ms: int, known: Known | None = None
) -> tuple[Answer, ...]:
    """Return what a person or an enterprise can get: an answer a service, in their order."""
    facts = facts_of(records, subject, now_ms, known)
    return eligibility.answers(catalogue().on(facts.today, facts.region), facts)
