"""Thousands of visits are accepted by a job: each once, whatever becomes of who does it; undone."""

from __future__ import annotations

import sqlalchemy as sa

from server.accounts.sessions import Session
from server.accounts.standing import standings_of
from server.jobs import queue
from server.jobs.job import Ground, declared
from server.jobs.queue import LEASE_MS, Stage
from server.jobs.runner import Runner
from server.phrases import load_phrases
from server.settings import Settings
from server.visits import jobs, many
from server.visits.queries import Filter
from server.web import acts
from server.web.asked import read_query
from server.web.reader import Reader
from tests.world import HOME, START

HERE = {"latitude": 30_381_500, "longitude": -9_035_100}
MINUTE = 60_000


def made(world, count):
    world.user("one", HOME)
    world.user("amina", HOME, role="regional_coordinator")
    tablet = world.tablet("one")
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma").record_id
    values = {"commune_code": HOME, "person_id": person, **HERE}
    visits = []
    for number in range(count):
        at = START - (count - number) * 90 * MINUTE
        times = {"started_at": at, "ended_at": at + 30 * MINUTE}
        visits.append(tablet.put("visit", **values, **times).record_id)
    assert tablet.sync().held == 0
    return visits


def reader_of(world, login="amina"):
    agent = world.agent(login)
    standing = world.database.read(
        lambda records: standings_of(records, [agent], now_ms=world.now)
    )[agent]
    session = Session(agent, login, "fr", "", standing)
    return Reader(session, "fr", load_phrases("fr"), "", read_query(b""), world.now)


def ordered(world):
    reader = reader_of(world)
    choice = many.Choice(Filter(), None, world.now)
    world.database.write(lambda work: jobs.order(work, reader, choice, "", None))
    return reader


def the_act(world, reader):
    table = world.database.tables.act

    def find(records):
        act_id = records.connection.scalar(sa.select(table.c.id))
        return acts.find(records, act_id, reader.session.agent_id, now_ms=world.now)

    return world.database.read(find)


def runner_of(world):
    return Runner(Ground(Settings.from_env({}), world.database))


def states(world, visits):
    return {world.get("visit", one)["review_state"] for one in visits}


def stages(world):
    table = world.database.tables.job
    query = sa.select(table.c.name, table.c.state, table.c.done)
    found = world.database.read(lambda records: records.connection.execute(query).all())
    return {row.name: (row.state, row.done) for row in found if row.name in OURS}


OURS = (jobs.ACCEPTING, jobs.UNDOING)


def test_one_that_is_killed_goes_on_and_accepts_none_twice(world, monkeypatch):
    monkeypatch.setattr(acts, "RECORDS_PER_TURN", 2)
    visits = made(world, 7)
    reader = ordered(world)
    held = world.database.write(lambda work: queue.claim(work, OURS))
    job = declared()[held.name]

    def a_turn(work):
        step = job.step(work, held.run)
        queue.keep(work, held, step)

    world.database.write(a_turn)  # and then it is killed
    assert the_act(world, reader).count == 2
    world.now += LEASE_MS + 1

    runner_of(world).run_due()

    assert states(world, visits) == {"accepted"}
    assert the_act(world, reader).count == 7
    revs = world.database.read(lambda records: {one.rev for one in records.list("visit")})
    assert len(revs) == 1, "each was written once more, and none twice"
    assert stages(world) == {jobs.ACCEPTING: (Stage.DONE, 7)}


def test_it_is_taken_back_as_one_also_while_it_goes_on(world, monkeypatch):
    monkeypatch.setattr(acts, "RECORDS_PER_TURN", 2)
    visits = made(world, 5)
    reader = ordered(world)
    held = world.database.write(lambda work: queue.claim(work, OURS))
    world.database.write(lambda work: declared()[held.name].step(work, held.run))
    act = the_act(world, reader)

    assert world.database.read(lambda records: jobs.is_large(records, act))
    by = reader.session.agent_id
    world.database.write(lambda work: jobs.order_undo(work, act, by))
    world.now += LEASE_MS + 1
    runner_of(world).run_due()

    assert states(world, visits) == {None}
    assert stages(world)[jobs.ACCEPTING][0] == Stage.STOPPED
    assert stages(world)[jobs.UNDOING][0] == Stage.DONE
    assert the_act(world, reader) is None


def test_who_may_decide_no_more_accepts_no_more(world):
    visits = made(world, 3)
    ordered(world)
    world.revoke("amina", HOME)
    runner_of(world).run_due()
    assert states(world, visits) == {None}
