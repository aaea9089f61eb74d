"""The legal clock: by hand where the rule is hard, and 10,000 times against a second one."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mobile_app.store.reference import Reference
from server.reference import files
from sync.entities.application import APPLICATION_STATES
from sync.local_time import RAMADAN_UTC, day_start
from sync.rules.applications import Actor, Silence
from sync.rules.calendars import read_calendar
from sync.rules.delays import (
    NO_DELAY,
    Delay,
    DelayWrong,
    Event,
    Pause,
    Unit,
    Window,
    appeal_until,
    clock,
    events_of,
    read_delay,
    restated,
)
from tests.sync.second_clock import Offices, second_clock

EPOCH = date(1970, 1, 1)
CASES = 10_000
CLOSED = [
    {"code": "flood", "first": "2026-11-19", "last": "2026-11-20", "mark": "observed",
     "regions": ["09"], "source": "invented"},
    {"code": "snow", "first": "2027-12-30", "last": "2028-01-07", "mark": "observed",
     "regions": ["08", "05"], "source": "invented"},
]  # fmt: skip
MOROCCO = json.loads(files.CALENDAR.read_bytes())
CONTENT = json.dumps({**MOROCCO, "dated": MOROCCO["dated"] + CLOSED}).encode()
CALENDAR = read_calendar(CONTENT)
SIXTY = Delay(Unit.DAYS, 60)
THIRTY = Delay(Unit.DAYS, 30)
FIVE = Delay(Unit.WORKING_DAYS, 5)


def on(text):
    return (date.fromisoformat(text) - EPOCH).days


def told(delay, events, today, region="09"):
    """Return a clock; `events`: "2026-11-03 submitted", a line each."""
    found = [Event(line.split()[1], on(line.split()[0])) for line in events]
    return clock(delay, found, CALENDAR, on(today), region)


def test_a_delay_with_a_pause_ends_as_much_later():
    """The mock-up of the offices' page: 30 days from 3 November, seven of them paused."""
    steps = ["2026-11-03 submitted", "2026-11-09 info_requested", "2026-11-16 in_review"]
    shown = told(THIRTY, steps, "2026-11-24")
    assert (shown.ends_on, shown.days_left) == (on("2026-12-10"), 16)
    assert [pause.days for pause in shown.pauses] == [7]
    assert (shown.holder, shown.is_paused, shown.is_over) == (Actor.OFFICE, False, False)


def test_a_delay_that_is_paused_says_what_is_left_and_no_end():
    """The mock-up of the tablet: asked after twelve days of thirty."""
    steps = ["2026-11-05 submitted", "2026-11-17 info_requested"]
    for today in ("2026-11-17", "2026-11-24", "2027-11-24"):
        shown = told(THIRTY, steps, today)
        assert (shown.days_left, shown.ends_on) == (18, None), today
        assert (shown.holder, shown.paused_since) == (Actor.APPLICANT, on("2026-11-17"))
        assert not shown.is_over


def test_nothing_is_counted_before_it_is_filed_or_where_no_delay_is_said():
    assert told(SIXTY, [], "2026-11-24") is None
    assert told(SIXTY, ["2026-11-03 draft", "2026-11-04 ready"], "2026-11-24") is None
    assert told(NO_DELAY, ["2026-11-03 submitted"], "2026-11-24") is None


def test_a_day_that_is_no_working_day_is_not_the_last_one():
    assert told(THIRTY, ["2026-10-01 submitted"], "2026-10-02").ends_on == on("2026-11-02")
    # The 31st is a Saturday and Unity Day; a Friday the 6th is the Green March: Monday the 9th.
    assert told(THIRTY, ["2026-10-07 submitted"], "2026-10-08").ends_on == on("2026-11-09")
    # Month ends, and a leap year.
    assert told(THIRTY, ["2028-01-30 submitted"], "2028-02-01").ends_on == on("2028-02-29")
    assert told(THIRTY, ["2027-01-29 submitted"], "2027-02-01").ends_on == on("2027-03-01")


