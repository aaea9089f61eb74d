"""On a shared tablet one agent's line takes along the others' sealed work."""

from __future__ import annotations

import pytest

from mobile_app.exchange import relay
from mobile_app.exchange.calls import Refused, Unreachable
from server.exchange.courier import take
from sync.errors import Refusal
from tests.world import HOME


class Courier:
    """A line that carries letters into the server's own code."""

    def __init__(self, world):
        self.world, self.is_cut, self.loses_reply = world, False, False

    def upload(self, _method, _path, body, _headers):
        if self.is_cut:
            raise Unreachable("cut")
        try:
            answer = take(self.world.database, body, slice_count=2)
        except Refusal as refusal:
            raise Refused(refusal.code, "", 401) from refusal
        if self.loses_reply:
            raise Unreachable("reply lost")
        return type("Answer", (), {"content": answer})


@pytest.fixture
def amina(world):
    world.user("amina", HOME)
    tablet = world.tablet("amina")
    tablet.sync()
    tablet.put("person", name_fr="Fatima", commune_code=HOME)
    return tablet


@pytest.fixture
def seat(tmp_path):
    folder = tmp_path / "seat"
    folder.mkdir()
    return folder


@pytest.fixture
def line(world):
    return Courier(world)


def count(world):
    people = world.database.tables.records["person"]
    return len(
        world.database.read(lambda records: records.connection.execute(people.select()).all())
    )


def test_what_was_left_arrives_with_another_and_is_acknowledged_at_the_unlocking(
    world, amina, line, seat
):
    relay.leave(amina.store, seat)
    assert relay.is_waiting(seat)
    assert b"Fatima" not in (seat / "letter").read_bytes()
    assert relay.carry(line, [seat]) == 1
    assert count(world) == 1
    assert amina.store.outbox.pending_count() == 1
    relay.take_back(amina.store, seat)
    assert amina.store.outbox.pending_count() == 0
    assert list(seat.iterdir()) == []
    amina.sync()
    assert count(world) == 1


def test_a_letter_that_nobody_took_leaves_no_doubt_behind(world, amina, seat):
    relay.leave(amina.store, seat)
    relay.take_back(amina.store, seat)
    assert list(seat.iterdir()) == []
    assert amina.sync().round_trips == 1
    assert count(world) == 1


@pytest.mark.parametrize("how", ["cut", "reply_lost"])
def test_a_line_that_breaks_loses_and_repeats_nothing(world, amina, line, seat, how):
    relay.leave(amina.store, seat)
    line.is_cut, line.loses_reply = how == "cut", how == "reply_lost"
    assert relay.carry(line, [seat]) == 0
    line.is_cut = line.loses_reply = False
    relay.carry(line, [seat])  # the server has it from before, or takes it now
    relay.take_back(amina.store, seat)
    amina.sync()
    assert (count(world), amina.store.outbox.pending_count()) == (1, 0)
    assert list(seat.iterdir()) == []


def test_work_of_between_goes_with_the_next_exchange(world, amina, line, seat):
    relay.leave(amina.store, seat)
    relay.carry(line, [seat])
    amina.put("person", name_fr="Ali", commune_code=HOME)  # as after a crash, before it is read
    relay.take_back(amina.store, seat)
    amina.sync()
    assert (count(world), amina.store.outbox.pending_count()) == (2, 0)


def test_nothing_is_left_where_nothing_waits(amina, seat):
    amina.sync()
    relay.leave(amina.store, seat)
    assert not relay.is_waiting(seat)
