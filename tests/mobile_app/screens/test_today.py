"""Today: the round, planned visits, souk stops, and the slip of the day."""

from __future__ import annotations

from mobile_app.device.gps import FakeGps, Fix
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.slip.presenter import DaySlipPresenter, SlipPresenter
from mobile_app.screens.souk.presenter import QuickPresenter, SoukPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from sync import local_time
from tests.mobile_app.scenes import a_context, a_visit, through
from tests.world import HOME, NEAR


def test_a_planned_visit_is_in_the_round_and_becomes_the_visit(tmp_path):
    here = Fix(30_440_000, -8_730_000, 7)
    context = a_context(tmp_path, "fr", FakeGps(here))
    put, today = context.opened.put, TodayPresenter(context).day
    people = [put("person", {"name_fr": name, "commune_code": HOME}) for name in ("Far", "Close")]
    for person, north in zip(people, (900_000, 20_000), strict=True):
        met = {"person_id": person.record_id, "commune_code": HOME, "started_at": 1}
        put("visit", {**met, "latitude": here.latitude + north, "longitude": here.longitude})
    planned = [
        put("visit", {"person_id": one.record_id, "commune_code": HOME, "state": "planned",
                      "planned_on": today})
        for one in people
    ]  # fmt: skip
    assert all(one.values["started_at"] is None for one in planned)
    today_shown = TodayPresenter(context)
    stations = today_shown.coming()
    assert [(one.title, one.stage) for one in stations] == [("Close", "now"), ("Far", "next")]
    assert 2 < stations[0].km < 3
    visit = through(VisitPresenter(context, "person", people[1].record_id, planned[1].record_id))
    assert visit.save(), visit.problem
    assert visit.saved_id == planned[1].record_id
    stations = [*map(today_shown.visited, today_shown.done()), *today_shown.coming()]
    assert [(one.title, one.stage) for one in stations] == [("Close", "done"), ("Far", "now")]


def test_a_planned_visit_is_on_the_persons_page_and_is_the_one_that_is_begun(tmp_path):
    context = a_context(tmp_path, "fr")
    store, today = context.opened, TodayPresenter(context).day
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    page = PersonPresenter(context, "person", person)
    assert page.planned() == []
    plan = {"person_id": person, "commune_code": HOME, "state": "planned", "type": "assistance"}
    other = store.put("agent", {"login": "other", "role": "field_agent"}).record_id
    store.put("visit", {**plan, "planned_on": today, "agent_id": other})
    ahead = store.put("visit", {**plan, "planned_on": today + 1}).record_id
    assert VisitPresenter(context, "person", person).planned_id == b"", "not today"
    late = store.put("visit", {**plan, "planned_on": today - 1}).record_id
    now = store.put("visit", {**plan, "planned_on": today}).record_id

    rows = page.planned()
    assert [(visit_id, is_late) for visit_id, _, is_late in rows] == [
        (late, True), (now, False), (ahead, False),
    ]  # fmt: skip
    assert rows[1][1].endswith(context.say("tablet.day.today"))
    for visit_id in (late, now):
        visit = VisitPresenter(context, "person", person)
        assert visit.planned_id == visit_id
        assert through(visit).save()
    assert VisitPresenter(context, "person", person).planned_id == b""
    assert [one[0] for one in page.planned()] == [ahead]


