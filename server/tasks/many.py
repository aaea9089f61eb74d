"""Close many tasks by one press, or give them to another agent: those chosen, or all of a list.

Counted first, then done turn by turn, each a transaction that no push waits long for; the act can
be undone as one. An agent is given the tasks of their own communes alone: the others stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.territories import territory_of
from server.db.among import among
from server.db.records import Records
from server.db.work import Database, Work
from server.rights import Right
from server.web import acts, waiting
from server.web.lists import Total, total
from server.web.reader import Reader
from server.web.team import chosen, team
from sync.spec import Values

CLOSE, ASSIGN = "task_close", "task_assign"
PRESS_MOST = 500
"""Tasks that one press changes; of more, the rest is counted again and asked for anew."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which tasks: all of a list, late ones or all, or those chosen; as counted at a moment."""

    is_late: bool
    chosen: tuple[bytes, ...] | None
    counted_at: int


def count(records: Records, reader: Reader, choice: Choice) -> Total:
    """Count what a press would change, no further than lists are counted."""
    order = (records.tables.records["task"].c.id,)  # of `_act`
    return total(records, "task", *_where(records, reader, choice), order=order)


def agents(records: Records, reader: Reader) -> list[tuple[str, str]]:
    """Return to whom tasks may be given: (id, name), by name."""
    return [(one.hex(), name) for one, name in team(records, reader, Right.DECIDE).items()]


def close(database: Database, reader: Reader, choice: Choice) -> bytes | None:
    """Close what is chosen. Returns the act; None if there was nothing."""
    done: Values = {"state": "dropped"}
    return _act(database, reader, choice, CLOSE, done)


def assign(database: Database, reader: Reader, choice: Choice, agent: str) -> bytes | None:
    """Give what is chosen to one of the team, by the id as a form has it.

    Raises:
        AgentNotChosen: nobody of the team.
    """

    def read(records: Records) -> tuple[bytes, list[str]]:
        agent_id, _ = chosen(records, reader, Right.DECIDE, agent)
        return agent_id, territory_of(records, agent_id).communes(reader.now_ms)

    agent_id, communes = database.read(read)
    task = database.tables.records["task"]
    given: Values = {"owner_id": agent_id}
    is_near = among(task.c.commune_code, communes)
    is_new = sa.or_(task.c.owner_id.is_(None), task.c.owner_id != agent_id)
    return _act(database, reader, choice, ASSIGN, given, is_near, is_new)


def _act(
    database: Database,
    reader: Reader,
    choice: Choice,
    kind: str,
    values: Values,
    *where: sa.ColumnElement[bool],
) -> bytes | None:
    act_id, done, by = b"", 0, reader.session.agent_id

    def turn(work: Work) -> tuple[bytes, int]:
        table = work.tables.records["task"]
        query = (
            sa.select(table.c.id)
            .where(*_where(work, reader, choice), *where, table.c.deleted_at.is_(None))
            .order_by(table.c.id)
            .limit(acts.RECORDS_PER_TURN)
        )
        ids = list(work.connection.scalars(query))
        work.lock_all("task", ids)
        # Others may have done it, or deleted it, between the query and the lock.
        tasks = [
            task
            for task in (work.lock("task", task_id) for task_id in ids)
            if task is not None
            and task.deleted_at is None
            and task.values["state"] in waiting.TASK_OPEN
        ]
        if not tasks:
            return act_id, 0
        begun = acts.begin(work, kind, by, act_id)
        acts.change_all(work, begun, tasks, values, by)
        return begun, len(tasks)

    while done < PRESS_MOST:
        act_id, changed = database.write(turn)
        done += changed
        if not changed:
            break
    return act_id or None


def _where(records: Records, reader: Reader, choice: Choice) -> Sequence[sa.ColumnElement[bool]]:
    table = records.tables.records["task"]
    where = [
        *(waiting.overdue_tasks(records, reader) if choice.is_late else ()),
        table.c.state.in_(waiting.TASK_OPEN),
        waiting.is_no_complaint(records),
        reader.covers(records, "task", Right.DECIDE),
        table.c.received_at <= choice.counted_at,
    ]
    if choice.chosen is not None:
        where.append(table.c.id.in_(choice.chosen))
    return where
