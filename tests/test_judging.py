"""Two coordinators on one visit, on either database: one decides, the other sees it."""

import threading
from types import SimpleNamespace

import pytest

from server.accounts.standing import standing_of
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.visits import commands, many
from server.visits.queries import Filter
from server.web import acts
from server.web.asked import Asked
from server.web.reader import Reader
from tests.test_flags import a_visit, here, person, tablet
from tests.world import HOME

__all__ = ["here", "person", "tablet"]


@pytest.fixture
def readers(world):
    """Return two coordinators of one commune."""
    for login in ("amina", "karim"):
        world.user(login, HOME, role="regional_coordinator")

    def reader(login):
        by = world.agent(login)
        standing = world.database.read(lambda records: standing_of(records, by, now_ms=world.now))
        session = SimpleNamespace(agent_id=by, standing=standing)
        return Reader(session, "fr", None, "", Asked(), world.now)

    return reader("amina"), reader("karim")


def form(rev, **more):
    return Asked({"seen_rev": str(rev), **more}.items())


def decide(world, command, reader, visit, **given):
    text = visit.record_id.hex()
    return world.database.write(lambda work: command(work, reader, text, form(**given)))


def state(world, visit):
    return world.get("visit", visit.record_id)["review_state"]


def test_of_two_at_once_one_decides(world, tablet, person, here, readers):
    visit = a_visit(tablet, person, here)
    tablet.sync()
    refused = []

    def press(reader):
        try:
            decide(world, commands.accept, reader, visit, rev=1)
        except (AlreadyDecided, RecordChanged) as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=press, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert state(world, visit) == "accepted"
    assert [type(one) for one in refused] == [AlreadyDecided]


def test_a_return_meets_an_acceptance(world, tablet, person, here, readers):
    visit = a_visit(tablet, person, here)
    tablet.sync()
    asked = {"returned_field": "notes", "returned_note": "Pourquoi ?"}
    decide(world, commands.give_back, readers[0], visit, rev=1, **asked)
    with pytest.raises(AlreadyDecided):
        decide(world, commands.accept, readers[1], visit, rev=1)
    assert state(world, visit) == "returned"


def test_an_act_over_many_is_undone_but_for_what_was_changed_since(
    world, tablet, person, here, readers
):
    visits = [a_visit(tablet, person, here, 40 * at) for at in range(5)]
    tablet.sync()
    choice = many.Choice(Filter(), None, world.now)
    counted = world.database.read(lambda records: many.count(records, readers[0], choice))
    act_id, done = many.accept(world.database, readers[0], choice)
    assert (counted.total.count, done) == (5, 5)
    tablet.put("visit", visits[1].record_id, notes="Vu")
    tablet.sync()

    by = readers[0].session.agent_id
    back, left = world.database.write(lambda work: acts.undo(work, act_id, by))

    assert (back, left) == (4, 1)
    assert [state(world, visit) for visit in visits] == [None, "accepted", None, None, None]
    with pytest.raises(acts.ActOver):
        world.database.write(lambda work: acts.undo(work, act_id, by))


def test_two_who_accept_all_at_once_accept_each_visit_once(world, tablet, person, here, readers):
    visits = [a_visit(tablet, person, here, 40 * at) for at in range(8)]
    tablet.sync()
    choice, done = many.Choice(Filter(), None, world.now), []

    def press(reader):
        done.append(many.accept(world.database, reader, choice)[1])

    threads = [threading.Thread(target=press, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(done) == 8
    assert {state(world, visit) for visit in visits} == {"accepted"}
    assert {
        world.database.read(lambda records, one=one: records.get("visit", one.record_id).rev)
        for one in visits
    } == {2}
