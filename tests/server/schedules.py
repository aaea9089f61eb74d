"""Run threads in every order: actors that stop at named points, and a search through all choices.

An actor runs until it stops, ends, or waits for a lock of the database that another holds; only
then is the next one chosen. So one thread moves at a time, and a schedule is a list of choices.
The stops hang on SQLAlchemy's events: nothing in the product knows of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

SETTLE_S_MAX = 15
_MOMENT_S = 0.002


class Actor(threading.Thread):
    """A thread that goes on only when told to."""

    def __init__(self, name, work):
        super().__init__(name=name, daemon=True)
        self.work = work
        self.at = "start"
        self.pid = None
        self.is_ended = False
        self.is_free = False
        self.fault = None
        self.result = None
        self.has_settled = threading.Event()
        self._go = threading.Semaphore(0)

    def run(self):
        self._go.acquire()
        try:
            self.result = self.work()
        except BaseException as fault:  # noqa: BLE001 - told by the stage
            self.fault = fault
        self.is_ended = True
        self.has_settled.set()

    def stop_at(self, point):
        """Called from within: wait here until chosen."""
        if not self.is_free:
            self.at = point
            self.has_settled.set()
            self._go.acquire()

    def go_on(self):
        self.at = "moves"
        self.has_settled.clear()
        self._go.release()

    def set_free(self):
        self.is_free = True
        self._go.release()


class Stage:
    """The actors of one schedule, and the way they took."""

    def __init__(self, monitor: psycopg.Connection, actors):
        self.monitor = monitor
        self.actors = actors
        self.waited = 0
        self.way = []
        for actor in actors:
            actor.start()
            actor.has_settled.set()

    def ready(self):
        return [one for one in self.actors if one.has_settled.is_set() and not one.is_ended]

    def run(self, choose: Callable):
        """Run to the end; `choose` picks one of those that are ready."""
        try:
            while ready := self.ready():
                actor = choose(ready)
                actor.go_on()
                self._settle()
                self.way.append(f"{actor.name}>{'end' if actor.is_ended else actor.at}")
        finally:
            for actor in self.actors:
                actor.set_free()
            for actor in self.actors:
                actor.join(SETTLE_S_MAX)
        faults = [f"{one.name}: {one.fault!r}" for one in self.actors if one.fault]
        assert not faults, (faults, self.way)

    def _settle(self):
        """Wait until everyone has stopped, ended, or waits for a lock of one who has stopped."""
        until = time.monotonic() + SETTLE_S_MAX
        while True:
            moving = [one for one in self.actors if not one.has_settled.is_set()]
            # Who waited already is in the lock table; who was just told to go on needs a moment.
            if any(one.has_settled.wait(_MOMENT_S) for one in moving if one.at != "waits"):
                continue
            if self._all_wait(moving):
                if any(one.at != "waits" for one in moving):
                    # Past its look for a deadlock: now only another can tie a knot, and is cut.
                    time.sleep(_MOMENT_S)
                for one in moving:
                    self.waited += one.at != "waits"
                    one.at = "waits"
                return
            for one in moving:
                one.at = "moves"
            assert time.monotonic() < until, f"{moving[0].name} does not settle: {self.way}"

    def _all_wait(self, moving):
        """Whether each waits for one who has stopped. A knot is none: PostgreSQL cuts it soon."""
        if not moving:
            return True
        pids = {one.pid for one in moving}
        query = (
            "select pid, pg_blocking_pids(pid) from pg_locks where not granted and pid = any(%s)"
        )
        waiting = self.monitor.execute(query, [[pid for pid in pids if pid]]).fetchall()
        return {pid for pid, _ in waiting} == pids and all(
            by and not pids & set(by) for _, by in waiting
        )


def every_way(run: Callable[[Callable], None]) -> Iterator[None]:
    """Call `run(choose)` once for each sequence of choices; yield after each.

    `choose(options)` must get the same options after the same choices: the way is replayed up to
    its last choice that had another option, and goes on from there.
    """
    prefix: list[int] = []
    while True:
        taken: list[tuple[int, int]] = []

        def choose(options, taken=taken, prefix=prefix):
            place = prefix[len(taken)] if len(taken) < len(prefix) else 0
            taken.append((place, len(options)))
            return options[place]

        run(choose)
        yield
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        prefix = [place for place, _ in taken[:-1]] + [taken[-1][0] + 1]


@contextmanager
def stops(engine: sa.Engine, point_of: Callable[[str, int], str | None]):
    """Let actors that use `engine` stop.

    Args:
        point_of: (statement or "commit", how often it came in this transaction) -> name of the
            stop, or None. Asked after a statement and before a commit.
    """
    seen: dict[threading.Thread, dict[str, int]] = {}

    def reach(statement):
        actor = threading.current_thread()
        if isinstance(actor, Actor):
            counts = seen.setdefault(actor, {})
            counts[statement] = counts.get(statement, 0) + 1
            if point := point_of(statement, counts[statement]):
                actor.stop_at(point)

    def on_begin(connection):
        actor = threading.current_thread()
        if isinstance(actor, Actor):
            seen[actor] = {}
            actor.pid = connection.connection.dbapi_connection.info.backend_pid

    def on_executed(_connection, _cursor, statement, *_rest):
        reach(statement)

    def on_commit(_connection):
        reach("commit")

    listeners = [
        ("begin", on_begin),
        ("after_cursor_execute", on_executed),
        ("commit", on_commit),
    ]
    for name, listener in listeners:
        sa.event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            sa.event.remove(engine, name, listener)
