"""The server is killed amid what a coordinator does to many: each is whole, or was never begun.

What answers and works is `python -m server serve`, on either database; nothing of it is told that
it is going to end.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import time

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from server.db.merged import number_of_name
from server.db.work import Author
from server.jobs.queue import Stage
from server.visits import many
from server.web import acts
from tests.server.web.test_duplicate_pages import done_all
from tests.test_accepting_many import HERE
from tests.test_headless import Server
from tests.world import HOME, World

pytestmark = pytest.mark.slow
VISITS = many.PRESS_MOST + 2 * acts.RECORDS_PER_TURN
PASSWORD = "password1"
"""As `World.user` has it."""


@pytest.fixture
def world(world_url, tmp_path):
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        world.now = time.time_ns() // 1_000_000  # the server's clock is the machine's
        yield world


@pytest.fixture
def server(world, world_url, tmp_path):
    server = Server(tmp_path / "server")
    server.folder.mkdir()
    server.environment["NUQTA_DATABASE_URL"] = world_url
    server.start()
    yield server
    server.kill()


class Desk:
    """A coordinator at the desk, who signs in again when the server was away."""

    def __init__(self, server):
        self.client = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        self.client.post("/desk/sign-in", data={"login": "amina", "password": PASSWORD})

    def form(self, address):
        page = self.client.get(address).text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        return fields | dict(re.findall(r'type="radio" name="(\w+)" value="(\w+)" checked', page))

    def post_and_kill(self, server, when, address, **form):
        """Post a form, and kill the server as soon as `when()`."""

        def post():
            with contextlib.suppress(httpx.TransportError):
                self.client.post(address, data=form)

        sending = threading.Thread(target=post)
        sending.start()
        end = time.monotonic() + 30
        while not when():
            assert time.monotonic() < end, "it never came so far"
        server.kill()
        sending.join()


@pytest.fixture
def many_visits(world):
    """Return two people who may be one, and the visits of both."""
    agent = world.user("one", HOME)
    world.user("amina", HOME, role="regional_coordinator")
    who = {"phone": "+212600112233", "birth_year": 1980, "sex": "male", "commune_code": HOME}
    author = Author(agent)

    def write(work):
        ids = [
            work.insert("person", {"name_fr": name, **who}, author).record_id
            for name in ("Brahim Oubella", "Brahim Obella")
        ]
        values = {"commune_code": HOME, "started_at": world.now - 60_000, "agent_id": agent, **HERE}
        return ids, [
            work.insert("visit", {**values, "person_id": ids[number % 2]}, author).record_id
            for number in range(VISITS)
        ]

    made = world.database.write(write)
    done_all(world, "compare-all")
    world.now += 60_000
    return made


def is_writing(world, world_url):
    """Return a question: is a merge at it, as the database knows?"""
    if world_url.startswith("sqlite"):
        taken = sqlite3.connect(world_url.removeprefix("sqlite:///"), timeout=0)
        taken.isolation_level = None

        def is_locked():
            try:
                taken.execute("begin immediate")
            except sqlite3.OperationalError:
                return True
            taken.execute("rollback")
            return False

        return lambda: all(is_locked() and not time.sleep(0.005) for _ in range(10))
    connection = psycopg.connect(world_url, autocommit=True)
    number = number_of_name("merge", "")
    query = (
        "select 1 from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted"
        " and ((classid::bigint << 32) | objid::bigint) = %s"
    )
    return lambda: connection.execute(query, [number]).fetchone() is not None


def of_visits(world, visits, field):
    table = world.database.tables.records["visit"]
    query = sa.select(table.c[field], sa.func.count()).group_by(table.c[field])
    return dict(world.database.read(lambda records: records.connection.execute(query).all()))


def job(world):
    table = world.database.tables.job
    query = sa.select(table).where(table.c.name == "accept-visits")
    return world.database.read(lambda records: records.connection.execute(query).first())


def test_a_merge_and_an_acceptance_of_many_survive_kills(world, world_url, server, many_visits):
    # Long: one story; what takes time is the visits.
    ids, visits = many_visits
    desk = Desk(server)

    desk.post_and_kill(
        server,
        is_writing(world, world_url),
        "/desk/duplicates/1",
        **desk.form("/desk/duplicates/1"),
        answer="merge",
    )
    now = of_visits(world, visits, "person_id")
    survivors = {world.get("person", one)["survivor_id"] for one in ids}
    assert (set(now) == set(ids) and survivors == {None}) or len(survivors) == len(now) + 1 == 2
    server.start()
    desk = Desk(server)
    if survivors == {None}:  # the coordinator sees the question again
        desk.client.post(
            "/desk/duplicates/1", data={**desk.form("/desk/duplicates/1"), "answer": "merge"}
        )
    (stays,) = {world.get("person", one)["survivor_id"] for one in ids} - {None}
    assert of_visits(world, visits, "person_id") == {stays: VISITS}

    token = desk.form("/desk/visits")["_csrf_token"]
    whole = {"scope": "all", "_csrf_token": token}
    counted = desk.client.post("/desk/visits/choose", data=whole).text
    counted_at = re.search(r'name="counted_at" value="(\d+)"', counted)[1]
    desk.post_and_kill(
        server,
        lambda: of_visits(world, visits, "review_state").get("accepted"),
        "/desk/visits/accept",
        **whole,
        counted_at=counted_at,
    )
    done = of_visits(world, visits, "review_state")["accepted"]
    left = job(world)
    assert (left.state, left.done) == (Stage.RUNNING, done)
    assert 0 < done < VISITS
    assert done % acts.RECORDS_PER_TURN == 0
    table = world.database.tables.job
    world.database.write(  # a minute goes by: who had the job has let it go
        lambda work: work.connection.execute(sa.update(table).values(lease_until=0))
    )
    server.start()
    end = time.monotonic() + 60
    while job(world).state != Stage.DONE:
        assert time.monotonic() < end, "nobody went on with it"
        time.sleep(0.1)
    accepted = of_visits(world, visits, "review_state")
    assert accepted["accepted"] == job(world).done
    items = world.database.tables.act_record
    kept = sa.select(sa.func.count()).select_from(items)
    assert world.database.read(lambda records: records.connection.scalar(kept)) == job(world).done
    undo = re.search(
        r'action="(/desk/visits/acts/[^"]+/undo)"', Desk(server).client.get("/desk/jobs").text
    )
    assert undo, "what a killed server did can be taken back"
