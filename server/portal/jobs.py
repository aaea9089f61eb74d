"""What the portal does later: joins what agents wrote down under a code, forgets unsent pages."""

from __future__ import annotations

from collections.abc import Callable

from server.db.records import Records
from server.db.work import Work
from server.jobs.job import Ground, Job, Run, Step
from server.media.store import BlobFiles
from server.portal import claims
from server.portal.arriving import Arriving
from server.portal.papers import Papers


def _is_any(records: Records) -> bool:
    return bool(claims.waiting(records))


def _join(work: Work, _run: Run) -> Step:
    """Join the first that waits: a merge locks all merges, so each has a transaction."""
    found = claims.waiting(work)
    joined = claims.join(work, *found[0]) if found else False
    return Step({} if len(found) > 1 else None, done=len(found[:1]), said={"joined": int(joined)})


def _forget_pages(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    database, files = ground.database, BlobFiles.of(ground.settings)
    gone = Arriving(database, files, Papers(database, files)).purge()
    return lambda _work: Step(None, done=gone)


JOBS = (
    Job("join-claims", step=_join, waits=_is_any),
    Job("forget-pages", prepare=_forget_pages, nightly_at=2 * 60 + 40),
)
