"""Accepting thousands of visits, and taking that back: one act, done by the server turn by turn.

A turn and how far the job has come are one transaction, so that one that is killed goes on where it
was and accepts nothing twice.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.accounts.sessions import Session
from server.accounts.standing import standings_of
from server.db.records import Records, installed
from server.db.work import Work
from server.exchange import flags
from server.jobs import queue
from server.jobs.job import Job, Run, Step
from server.phrases import load_phrases
from server.visits import many
from server.visits.queries import read_filter
from server.web import acts
from server.web.asked import read_query
from server.web.reader import Reader

ACCEPTING, UNDOING, FLAGGING = "accept-visits", "undo-accepting", "flag-visits"
_FLAGGED = "visit_flags"
"""Of the installation: by which rules all that was stored before them was looked at."""
_FLAG_RULES = b"1"
_FLAGS_PER_TURN = 100
_NIGHT_MINUTES = 3 * 60 + 30


def order(work: Work, reader: Reader, choice: many.Choice, listed: str, total: int | None) -> None:
    """Order that all of a list be accepted.

    Args:
        listed: the list, as its address says it.
        total: how many were counted, where they were.
    """
    by = reader.session.agent_id
    act_id = acts.begin(work, many.KIND, by)
    state = {"list": listed, "counted_at": choice.counted_at, "act": act_id}
    queue.enqueue(work, ACCEPTING, state, by=by, total=total, once=acts.once(act_id))


def order_undo(work: Work, act: acts.Act, by: bytes, name: str = UNDOING) -> None:
    """Order that an act be taken back; what still goes on of it ends before.

    Args:
        name: of the job that does it: one whose step is `undo`.
    """
    table = work.tables.job
    query = sa.select(table.c.id).where(table.c.once == acts.once(act.act_id))
    for job_id in work.connection.scalars(query).all():
        queue.stop(work, job_id, by)
    state = {"act": act.act_id}
    once = f"undo {act.act_id.hex()}"
    queue.enqueue(work, name, state, by=by, total=act.count, once=once)


def is_large(records: Records, act: acts.Act) -> bool:
    """Whether an act is taken back by a job: it is of many, or one is still at it."""
    table = records.tables.job
    query = sa.select(table.c.id).where(table.c.once == acts.once(act.act_id))
    return act.count > many.PRESS_MOST or records.connection.scalar(query) is not None


def _accept(work: Work, run: Run) -> Step:
    reader = reader_of(work, run)
    if reader is None:
        return Step(None)
    wanted = read_filter(read_query(str(run.state["list"]).encode()))
    choice = many.Choice(wanted, None, int(run.state["counted_at"]))
    try:
        _, accepted = many.turn(work, reader, choice, bytes(run.state["act"]))
    except acts.ActOver:  # taken back meanwhile
        return Step(None)
    return Step(run.state if accepted else None, done=accepted)


def undo(work: Work, run: Run) -> Step:
    """Take an act back, a turn of it."""
    assert run.by is not None
    back, left = acts.undo(work, bytes(run.state["act"]), run.by)
    is_over = back + left < acts.RECORDS_PER_TURN
    return Step(None if is_over else run.state, done=back, said={"left": left})


def _flag(work: Work, run: Run) -> Step:
    """Look at what was stored before there were flags, some a turn; once for all nights."""
    installation = work.tables.installation
    if work.connection.scalar(installed(installation, _FLAGGED)) == _FLAG_RULES:
        return Step(None)
    table, after = work.tables.records["visit"], run.state.get("after")
    where: list[sa.ColumnElement[bool]] = [table.c.started_at.is_not(None)]
    if after is not None:
        where.append(table.c.id > bytes(after))
    found = work.list("visit", *where, order=(table.c.id,), limit=_FLAGS_PER_TURN)
    if found:
        flags.look_at_stored(work, found)
        return Step({"after": found[-1].record_id}, done=len(found))
    work.connection.execute(sa.delete(installation).where(installation.c.name == _FLAGGED))
    row = {"name": _FLAGGED, "value": _FLAG_RULES}
    work.connection.execute(sa.insert(installation).values(row))
    return Step(None)


def reader_of(work: Work, run: Run) -> Reader | None:
    """Return who ordered a job, with what they may do now; None if nothing any more."""
    assert run.by is not None
    standing = standings_of(work, [run.by], now_ms=work.now_ms).get(run.by)
    if standing is None:
        return None
    session = Session(run.by, "", "fr", "", standing)
    return Reader(session, "fr", load_phrases("fr"), "", read_query(b""), work.now_ms)


JOBS = (
    Job(ACCEPTING, step=_accept),
    Job(UNDOING, step=undo),
    Job(FLAGGING, step=_flag, nightly_at=_NIGHT_MINUTES),
)
