"""How a tablet is reaches the board of tablets, for a few bytes and only where it is news."""

from __future__ import annotations

import pytest

from mobile_app.device.power import Battery, FakePower
from mobile_app.device.storage import FakeStorage
from mobile_app.exchange.contact import make_contact
from mobile_app.store import condition, media
from mobile_app.store.database import transaction
from sync import wire
from sync.entities import ENTITIES
from tests.wire.messages import REQUESTS
from tests.world import HOME

GB = 10**9
DAY_MS = 86_400_000
CLOCK = 3
"""Bytes by which two requests that say the same differ: the hour takes more or less."""


@pytest.fixture
def here(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.power = FakePower(Battery(80, is_charging=False))
    tablet.storage = FakeStorage(9 * GB)
    contact(tablet)
    return tablet


def contact(tablet, after_ms=condition.EVERY_MS):
    """Make a contact. Returns the bytes of its requests."""
    tablet.pass_time(after_ms)
    tablet.line.tried.clear()
    tablet.line.answer_count = 0
    make_contact(tablet.store, tablet.line, storage=tablet.storage, power=tablet.power)
    return sum(tablet.line.tried)


def row(world, tablet):
    table = world.database.tables.device
    query = table.select().where(table.c.id == tablet.store.kept.device_id)
    return world.database.read(lambda records: records.connection.execute(query).one())


def test_it_is_on_the_board_after_the_first_contact(world, here):
    device = row(world, here)
    assert (device.battery_percent, device.is_charging, device.free_mb) == (80, False, 9_000)
    assert (device.photos_waiting, device.oldest_unsent_at) == (0, None)
    assert device.condition_at == world.now


def test_what_waits_is_said_with_its_age_whatever_the_clock_says(world, here):
    captured = world.now
    media.capture(here.store, "photo", {"commune_code": HOME}, b"x" * 2_500_000)
    here.clock.wall += 400 * DAY_MS
    here.pass_time(3 * DAY_MS)
    with transaction(here.store.db):  # both were written by the same wrong clock
        here.store.db.execute("UPDATE outbox SET at = at + ?", (400 * DAY_MS,))
        here.store.db.execute("UPDATE blob SET at = at + ?", (400 * DAY_MS,))
    contact(here)
    device = row(world, here)
    assert (device.photos_waiting, device.photos_mb) == (1, 3)
    assert abs(device.oldest_unsent_at - captured) < 2 * 60_000


def test_nothing_is_said_where_nothing_is_new_nor_twice_in_an_hour(world, here):
    quiet = contact(here)
    here.power.now = Battery(79, is_charging=False)
    here.storage.free -= GB // 10
    assert contact(here) <= quiet + CLOCK

    here.power.now = Battery(41, is_charging=False)
    told = contact(here)
    assert CLOCK < told - quiet <= 26 + CLOCK
    assert row(world, here).battery_percent == 41
    here.power.now = Battery(20, is_charging=False)
    assert contact(here, 60_000) <= quiet + CLOCK
    contact(here)
    assert row(world, here).battery_percent == 20


def test_a_day_of_contacts_costs_at_most_eight_bytes_each(world, here):
    spent, quiet = 0, contact(here, 1_000)
    for quarter in range(32):  # eight hours, the battery going from full to a fifth
        here.power.now = Battery(100 - quarter * 5 // 2, is_charging=False)
        here.storage.free -= GB // 20
        spent += contact(here, condition.EVERY_MS // 4) - quiet
    assert 0 < spent / 32 <= 8


def test_a_report_that_was_lost_is_said_again(world, here):
    here.power.now = Battery(12, is_charging=True)
    here.line.cut = True
    with pytest.raises(Exception, match="cut"):
        contact(here)
    here.line.cut = False
    contact(here, 1_000)
    assert (row(world, here).battery_percent, row(world, here).is_charging) == (12, True)


@pytest.mark.parametrize(
    "battery", [Battery(None, is_charging=True), Battery(100, is_charging=True)]
)
def test_a_machine_without_a_battery_says_so(world, here, battery):
    here.power.now = battery
    here.storage.free = 2**62
    contact(here)
    assert row(world, here).battery_percent == battery.percent


def test_the_report_is_a_few_bytes_on_the_wire():
    sizes = [
        len(wire.encode_request(ENTITIES, REQUESTS[name]))
        for name in ("request_idle", "request_condition")
    ]
    assert sizes[1] - sizes[0] <= 30