def test_a_souk_stands_at_its_hour_and_is_done_once_one_was_there(tmp_path):
    context = a_context(tmp_path, "fr")
    today, put = TodayPresenter(context), context.opened.put
    person = put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    plan = {"person_id": person, "commune_code": HOME, "state": "planned"}
    planned = put("visit", {**plan, "planned_on": today.day})
    stop = {"commune_code": HOME, "weekday": local_time.weekday_of(today.day), "is_souk": True}
    hours = {"Any": (None, None), "Noon": (720, 900), "Early": (390, 900), "Soon": (445, None),
             "Over": (300, 415), "One": (600, None), "Two": (601, None)}  # fmt: skip
    stops = {
        name: put("stop", {**stop, "place_fr": name, "from_minute": first, "to_minute": last})
        for name, (first, last) in hours.items()
    }
    put("stop", {**stop, "place_fr": "Elsewhere", "from_minute": 400, "commune_code": NEAR})
    put("stop", {**stop, "place_fr": "Next week", "every_weeks": 2, "valid_from": today.day - 7})
    put("stop", {**stop, "place_fr": "Last year's", "valid_to": today.day - 1})

    def round_of():
        return [one.title for one in today.coming()]

    names = [name for _, name in SoukPresenter(context).places()]
    assert names[:4] == ["Over", "Early", "Elsewhere", "Soon"]
    assert names[-1] == "Next week", "after all of today"
    assert "Last year's" not in names
    assert local_time.minutes_of(context.now_ms()) == 420
    assert round_of() == ["Early", "Soon", "Ali", "One", "Two", "Noon", "Any"]
    assert [one.stage for one in today.coming()] == ["now", *["next"] * 6]

    for name in ("Early", "Any"):
        SoukPresenter(context, stops[name].record_id)
        for _ in range(2):
            assert QuickPresenter(context, "person", person).save()
    assert round_of() == ["Soon", "Ali", "One", "Two", "Noon"]
    behind = [today.visited(one) for one in today.behind()]
    assert [one.title for one in behind] == ["Ali", "Ali", "Early", "Ali", "Ali", "Any"]
    assert {one.stage for one in behind} == {"done"}
    assert len(today.visits()) == 4

    through(VisitPresenter(context, "person", person, planned.record_id)).save()
    assert not today.offers_slip(), "souks are left"
    context.opened.clock.wall += 9 * 3_600_000
    for name in ("Soon", "One", "Two"):
        assert name in round_of()
        SoukPresenter(context, stops[name].record_id)
        assert QuickPresenter(context, "person", person).save()
    assert round_of() == []
    assert today.offers_slip()


def test_the_days_slip_is_offered_once_when_the_round_is_done_or_in_the_evening(tmp_path):
    context = a_context(tmp_path, "fr")
    today, store = TodayPresenter(context), context.opened
    morning = local_time.day_start(today.day) + 9 * 3_600_000
    store.clock.wall = morning
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    plan = {"person_id": person, "commune_code": HOME, "state": "planned", "planned_on": today.day}
    planned = store.put("visit", plan)
    assert not today.offers_slip()
    other = store.put("person", {"name_fr": "Zineb", "commune_code": HOME}).record_id
    assert through(VisitPresenter(context, "person", other)).save()
    assert not today.offers_slip(), "one is left"
    assert through(VisitPresenter(context, "person", person, planned.record_id)).save()
    assert today.offers_slip()
    DaySlipPresenter(context)
    assert not today.offers_slip()
    store.clock.wall = morning + 9 * 3_600_000
    assert not today.offers_slip(), "once a day"

    store.clock.wall += 24 * 3_600_000
    assert not today.offers_slip(), "nothing was done"
    store.clock.wall = local_time.day_start(today.day) + 10 * 3_600_000
    assert through(VisitPresenter(context, "person", person)).save()
    assert not today.offers_slip(), "nothing was planned: the day goes on"
    store.clock.wall = local_time.day_start(today.day) + 17 * 3_600_000
    assert today.offers_slip()


def test_a_planned_visit_is_the_one_that_is_made_whichever_way_one_came(tmp_path):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_ar": "فاطمة", "commune_code": HOME}).record_id
    today = local_time.day_of(context.now_ms())
    plan = {"person_id": person, "commune_code": HOME, "state": "planned"}
    late, later = (
        context.opened.put("visit", {**plan, "planned_on": today + one}).record_id
        for one in (-1, 3)
    )
    visit = through(VisitPresenter(context, "person", person))
    visit.keep()
    visit = VisitPresenter(context, "person", person)
    assert visit.save()
    assert visit.saved_id == late
    assert VisitPresenter(context, "person", person).planned_id == b"", "the later one is not due"
    assert context.opened.get("visit", later).values["state"] == "planned"


def test_the_slips_say_how_far_each_visit_has_come(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context))
    visit.save()
    slip = SlipPresenter(context, visit.saved_id)
    assert slip.state()[0] == "on_tablet"
    assert ("Issue", "Réalisée") in [(what, said) for what, said in slip.lines()] or slip.lines()
    size = len(slip.qr())
    assert size >= 21
    assert all(len(row) == size for row in slip.qr())
    day = DaySlipPresenter(context)
    assert day.counts() == [("on_tablet", "Sur la tablette", 1)]
    assert [row[1] for row in day.rows()] == ["فاطمة"]


def test_a_day_of_eighty_visits_is_counted_whole(tmp_path):
    context = a_context(tmp_path, "fr")
    store, today = context.opened, TodayPresenter(context)
    for _ in range(80):
        met = {"started_at": context.now_ms(), "agent_id": store.kept.agent_id}
        store.put("visit", {"commune_code": HOME, **met})

    assert len(today.done()) == len(today.visits()) == 80
    assert DaySlipPresenter(context).counts() == [("on_tablet", "Sur la tablette", 80)]
