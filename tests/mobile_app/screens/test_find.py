"""Find: by kind and commune over all who answer, and who is near."""

from __future__ import annotations

from mobile_app.device.gps import FakeGps, Fix
from mobile_app.screens.find.presenter import FindPresenter
from mobile_app.store.database import transaction
from tests.mobile_app.scenes import a_context
from tests.world import HOME, NEAR


def test_who_is_near_comes_first_with_the_distance(tmp_path):
    context = a_context(tmp_path, "fr")
    here = Fix(30_440_000, -8_730_000, 7)
    context.gps = FakeGps(here)
    put = context.opened.put
    for name, north in (("Far", 90_000), ("Close", 9_000)):
        person = put("person", {"name_fr": name, "commune_code": HOME})
        met = {"person_id": person.record_id, "commune_code": HOME, "longitude": here.longitude}
        put("visit", {**met, "latitude": here.latitude + north})
    put("person", {"name_fr": "Nobody knows where", "commune_code": HOME})
    find = FindPresenter(context)
    assert len(find.rows) == 3
    find.toggle_near()
    assert [one.title for one in find.rows] == ["Close", "Far"]
    assert find.rows[0].detail.startswith("1,0 km")
    find.search("far")
    assert [one.title for one in find.rows] == ["Far"]
    find.search("")
    find.toggle_near()
    context.gps = FakeGps(None, "refused")
    find.toggle_near()
    assert (find.is_near, len(find.rows)) == (False, 3)
    assert find.problem == context.say("tablet.find.no_position")


def test_a_kind_is_found_behind_many_of_another_and_counted_whole(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    with transaction(store.db):
        for _ in range(70):
            store.put("person", {"name_fr": "Amal Tazi", "commune_code": HOME})
    for place in (HOME, NEAR):
        store.put("enterprise", {"name_fr": "Coopérative Amal des femmes", "commune_code": place})
    store.put("person", {"name_fr": "Omar", "commune_code": NEAR})
    find = FindPresenter(context)
    every = {"person": 71, "enterprise": 2, "contact_point": 0}
    assert find.counts() == every
    find.search("amal")
    assert (len(find.rows), find.counts()) == (60, {**every, "person": 70})

    find.filter("enterprise")
    assert [one.entity for one in find.rows] == ["enterprise"] * 2
    assert find.counts() == {**every, "person": 70}
    find.filter("person")
    assert len(find.rows) == 60

    assert [code for code, _ in find.communes()] == ["", HOME, NEAR]
    find.filter_commune(NEAR)
    assert (find.rows, find.counts()) == ([], {"person": 0, "enterprise": 1, "contact_point": 0})
    find.search("")
    assert [one.title for one in find.rows] == ["Omar"]
    find.filter("")
    assert find.counts() == {"person": 1, "enterprise": 1, "contact_point": 0}


def test_near_me_starts_the_receiver_waits_for_it_and_lets_it_rest(tmp_path):
    gps = FakeGps(None)
    context = a_context(tmp_path, "fr", gps)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    at = {"latitude": 31_000_000, "longitude": -7_000_000, "started_at": context.now_ms()}
    context.opened.put("visit", {"person_id": person, "commune_code": HOME, **at})
    find = FindPresenter(context)
    find.toggle_near()
    assert (gps.is_looking, find.is_looking, find.rows) == (True, True, [])
    assert not find.look()

    gps.here = Fix(31_000_100, -7_000_000, 9)
    assert find.look()
    find.search("")
    assert [one.title for one in find.rows] == ["Ali"]
    assert (gps.is_looking, find.is_looking) == (False, False)

    find.toggle_near()
    gps.here = None
    find.toggle_near()
    assert gps.is_looking
    find.leave()
    assert not gps.is_looking


def test_of_many_who_answer_the_near_ones_are_found(tmp_path):
    context = a_context(tmp_path, "fr")
    here = Fix(30_440_000, -8_730_000, 7)
    context.gps = FakeGps(here)
    store = context.opened
    with transaction(store.db):
        people = [
            store.put("person", {"name_fr": "Amal Tazi", "commune_code": HOME}) for _ in range(70)
        ]
    met = {"latitude": here.latitude, "longitude": here.longitude, "started_at": 5}
    for one in people[::69]:
        store.put("visit", {"person_id": one.record_id, "commune_code": HOME, **met})
    find = FindPresenter(context)
    find.toggle_near()
    find.search("amal")
    assert [one.record_id for one in find.rows] == [one.record_id for one in people[::69]]
    assert find.counts()["person"] == 2
    find.filter("enterprise")
    assert (find.rows, find.counts()["person"]) == ([], 2)
