"""The table of jobs: ordered, claimed by one worker at a time, kept, stopped, ended, forgotten.

Whoever works on a job has its lease, a random token that runs out unless it is renewed. Each
statement that keeps a step names the lease: who lost it, because it slept or was cut off, stores
nothing. `tests/server/test_jobs.py` holds it, with two workers and with one that is killed.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.events import Action
from server.db.records import NotFound, Records
from server.db.work import Work
from server.jobs.job import Run, State, Step

LEASE_MS = 60_000
KEPT_MS = 30 * 86_400_000
"""How long a job that has ended is still seen."""
_BACKOFF_MS, _BACKOFF_MS_MAX = 30_000, 3_600_000


class Stage(StrEnum):
    """Where a job is; `state` is what its steps keep."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


OPEN = (Stage.WAITING, Stage.RUNNING)


class LeaseLost(Exception):
    """Another works on the job, or it was stopped: nothing of this step is stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours until its lease runs out."""

    name: str
    lease: bytes
    tries: int
    run: Run


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: what it said in numbers by name, or the code of what went wrong."""

    numbers: dict[str, int]
    code: str
    reference: str


def enqueue(
    work: Work,
    name: str,
    state: State,
    *,
    by: bytes | None = None,
    total: int | None = None,
    at: int | None = None,
    once: str = "",
) -> bytes | None:
    """Order a job. Returns its id; None if there is one of this `once` already.

    Args:
        state: what its first step begins with.
        by: the agent who orders it; None: the server itself.
        total: of how many things, if it is known.
        at: when it is due, Unix ms; None: now.
        once: what there is to be one job of alone, ended or not, for a month.
    """
    job_id, now = work.ids(), work.now_ms
    made = work.connection.execute(
        work.insert_or_skip(work.tables.job).values(
            id=job_id,
            name=name,
            once=once or None,
            state=Stage.WAITING,
            content=msgspec.msgpack.encode(state),
            done=0,
            total=total,
            said=msgspec.msgpack.encode({}),
            ordered_by=by,
            created_at=now,
            due_at=now if at is None else at,
            tries=0,
            code="",
            reference="",
        )
    )
    if not made.rowcount:
        return None
    if by is not None:
        work.note(Action.ORDER, by, "job", job_id, name)
    return job_id


def ended(records: Records, job_id: bytes) -> Ended:
    """Return how a job ended. Raises NotFound."""
    table = records.tables.job
    row = records.connection.execute(sa.select(table).where(table.c.id == job_id)).first()
    if row is None:
        raise NotFound("job: not found", entity="job")
    said = msgspec.msgpack.decode(row.said)
    return Ended({"done": row.done, **said}, row.code, row.reference)


def names_of(records: Records, once: str) -> set[str]:
    """Return the names of the jobs that were ordered as the one of something."""
    table = records.tables.job
    return set(records.connection.scalars(sa.select(table.c.name).where(table.c.once == once)))


def is_due(records: Records, names: Collection[str], now_ms: int) -> bool:
    """Whether there is a job to claim: asked by those who wait, so that they lock nothing."""
    table = records.tables.job
    query = sa.select(table.c.id).where(_due(table, names, now_ms)).limit(1)
    return records.connection.scalar(query) is not None


def claim(work: Work, names: Collection[str], job_id: bytes | None = None) -> Claim | None:
    """Take the job that has been due for longest, of those whose names this program knows.

    Args:
        job_id: that one alone.
    """
    table, now = work.tables.job, work.now_ms
    wanted = _due(table, names, now)
    if job_id is not None:
        wanted = sa.and_(wanted, table.c.id == job_id)
    # SQLite has one writer at a time, and SQLAlchemy writes no FOR UPDATE for it.
    query = sa.select(table).where(wanted).order_by(table.c.due_at, table.c.id).limit(1)
    row = work.connection.execute(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    if row.stop_at is not None:  # whoever worked on it was killed before it could stop
        ended = _ended(Stage.STOPPED, now)
        work.connection.execute(sa.update(table).where(table.c.id == row.id).values(ended))
        return claim(work, names, job_id)
    lease, tries = os.urandom(16), row.tries + 1
    work.connection.execute(
        sa.update(table)
        .where(table.c.id == row.id)
        .values(
            state=Stage.RUNNING,
            lease=lease,
            lease_until=now + LEASE_MS,
            started_at=row.started_at or now,
            tries=tries,
        )
    )
    state = msgspec.msgpack.decode(row.content)
    return Claim(row.name, lease, tries, Run(row.id, state, row.ordered_by, row.done))


def keep(work: Work, held: Claim, step: Step) -> None:
    """Store how far a job has come, within the step's own transaction. Raises LeaseLost."""
    table = work.tables.job
    values: dict[str, Any] = {"done": table.c.done + step.done, "tries": 0}
    values |= {"code": "", "reference": "", "lease_until": work.now_ms + LEASE_MS}
    if step.total is not None:
        values["total"] = step.total
    if step.said:
        query = sa.select(table.c.said).where(table.c.id == held.run.job_id)
        said = msgspec.msgpack.decode(work.connection.scalar(query) or b"\x80")
        added = {name: said.get(name, 0) + number for name, number in step.said.items()}
        values["said"] = msgspec.msgpack.encode({**said, **added})
    if step.state is None:
        values |= _ended(Stage.DONE, work.now_ms)
    else:
        values["content"] = msgspec.msgpack.encode(step.state)
    _change(work, held, table.c.stop_at.is_(None), **values)


