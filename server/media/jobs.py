"""What is forgotten each night of uploads that nobody continued."""

from __future__ import annotations

from collections.abc import Callable

from server.db.work import Work
from server.jobs.job import Ground, Job, Run, Step
from server.media.commands import Uploads
from server.media.store import BlobFiles


def _purge(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    gone = Uploads(ground.database, BlobFiles(ground.settings.data_dir)).purge()
    return lambda _work: Step(None, done=gone)


JOBS = (Job("purge-uploads", prepare=_purge, nightly_at=2 * 60 + 30),)
