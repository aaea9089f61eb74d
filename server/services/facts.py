"""What is known of somebody, as the rules of services ask for it (`sync.rules.eligibility`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.reference.catalogue import catalogue
from sync import local_time
from sync.rules import eligibility
from sync.rules.eligibility import Answer, Facts
from sync.spec import Values

Covers = Callable[[str], sa.ColumnElement[bool]]
"""Entity -> the condition that somebody may know its rows."""


def everything(_entity: str) -> sa.ColumnElement[bool]:
    """Return that all rows may be known: to whom they are about."""
    return sa.true()


def facts_of(records: Records, subject: Stored, now_ms: int, covers: Covers = everything) -> Facts:
    """Return what is known of a person or an enterprise.

    Args:
        covers: what the asker may know; the subject itself, all of it.
    """
    entity = subject.entity.name

    def read(name: str) -> list[Values]:
        table: Any = records.tables.records[name]
        found = records.list(name, table.c[f"{entity}_id"] == subject.record_id, covers(name))
        return [one.values for one in found]

    return eligibility.facts_of(entity, subject.values, local_time.day_of(now_ms), read)


def answers_of(
    records: Records, subject: Stored, now_ms: int, covers: Covers = everything
) -> tuple[Answer, ...]:
    """Return what a person or an enterprise can get: an answer a service, in their order."""
    facts = facts_of(records, subject, now_ms, covers)
    return eligibility.answers(catalogue().on(facts.today, facts.region), facts)
