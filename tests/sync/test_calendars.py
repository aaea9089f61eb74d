"""The calendar of offices: beside a calendar library, and beside the hour that the clocks show."""

from __future__ import annotations

import json
from datetime import date, timedelta

import holidays
import pytest

from server.reference import files
from sync.local_time import RAMADAN_UTC
from sync.rules.calendars import CalendarWrong, Holiday, read_calendar

EPOCH = date(1970, 1, 1)
YEARS = range(2024, 2031)
CALENDAR = files.calendar()
FILE = json.loads(files.CALENDAR.read_bytes())
LIBRARY = holidays.country_holidays("MA", years=[*YEARS, 2031], language="en_US")
LUNAR = {
    "eid_al_fitr": "Eid al-Fitr", "eid_al_adha": "Eid al-Adha",
    "islamic_new_year": "Islamic New Year", "prophet_birthday": "Prophet's Birthday",
}  # fmt: skip


def on(text):
    return (date.fromisoformat(text) - EPOCH).days


def test_the_fixed_holidays_are_those_of_a_calendar_library():
    day, last = date(2024, 1, 1), date(2030, 12, 31)
    ours, theirs = set(), set()
    while day <= last:
        found = CALENDAR.holiday((day - EPOCH).days)
        if found and found.mark == "fixed":
            ours.add(day)
        names = LIBRARY.get_list(day)
        if any(not name.startswith(tuple(LUNAR.values())) for name in names):
            theirs.add(day)
        day += timedelta(1)
    assert ours == theirs
    assert len(ours) > 10 * len(YEARS)


@pytest.mark.parametrize("code", LUNAR)
def test_the_days_that_follow_the_moon_are_within_a_day_of_the_librarys(code):
    for year in YEARS:
        ours = [
            row for row in FILE["dated"] if row["code"] == code and row["first"][:4] == str(year)
        ]
        (row,) = ours
        first = date.fromisoformat(row["first"])
        theirs = min(day for day, name in LIBRARY.items()
                     if LUNAR[code] in name and day.year == year)  # fmt: skip
        assert abs((first - theirs).days) <= 1, (code, year)
        assert row["mark"] == ("observed" if year < 2026 else "predicted")
        days = (date.fromisoformat(row["last"]) - first).days + 1
        assert days == (1 if code == "islamic_new_year" else 2)


def test_ramadan_lies_within_the_days_of_its_hour_and_ends_before_its_feast():
    feasts = {row["first"] for row in FILE["dated"] if row["code"] == "eid_al_fitr"}
    for first, last, hours in CALENDAR.ramadan:
        seconds = first * 86_400, (last + 1) * 86_400
        assert any(b <= seconds[0] and seconds[1] <= e for b, e in RAMADAN_UTC)
        assert 29 <= last - first + 1 <= 30
        day_after = (EPOCH + timedelta(last + 1)).isoformat()
        assert day_after in feasts or last > CALENDAR.last
        assert hours == (9 * 60, 15 * 60)
    assert CALENDAR.is_ramadan(on("2027-02-10"))
    assert not CALENDAR.is_ramadan(on("2027-03-10"))


def test_offices_are_open_at_their_hours_on_working_days_alone():
    assert CALENDAR.hours_on(on("2026-11-24")) == (8 * 60 + 30, 16 * 60 + 30)
    assert CALENDAR.hours_on(on("2027-02-10")) == (9 * 60, 15 * 60)
    for closed in ("2026-11-28", "2026-11-29", "2026-11-06", "2026-11-18", "2027-03-10"):
        assert CALENDAR.hours_on(on(closed)) is None, closed
    assert CALENDAR.holiday(on("2026-10-31")) == Holiday(
        "unity", "fixed", "statement of the Royal Office, 2025-11-04"
    )
    assert CALENDAR.holiday(on("2025-10-31")) is None
    assert CALENDAR.is_working_day(on("2025-10-31")), "the year it was proclaimed in"


def test_a_line_may_close_offices_of_some_regions_alone():
    flood = {"code": "flood", "first": "2026-11-23", "last": "2026-11-24", "mark": "observed",
             "regions": ["09", "10"], "source": "invented"}  # fmt: skip
    there = read_calendar(json.dumps({**FILE, "dated": [*FILE["dated"], flood]}).encode())
    monday = on("2026-11-23")
    assert [there.is_working_day(monday, region) for region in ("09", "10", "04", "")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert there.add_working_days(on("2026-11-20"), 2, "09") == on("2026-11-26")
    assert there.add_working_days(on("2026-11-20"), 2, "04") == on("2026-11-24")
    assert there.next_working_day(monday, "09") == on("2026-11-25")
    assert there.next_working_day(monday, "04") == monday


def test_working_days_are_counted_as_the_library_counts_them():
    ours = holidays.HolidayBase()
    ours.weekend = {5, 6}
    for day in range(CALENDAR.first, CALENDAR.last + 1):
        if CALENDAR.holiday(day):
            ours[EPOCH + timedelta(day)] = "holiday"
    for day in range(CALENDAR.first, CALENDAR.last - 200, 3):
        for count in (0, 1, 7, 60):
            theirs = ours.get_nth_working_day(EPOCH + timedelta(day), count) if count else None
            found = CALENDAR.add_working_days(day, count)
            assert found == ((theirs - EPOCH).days if theirs else day)


def test_a_calendar_says_how_far_it_knows():
    assert CALENDAR.covers(on("2024-01-01"), on("2030-12-31"))
    assert not CALENDAR.covers(on("2023-12-31"), on("2024-01-02"))
    assert not CALENDAR.covers(on("2030-12-31"), on("2031-01-01"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekend": ["mo", "tu", "we", "th", "fr", "sa", "su"]},
        {"weekend": ["samedi"]},
        {"edition": None},
        {"more": 1},
        {"hours": {"opens": "16:30", "closes": "08:30", "source": ""}},
        {"hours": {"opens": "8h30", "closes": "16:30", "source": ""}},
        {"yearly": [{"code": "a", "on": "02-30", "source": ""}]},
        {"yearly": [{"code": "a", "on": "02-01", "since": "soon", "source": ""}]},
        {"dated": [{**FILE["dated"][0], "mark": "guessed"}]},
        {"dated": [{**FILE["dated"][0], "first": "2024-04-12"}]},
        {"dated": [{**FILE["dated"][0], "last": "2034-04-12"}]},
        {"dated": [{**FILE["dated"][0], "regions": "09"}]},
        {"first": "yesterday"},
    ],
)
def test_a_calendar_that_leaves_a_day_uncertain_is_refused(wrong):
    with pytest.raises(CalendarWrong):
        read_calendar(json.dumps({**FILE, **wrong}).encode())
    with pytest.raises(CalendarWrong):
        read_calendar(b"\xff{")
