"""Whether a point is open now, and when next: in words, by its hours and the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync import local_time
from sync.phrases import Phrases
from sync.rules.calendars import Calendar
from sync.rules.hours import DAY_MINUTES, HoursWrong, Opening, read_hours
from sync.spec import Value

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a point is open by its hours, in words; of a holiday nobody knows."""

    words: str
    is_open: bool
    is_holiday: bool


def hours_of(values: Mapping[str, Value], calendar: Calendar, day: int) -> str:
    """Return the hours that hold on a day: those of Ramadan in it, where a point says some."""
    ramadan = str(values.get("ramadan_hours") or "") if calendar.is_ramadan(day) else ""
    return ramadan or str(values.get("hours") or "")


def standing_of(
    phrases: Phrases, values: Mapping[str, Value], calendar: Calendar, now_ms: int
) -> Standing | None:
    """Return whether a point is open at a moment; None: it says no hours that can be read."""
    day, minute = local_time.day_of(now_ms), local_time.minutes_of(now_ms)
    try:
        openings = read_hours(hours_of(values, calendar, day))
    except HoursWrong:
        return None
    if not openings:
        return None
    region = str(values.get("commune_code") or "")[:2]
    is_holiday = calendar.holiday(day, region) is not None
    # What opened yesterday may still be open after midnight.
    begun = [
        (begins - DAY_MINUTES * ago, ends - DAY_MINUTES * ago)
        for ago in (1, 0)
        for begins, ends in _spans(openings, day - ago)
    ]
    for begins, ends in begun:
        if begins <= minute < ends:
            until = _clock(phrases, ends)
            words = phrases.say("public.point.open", time=until)
            return Standing(words, not is_holiday, is_holiday)
    later = [begins for begins, _ in begun if begins > minute]
    if later:
        words = phrases.say("public.point.opens", time=_clock(phrases, min(later)))
        return Standing(words, is_open=False, is_holiday=is_holiday)
    for ahead in range(1, _WEEK + 1):
        if spans := _spans(openings, day + ahead):
            weekday = phrases.language.weekdays[_weekday(day + ahead)]
            time = _clock(phrases, min(begins for begins, _ in spans))
            words = phrases.say("public.point.opens_on", day=weekday, time=time)
            return Standing(words, is_open=False, is_holiday=is_holiday)
    return None


def _spans(openings: list[Opening], day: int) -> list[tuple[int, int]]:
    at = _weekday(day)
    return sorted(span for one in openings if at in one.days for span in one.spans)


def _weekday(day: int) -> int:
    return local_time.WEEKDAYS.index(local_time.weekday_of(day))


def _clock(phrases: Phrases, minute: int) -> str:
    return phrases.code(local_time.clock_text(minute % DAY_MINUTES))
