"""Accept many visits by one press: those chosen, or all of a list, but for those that are flagged.

What is flagged, was made by who presses, or was made at their family's is left for somebody to
open. Counted first, then done turn by turn, each a transaction that no push waits long for; the act
can be undone as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.db.records import Records
from server.db.work import Database, Work
from server.rights import Right
from server.visits.commands import ACCEPTED, OPEN, why_not
from server.visits.queries import NOT_FLAGGED, TO_CHECK, Filter, begun_where, flagged
from server.web import acts
from server.web.lists import COUNTED_MOST, Total
from server.web.reader import Reader

KIND = "visit_accept"
PRESS_MOST = 500
"""Visits that are accepted while one waits; more are a job (`jobs.py`)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which visits are to be accepted: of a list, all or those chosen, as counted at a moment."""

    wanted: Filter
    chosen: tuple[bytes, ...] | None
    counted_at: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a press would accept: how many, from when to when, of how many agents.

    `left_out`: of the choice, those that somebody has to open.
    """

    total: Total
    first_at: int | None
    last_at: int | None
    agents: int
    left_out: Total


def count(records: Records, reader: Reader, choice: Choice) -> Counted:
    """Count what a press would accept, no further than lists are counted."""
    table = records.tables.records["visit"]
    order = (table.c.started_at, table.c.id)  # of `turn`, which begins with the oldest
    some = (
        sa.select(table.c.started_at, table.c.agent_id)
        .where(*_where(records, reader, choice))
        .order_by(*order)
        .limit(COUNTED_MOST + 1)
        .subquery()
    )
    found = records.connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.min(some.c.started_at),
            sa.func.max(some.c.started_at),
            sa.func.count(sa.distinct(some.c.agent_id)),
        ).select_from(some)
    ).one()
    number = int(found[0])
    every = (
        sa.select(table.c.id)
        .where(*_where(records, reader, choice, is_every=True))
        .order_by(*order)
        .limit(COUNTED_MOST + 1)
        .subquery()
    )
    of = int(records.connection.scalar(sa.select(sa.func.count()).select_from(every)) or 0)
    return Counted(_total(number), found[1], found[2], int(found[3]), _total(max(0, of - number)))


def accept(database: Database, reader: Reader, choice: Choice) -> tuple[bytes | None, int]:
    """Accept what is chosen, turn by turn. Returns the act and how many; no act if none."""
    act_id, done = b"", 0
    while done < PRESS_MOST:
        act_id, accepted = database.write(lambda work: turn(work, reader, choice, act_id))  # noqa: B023 - run at once
        done += accepted
        if not accepted:
            break
    return (act_id or None), done


def turn(work: Work, reader: Reader, choice: Choice, act_id: bytes) -> tuple[bytes, int]:
    """Accept as many as one turn takes, as part of an act, or begin one.

    Returns:
        The act and how many; 0: nothing is left.

    Raises:
        ActOver: the act was undone.
    """
    table, by = work.tables.records["visit"], reader.session.agent_id
    query = (
        sa.select(table.c.id)
        .where(*_where(work, reader, choice), ~_is_written_since(work, choice.counted_at))
        .order_by(table.c.started_at, table.c.id)
        .limit(acts.RECORDS_PER_TURN)
    )
    ids = list(work.connection.scalars(query))
    work.lock_all("visit", ids)
    locked = [work.lock("visit", visit_id) for visit_id in ids]
    # Others may have decided, or deleted, between the query and the lock.
    visits = [
        visit
        for visit in locked
        if visit is not None
        and visit.deleted_at is None
        and visit.values["review_state"] in OPEN
        and why_not(work, visit, by) is None
    ]
    if visits:
        act_id = acts.begin(work, KIND, by, act_id)
        acts.change_all(work, act_id, visits, {"review_state": ACCEPTED}, by)
    return act_id, len(visits)


def _is_written_since(records: Records, at: int) -> sa.ColumnElement[bool]:
    """Return the condition that a visit was written after a moment: its count was of another."""
    table, feed = records.tables.records["visit"], records.tables.feed
    return sa.exists().where(
        feed.c.scope_id == table.c.scope_id,
        feed.c.entity == records.tables.number_by_entity["visit"],
        feed.c.record_id == table.c.id,
        feed.c.at > at,
    )


def _where(
    records: Records, reader: Reader, choice: Choice, *, is_every: bool = False
) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions on what is chosen; all of it, or what may be accepted unopened."""
    table, by = records.tables.records["visit"], reader.session.agent_id
    wanted = choice.wanted
    if not wanted.state:
        wanted = replace(wanted, state=TO_CHECK)
    where = [
        *begun_where(records, reader, wanted),
        reader.covers(records, "visit", Right.DECIDE),
        table.c.deleted_at.is_(None),
        sa.or_(table.c.review_state.is_(None), table.c.review_state.in_(OPEN[1:])),
        table.c.received_at <= choice.counted_at,
    ]
    if choice.chosen is not None:
        where.append(table.c.id.in_(choice.chosen))
    if is_every:
        return where
    interest = records.tables.declared_interest
    family = sa.select(interest.c.record_id).where(interest.c.agent_id == by)
    return [
        *where,
        flagged(records, NOT_FLAGGED),
        *(
            sa.or_(column.is_(None), column != by)
            for column in (table.c.agent_id, table.c.created_by)
        ),
        *(
            sa.or_(column.is_(None), column.not_in(family))
            for column in (table.c.person_id, table.c.enterprise_id)
        ),
    ]


def _total(found: int) -> Total:
    return Total(min(found, COUNTED_MOST), is_more=found > COUNTED_MOST)