def test_working_days_leave_out_weekends_holidays_and_what_is_closed_in_the_region():
    # Wednesday 18 November is Independence Day; in region 09 the 19th and 20th were floods.
    filed = ["2026-11-16 submitted"]
    assert told(FIVE, filed, "2026-11-17", "09").ends_on == on("2026-11-26")
    assert told(FIVE, filed, "2026-11-17", "04").ends_on == on("2026-11-24")


def test_days_are_those_of_the_wall_when_the_hour_changes_for_ramadan():
    """Half past midnight in Morocco is the evening before in UTC, but for Ramadan."""
    for begins, ends in RAMADAN_UTC[2:7]:
        for moment in (begins, ends):
            for hours in (-30, -2, -1, 0, 1, 2, 22, 23):
                at = (moment + hours * 3600) * 1000
                (event,) = events_of([(b"1", {"state": "submitted", "at": at})])
                assert day_start(event.day) <= at < day_start(event.day + 1)


def test_asked_on_the_last_day_it_ends_only_once_the_office_has_it_again():
    filed = "2026-09-02 submitted"  # its 30th day is Friday 2 October
    assert told(THIRTY, [filed], "2026-09-03").ends_on == on("2026-10-02")
    asked = [filed, "2026-10-02 info_requested"]
    shown = told(THIRTY, asked, "2026-10-09")
    assert (shown.ends_on, shown.days_left, shown.is_over) == (None, 0, False)
    brought = [*asked, "2026-10-09 in_review"]  # a Friday
    shown = told(THIRTY, brought, "2026-10-10")
    assert (shown.ends_on, shown.is_over) == (on("2026-10-12"), False)


def test_asked_on_a_weekend_before_the_end_moved_on():
    filed = "2026-09-03 submitted"  # its 30th day is Saturday 3 October
    assert told(THIRTY, [filed], "2026-09-04").ends_on == on("2026-10-05")
    steps = [filed, "2026-10-04 info_requested", "2026-10-07 in_review"]
    assert told(THIRTY, steps, "2026-10-08").ends_on == on("2026-10-08")


def test_asked_after_the_end_it_is_over_all_the_same():
    steps = ["2026-09-02 submitted", "2026-10-06 info_requested"]
    shown = told(THIRTY, steps, "2026-12-01")
    assert (shown.ends_on, shown.is_over) == (on("2026-10-02"), True)
    assert shown.days_left == -4, "what the office held of it"


def test_several_asks_pause_it_each():
    steps = [
        "2026-06-01 submitted", "2026-06-05 info_requested", "2026-06-09 in_review",
        "2026-06-09 info_requested", "2026-06-12 in_review",
        "2026-06-20 info_requested", "2026-06-20 in_review",
    ]  # fmt: skip
    shown = told(THIRTY, steps, "2026-06-21")
    assert [pause.days for pause in shown.pauses] == [4, 3, 0]
    assert shown.ends_on == on("2026-07-08")
    assert Pause(on("2026-06-20"), on("2026-06-20")).days == 0


def test_an_answer_stops_it_and_says_whether_it_came_in_time():
    in_time = told(THIRTY, ["2026-09-02 submitted", "2026-10-02 approved"], "2027-01-01")
    assert (in_time.answered_on, in_time.holder) == (on("2026-10-02"), None)
    assert (in_time.is_over, in_time.days_left) == (False, 0)
    late = told(THIRTY, ["2026-09-02 submitted", "2026-10-05 rejected"], "2027-01-01")
    assert (late.is_over, late.days_left) == (True, -3)
    after = [*("2026-09-02 submitted", "2026-10-02 approved"), "2026-11-20 delivered"]
    assert told(THIRTY, after, "2027-01-01").answered_on == on("2026-10-02")


def test_an_appeal_begins_anew_with_the_days_that_the_text_gives_it():
    steps = ["2026-09-02 submitted", "2026-10-05 rejected", "2026-10-20 in_review"]
    for delay, end in ((THIRTY, "2026-11-23"), (replace(THIRTY, answer_days=10), "2026-10-30")):
        shown = told(delay, steps, "2026-10-21")
        assert (shown.began_on, shown.ends_on) == (on("2026-10-20"), on(end))
        assert (shown.is_appeal, shown.pauses) == (True, ())
    back = ["2026-09-02 submitted", "2026-09-04 draft", "2026-10-20 submitted"]
    assert not told(THIRTY, back, "2026-10-21").is_appeal


