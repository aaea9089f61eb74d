"""Two writers, two scopes, one reader, on PostgreSQL, in every order of their steps.

Writers are `Database.write`, the reader is `server.exchange.pull`. A writer stops after it has
locked records, after it has moved the first scope's counter, between the two scopes, and before
its commit; the reader stops before its snapshot, after the heads, and
after the entries of each scope. One that waits for a lock waits, and the others go on.

What a writer has not committed, nobody else sees: a reader's step that follows such a step would
do the same before it. Of schedules that differ in that alone one is run, and where both writers do
the same, only those in which A begins. `make interleavings` runs every one, with one stop more:
after the second counter.
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa

from server.db.engine import Engines
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Author, Database
from sync import scopes
from tests.databases import empty_database
from tests.server.follower import Follower, faults
from tests.server.schedules import Actor, Stage, every_way, stops

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ALL = bool(os.environ.get("NUQTA_ALL_SCHEDULES"))
NOW = 1_795_500_000_000


@pytest.fixture(scope="module")
def address(postgres_url):
    with empty_database(postgres_url) as url:
        with psycopg.connect(url, autocommit=True) as setup:
            # A knot is cut by the one that ties it, at once: so a schedule can be replayed.
            name = url.rsplit("/", 1)[1]
            setup.execute(f"alter database {name} set deadlock_timeout = '1ms'")
        yield url


@pytest.fixture(scope="module")
def engines(address):
    engines = Engines(address)
    migrate(engines, TABLES, epoch=bytes(8))
    yield engines
    engines.close()


@pytest.fixture(scope="module")
def database(engines):
    ids = itertools.count(1)
    return Database(engines, TABLES, clock=lambda: NOW, ids=lambda: next(ids).to_bytes(16, "big"))


@pytest.fixture(scope="module")
def monitor(address):
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


COMMUNES = itertools.count(10_000)


class Ground:
    """Two communes of its own for each schedule, and two people in each."""

    def __init__(self, database, *, is_new=False):
        self.here, self.there = (f"09.541.{next(COMMUNES):05d}.01" for _ in range(2))
        if not is_new:
            database.write(self._fill)

    def _fill(self, work):
        self.mine = [[self.insert(work, at, "0") for at in self.both] for _ in "AB"]
        self.x, self.y = self.mine[0]

    @property
    def both(self):
        return self.here, self.there

    def insert(self, work, commune, name):
        values = {"name_fr": name, "commune_code": commune}
        return work.insert("person", values, Author(None)).record_id

    def change(self, work, record_id, **values):
        work.change("person", record_id, values, Author(None))


def insert(ground, work, number, name):
    for commune in ground.both:
        ground.insert(work, commune, name)


def insert_crosswise(ground, work, number, name):
    """The scopes are new, and each writer makes them in another order: PostgreSQL cuts the knot."""
    for commune in ground.both[:: 1 - 2 * number]:
        ground.insert(work, commune, name)


def change_own(ground, work, number, name):
    work.lock_all("person", ground.mine[number])
    for record_id in ground.mine[number]:
        ground.change(work, record_id, name_fr=name)


def change_same(ground, work, number, name):
    work.lock_all("person", [ground.x, ground.y])
    for record_id in (ground.x, ground.y):
        ground.change(work, record_id, name_fr=name)


def change_same_crosswise(ground, work, number, name):
    """Against the rule of `hold`: x then y, and y then x."""
    for record_id in (ground.x, ground.y)[:: 1 - 2 * number]:
        ground.change(work, record_id, name_fr=name)


def move_and_change(ground, work, number, name):
    """One moves x to the other commune, the other changes both."""
    work.lock_all("person", [ground.x, ground.y])
    if number == 0:
        ground.change(work, ground.x, commune_code=ground.there, douar="moved")
        ground.change(work, ground.y, douar="moved")
    else:
        ground.change(work, ground.x, name_fr=name)
        ground.change(work, ground.y, name_fr=name)


def delete_and_change(ground, work, number, name):
    """A deleted person comes back when one who did not know changes them."""
    work.lock_all("person", [ground.x, ground.y])
    for record_id in (ground.x, ground.y):
        if number == 0:
            work.delete("person", record_id)
        else:
            ground.change(work, record_id, name_fr=name)


def writer_stop(statement, count):
    if statement == "commit":
        return "before commit"
    if statement.startswith("SELECT person") and "FOR UPDATE" in statement:
        return "locked"
    if statement.startswith("UPDATE scope SET head") and (count == 1 or ALL):
        return f"counted {count}"
    if statement.startswith("UPDATE scope SET record_count") and count == 1:
        return "between"
    return None


def reader_stop(statement, count):
    if statement.startswith("SELECT scope."):
        return "heads"
    return f"entries {count}" if statement.startswith("SELECT feed.") else None


class Journal:
    """The sequences that committed transactions gave out: {scope id: [seq]}."""

    def __init__(self, engine):
        self.seqs: dict[int, list[int]] = {}
        self._open: dict[sa.Connection, list] = {}
        self._listeners = [
            ("begin", lambda connection: self._open.update({connection: []})),
            ("after_cursor_execute", self._note),
            ("commit", self._keep),
        ]
        self._engine = engine

    def __enter__(self):
        for name, listener in self._listeners:
            sa.event.listen(self._engine, name, listener)
        return self

    def __exit__(self, *_exception):
        for name, listener in self._listeners:
            sa.event.remove(self._engine, name, listener)

    def _note(self, connection, cursor, statement, parameters, context, is_many):
        if statement.startswith("INSERT INTO feed"):
            rows = parameters if isinstance(parameters, list) else [parameters]
            self._open[connection] += [(row["scope_id"], row["seq"]) for row in rows]

    def _keep(self, connection):
        for scope_id, seq in self._open.pop(connection, ()):
            self.seqs.setdefault(scope_id, []).append(seq)


def play(database, monitor, journal, choose, command, *, is_new):
    """Run one schedule of two writers and a reader; return the stage, the faults found."""
    ground = Ground(database, is_new=is_new)
    follower = Follower(database, map(scopes.core, ground.both))
    follower.pull()

    def write(number):
        name = "AB"[number]
        database.write(lambda work: command(ground, work, number, name))

    halves = []

    def read():
        follower.pull()
        halves.append(torn(follower, ground, command))

    actors = [Actor("R", read), Actor("A", lambda: write(0)), Actor("B", lambda: write(1))]
    stage = Stage(monitor, actors)
    stage.run(lambda ready: choose(stage, ready))
    assert follower.pull()
    halves.append(torn(follower, ground, command))
    found = [half for half in halves if half] + faults(database, follower)
    for scope_id, head in follower.vector:
        if sorted(journal.seqs.get(scope_id, ())) != list(range(1, head + 1)):
            found.append(f"scope {scope_id}: {journal.seqs.get(scope_id)} up to {head}")
    return stage, found


def torn(follower, ground, command):
    """Say whether of some transaction the follower has one half and not the other."""
    rows = [row for in_scope in follower.rows.values() for row in in_scope.values()]
    if command is move_and_change:
        homes = [values["commune_code"] for _, one, _, values in rows if one == ground.x]
        moved = {values.get("douar") for _, one, _, values in rows if one in (ground.x, ground.y)}
        if len(homes) != 1 or len(moved) != 1:
            return f"x is in {homes}, douars are {moved}"
        names = {values["name_fr"] for _, one, _, values in rows if one in (ground.x, ground.y)}
        return f"names {names}" if len(names) != 1 else ""
    by_commune = {commune: [] for commune in ground.both}
    for _, _, _, values in rows:
        by_commune[values["commune_code"]].append(values["name_fr"])
    here, there = (sorted(names) for names in by_commune.values())
    return f"{here} here, {there} there" if here != there else ""


def choices(choose, command):
    """Leave out schedules that equal another: see the module's docstring."""

    def pick(stage, ready):
        last = stage.way[-1] if stage.way else "R>"
        is_unseen = not last.startswith("R>") and not last.endswith(">end")
        is_first = all(step.startswith("R>") for step in stage.way)
        if is_unseen and not ALL:
            ready = [actor for actor in ready if actor.name != "R"] or ready
        if is_first and command in ALIKE and not ALL:
            ready = [actor for actor in ready if actor.name != "B"]
        return choose(ready)

    return pick


