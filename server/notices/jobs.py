"""What is done of messages each night: reminders, and what is forgotten."""

from __future__ import annotations

from server.db.work import Work
from server.jobs.job import Job, Run, Step
from server.notices.reminders import remind
from server.sms import outbox


def _forget(work: Work, _run: Run) -> Step:
    return Step(None, done=outbox.forget_old(work))


JOBS = (
    Job("remind-offices", step=remind, nightly_at=5 * 60),
    Job("forget-messages", step=_forget, nightly_at=2 * 60 + 25),
)
