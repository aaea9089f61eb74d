"""Reminders before an answer is due: 10, 3 and 0 days to who is to answer, then to who is above.

Of requests and of complaints. No account has a phone, so they are notices on the page of the queue.
Each is made once for a day of the end: a calendar or a pause that moves the end makes new ones, and
the old ones are gone.
"""

from __future__ import annotations

from server.applications.clocks import REMINDED_DAYS
from server.db.records import Stored
from server.db.work import Work
from server.exchange.ends import ABOVE, OFFICE, ends_of, some_waiting
from server.jobs.job import Run, Step
from server.sms import outbox
from server.sms.outbox import Kind
from sync import local_time


def remind(work: Work, run: Run) -> Step:
    """Make the reminders that are due of some requests or complaints."""
    found, after = some_waiting(work, run.state)
    ends = ends_of(work, found, work.now_ms)
    return Step(after, done=sum(_remind(work, one, ends_on) for one, ends_on in ends))


def _remind(work: Work, record: Stored, ends_on: int) -> bool:
    left = ends_on - local_time.day_of(work.now_ms)
    passed = [days for days in REMINDED_DAYS if left <= days]
    if not passed:
        return False
    whom, when = (ABOVE, "over") if left < 0 else (OFFICE, str(passed[0]))
    is_request = record.entity.name == "application"
    made = outbox.order(
        work,
        Kind.REMINDER,
        "",
        str(ends_on),
        application_id=record.record_id if is_request else None,
        task_id=None if is_request else record.record_id,
        once=f"remind {record.record_id.hex()} {ends_on} {when}",
        why=whom,
    )
    return made is not None
