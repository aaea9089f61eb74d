"""When a contact point is open: a small part of OpenStreetMap's `opening_hours`.

`Mo-Fr 08:30-16:30; Sa 21:00-01:00`. https://wiki.openstreetmap.org/wiki/Key:opening_hours
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync import typed
from sync.errors import Refusal
from sync.local_time import clock_text
from sync.phrases import Phrases

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d\d) ?- ?(\d{1,2}):(\d\d)")
_PART = re.compile(rf"(\w\w)(?: ?- ?(\w\w))? ({_SPAN.pattern}(?: ?, ?{_SPAN.pattern})*)")


class HoursWrong(Refusal):
    """Hours that cannot be read."""

    code = "hours_wrong"


@dataclass(frozen=True, slots=True)
class Opening:
    """Weekdays (0 Monday to 6 Sunday) and the spans of a day, in minutes from midnight.

    A span that ends after midnight ends beyond `DAY_MINUTES`: 21:00-01:00 is (1260, 1500).
    """

    days: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def read_hours(text: str) -> list[Opening]:
    """Return the openings that a text declares. Raises HoursWrong."""
    parts = (part.strip() for part in typed.line(text).split(";"))
    return [_opening(part) for part in parts if part]


def check_hours(text: str) -> str:
    """Return hours as they are kept, `Mo-Fr 08:30-12:00, 14:00-16:30; Sa 09:00-12:00`.

    Raises:
        HoursWrong: they cannot be read.
    """
    return "; ".join(map(_written, read_hours(text)))


def span_text(span: tuple[int, int], dash: str = "-") -> str:
    """Return when a span begins and ends, as a clock shows them."""
    begins, ends = span
    return f"{clock_text(begins)}{dash}{clock_text(ends - DAY_MINUTES * (ends > DAY_MINUTES))}"


def hours_in_words(phrases: Phrases, text: str) -> str:
    """Return opening hours, `lundi – vendredi 08:30–16:30`; what cannot be read as it is."""
    try:
        openings = read_hours(text)
    except HoursWrong:
        return text
    return phrases.facts(_opening_in_words(phrases, opening) for opening in openings)


def _written(opening: Opening) -> str:
    first, last = DAYS[opening.days[0]], DAYS[opening.days[-1]]
    days = first if first == last else f"{first}-{last}"
    return f"{days} {', '.join(map(span_text, opening.spans))}"


def _opening_in_words(phrases: Phrases, opening: Opening) -> str:
    first, last = (phrases.language.weekdays[opening.days[at]] for at in (0, -1))
    spans = phrases.listed(phrases.code(span_text(span, "–")) for span in opening.spans)
    return f"{first if first == last else f'{first} – {last}'} {spans}"


def _opening(part: str) -> Opening:
    found = _PART.fullmatch(part)
    names = [one.title() for one in (found[1], found[2] or found[1])] if found else []
    if found is None or not set(names) <= set(DAYS):
        raise HoursWrong("hours: not like Mo-Fr 08:30-16:30")
    first, last = map(DAYS.index, names)
    days = tuple(day % 7 for day in range(first, last + 1 if last >= first else last + 8))
    return Opening(days, tuple(_span(*map(int, one)) for one in _SPAN.findall(found[3])))


def _span(from_hour: int, from_minute: int, to_hour: int, to_minute: int) -> tuple[int, int]:
    begins, ends = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    is_clock = max(from_minute, to_minute) < 60 and begins < DAY_MINUTES and ends <= DAY_MINUTES
    if not is_clock or begins == ends:
        raise HoursWrong("hours: no such time, or none between")
    return begins, ends if ends > begins else ends + DAY_MINUTES