def explore(database, monitor, command, *, is_new=False, first_fault=False):
    """Run all schedules; return how many, how often one waited, and the faults found."""
    count, waited, found = 0, 0, []

    def run(choose):
        nonlocal count, waited
        stage, wrong = play(
            database, monitor, journal, choices(choose, command), command, is_new=is_new
        )
        count += 1
        waited += stage.waited
        found.extend((one, stage.way) for one in wrong)

    writing, reading = database.engines.writing, database.engines.reading
    with Journal(writing) as journal, stops(writing, writer_stop), stops(reading, reader_stop):
        for _ in every_way(run):
            if found and first_fault:
                break
    return count, waited, found


COMMANDS = {
    "insert": insert,
    "insert, new scopes": insert_crosswise,
    "change own records": change_own,
    "change the same records": change_same,
    "change the same, crosswise": change_same_crosswise,
    "move and change": move_and_change,
    "delete and change": delete_and_change,
}
ALIKE = {insert, change_own, change_same}
"""Commands that both writers carry out in the same way, on their own or on the same records."""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_order_of_two_writers_and_a_reader(database, monitor, name, capsys):
    is_new = name.endswith("new scopes")

    count, waited, found = explore(database, monitor, COMMANDS[name], is_new=is_new)

    with capsys.disabled():
        print(f"\n{name}: {count} schedules, {waited} waits", end="", flush=True)
    assert found == []
    assert count >= 30
    assert waited > 0