def test_until_when_one_may_appeal():
    assert appeal_until(THIRTY, on("2026-10-05"), CALENDAR) is None
    may = replace(THIRTY, appeal_days=60)
    assert appeal_until(may, on("2026-11-24"), CALENDAR) == on("2027-01-25")  # the 23rd: Saturday


def test_a_delay_that_begins_with_the_receipt_waits_for_it():
    delay = replace(THIRTY, begins="acknowledged")
    assert told(delay, ["2026-09-02 submitted"], "2026-09-10") is None
    for state in ("acknowledged", "in_review", "info_requested"):
        steps = ["2026-09-02 submitted", f"2026-09-08 {state}"]
        assert told(delay, steps, "2026-09-10").began_on == on("2026-09-08")


def test_the_calendar_says_where_it_knows_no_more():
    assert told(SIXTY, ["2026-11-03 submitted"], "2026-11-04").is_known
    assert not told(SIXTY, ["2030-11-30 submitted"], "2030-12-01").is_known


SEASON = Delay(
    Unit.SEASON,
    windows=(
        Window("10-01", "12-31"),
        Window("11-15", "01-31", ("08",)),
        Window("02-01", "02-29", ("05",)),
    ),
)


@pytest.mark.parametrize(
    ("region", "events", "today", "span", "left"),
    [
        ("09", [], "2026-11-24", ("2026-10-01", "2026-12-31"), 37),
        ("09", [], "2026-08-01", ("2026-10-01", "2026-12-31"), 152),
        ("08", [], "2027-01-10", ("2026-11-15", "2027-01-31"), 21),
        ("05", [], "2027-02-10", ("2027-02-01", "2027-02-28"), 18),
        ("05", [], "2028-02-29", ("2028-02-01", "2028-02-29"), 0),
        ("09", ["2026-11-02 draft"], "2027-01-02", ("2026-10-01", "2026-12-31"), -2),
        ("09", ["2026-11-02 submitted"], "2027-01-02", ("2026-10-01", "2026-12-31"), 59),
        ("09", ["2027-01-05 submitted"], "2027-01-20", ("2026-10-01", "2026-12-31"), -5),
    ],
)
def test_a_season_is_the_applicants_until_it_is_filed(region, events, today, span, left):
    shown = told(SEASON, events, today, region)
    assert (shown.began_on, shown.ends_on) == tuple(map(on, span))
    assert (shown.days_left, shown.is_over) == (left, left < 0)
    is_filed = any("submitted" in line for line in events)
    assert shown.holder is (Actor.OFFICE if is_filed else Actor.APPLICANT)


def test_a_region_without_a_window_has_no_season():
    only_there = Delay(Unit.SEASON, windows=(Window("10-01", "12-31", ("08",)),))
    assert told(only_there, [], "2026-11-24", "09") is None


def test_another_calendar_restates_the_end_and_says_so():
    """The moon was seen a day later: who ends on what was to be a working day ends a day later."""
    later = json.loads(CONTENT)
    for row in later["dated"]:
        if row["code"] == "eid_al_fitr" and row["first"].startswith("2027"):
            row |= {"first": "2027-03-11", "last": "2027-03-12", "mark": "observed"}
    calendars = CALENDAR, read_calendar(json.dumps(later).encode())
    filed = [Event("submitted", on("2027-03-05"))]
    by_days = [
        (days, restated(replace(FIVE, days=days), filed, calendars, on("2027-03-06")))
        for days in (2, 3, 5)
    ]
    assert by_days == [
        (2, None),  # Tuesday the 9th, by both
        (3, (on("2027-03-12"), on("2027-03-10"))),
        (5, None),  # as many days off before it
    ]
    assert restated(NO_DELAY, filed, calendars, on("2027-03-06")) is None


