"""What the server does for itself each night, whatever the features have."""

from __future__ import annotations

from collections.abc import Callable

from server.check import check
from server.db.work import Work
from server.jobs import queue
from server.jobs.job import Ground, Job, Run, Step


def _check(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    found = check(ground.settings, ground.database)
    said = {"faults": len(found["faults"]), "scopes": found["scopes"]}
    return lambda _work: Step(None, said=said)


def _forget(work: Work, _run: Run) -> Step:
    return Step(None, done=queue.forget_old(work))


JOBS = (
    Job("check", prepare=_check, nightly_at=4 * 60),
    Job("forget-jobs", step=_forget, nightly_at=2 * 60 + 15),
)
