"""Whether a step of an application is one that the rules know; what came otherwise is flagged.

An agent at the counter sees what became of a request before anybody records each step of it. So a
step is taken as it comes, and a person is asked.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db.history import value_of
from server.db.records import Records, Stored
from server.reference import catalogue
from sync.errors import Refusal
from sync.merge import OVERWRITTEN
from sync.rules.applications import check_step
from sync.spec import Value


def step_fault(records: Records, record: Stored, was: Value, state: Value) -> Refusal | None:
    """Return what is wrong with a step of an application from `was` to `state`, None if nothing.

    What the application says is taken as it stands: a reason written later is a reason.
    """
    try:
        check_step(
            {**record.values, "state": was},
            str(state),
            before=states_before(records, record),
            decided_by=catalogue.decider_of(record.values),
        )
    except Refusal as refusal:
        return refusal
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