def renew(work: Work, held: Claim) -> None:
    """Hold a job for longer. Raises LeaseLost."""
    _change(work, held, lease_until=work.now_ms + LEASE_MS)


def let_go(work: Work, held: Claim) -> None:
    """Give a job back after some steps, behind those that wait already. Raises LeaseLost."""
    _change(work, held, state=Stage.WAITING, due_at=work.now_ms, lease=None, lease_until=None)


def fail(work: Work, held: Claim, code: str, reference: str, tries_max: int) -> None:
    """Say that a step went wrong: to be tried again later, or given up. Raises LeaseLost."""
    table = work.tables.job
    query = sa.select(table.c.tries).where(table.c.id == held.run.job_id)
    tries = max(work.connection.scalar(query) or 0, 1)  # 0: a step before it went well
    values: dict[str, Any] = {"code": code, "reference": reference}
    if tries >= tries_max:
        values |= _ended(Stage.FAILED, work.now_ms)
    else:
        wait = min(_BACKOFF_MS * 2 ** (tries - 1), _BACKOFF_MS_MAX)
        values |= {"state": Stage.WAITING, "due_at": work.now_ms + wait, "lease": None}
    _change(work, held, tries=tries, **values)


def try_again(work: Work, job_id: bytes) -> None:
    """Have a job that was given up go on where it was. Any other stays as it is."""
    table = work.tables.job
    work.connection.execute(
        sa.update(table)
        .where(table.c.id == job_id, table.c.state == Stage.FAILED)
        .values(state=Stage.WAITING, due_at=work.now_ms, ended_at=None, stop_at=None, tries=0)
    )


def stop(work: Work, job_id: bytes, by: bytes | None) -> None:
    """Have a job end where it is; what it did stays. One that has ended stays as it is.

    Raises:
        NotFound: no such job.
    """
    table, now = work.tables.job, work.now_ms
    is_it = table.c.id == job_id
    query = sa.select(table.c.state).where(is_it).with_for_update()
    state = work.connection.scalar(query)
    if state is None:
        raise NotFound("job: not found", entity="job")
    # One that runs ends with its next step: whoever works on it finds that it may keep nothing.
    values: dict[str, Any] = {"stop_at": now, "stopped_by": by}
    if state == Stage.WAITING:
        values |= _ended(Stage.STOPPED, now)
    if state in OPEN:
        work.connection.execute(sa.update(table).where(is_it).values(values))
        work.note(Action.ORDER, by, "job", job_id, "stop")


def end_stopped(work: Work, held: Claim) -> None:
    """Note that a job which was to stop has. Nothing if it is another's by now."""
    table = work.tables.job
    work.connection.execute(
        sa.update(table)
        .where(table.c.id == held.run.job_id, table.c.lease == held.lease)
        .where(table.c.stop_at.is_not(None))
        .values(_ended(Stage.STOPPED, work.now_ms))
    )


def forget_old(work: Work) -> int:
    """Delete the jobs that ended a month ago. Returns how many."""
    table = work.tables.job
    gone = work.connection.execute(sa.delete(table).where(table.c.ended_at < work.now_ms - KEPT_MS))
    return int(gone.rowcount)


def _due(table: sa.Table, names: Collection[str], now_ms: int) -> sa.ColumnElement[bool]:
    waits = sa.and_(table.c.state == Stage.WAITING, table.c.due_at <= now_ms)
    was_left = sa.and_(table.c.state == Stage.RUNNING, table.c.lease_until < now_ms)
    return sa.and_(table.c.name.in_(names), sa.or_(waits, was_left))


def _ended(stage: Stage, now_ms: int) -> dict[str, Any]:
    values: dict[str, Any] = {"state": stage, "ended_at": now_ms, "lease": None}
    if stage is not Stage.FAILED:  # which may be tried again
        # What a job was at may be of people: it is not kept once it is over.
        values["content"] = msgspec.msgpack.encode({})
    return values


def _change(work: Work, held: Claim, *where: sa.ColumnElement[bool], **values: Any) -> None:
    table = work.tables.job
    is_ours = sa.and_(table.c.id == held.run.job_id, table.c.lease == held.lease)
    done = work.connection.execute(sa.update(table).where(is_ours, *where).values(values))
    if not done.rowcount:
        raise LeaseLost(held.name)
