"""Reminders before an answer is due: 10, 3 and 0 days to its office, then to who is above it.

No account has a phone, so they are notices on the page of the queue. Each is made once for a day of
the end: a calendar or a pause that moves the end makes new ones, and the old ones are gone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.applications.clocks import REMINDED_DAYS
from server.applications.queries import number_of, service_name
from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange.delays import clocks_of
from server.exchange.passing import WAITING
from server.jobs.job import Run, Step
from server.rights import Reach, Right
from server.sms import outbox
from server.sms.outbox import Kind
from server.web.reader import Reader
from server.web.shell import DESK
from sync import local_time
from sync.rules.applications import ASKED

OFFICE, ABOVE = "office", "above"
_BATCH = 200
_SHOWN_MAX = 20


def remind(work: Work, run: Run) -> Step:
    """Make the reminders that are due of some requests."""
    table = work.tables.records["application"]
    after = run.state.get("after") or bytes(16)
    found = work.list(
        "application",
        table.c.state.in_([state for state in WAITING if state != ASKED]),
        table.c.id > after,
        order=(table.c.id,),
        limit=_BATCH,
    )
    clocks, today, made = clocks_of(work, found, work.now_ms), local_time.day_of(work.now_ms), 0
    for request in found:
        clock = clocks[request.record_id]
        if clock is None or clock.ends_on is None or clock.answered_on is not None:
            continue
        made += _remind(work, request, clock.ends_on, today)
    is_last = len(found) < _BATCH
    return Step(None if is_last else {"after": found[-1].record_id}, done=made)


def _remind(work: Work, request: Stored, ends_on: int, today: int) -> int:
    left = ends_on - today
    passed = [days for days in REMINDED_DAYS if left <= days]
    if not passed:
        return 0
    whom, when = (ABOVE, "over") if left < 0 else (OFFICE, str(passed[0]))
    once = f"remind {request.record_id.hex()} {ends_on} {when}"
    made = outbox.order(
        work,
        Kind.REMINDER,
        "",
        str(ends_on),
        application_id=request.record_id,
        once=once,
        why=whom,
    )
    return int(made is not None)


def reminders_of(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return what a reader is reminded of: requests that still wait, the most pressing first."""
    message, table = records.tables.message, records.tables.records["application"]
    standing, today = reader.session.standing, local_time.day_of(reader.now_ms)
    own = sa.and_(
        message.c.why == OFFICE, reader.covers(records, "application", Right.ANSWER_REQUESTS)
    )
    if standing.reach(Right.ANSWER_REQUESTS) is not Reach.ORGANISATION:
        seen = reader.covers(records, "application", Right.SEE_REQUESTS)
        own = sa.or_(own, sa.and_(message.c.why == ABOVE, seen))
    query = (
        sa.select(table.c.id, sa.func.max(message.c.why))
        .join(message, message.c.application_id == table.c.id)
        # The end is in the body: one that was moved since is no end.
        .where(message.c.kind == Kind.REMINDER, table.c.state.in_(WAITING), table.c.state != ASKED)
        .where(message.c.body == sa.cast(table.c.due_on, sa.Text), table.c.deleted_at.is_(None))
        .where(own)
        .group_by(table.c.id, table.c.due_on)
        .order_by(table.c.due_on, table.c.id)
        .limit(_SHOWN_MAX)
    )
    whys = {bytes(row[0]): row[1] for row in records.connection.execute(query)}
    requests = records.load("application", list(whys))
    is_office = standing.reach(Right.ANSWER_REQUESTS) is Reach.ORGANISATION
    base = f"{DESK}/queue" if is_office else f"{DESK}/requests"
    return [
        {
            "url": f"{base}/{UUID(bytes=record_id)}",
            "number": number_of(request),
            "service": service_name(reader, request),
            "due_on": due_on,
            "is_over": due_on < today,
        }
        for record_id in whys
        if (request := requests.get(record_id)) is not None
        and isinstance(due_on := request.values["due_on"], int)
    ]
