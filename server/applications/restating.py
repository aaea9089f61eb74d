"""A newer calendar moves the ends of requests that run: each is kept anew, and people are told.

A calendar is a file of the program. The first process that runs with a newer one finds that the
server has computed by another, and orders the job. Told is who asked, by a message where they
agreed to it and in the request's inbox; and the office that has it, on the page of its queue.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.applications.queries import number_of, service_name
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange.delays import moved_ends
from server.exchange.notices import recipient_of
from server.exchange.passing import WAITING
from server.jobs.job import Run, Step
from server.reference import files
from server.rights import Right
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.templates import compose
from server.web.reader import Reader
from server.web.shell import DESK
from sync.phrases import Phrases
from sync.rules.calendars import Calendar, read_calendar
from sync.rules.codes import short_code
from sync.scopes import DAY_MS

_BATCH = 200
_SHOWN_MAX = 20
SHOWN_MS = 14 * DAY_MS
"""How long an office is shown that an end was moved; the request's page says it for good."""


def is_newer(records: Records) -> bool:
    """Whether this process computes by a newer calendar than the server did before.

    An older edition changes nothing: it is another process that is yet to be upgraded.
    """
    last = _last(records)
    if last is None:
        return True
    is_other = bytes(last.content) != files.calendar_content()
    return is_other and files.calendar().edition >= last.edition


def restate(work: Work, run: Run) -> Step:
    """Keep the ends of some requests by the newer calendar, and tell whom it concerns."""
    if not run.state:
        return Step(_begin(work))
    calendars = (_read(work, run.state["older"]), _read(work, run.state["newer"]))
    table = work.tables.records["application"]
    found = work.list(
        "application",
        table.c.state.in_(WAITING),
        table.c.id > run.state["after"],
        order=(table.c.id,),
        limit=_BATCH,
    )
    moved = moved_ends(work, found, calendars, work.now_ms)
    for record_id, (was_on, now_on) in sorted(moved.items()):
        request = work.lock("application", record_id)
        assert request is not None
        _restate(work, request, run.state["newer"], was_on, now_on)
    is_last = len(found) < _BATCH
    after = None if is_last else {**run.state, "after": found[-1].record_id}
    return Step(after, done=len(moved))


def _begin(work: Work) -> dict[str, bytes] | None:
    """Keep the newer calendar. Returns where the job begins; None: nothing was computed before."""
    work.lock_name("calendar", "")
    if not is_newer(work):
        return None
    last, calendar_id = _last(work), work.ids()
    work.connection.execute(
        sa.insert(work.tables.calendar_edition).values(
            id=calendar_id,
            edition=files.calendar().edition,
            content=files.calendar_content(),
            loaded_at=work.now_ms,
        )
    )
    if last is None:
        return None
    return {"older": bytes(last.id), "newer": calendar_id, "after": bytes(16)}


def _restate(work: Work, request: Stored, calendar_id: bytes, was_on: int, now_on: int) -> None:
    if request.values["due_on"] != now_on:
        work.change("application", request.record_id, {"due_on": now_on}, Author(None))
    work.connection.execute(
        sa.insert(work.tables.restatement).values(
            id=work.ids(),
            application_id=request.record_id,
            calendar_id=calendar_id,
            was_on=was_on,
            now_on=now_on,
            at=work.now_ms,
        )
    )
    recipient = recipient_of(work, request)
    phrases, ref = recipient.phrases, short_code(request.record_id)
    outbox.order(
        work,
        Kind.STEP,
        recipient.phone,
        compose(phrases, "notice.restated", ref=ref, day=phrases.day(now_on)),
        application_id=request.record_id,
        once=f"restated {request.record_id.hex()} {calendar_id.hex()}",
        why=recipient.why,
    )


def restated_words(records: Records, phrases: Phrases, request: Stored) -> list[str]:
    """Return when calendars moved the end of a request, from which day to which; oldest first."""
    table = records.tables.restatement
    query = sa.select(table).where(table.c.application_id == request.record_id)
    return [
        phrases.say(
            "request.restated",
            at=phrases.moment(row.at, "short"),
            was=phrases.day(row.was_on),
            day=phrases.day(row.now_on),
        )
        for row in records.connection.execute(query.order_by(table.c.at, table.c.id))
    ]


def moved_for(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the requests of a reader's queue whose end was moved lately, the last first."""
    moved, table = records.tables.restatement, records.tables.records["application"]
    query = (
        sa.select(table.c.id, moved.c.was_on, moved.c.now_on)
        .join(table, table.c.id == moved.c.application_id)
        .where(moved.c.at > reader.now_ms - SHOWN_MS)
        # Of one that was moved twice the last word; one that was answered is no more to be told.
        .where(moved.c.now_on == table.c.due_on, table.c.state.in_(WAITING))
        .where(table.c.deleted_at.is_(None))
        .where(reader.covers(records, "application", Right.ANSWER_REQUESTS))
        .order_by(moved.c.at.desc(), table.c.id)
        .limit(_SHOWN_MAX)
    )
    rows = records.connection.execute(query).all()
    requests = records.load("application", [bytes(row.id) for row in rows])
    return [
        {
            "url": f"{DESK}/queue/{UUID(bytes=bytes(row.id))}",
            "number": number_of(request),
            "service": service_name(reader, request),
            "was_on": row.was_on,
            "now_on": row.now_on,
        }
        for row in rows
        if (request := requests.get(bytes(row.id))) is not None
    ]


def _last(records: Records) -> Any:
    table = records.tables.calendar_edition
    query = sa.select(table).order_by(table.c.loaded_at.desc(), table.c.id.desc()).limit(1)
    return records.connection.execute(query).first()


def _read(records: Records, calendar_id: bytes) -> Calendar:
    table = records.tables.calendar_edition
    query = sa.select(table.c.content).where(table.c.id == calendar_id)
    return read_calendar(bytes(records.connection.execute(query).scalar_one()))
