"""Who does the jobs: threads, in a process of their own (`apart`) or of a test.

A worker takes the job that has waited longest, for a turn of some seconds, then the next: a long
one keeps no short one waiting. Any number of processes may work on one database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from server import problems
from server.db.work import Work
from server.jobs import queue
from server.jobs.job import Ground, Job, Step, declared
from server.jobs.queue import Claim, Ended, LeaseLost
from sync import flat, local_time
from sync.errors import Refusal

POLL_S = 1.0
TURN_S = 5.0
END_S = 5.0
"""How long the steps at hand may take once it is to end; what takes longer is done again."""
_WORKERS = 2
_BEAT_S = queue.LEASE_MS / 4_000
_ORDERED_EVERY_MS = 5 * 60_000
"""How often a job is ordered that something waits for."""
_LATE_MS = 3_600_000
"""How long after its start a server does what it missed at night: not while people sign in."""
log = logging.getLogger("nuqta.jobs")
_KILLED = "job_killed"
"""The code of a job whose process ended each time, before its step did."""


class Runner:
    """Does the jobs of one database. As a context: from its beginning to its end, in threads."""

    def __init__(self, ground: Ground, jobs: Mapping[str, Job] | None = None) -> None:
        """Take what is needed; nothing is begun yet.

        Args:
            jobs: by name; all that are declared when None.
        """
        self.ground = ground
        self.jobs = declared() if jobs is None else jobs
        self._began_at = ground.database.clock()
        self._is_over = threading.Event()
        self._held: dict[bytes, Claim] = {}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Begin to work, in threads."""
        todo = [self._work] * _WORKERS + [self._look_after]
        self._threads = [threading.Thread(target=one, name="jobs", daemon=True) for one in todo]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Give the jobs back after the steps at hand, and end."""
        self.end()
        end = time.monotonic() + END_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    # Working

    def run_due(self) -> int:
        """Do, in this thread, what is due, until nothing is. Returns how many turns that took."""
        self.enqueue_waited_for()
        turns = 0
        while not self._is_over.is_set() and self._take_turn():
            turns += 1
        return turns

    def run_now(self, name: str) -> Ended:
        """Order a job and do it in this thread, whatever else is due; one try of each step."""

        def begin(work: Work) -> Claim:
            job_id = queue.enqueue(work, name, {})
            held = queue.claim(work, [name], job_id)
            assert held is not None, "ordered by this very work"
            return held

        held = self.ground.database.write(begin)
        self._run(held, turn_s=float("inf"), tries_max=1)
        return self.ground.database.read(lambda records: queue.ended(records, held.run.job_id))

    def run_for_ever(self) -> None:
        """Work in threads until `end`."""
        with self:
            self._is_over.wait()

    def end(self) -> None:
        """Begin no more steps."""
        self._is_over.set()

    def enqueue_waited_for(self) -> None:
        """Order each job for which something waits, unless one was ordered some minutes ago."""
        database = self.ground.database
        once = f"waited for {database.clock() // _ORDERED_EVERY_MS}"
        for job in self.jobs.values():
            if job.waits is None or not database.read(job.waits):
                continue
            if job.name not in database.read(lambda records: queue.names_of(records, once)):
                database.write(partial(queue.enqueue, name=job.name, state={}, once=once))

    def enqueue_night(self) -> None:
        """Order each nightly job that is due today and was not ordered, by any process."""
        database = self.ground.database
        now = database.clock()
        today = local_time.day_of(now)
        due = [
            job.name
            for job in self.jobs.values()
            if job.nightly_at is not None and now >= self._night_ms(today, job.nightly_at)
        ]
        once = f"night {flat.day_text(today)}"
        known = database.read(lambda records: queue.names_of(records, once))
        for name in (name for name in due if name not in known):
            # Another process may do the same now: there is one of each night alone.
            database.write(partial(queue.enqueue, name=name, state={}, once=once))

    def _night_ms(self, day: int, minutes: int) -> int:
        """Return when a nightly job is due: later if the server did not run then."""
        at = local_time.day_start(day) + minutes * local_time.MS_PER_MINUTE
        return at if self._began_at <= at else self._began_at + _LATE_MS

    # In threads

    def _work(self) -> None:
        """Do what is due until the end; look again after a while where nothing is."""
        while not self._is_over.is_set():
            try:
                is_done = self._take_turn()
            except (Refusal, DBAPIError) as fault:
                # The database is away or busy: nothing of the job is lost, it is tried again.
                log.warning("jobs: no turn: %s", type(fault).__name__)
                is_done = False
            if not is_done:
                self._is_over.wait(POLL_S)

    def _look_after(self) -> None:
        """Renew the leases of steps that take long, and order what is due each night."""
        while not self._is_over.wait(_BEAT_S):
            try:
                for held in list(self._held.values()):
                    with suppress(LeaseLost):  # its own step will find out
                        self.ground.database.write(partial(queue.renew, held=held))
                self.enqueue_night()
                self.enqueue_waited_for()
            except (Refusal, DBAPIError) as fault:
                log.warning("jobs: not looked after: %s", type(fault).__name__)

    # One job

    def _take_turn(self) -> bool:
        """Work on the job that has been due for longest. Returns whether there was one."""
        database = self.ground.database
        if not database.read(lambda records: queue.is_due(records, self.jobs, database.clock())):
            return False
        held = database.write(lambda work: queue.claim(work, self.jobs))
        if held is None:  # another worker was quicker
            return False
        self._run(held, TURN_S, self.jobs[held.name].tries)
        return True

    def _run(self, held: Claim, turn_s: float, tries_max: int) -> None:
        """Do steps of a job until it is over, or for a turn."""
        database, run = self.ground.database, held.run
        self._held[run.job_id] = held
        try:
            found = self._steps(held, turn_s)
            if found is not None:
                code, reference = found
                database.write(lambda work: queue.fail(work, held, code, reference, tries_max))
        except LeaseLost:
            database.write(lambda work: queue.end_stopped(work, held))
        finally:
            del self._held[run.job_id]

    def _steps(self, held: Claim, turn_s: float) -> tuple[str, str] | None:
        """Do steps. Returns the code and reference of what went wrong. Raises LeaseLost."""
        database, job = self.ground.database, self.jobs[held.name]
        end = time.monotonic() + turn_s
        run = held.run
        if held.tries > job.tries:
            return _KILLED, ""
        while True:
            try:
                store = job.begin(self.ground, run)
                step = database.write(partial(_store, held=held, store=store))
            except LeaseLost:
                raise
            except Refusal as refusal:
                return refusal.code, ""
            except Exception as fault:  # noqa: BLE001 - the edge: a bug is logged whole, and named
                _, body = problems.of_fault(fault, "fr")
                return "unexpected_fault", problems.reference_in(body)
            if step.state is None:
                return None
            run = replace(run, state=step.state, done=run.done + step.done)
            if self._is_over.is_set() or time.monotonic() > end:
                database.write(lambda work: queue.let_go(work, held))
                return None


def _store(work: Work, held: Claim, store: Callable[[Work], Step]) -> Step:
    """Do a step and keep how far it came, in one transaction. Raises LeaseLost."""
    step = store(work)
    queue.keep(work, held, step)
    return step
