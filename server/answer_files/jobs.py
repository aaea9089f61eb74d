"""What is done of a file later: looked at where it is long, applied, forgotten."""

from __future__ import annotations

from server.answer_files import commands
from server.answer_files.rows import Stage
from server.db.work import Work
from server.jobs.job import Job, Run, Step
from server.visits.jobs import reader_of


def _look(work: Work, run: Run) -> Step:
    reader = reader_of(work, run)
    if reader is None:
        return Step(None)
    done = commands.look(work, reader, bytes(run.state["file"]))
    return Step(run.state if done else None, done=done)


def _apply(work: Work, run: Run) -> Step:
    file_id = bytes(run.state["file"])
    before = commands.counts(work, file_id)[Stage.DONE]
    tried = commands.apply(work, reader_of(work, run), file_id)
    done = commands.counts(work, file_id)[Stage.DONE] - before
    return Step(run.state if tried else None, done=done, said={"left": tried - done})


def _forget(work: Work, _run: Run) -> Step:
    return Step(None, done=commands.forget(work))


JOBS = (
    Job(commands.LOOK, step=_look),
    Job(commands.APPLY, step=_apply),
    Job("forget-answer-files", step=_forget, nightly_at=2 * 60 + 50),
)
