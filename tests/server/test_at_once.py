"""Two of the office at one thing, on PostgreSQL: the second waits, and sees what the first did."""

import threading
import time

import psycopg
import pytest
import sqlalchemy as sa

from server.accounts import sessions
from server.db.engine import Engines
from server.db.work import Author
from server.duplicates import commands as doubles
from server.duplicates import pairs
from server.duplicates.pairs import Seen
from server.visits import commands, many
from server.visits.queries import Filter
from server.web.asked import Asked
from server.web.reader import Reader
from sync.errors import Refusal
from sync.rules.duplicates import Likeness
from tests.databases import empty_database
from tests.world import HOME, START, World

pytestmark = pytest.mark.postgres
OFFICE = Author(None)


@pytest.fixture
def world(furnished_postgres_url, tmp_path):
    with World(furnished_postgres_url, tmp_path, is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


def reader_of(world, login):
    token = world.database.write(lambda work: sessions._open(work, world.agent(login)))
    session = world.database.read(
        lambda records: sessions.session_of(records, token, now_ms=world.now)
    )
    return Reader(session, "fr", None, "/desk", Asked(), world.now, None)


def a_visit(world, **more):
    place = {"latitude": 30_381_500, "longitude": -9_035_100}
    values = {"commune_code": HOME, "agent_id": world.agent("one"), "started_at": START - 7_200_000}
    values |= {"ended_at": START - 5_400_000, **place, **more}
    return world.database.write(lambda work: work.insert("visit", values, OFFICE).record_id)


def meanwhile(world, first, second):
    """Run `second` while `first`'s transaction holds its locks; returns what `second` returned."""
    found = []

    def run():
        try:
            found.append(second())
        except Refusal as fault:
            found.append(fault)

    thread = threading.Thread(target=run)

    def hold(work):
        first(work)
        work.flush()
        thread.start()
        wait_until_blocked(world)

    world.database.write(hold)
    thread.join(10)
    return found[0]


def wait_until_blocked(world):
    url = world.engines.writing.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as monitor:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            query = (
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and cardinality(pg_blocking_pids(pid)) > 0"
            )
            if monitor.execute(query).fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")


def deleted_at(world, visit):
    return world.database.read(lambda records: records.load("visit", [visit])[visit].deleted_at)


def pressed(command, world, visit_id, **form):
    reader = reader_of(world, "amina")
    asked = Asked({"seen_rev": "1", **form}.items())
    return lambda: world.database.write(lambda work: command(work, reader, visit_id.hex(), asked))


ASKED = {"returned_field": "notes", "returned_note": "Que vend-elle ?"}


@pytest.mark.parametrize(
    ("command", "form"), [(commands.accept, {}), (commands.give_back, ASKED)], ids=["accept", "ask"]
)
def test_a_visit_that_is_deleted_meanwhile_stays_deleted(world, command, form):
    visit = a_visit(world)
    refused = meanwhile(
        world,
        lambda work: work.delete("visit", visit),
        pressed(command, world, visit, **form),
    )
    assert getattr(refused, "code", refused) == "record_unknown"
    assert deleted_at(world, visit) is not None


def test_a_visit_that_is_deleted_meanwhile_is_not_accepted_with_many(world):
    visits = [a_visit(world), a_visit(world, started_at=START - 4 * 3_600_000)]
    reader, choice = reader_of(world, "amina"), many.Choice(Filter(), None, world.now)
    _, done = meanwhile(
        world,
        lambda work: work.delete("visit", visits[0]),
        lambda: many.accept(world.database, reader, choice),
    )
    assert done == 1
    assert deleted_at(world, visits[0]) is not None
    assert deleted_at(world, visits[1]) is None


def test_of_accepting_and_returning_at_once_the_second_sees_the_first(world):
    visit = a_visit(world)
    world.user("karim", HOME, role="regional_coordinator")
    by = world.agent("karim")
    refused = meanwhile(
        world,
        lambda work: work.change("visit", visit, {"review_state": "accepted"}, Author(by)),
        pressed(commands.give_back, world, visit, **ASKED),
    )
    assert getattr(refused, "code", refused) == "already_decided"
    assert world.get("visit", visit)["review_state"] == "accepted"


def a_pair(world):
    given = {"name_fr": "Ali Aznag", "commune_code": HOME}

    def make(work):
        made = [work.insert("person", given, OFFICE) for _ in "AB"]
        sides = [Seen(one.record_id, one.values) for one in made]
        pairs.keep(work, "person", *sides, Likeness(0.9, ()))
        return [one.record_id for one in made]

    two = world.database.write(make)
    table = world.database.tables.duplicate_pair
    return two, world.database.read(
        lambda records: records.connection.scalar(sa.select(table.c.id))
    )


@pytest.mark.parametrize(("first", "second"), [("differ", "merge"), ("merge", "differ")])
def test_of_two_answers_to_a_pair_the_second_sees_the_first(world, first, second):
    two, number = a_pair(world)
    world.user("karim", HOME, role="regional_coordinator")

    def answering(login, said):
        form = Asked({"answer": said, "seen_low": "1", "seen_high": "1"}.items())
        reader = reader_of(world, login)
        return lambda work: doubles.answer(work, reader, number, form)

    late = answering("amina", second)
    refused = meanwhile(world, answering("karim", first), lambda: world.database.write(late))
    assert getattr(refused, "code", refused) == "already_decided"
    merged = [world.get("person", one)["survivor_id"] for one in two]
    assert any(merged) == (first == "merge")


def test_postgresql_makes_machine_code_of_nothing(postgres_url):
    """It would anew each time: some of our searches took longer to compile than to run."""
    with empty_database(postgres_url) as url:
        engines = Engines(f"{url}?options=-c%20work_mem%3D5MB")
        for engine in (engines.reading, engines.writing):
            with engine.connect() as connection:
                assert connection.exec_driver_sql("show jit").scalar_one() == "off"
                assert connection.exec_driver_sql("show work_mem").scalar_one() == "5MB"
        engines.close()
