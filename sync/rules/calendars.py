"""Which days an office works: weekends, holidays with their source, Ramadan's hours, by region.

A calendar is data: `sync/calendars/ma.json`, dated, a source a line; whoever reads the file passes
its bytes in. Another country is another file. Holidays that follow the moon are marked `predicted`
until the State has said the day; who then corrects the line restates what was computed of it
(`sync.rules.delays.restated`). Days are those of the wall, as numbers since 1970
(`sync.local_time.day_of`): hours move in Ramadan, days do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from sync.errors import Refusal
from sync.local_time import WEEKDAYS, weekday_of

_EPOCH = date(1970, 1, 1)
_DATED_DAYS_MOST = 60
"""Of one holiday or closure. A longer one is a slip of the pen."""


class CalendarWrong(Refusal):
    """A calendar that cannot be read: what it says of a day is not certain."""

    code = "calendar_wrong"


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When offices open and close, `08:30`."""

    opens: str
    closes: str
    source: str


class Yearly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holiday of each year, on `MM-DD`. `since`: the first year, if it is known."""

    code: str
    on: str
    source: str
    since: str = ""


class Dated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holiday or closure from a day to a day, ISO 8601, both included.

    `mark`: `observed` or `predicted`. `regions`: their codes; empty: the whole country.
    """

    code: str
    first: str
    last: str
    mark: str
    source: str
    regions: tuple[str, ...] = ()


class Ramadan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month of Ramadan, both days included, and the hours of offices in it."""

    first: str
    last: str
    opens: str
    closes: str
    mark: str
    source: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    edition: str
    first: str
    last: str
    licence: str
    review: str
    weekend: tuple[str, ...]
    hours: Hours
    yearly: tuple[Yearly, ...]
    dated: tuple[Dated, ...]
    ramadan: tuple[Ramadan, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """Why an office is closed on a day. `mark`: `fixed`, `observed` or `predicted`."""

    code: str
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a country.

    Args:
        code: of the country.
        edition: the day of this edition, ISO 8601.
        first: the first day that its dates cover.
        last: the last one; of later days the yearly holidays alone are known.
        weekend: of `sync.local_time.WEEKDAYS`.
        hours: of an office on a working day, minutes from midnight.
        yearly: (month, day) -> first year, holiday.
        dated: day -> (regions, holiday) of that day; no region: the whole country.
        ramadan: first day, last day, and the hours of offices between.
    """

    code: str
    edition: str
    first: int
    last: int
    weekend: frozenset[str]
    hours: tuple[int, int]
    yearly: Mapping[tuple[int, int], tuple[int, Holiday]]
    dated: Mapping[int, tuple[tuple[frozenset[str], Holiday], ...]]
    ramadan: tuple[tuple[int, int, tuple[int, int]], ...]

    def holiday(self, day: int, region: str = "") -> Holiday | None:
        """Return the holiday of a day in a region, a code; None if it is none there."""
        on = _EPOCH + timedelta(days=day)
        since, yearly = self.yearly.get((on.month, on.day), (0, None))
        if yearly and on.year >= since:
            return yearly
        for regions, dated in self.dated.get(day, ()):
            if not regions or region in regions:
                return dated
        return None

    def is_working_day(self, day: int, region: str = "") -> bool:
        """Whether offices of a region work on a day."""
        return weekday_of(day) not in self.weekend and self.holiday(day, region) is None

    def next_working_day(self, day: int, region: str = "") -> int:
        """Return a day itself if offices work on it, else the next on which they do."""
        while not self.is_working_day(day, region):
            day += 1
        return day

    def add_working_days(self, day: int, count: int, region: str = "") -> int:
        """Return the last of `count` working days after a day; the day itself is not counted."""
        for _ in range(count):
            day = self.next_working_day(day + 1, region)
        return day

    def hours_on(self, day: int, region: str = "") -> tuple[int, int] | None:
        """Return when offices open and close on a day, minutes from midnight; None: not at all."""
        if not self.is_working_day(day, region):
            return None
        for first, last, hours in self.ramadan:
            if first <= day <= last:
                return hours
        return self.hours

    def is_ramadan(self, day: int) -> bool:
        """Whether a day is one of Ramadan, as far as the calendar covers it."""
        return any(first <= day <= last for first, last, _ in self.ramadan)

    def covers(self, first: int, last: int) -> bool:
        """Whether the calendar knows every holiday from a day to a day."""
        return self.first <= first and last <= self.last


def read_calendar(content: bytes) -> Calendar:
    """Return the calendar that a file of `sync/calendars` declares. Raises CalendarWrong."""
    try:
        file = msgspec.json.decode(content, type=_File)
        read = _read(file)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise CalendarWrong(f"calendar: {error}") from error
    if not read.weekend < set(WEEKDAYS):
        raise CalendarWrong("calendar: a weekend of unknown days, or of all")
    return read


def _read(file: _File) -> Calendar:
    """Return what a file says. Raises ValueError."""
    dated: dict[int, tuple[tuple[frozenset[str], Holiday], ...]] = {}
    for one in file.dated:
        if one.mark not in ("observed", "predicted"):
            raise ValueError(f"{one.code}: neither observed nor predicted")
        holiday = Holiday(one.code, one.mark, one.source)
        for day in _span(one.first, one.last):
            dated[day] = (*dated.get(day, ()), (frozenset(one.regions), holiday))
    return Calendar(
        file.code,
        file.edition,
        _day(file.first),
        _day(file.last),
        frozenset(file.weekend),
        _hours(file.hours),
        {
            month_day(one.on): (int(one.since or 0), Holiday(one.code, "fixed", one.source))
            for one in file.yearly
        },
        dated,
        tuple((_day(one.first), _day(one.last), _hours(one)) for one in file.ramadan),
    )


def _span(first: str, last: str) -> range:
    begins, ends = _day(first), _day(last)
    if not begins <= ends < begins + _DATED_DAYS_MOST:
        raise ValueError(f"{first} to {last}: no span of days")
    return range(begins, ends + 1)


def _day(text: str) -> int:
    return (date.fromisoformat(text) - _EPOCH).days


def month_day(text: str) -> tuple[int, int]:
    """Return month and day of `MM-DD`; 29 February is one. Raises ValueError."""
    on = date.fromisoformat(f"2000-{text}")
    return on.month, on.day


def _hours(said: Hours | Ramadan) -> tuple[int, int]:
    opens, closes = (_minutes(text) for text in (said.opens, said.closes))
    if opens >= closes:
        raise ValueError(f"{said.opens} to {said.closes}: no hours")
    return opens, closes


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
