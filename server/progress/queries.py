"""Jobs as their page shows them: what, how far, since when, by whom, and how they ended."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from server.db.records import NotFound, Records
from server.jobs.job import declared
from server.jobs.queue import OPEN, Stage
from server.rights import Reach, Right
from server.sms.outage import outage_of
from server.web import acts
from server.web.asked import Asked, RequestWrong
from server.web.reader import Reader
from server.web.seen import PAGE_ROWS, read_id
from server.web.shell import DESK
from sync import local_time

URL = f"{DESK}/jobs"


def list_jobs(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page shows: jobs that are open, a page of those ended, and the nights."""
    table, after = records.tables.job, _read_place(reader.asked)
    within = _within(records, reader, Right.SEE_JOBS)
    is_open = table.c.state.in_(OPEN)
    newest = (table.c.created_at.desc(), table.c.id.desc())
    where = [within, ~is_open]
    if after is not None:
        bound = (sa.literal(after[0]), sa.literal(after[1], table.c.id.type))
        where.append(sa.tuple_(table.c.created_at, table.c.id) < sa.tuple_(*bound))
    query = sa.select(table).order_by(*newest)
    opened = records.connection.execute(query.where(within, is_open).limit(PAGE_ROWS)).all()
    # One more than is shown says whether there is a next page.
    ended = records.connection.execute(query.where(*where).limit(PAGE_ROWS + 1)).all()
    page, following = ended[:PAGE_ROWS], ""
    if len(ended) > PAGE_ROWS:
        following = f"{URL}?after={page[-1].created_at}.{page[-1].id.hex()}"
    roles = _roles(records, [row.ordered_by for row in (*opened, *page)])
    return {
        "open": [_shown(records, reader, row, roles) for row in opened],
        "ended": [_shown(records, reader, row, roles) for row in page],
        "next": following,
        "is_first": after is None,
        "outage": outage_of(records, reader.now_ms),
        "nights": _nights(reader) if reader.session.standing.reach(Right.SEE_JOBS) is _ALL else [],
    }


def get_job(records: Records, reader: Reader, text: str) -> bytes:
    """Return the id of a job that the reader may stop. Raises NotFound."""
    table = records.tables.job
    job_id = read_id("job", text)
    within = _within(records, reader, Right.STOP_JOBS)
    query = sa.select(table.c.id).where(table.c.id == job_id, within)
    if records.connection.scalar(query) is None:
        raise NotFound("job: not found", entity="job")
    return job_id


_ALL = Reach.ALL


def _within(records: Records, reader: Reader, right: Right) -> sa.ColumnElement[bool]:
    """Return the condition that a right reaches a job: all of them, or the reader's own."""
    if reader.session.standing.reach(right) is _ALL:
        return sa.true()
    return records.tables.job.c.ordered_by == reader.session.agent_id


def _roles(records: Records, agent_ids: list[bytes | None]) -> dict[bytes, str]:
    """Return the roles of those who ordered: a page of the server's work names nobody."""
    table = records.tables.account
    wanted = {agent_id for agent_id in agent_ids if agent_id}
    query = sa.select(table.c.agent_id, table.c.role).where(table.c.agent_id.in_(wanted))
    return {row.agent_id: row.role for row in records.connection.execute(query)}


def _shown(
    records: Records, reader: Reader, row: sa.Row[Any], roles: dict[bytes, str]
) -> dict[str, Any]:
    say = reader.phrases.say
    if row.ordered_by is None:
        who = say("desk.jobs.by_server")
    elif row.ordered_by == reader.session.agent_id:
        who = say("desk.jobs.by_you")
    else:
        who = say(f"agent.role.{roles.get(row.ordered_by, 'none')}")
    whole = row.total or 0
    shown_of = ("desk.jobs.of", {"done": row.done, "total": whole})
    code, numbers = shown_of if whole else ("desk.jobs.so_far", {"done": row.done})
    is_stopping = row.stop_at is not None and row.state in OPEN
    act_id = acts.of_job(row.once) if row.ordered_by == reader.session.agent_id else None
    act = acts.find(records, act_id, reader.session.agent_id, now_ms=reader.now_ms)
    return {
        "undo_url": f"{DESK}/{_UNDONE_AT.get(act.kind, 'visits')}/acts/{act.act_id.hex()}/undo"
        if act
        else "",
        "id": str(UUID(bytes=row.id)),
        "title": job_name(reader, row.name),
        "state": "stopping" if is_stopping else row.state,
        "tone": _TONES[row.state],
        "who": who,
        "at": row.started_at or row.created_at,
        "ended_at": row.ended_at,
        "done": row.done,
        "total": whole,
        "progress": say(code, **numbers) if whole or row.done else "",
        "said": _said(reader, row),
        "may_stop": row.state in OPEN and not is_stopping and reader.may(Right.STOP_JOBS),
        "may_try": row.state == Stage.FAILED and reader.may(Right.STOP_JOBS),
    }


_UNDONE_AT = {"task_make": "chosen"}
"""Kind of an act -> where it is undone, if not where visits are."""
_TONES = {
    Stage.WAITING: "neutral",
    Stage.RUNNING: "ontablet",
    Stage.DONE: "received",
    Stage.FAILED: "attention",
    Stage.STOPPED: "neutral",
}


def job_name(reader: Reader, name: str) -> str:
    """Return what a job is called; one that no program knows any more, by its code."""
    words = reader.phrases.say(f"desk.jobs.name.{name}")
    return name if words.startswith("[") else words


def _said(reader: Reader, row: sa.Row[Any]) -> str:
    """Return how a job ended, or why it has not yet."""
    if row.code:
        said = reader.phrases.sentence(row.code, {"reference": row.reference})
        if row.state in OPEN:
            clock = local_time.clock_text(local_time.minutes_of(row.due_at))
            said += " " + reader.phrases.say("desk.jobs.again_at", at=clock)
        return said
    if row.state in OPEN:
        return ""
    numbers = {"done": row.done, **msgspec.msgpack.decode(row.said)}
    words = reader.phrases.say(f"desk.jobs.said.{row.name}", **numbers)
    return "" if words.startswith("[") else words


def _nights(reader: Reader) -> list[tuple[str, str]]:
    """Return what is done each night, and when."""
    nightly = [job for job in declared().values() if job.nightly_at is not None]
    return [
        (job_name(reader, job.name), local_time.clock_text(job.nightly_at or 0))
        for job in sorted(nightly, key=lambda job: job.nightly_at or 0)
    ]


def _read_place(asked: Asked) -> tuple[int, bytes] | None:
    found = re.fullmatch(r"(\d{1,15})\.([0-9a-f]{32})", asked.get("after"), re.ASCII)
    if found is None:
        if asked.get("after"):
            raise RequestWrong("jobs: no place to go on from")
        return None
    return int(found[1]), bytes.fromhex(found[2])
