"""What is forgotten of accounts each night."""

from __future__ import annotations

from server.accounts import throttle
from server.db.work import Work
from server.jobs.job import Job, Run, Step


def _forget(work: Work, _run: Run) -> Step:
    return Step(None, done=throttle.forget_old(work))


JOBS = (Job("forget-tries", step=_forget, nightly_at=2 * 60 + 20),)
