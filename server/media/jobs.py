"""What is forgotten each night of uploads that nobody continued, and sealed by the newest key."""

from __future__ import annotations

from collections.abc import Callable

from server.db.work import Work
from server.jobs.job import Ground, Job, Run, Step
from server.media.commands import Uploads
from server.media.store import BlobFiles


def _purge(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    gone = Uploads(ground.database, BlobFiles.of(ground.settings)).purge()
    return lambda _work: Step(None, done=gone)


def _reseal(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    done = BlobFiles.of(ground.settings).reseal()
    return lambda _work: Step(None, done=done)


JOBS = (
    Job("purge-uploads", prepare=_purge, nightly_at=2 * 60 + 30),
    Job("reseal", prepare=_reseal, nightly_at=2 * 60 + 50),
)
