"""Whom a proposed edition would change: what those who came last could get, and would."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.reference.catalogue import catalogue
from sync import local_time
from sync.rules import eligibility
from sync.rules.editions import Edition
from sync.rules.eligibility import Facts
from sync.spec import Values

Covers = Callable[[str], sa.ColumnElement[bool]]
"""An entity -> the condition that somebody may know a record of it."""
SAMPLE = 200
"""People, and as many enterprises: those who came last."""
_BESIDE = ("holding", "document", "application", "mandate")
NOT_OFFERED = "none"
Moves = Counter[tuple[str, str]]
"""(what they could get, what they would) -> how many; `none`: it is not for them, or not there."""


def moves(records: Records, edition: Edition, now_ms: int, covers: Covers) -> tuple[int, Moves]:
    """Return how many were asked of, and how many of them would get another answer.

    Args:
        edition: as proposed; asked on its first day, beside the one that would hold without it.
        covers: what the asker may know.
    """
    day = max(edition.valid_from, local_time.day_of(now_ms))
    found: Moves = Counter()
    asked = [
        facts
        for entity in ("person", "enterprise")
        for facts in _facts(records, entity, day, covers)
    ]
    for facts in asked:
        now = catalogue().holding(edition.code, day, facts.region)
        after = edition if edition.is_for(facts.region) else now
        change = (_verdict(now, facts), _verdict(after, facts))
        if change[0] != change[1]:
            found[change] += 1
    return len(asked), found


def _verdict(edition: Edition | None, facts: Facts) -> str:
    answers = eligibility.answers([edition] if edition else [], facts)
    return answers[0].verdict.value if answers else NOT_OFFERED


def _facts(records: Records, entity: str, day: int, covers: Covers) -> list[Facts]:
    table = records.tables.records[entity]
    order = (table.c.received_at.desc(), table.c.id.desc())
    subjects: list[Stored] = records.list(entity, covers(entity), order=order, limit=SAMPLE)
    ids = [one.record_id for one in subjects]
    beside: dict[tuple[str, object], list[Values]] = defaultdict(list)
    for name in _BESIDE:
        columns = records.tables.records[name].c
        if f"{entity}_id" in columns and ids:
            for one in records.list(name, columns[f"{entity}_id"].in_(ids), covers(name)):
                beside[name, one.values[f"{entity}_id"]].append(one.values)
    found = []
    for one in subjects:
        rows = {name: beside[name, one.record_id] for name in _BESIDE}
        found.append(eligibility.facts_of(entity, one.values, day, rows.__getitem__))
    return found
