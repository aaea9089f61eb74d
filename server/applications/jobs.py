"""What is done of requests by itself: each night old drafts expire, papers are erased.

When a newer calendar was loaded, the ends that it moves are restated (`restating.py`).

A draft has no clock but a season's, the last day of which the service named before: nothing is
ever filed by time, and of a service without a season a draft stays as long as its applicant wants.
"""

from __future__ import annotations

from server.applications.restating import is_newer, restate
from server.applications.retention import erase
from server.db.work import Work
from server.exchange.delays import clocks_of
from server.exchange.stepping import Step as Taken
from server.exchange.stepping import take
from server.jobs.job import Job, Run, Step
from sync.rules.applications import Actor

_NOT_FILED = ("draft", "ready")
_BATCH = 200


def expire(work: Work, run: Run) -> Step:
    """Let the drafts expire, of some, whose season is over."""
    table = work.tables.records["application"]
    after = run.state.get("after") or bytes(16)
    found = work.list(
        "application",
        table.c.state.in_(_NOT_FILED),
        table.c.id > after,
        order=(table.c.id,),
        limit=_BATCH,
    )
    clocks, done = clocks_of(work, found, work.now_ms), 0
    for seen in found:
        clock = clocks[seen.record_id]
        request = work.lock("application", seen.record_id) if clock and clock.is_over else None
        if request is not None and request.values["state"] in _NOT_FILED:
            take(work, request, Taken("expired", Actor.CLOCK))
            done += 1
    is_last = len(found) < _BATCH
    return Step(None if is_last else {"after": found[-1].record_id}, done=done)


JOBS = (
    Job("expire-drafts", step=expire, nightly_at=2 * 60 + 40),
    Job("restate-ends", step=restate, waits=is_newer),
    # Before `purge-uploads`, which removes their bytes.
    Job("erase-papers", step=erase, nightly_at=2 * 60 + 25),
)
