"""When a contact point is open: a small part of OpenStreetMap's `opening_hours`.

`Mo-Fr 08:30-16:30; Sa 09:00-12:00`. https://wiki.openstreetmap.org/wiki/Key:opening_hours
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync import typed
from sync.errors import Refusal

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_PART = re.compile(r"^(\w\w)(?:-(\w\w))? +((?:\d\d:\d\d-\d\d:\d\d)(?:, ?\d\d:\d\d-\d\d:\d\d)*)$")
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class HoursWrong(Refusal):
    """Hours that cannot be read."""

    code = "hours_wrong"


@dataclass(frozen=True, slots=True)
class Opening:
    """Weekdays (0 Monday to 6 Sunday) and the spans of a day, in minutes from midnight."""

    days: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def read_hours(text: str) -> list[Opening]:
    """Return the openings that a text declares. Raises HoursWrong."""
    return [_opening(part.strip()) for part in typed.line(text).split(";") if part.strip()]


def _opening(part: str) -> Opening:
    found = _PART.match(part)
    if found is None or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
        raise HoursWrong("hours: not like Mo-Fr 08:30-16:30")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    days = tuple(day % 7 for day in range(first, last + 1 if last >= first else last + 8))
    spans = []
    for hours_from, minutes_from, hours_to, minutes_to in _SPAN.findall(found[3]):
        start = int(hours_from) * 60 + int(minutes_from)
        end = int(hours_to) * 60 + int(minutes_to)
        if not start < end <= 24 * 60:
            raise HoursWrong("hours: end before they begin")
        spans.append((start, end))
    return Opening(days, tuple(spans))


def check_hours(text: str) -> str:
    """Return hours as they were typed, if they can be read. Raises HoursWrong."""
    line = typed.line(text)
    read_hours(line)
    return line
