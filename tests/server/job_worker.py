"""Jobs of the tests, and a process that does them: `python -m tests.server.job_worker URL`."""

import sys
import time
from pathlib import Path

from server.db.engine import Engines
from server.db.tables import TABLES
from server.db.work import Author, Database
from server.jobs.job import Ground, Job, Step
from server.jobs.runner import Runner
from server.settings import Settings
from tests.places import HOME, START

OFFICE = Author(None)


def register(work, run):
    """Make one person a step, named by the number of the step."""
    at = run.state["at"]
    work.insert("person", {"name_fr": f"N{at:03}", "commune_code": HOME}, OFFICE)
    is_last = at + 1 >= run.state["until"]
    return Step(None if is_last else {**run.state, "at": at + 1}, done=1, said={"made": 1})


def register_slowly(_ground, run):
    print(run.state["at"], flush=True)
    time.sleep(0.02)
    return lambda work: register(work, run)


REGISTER = Job("register", step=register)
SLOWLY = Job("slowly", prepare=register_slowly)
JOBS = {job.name: job for job in (REGISTER, SLOWLY)}


def runner_of(database, jobs=None):
    settings = Settings("", Path("unused"))
    return Runner(Ground(settings, database), jobs or JOBS)


if __name__ == "__main__":
    numbers = iter(range(10**6))
    runner_of(
        Database(
            Engines(sys.argv[1]),
            TABLES,
            clock=lambda: START,
            ids=lambda: b"\x02" * 8 + next(numbers).to_bytes(8, "big"),
        )
    ).run_due()
