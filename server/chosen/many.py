"""Which records of a list a press is about, how many, and a task made for each of them.

Counted first, then made turn by turn, each a transaction that no push waits long for; the act can
be undone as one. A record that has such a task is left: nobody is sent twice. So is one of a
commune that the agent does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.territories import territory_of
from server.chosen.kinds import Kind
from server.db.among import among
from server.db.records import NotFound, Records
from server.db.work import Database, Work
from server.rights import Right
from server.web import acts, waiting
from server.web.asked import Asked
from server.web.lists import Total, total
from server.web.reader import Reader
from server.web.team import team

ACT = "task_make"
PRESS_MOST = 500
"""Tasks that are made while one waits; more are a job (`jobs.py`)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records of a list at its address, all or those chosen, as counted at a moment."""

    kind: Kind
    listed: Asked
    chosen: tuple[bytes, ...] | None
    counted_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: a kind of task, by whom, by which local day (None: without one)."""

    task_kind: str
    agent_id: bytes
    due_on: int | None


def count(records: Records, reader: Reader, choice: Choice, right: Right | None = None) -> Total:
    """Count what is chosen within a right, or the one of the list, no further than lists are."""
    return _counted(records, choice, where(records, reader, choice, right))


def count_left(records: Records, reader: Reader, choice: Choice, order: Order) -> Total:
    """Count of what a task can still be made."""
    return _counted(records, choice, _wanting(records, reader, choice, order))


def _counted(records: Records, choice: Choice, asked: Sequence[sa.ColumnElement[bool]]) -> Total:
    entity = choice.kind.entity
    return total(records, entity, *asked, order=(records.tables.records[entity].c.id,))


def agents(records: Records, reader: Reader) -> list[tuple[str, str]]:
    """Return to whom tasks may be given: (id, name), by name."""
    return [(one.hex(), name) for one, name in team(records, reader, Right.DECIDE).items()]


def agent_of(records: Records, reader: Reader, text: str) -> bytes:
    """Return one of the team by the id as a form has it. Raises NotFound: nobody of it."""
    for agent_id in team(records, reader, Right.DECIDE):
        if agent_id.hex() == text:
            return agent_id
    raise NotFound("agent: not of this team", entity="agent")


def make(database: Database, reader: Reader, choice: Choice, order: Order) -> bytes | None:
    """Make tasks, turn by turn. Returns the act; None if there was nothing to be made."""
    act_id, done = b"", 0
    while done < PRESS_MOST:
        act_id, made = database.write(lambda work: turn(work, reader, choice, order, act_id))  # noqa: B023 - run at once
        done += made
        if not made:
            break
    return act_id or None


def turn(
    work: Work, reader: Reader, choice: Choice, order: Order, act_id: bytes
) -> tuple[bytes, int]:
    """Make as many tasks as one turn takes, as part of an act, or begin one.

    Returns:
        The act and how many; 0: nothing is left.

    Raises:
        ActOver: the act was undone.
    """
    by, entity = reader.session.agent_id, choice.kind.entity
    table = work.tables.records[entity]
    # Two who press at once would make two: the second waits, and sees the first one's tasks.
    work.lock_name("tasks made", f"{entity} {order.task_kind}")
    asked = _wanting(work, reader, choice, order)
    found = work.list(entity, *asked, order=(table.c.id,), limit=acts.RECORDS_PER_TURN)
    if not found:
        return act_id, 0
    act_id = acts.begin(work, ACT, by, act_id)
    given = {
        "kind": order.task_kind,
        "owner_id": order.agent_id,
        "due_on": order.due_on,
        "state": "open",
    }
    rows = [{**choice.kind.task_of(record), **given} for record in found]
    acts.make_all(work, act_id, "task", rows, undone={"state": "dropped"}, by=by)
    return act_id, len(rows)


def where(
    records: Records, reader: Reader, choice: Choice, right: Right | None = None
) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions of what is chosen, within a right or the one of the list."""
    table = records.tables.records[choice.kind.entity]
    found = [
        *choice.kind.where(records, reader, choice.listed),
        reader.covers(records, choice.kind.entity, right),
        table.c.received_at <= choice.counted_at,
    ]
    if choice.chosen is not None:
        found.append(table.c.id.in_(choice.chosen))
    return found


def _wanting(
    records: Records, reader: Reader, choice: Choice, order: Order
) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions of what is chosen, is of the agent's communes and has no such task."""
    table = records.tables.records[choice.kind.entity]
    communes = territory_of(records, order.agent_id).communes(reader.now_ms)
    return [
        *where(records, reader, choice, Right.DECIDE),
        among(table.c.commune_code, communes),
        ~choice.kind.has_task(records, order.task_kind, waiting.TASK_OPEN),
    ]