def test_a_counter_let_go_before_the_commit_is_found(database, monitor):
    """The checks themselves: a writer that numbers as a plain sequence does, and a reader skips."""

    def let_go(connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE scope SET head"):
            connection.exec_driver_sql("commit")

    sa.event.listen(database.engines.writing, "after_cursor_execute", let_go)
    try:
        _, _, found = explore(database, monitor, insert, first_fault=True)
    finally:
        sa.event.remove(database.engines.writing, "after_cursor_execute", let_go)

    assert found


def test_a_reader_without_a_snapshot_is_found(database, address, monitor):
    """The checks themselves: READ COMMITTED shows one scope before a commit and one after."""
    engines = Engines(address)
    engines.reading.dispose()
    engines.reading = sa.create_engine(engines.writing.url, isolation_level="READ COMMITTED")
    careless = Database(engines, TABLES, clock=database.clock, ids=database.ids)

    _, _, found = explore(careless, monitor, insert, first_fault=True)

    engines.close()
    assert found


def test_a_deadlock_is_tried_again_and_both_end_well(engines):
    """Two that lock the same rows in opposite order, by SQL: one is cut off, and comes back."""
    meet = threading.Barrier(2)
    tries = []

    def cross(connection, order):
        tries.append(order)
        for number, scope in enumerate(order):
            bump = "update knot set value = value + 1 where id = :id"
            connection.execute(sa.text(bump), {"id": scope})
            if number == 0 and len(tries) <= 2:
                meet.wait(5)

    with engines.writing.begin() as setup:
        setup.execute(sa.text("create table knot (id int primary key, value int)"))
        setup.execute(sa.text("insert into knot values (1, 0), (2, 0)"))
    with ThreadPoolExecutor() as pool:
        both = [
            pool.submit(engines.write, lambda connection, order=order: cross(connection, order))
            for order in ((1, 2), (2, 1))
        ]
        for one in both:
            one.result(10)

    assert len(tries) == 3
    with engines.read() as connection:
        assert connection.execute(sa.text("select value from knot")).scalars().all() == [2, 2]
