"""What a job is: a name, and a step that is done again and again until there is nothing left.

A step is one transaction: what it changes and how far it has come are stored together, or neither.
So a job that was killed goes on where it was, and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from server.db.records import Records
from server.db.work import Database, Work
from server.settings import Settings

State: TypeAlias = Mapping[str, Any]
"""Where a job is, as MessagePack has it: texts, bytes, numbers, lists of them. No tuples."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job stands on."""

    settings: Settings
    database: Database


@dataclass(frozen=True, slots=True)
class Run:
    """One job as a step finds it.

    `state` is what it was ordered with, then what the step before left; `by` the agent who ordered
    it, None: the server; `done` how many are done.
    """

    job_id: bytes
    state: State
    by: bytes | None
    done: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did.

    Args:
        state: what the next step begins with; None: that was the last.
        done: how many more of them are done.
        total: of how many, where that is known now.
        said: numbers by name for the words `job.NAME.said`; they add up over the steps. `done` is
            among them by itself.
    """

    state: State | None
    done: int = 0
    total: int | None = None
    said: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job. It has a `step`, or a `prepare` that is slow.

    Args:
        step: a bounded piece of the work, within a transaction; a second at most, since on SQLite
            nobody else writes meanwhile.
        prepare: the same where it reads or computes for long, or writes files: that is done
            outside of a transaction, and what it returns stores the rest in one. What it does
            outside may be done twice.
        nightly_at: minutes after midnight in Morocco; none: it is ordered by somebody.
        waits: whether anything waits for it: then it is ordered, once for all of some minutes.
        tries: how often a step is tried before the job is given up.
    """

    name: str
    step: Callable[[Work, Run], Step] | None = None
    prepare: Callable[[Ground, Run], Callable[[Work], Step]] | None = None
    nightly_at: int | None = None
    waits: Callable[[Records], bool] | None = None
    tries: int = 5

    def begin(self, ground: Ground, run: Run) -> Callable[[Work], Step]:
        """Do what is done outside of a transaction; return what is done within."""
        if self.prepare is not None:
            return self.prepare(ground, run)
        step = self.step
        assert step is not None, f"{self.name}: has neither step nor prepare"
        return lambda work: step(work, run)


@cache
def declared() -> Mapping[str, Job]:
    """Return all jobs by name, as the `JOBS` of each feature's `jobs.py` says."""
    folder = Path(__file__).parents[1]
    found: dict[str, Job] = {}
    for path in sorted(folder.glob("*/jobs.py")):
        for job in import_module(f"server.{path.parent.name}.jobs").JOBS:
            assert job.name not in found, f"{job.name}: declared twice"
            found[job.name] = job
    return found
