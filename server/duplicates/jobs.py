"""What is compared later: soon, those that came; by night, everybody with everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from server.db.work import Work
from server.duplicates import finding
from server.duplicates.finding import LookedAt, Pair
from server.jobs.job import Ground, Job, Run, State, Step

AT_MINUTES = 2 * 60 + 30
"""After midnight: when nearly no tablet exchanges, and before the check."""


def _compare_due(ground: Ground, _run: Run) -> Callable[[Work], Step]:
    return partial(_keep_due, looked_at=ground.database.read(finding.due))


def _keep_due(work: Work, looked_at: list[LookedAt]) -> Step:
    finding.keep_due(work, looked_at)
    found = sum(len(one.found) for one in looked_at)
    return Step({} if looked_at else None, done=len(looked_at), said={"pairs": found})


def _compare_all(ground: Ground, run: Run) -> Callable[[Work], Step]:
    at, last = int(run.state.get("at", 0)), str(run.state.get("last", ""))
    cursors = ground.database.read(finding.steps)
    entity, found, last = ground.database.read(
        lambda records: finding.look(records, cursors[at], last)
    )
    following: State = {"at": at, "last": last} if last else {"at": at + 1, "last": ""}
    is_over = following["at"] == len(cursors)
    return partial(
        _keep_all,
        entity=entity,
        found=found,
        step=Step(
            None if is_over else following,
            done=int(not last),
            total=len(cursors),
            said={"pairs": len(found)},
        ),
    )


def _keep_all(work: Work, entity: str, found: list[Pair], step: Step) -> Step:
    finding.keep(work, entity, found)
    return step


JOBS = (
    Job("compare-new", prepare=_compare_due, waits=finding.is_any_due),
    Job("compare-all", prepare=_compare_all, nightly_at=AT_MINUTES),
)
