"""A newer calendar moves the ends of what waits: each is kept anew, and people are told.

What waits are requests and complaints. A calendar is a file of the program. The first process that
runs with a newer one finds that the server has computed by another, and orders the job. Told is who
asked or complained, by a message where they agreed to it and in the request's inbox; and who is to
answer, on the page of their queue.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange.ends import moved_ends, some_waiting, waits
from server.exchange.notices import recipient_of
from server.jobs.job import Run, Step
from server.reference import files
from server.sms import outbox
from server.sms.outbox import Kind
from server.sms.templates import compose
from sync.phrases import Phrases
from sync.rules.calendars import Calendar, read_calendar
from sync.rules.codes import short_code
from sync.scopes import DAY_MS

_SHOWN_MAX = 20
SHOWN_MS = 14 * DAY_MS
"""How long queues show that an end was moved; the page of each says it for good."""
_TOLD = {"application": "notice.restated", "task": "notice.restated.complaint"}


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
    """Keep the ends of some by the newer calendar, and tell whom it concerns."""
    if not run.state:
        return Step(_begin(work))
    calendars = (_read(work, run.state["older"]), _read(work, run.state["newer"]))
    found, after = some_waiting(work, run.state)
    moved = moved_ends(work, found, calendars, work.now_ms)
    for one in found:
        if one.record_id in moved:
            _restate(work, one, run.state["newer"], *moved[one.record_id])
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
    return {"older": bytes(last.id), "newer": calendar_id}


def _restate(work: Work, seen: Stored, calendar_id: bytes, was_on: int, now_on: int) -> None:
    entity, record_id = seen.entity.name, seen.record_id
    record = work.lock(entity, record_id)
    assert record is not None
    if record.values["due_on"] != now_on:
        work.change(entity, record_id, {"due_on": now_on}, Author(None))
    work.connection.execute(
        sa.insert(work.tables.restatement).values(
            {
                "id": work.ids(),
                f"{entity}_id": record_id,
                "calendar_id": calendar_id,
                "was_on": was_on,
                "now_on": now_on,
                "at": work.now_ms,
            }
        )
    )
    request_id = record_id if entity == "application" else record.values["application_id"]
    recipient = recipient_of(work, record)
    phrases, ref = recipient.phrases, short_code(record_id)
    outbox.order(
        work,
        Kind.STEP,
        recipient.phone,
        compose(phrases, _TOLD[entity], ref=ref, day=phrases.day(now_on)),
        application_id=request_id if isinstance(request_id, bytes) else None,
        once=f"restated {record_id.hex()} {calendar_id.hex()}",
        why=recipient.why,
    )


def restated_words(records: Records, phrases: Phrases, record: Stored) -> list[str]:
    """Return when calendars moved the end of a request or a complaint; the oldest first."""
    table = records.tables.restatement
    query = sa.select(table).where(table.c[f"{record.entity.name}_id"] == record.record_id)
    return [
        phrases.say(
            "request.restated",
            at=phrases.moment(row.at, "short"),
            was=phrases.day(row.was_on),
            day=phrases.day(row.now_on),
        )
        for row in records.connection.execute(query.order_by(table.c.at, table.c.id))
    ]


def moved_lately(
    records: Records, entity: str, now_ms: int, is_reached: sa.ColumnElement[bool]
) -> list[tuple[Stored, int]]:
    """Return what waits and was moved lately, with the day that it was due on; the last first.

    Args:
        entity: `application` for requests, `task` for complaints.
    """
    moved, table = records.tables.restatement, records.tables.records[entity]
    query = (
        sa.select(table.c.id, moved.c.was_on)
        .join(table, table.c.id == moved.c[f"{entity}_id"])
        .where(moved.c.at > now_ms - SHOWN_MS)
        # Of one that was moved twice the last word.
        .where(moved.c.now_on == table.c.due_on)
        .where(table.c.deleted_at.is_(None), *waits(records, entity), is_reached)
        .order_by(moved.c.at.desc(), table.c.id)
        .limit(_SHOWN_MAX)
    )
    rows = records.connection.execute(query).all()
    found = records.load(entity, [bytes(row.id) for row in rows])
    return [(found[bytes(row.id)], row.was_on) for row in rows]


def _last(records: Records) -> Any:
    table = records.tables.calendar_edition
    query = sa.select(table).order_by(table.c.loaded_at.desc(), table.c.id.desc()).limit(1)
    return records.connection.execute(query).first()


def _read(records: Records, calendar_id: bytes) -> Calendar:
    table = records.tables.calendar_edition
    query = sa.select(table.c.content).where(table.c.id == calendar_id)
    return read_calendar(bytes(records.connection.execute(query).scalar_one()))
