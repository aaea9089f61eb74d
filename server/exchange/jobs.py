"""What is prepared each night for the exchange: what new tablets download."""

from __future__ import annotations

from collections.abc import Callable

from server.db.work import Work
from server.exchange import snapshots
from server.jobs.job import Ground, Job, Run, Step


def _build(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    made = snapshots.build(ground.database)
    return lambda _work: Step(None, done=made)


JOBS = (Job("build-snapshots", prepare=_build, nightly_at=3 * 60),)