def test_steps_are_put_in_order_and_an_older_one_is_dated_by_its_capture():
    noon = 12 * 3600 * 1000
    steps = [
        (b"2", {"state": "in_review", "at": day_start(20_002) + noon}),
        (b"1", {"state": "submitted", "created_at": day_start(20_001) + noon}),
        (b"0", {"state": "ready"}),
        (b"3", {"state": "rejected", "at": day_start(20_003), "appealed": False}),
        (b"4", {"state": "in_review", "at": day_start(20_003), "appealed": True}),
    ]
    assert events_of(steps) == (
        Event("submitted", 20_001), Event("in_review", 20_002), Event("rejected", 20_003),
        Event("in_review", 20_003, is_appeal=True),
    )  # fmt: skip


def test_an_answer_that_who_decides_took_back_has_not_been():
    at = {"created_at": day_start(20_001)}
    filed = (b"1", {"state": "submitted", **at})
    seen = (b"2", {"state": "approved", "actor": "agent", **at})
    back = (b"3", {"state": "submitted", "actor": "office", **at})
    assert events_of([filed, seen, back]) == events_of([filed])
    appeal = (b"3", {"state": "in_review", "actor": "applicant", **at})
    assert [one.state for one in events_of([filed, seen, appeal])][1:] == ["approved", "in_review"]


def test_what_was_written_before_steps_were_records_is_told_by_the_application():
    filed, decided = day_start(20_001), day_start(20_009)
    values = {"state": "approved", "submitted_at": filed, "decided_at": decided}
    before = (Event("submitted", 20_001), Event("approved", 20_009))
    assert events_of([], values) == before
    assert events_of([], {**values, "state": "delivered"}) == before[:1]
    assert events_of([], {"state": "draft", "submitted_at": None}) == ()
    steps = [(b"1", {"state": "submitted", "at": day_start(20_002)})]
    assert events_of(steps, values) == (Event("submitted", 20_002), before[1])


def test_every_service_says_its_delay_alike_on_both_sides():
    reference = Reference()
    for service in files.services():
        assert reference.edition(service.code).delay == service.delay
        if service.delay.unit is not Unit.NONE:
            assert service.delay.source
            assert service.delay.basis in ("law", "source", "proposed")
        if service.delay.silence is not Silence.NOTHING:
            assert service.decided_by == "administration"
    assert reference.edition("unheard_of").delay == NO_DELAY
    assert reference.calendar == files.calendar()


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "weeks", "days": 3},
        {"unit": "days"},
        {"unit": "days", "days": 0},
        {"unit": "days", "days": -3},
        {"unit": "days", "days": "30"},
        {"unit": "days", "days": True},
        {"unit": "days", "days": 10**9},
        {"unit": "none", "days": 30},
        {"unit": "season"},
        {"unit": "season", "windows": [{"first": "13-01", "last": "12-31"}]},
        {"unit": "season", "windows": [{"first": "10-01"}]},
        {"unit": "season", "windows": [{"first": "10-01", "last": "12-31", "regions": "09"}]},
        {"unit": "season", "windows": "10-01"},
        {"unit": "days", "days": 30, "windows": [{"first": "10-01", "last": "12-31"}]},
        {"unit": "days", "days": 30, "begins": "approved"},
        {"unit": "days", "days": 30, "silence": "perhaps"},
    ],
)
def test_a_delay_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(DelayWrong):
        read_delay(wrong)


LIKELY = {
    "submitted": ("acknowledged", "in_review", "info_requested", "info_requested", "approved"),
    "acknowledged": ("in_review", "info_requested", "rejected"),
    "in_review": ("info_requested", "info_requested", "info_requested", "approved", "rejected"),
    "info_requested": ("in_review", "in_review", "in_review", "in_review", "rejected"),
    "rejected": ("in_review", "closed", "submitted"),
    "draft": ("ready", "submitted"),
}
NEAR = [
    *(row["first"] for row in MOROCCO["dated"]), *(row["first"] for row in CLOSED),
    *(row["last"] for row in MOROCCO["ramadan"]),
    *(f"{year}-{rest}" for year in range(2024, 2031)
      for rest in ("01-31", "02-28", "03-01", "10-31", "11-06", "12-31")),
    "2024-02-29", "2028-02-29",
]  # fmt: skip
CHANGES = [moment for span in RAMADAN_UTC[:7] for moment in span]


