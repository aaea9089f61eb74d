"""The values of scopes are compared once a week: what no digest sees is found, and fetched anew."""

import pytest

from mobile_app.store import contents
from mobile_app.store.database import transaction
from server.exchange import reply
from sync import limits
from sync.scopes import DAY_MS
from tests.test_incarnations import backup, restore
from tests.world import HOME, NEAR

WEEK_MS = limits.CONTENT_CHECK_DAYS * DAY_MS


@pytest.fixture
def here(world):
    world.user("one", HOME, NEAR)
    return world.tablet("one")


def a_person(tablet, **more):
    return tablet.put("person", **{"name_fr": "Fatima", "commune_code": HOME, **more}).record_id


def after_a_week(tablet):
    tablet.sync()
    tablet.pass_time(WEEK_MS)
    tablet.sync()  # which brings the time
    return tablet.sync()


def test_a_value_gone_wrong_on_a_tablet_is_fetched_anew(world, here):
    person, other = a_person(here, notes="right"), a_person(here, notes="mine")
    here.sync()
    with transaction(here.store.db):
        here.store.db.execute("UPDATE person SET notes = 'wrong' WHERE id = ?", (person,))
    here.put("person", other, douar="unsent")
    assert here.sync().round_trips == 1
    assert here.values("person", person)["notes"] == "wrong"

    after_a_week(here)

    assert here.values("person", person)["notes"] == "right"
    assert here.values("person", other)["douar"] == "unsent"
    assert here.sync().round_trips == 1


def test_what_agrees_costs_no_round_trip_and_every_scope_gets_its_turn(world, here, monkeypatch):
    monkeypatch.setattr(limits, "SCOPES_CHECKED_AT_ONCE", 2)
    person = a_person(here)
    here.put("visit", person_id=person, commune_code=HOME, notes="x", needs=("advice", "water"))
    unsent = here.put("person", name_fr="nowhere", commune_code="09.999.99.99").record_id
    here.sync()
    here.put("person", unsent, phone="+212600000001")
    scopes = {one for one, _ in here.store.position().vector}
    assert len(scopes) > limits.SCOPES_CHECKED_AT_ONCE

    assert contents.due(here.store) == []
    assert after_a_week(here).round_trips == 1
    here.sync()

    assert contents.due(here.store) == []
    assert {one for one, _ in here.store.position().vector} == scopes


def test_a_restore_that_nobody_announced_and_no_tablet_can_prove_is_found(world, here):
    person = a_person(here)
    here.sync()
    night = backup(world)
    world.change("person", person, landmark="lost with the server")
    here.sync()
    restore(world, night)
    world.change("person", person, douar="written since")  # the same rev of the same era
    here.sync()
    assert here.values("person", person)["landmark"] == "lost with the server"

    after_a_week(here)

    assert here.values("person", person) == world.get("person", person)
    assert here.sync().round_trips == 1


def test_an_app_of_other_fields_is_not_compared(world, here, monkeypatch):
    a_person(here)
    here.sync()
    here.pass_time(WEEK_MS)
    here.sync()
    asked = []
    answer = reply._contents

    def listening(contact, seen):
        found = answer(contact, seen)
        asked.append((list(contact.request.contents), list(found)))
        return found

    monkeypatch.setattr(reply, "_contents", listening)
    monkeypatch.setattr("sync.versions.SCHEMA_NOW", 99)
    here.sync()

    assert len(asked) == 1
    assert asked[0][0] != []
    assert asked[0][1] == []
