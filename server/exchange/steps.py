"""Whether a step of an application is one that the rules know; what came otherwise is flagged.

An agent at the counter sees what became of a request before anybody records each step of it. So a
step is taken as it comes, and a person is asked: also of one that is in order, and that its office
or the desk alone takes.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db.history import value_of
from server.db.records import Records, Stored
from server.reference import catalogue
from sync.errors import Refusal
from sync.merge import OVERWRITTEN
from sync.rules.applications import (
    ASKED,
    DECIDERS,
    GRANTED,
    REJECTED,
    Actor,
    StepNotAllowed,
    check_step,
    ways_from,
)
from sync.spec import Value

OF_OFFICE = ("acknowledged", ASKED, GRANTED, REJECTED, "referred", "expired")
"""States to which an office leads a request, or the desk, and an agent alone by what they saw."""


class StepSeen(StepNotAllowed):
    """An agent wrote what an office answers: they saw it at the counter."""

    code = "application_step_seen"


def step_fault(records: Records, record: Stored, was: Value, state: Value) -> Refusal | None:
    """Return what is wrong with a step of an application from `was` to `state`, None if nothing.

    What the application says is taken as it stands: a reason written later is a reason.
    """
    values, before = {**record.values, "state": was}, states_before(records, record)
    decided_by = catalogue.decider_of(record.values)
    try:
        way = check_step(values, str(state), before=before, decided_by=decided_by)
    except Refusal as refusal:
        return refusal
    # Of a service that nobody knows every way is open, to everybody.
    if decided_by in DECIDERS and Actor.AGENT not in way.actors:
        by_agent = ways_from(values, Actor.AGENT, decided_by)
        if all(one.end != state for one in by_agent):
            return StepSeen(f"application: {was!s} to {state!s} by an agent", now=was, state=state)
    return None


def states_before(records: Records, record: Stored) -> list[str]:
    """Return the states that an application has been in, the present one left out."""
    table = records.tables.history
    query = sa.select(table.c.value).where(
        table.c.entity == records.tables.number_by_entity[record.entity.name],
        table.c.record_id == record.record_id,
        table.c.field == record.entity.number_by_name["state"],
        table.c.outcome == OVERWRITTEN,
    )
    return [str(value_of(content)) for content in records.connection.scalars(query)]