def a_day(rng):
    if rng.random() < 0.5:
        return date.fromisoformat(rng.choice(NEAR)) + timedelta(rng.randint(-70, 5))
    return date(2024, 1, 1) + timedelta(rng.randrange(2400))


def a_delay(rng):
    unit = rng.choice(("days", "days", "working_days", "working_days", "season"))
    if unit == "season":
        windows = [{"first": rng.choice(("10-01", "11-15", "02-29", "03-01")),
                    "last": rng.choice(("12-31", "01-31", "02-29", "11-30", "03-31"))}]  # fmt: skip
        if rng.random() < 0.5:
            windows.append({"first": "11-15", "last": "02-29", "regions": ["08", "05"]})
        if rng.random() < 0.1:
            windows[0]["regions"] = ["01"]
        return {"unit": unit, "windows": windows}
    delay = {"unit": unit, "days": rng.choice((1, 2, 3, 5, 10, 30, 60, rng.randint(1, 120)))}
    if rng.random() < 0.3:
        delay["answer_days"] = rng.randint(1, 30)
    if rng.random() < 0.2:
        delay["begins"] = rng.choice(("acknowledged", "in_review"))
    return delay


def some_steps(rng):
    """Return moments and states: mostly such as happen, some that nobody would think of."""
    at = datetime.combine(a_day(rng), datetime.min.time(), UTC).timestamp()
    if rng.random() < 0.15:
        at = rng.choice(CHANGES)
    at += rng.choice((0, 1, 1799, 3599, 3600, 7199, 82_800, 86_399, rng.randrange(86_400)))
    state = rng.choice(("submitted", "submitted", "submitted", "draft", "info_requested"))
    steps = []
    for _ in range(rng.randint(1, 9)):
        steps.append((int(at) * 1000, state))
        gap = rng.choice((0, 0, 1, 2, 3, 7, 30, rng.randrange(90)))
        at += gap * 86_400 + rng.choice((0, 0, 60, 3600, 80_000))
        likely = LIKELY.get(state, ("closed",))
        state = rng.choice(likely if rng.random() < 0.9 else APPLICATION_STATES)
    return steps


def test_a_second_clock_tells_the_same_ten_thousand_times():
    seed = 20261130
    rng = random.Random(seed)
    regions = {code: Offices(CONTENT, code) for code in ("09", "08", "05", "04")}
    seen = Counter()
    for number in range(CASES):
        declared, steps, region = a_delay(rng), some_steps(rng), rng.choice(list(regions))
        after = timedelta(rng.choice((0, 1, 5, 30, 100, rng.randrange(200))))
        today = datetime.fromtimestamp(steps[-1][0] / 1000, UTC).date() + after
        expected = second_clock(declared, steps, regions[region], today)
        records = [(bytes([at]), {"state": s, "at": ms}) for at, (ms, s) in enumerate(steps)]
        rng.shuffle(records)
        events = events_of(records)
        found = clock(read_delay(declared), events, CALENDAR, (today - EPOCH).days, region)
        assert shown(found) == expected, (seed, number, declared, steps, region, today)
        if found:
            seen[declared["unit"]] += 1
            seen["paused"] += found.is_paused
            seen["several pauses"] += len(found.pauses) > 1
            seen["over"] += found.is_over
            seen["appeal"] += found.is_appeal
            seen["answered"] += found.answered_on is not None
    kinds = ("days", "working_days", "season", "paused", "several pauses", "over", "appeal",
             "answered")  # fmt: skip
    assert min(seen[kind] for kind in kinds) > CASES / 50, "each of what is hard was there"


def shown(found):
    """Return a clock as the second one tells it."""
    if found is None:
        return None
    day = {
        name: value if value is None else EPOCH + timedelta(value)
        for name in ("began_on", "ends_on", "paused_since", "answered_on")
        for value in [getattr(found, name)]
    }
    assert found.is_paused == (found.paused_since is not None)
    return {
        **day,
        "days_left": found.days_left,
        "pauses": [
            (EPOCH + timedelta(one.asked_on), EPOCH + timedelta(one.brought_on))
            for one in found.pauses
        ],
        "holder": found.holder.value if found.holder else None,
        "is_over": found.is_over,
        "is_appeal": found.is_appeal,
    }
