"""What waits for an answer until a day: requests and complaints, gone through by jobs in steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange import complaints, delays
from server.exchange.passing import WAITING
from server.jobs.job import State
from server.sms.outbox import Kind
from sync.rules.calendars import Calendar

OFFICE, ABOVE = "office", "above"
"""Whom a reminder is for, as its message has it: who is to answer, or who is above them."""
_BATCH = 200


def waits(records: Records, entity: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a request, or a task as a complaint, waits for an answer."""
    table = records.tables.records[entity]
    if entity == "application":
        return (table.c.state.in_(WAITING),)
    return table.c.kind == complaints.KIND, table.c.answer.is_(None)


def some_waiting(work: Work, state: State) -> tuple[list[Stored], State | None]:
    """Return some that wait, all requests or all complaints, and what the next step begins with."""
    entity, after = state.get("entity", "application"), state.get("after") or bytes(16)
    table = work.tables.records[entity]
    found = work.list(
        entity, *waits(work, entity), table.c.id > after, order=(table.c.id,), limit=_BATCH
    )
    if len(found) == _BATCH:
        return found, {**state, "after": found[-1].record_id}
    if entity == "application":
        return found, {**state, "entity": "task", "after": bytes(16)}
    return found, None


def ends_of(records: Records, found: Sequence[Stored], now_ms: int) -> Iterator[tuple[Stored, int]]:
    """Yield each whose end is known today with its last day; a request that is paused has none."""
    requests = [one for one in found if one.entity.name == "application"]
    clocks = delays.clocks_of(records, requests, now_ms)
    for one in found:
        ends_on = one.values["due_on"]
        if one.record_id in clocks:
            clock = clocks[one.record_id]
            ends_on = clock.ends_on if clock and clock.answered_on is None else None
        if isinstance(ends_on, int):
            yield one, ends_on


def moved_ends(
    records: Records,
    found: Sequence[Stored],
    calendars: tuple[Calendar, Calendar],
    now_ms: int,
) -> dict[bytes, tuple[int, int]]:
    """Return those whose end a newer calendar moves: id -> from which day, to which.

    Args:
        found: all requests, or all complaints.
        calendars: the older and the newer.
    """
    if found and found[0].entity.name == "task":
        return complaints.moved_ends(found, calendars)
    return delays.moved_ends(records, found, calendars, now_ms)


def is_reminded(records: Records, entity: str, *whom: str) -> sa.ColumnElement[bool]:
    """Return the condition that a reminder was made of the end that it has now, for one of these.

    The end is in the message's body: of one that was moved since there is none.
    """
    message, table = records.tables.message, records.tables.records[entity]
    return sa.exists().where(
        message.c[f"{entity}_id"] == table.c.id,
        message.c.kind == Kind.REMINDER,
        message.c.why.in_(whom),
        message.c.body == sa.cast(table.c.due_on, sa.Text),
    )
