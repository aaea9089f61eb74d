"""What the portal does later: what agents wrote down under a code is joined with what it names."""

from __future__ import annotations

from server.db.records import Records
from server.db.work import Work
from server.jobs.job import Job, Run, Step
from server.portal import claims


def _is_any(records: Records) -> bool:
    return bool(claims.waiting(records))


def _join(work: Work, _run: Run) -> Step:
    """Join the first that waits: a merge locks all merges, so each has a transaction."""
    found = claims.waiting(work)
    joined = claims.join(work, *found[0]) if found else False
    return Step({} if len(found) > 1 else None, done=len(found[:1]), said={"joined": int(joined)})


JOBS = (Job("join-claims", step=_join, waits=_is_any),)
