"""How much time is left for requests, in words and as a bar; computed of their steps."""

from __future__ import annotations

from dataclasses import dataclass

from server.db.records import Stored
from server.exchange.delays import clock_of, clocks_of, silence_of
from server.exchange.passing import WAITING
from sync import local_time
from sync.phrases import Phrases
from sync.rules.delays import Clock

__all__ = [
    "Bar",
    "Clock",
    "Left",
    "bar_of",
    "clock_of",
    "clocks_of",
    "left_words",
    "silence_words",
]
_BEFORE = ("draft", "ready")
_LATE_DAYS = 30
NEAR_DAYS = 5
"""A day so near is drawn as pressing."""
REMINDED_DAYS = (0, 3, 10)
"""Days before the end at which who is to answer is reminded, the most pressing first."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A delay as a line from its first day to its last, in percent of it.

    `parts`: (kind, from, width), of `counted`, `paused` and `late` days; `today`: where it is.
    """

    parts: tuple[tuple[str, float, float], ...]
    today: float


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a delay, in words.

    `tone`: how pressing it is, `late`, `near` or nothing; `has_day`: its last day may stand beside.
    """

    words: str
    tone: str = ""
    has_day: bool = False


def bar_of(clock: Clock | None, now_ms: int) -> Bar | None:
    """Return a clock as a line; None where there is none."""
    if clock is None:
        return None
    today = local_time.day_of(now_ms)
    # While it is paused nobody knows its end: it is drawn as if the papers came today.
    ends_on = today + max(clock.days_left, 1) if clock.ends_on is None else clock.ends_on
    first, last = clock.began_on, max(ends_on, min(today, ends_on + _LATE_DAYS))
    span = max(1, last - first)

    def at(day: int) -> float:
        return round(100 * min(max(day - first, 0), span) / span, 1)

    parts: list[tuple[str, float, float]] = []
    here = first
    pauses = [(one.asked_on, one.brought_on) for one in clock.pauses]
    if clock.paused_since is not None:
        pauses.append((clock.paused_since, today))
    for begun, end in pauses:
        parts.append(("counted", at(here), round(at(begun) - at(here), 1)))
        parts.append(("paused", at(begun), round(at(end) - at(begun), 1)))
        here = end
    counted_to = here if clock.is_paused else min(clock.answered_on or today, ends_on)
    parts.append(("counted", at(here), round(at(counted_to) - at(here), 1)))
    if clock.is_over and not clock.is_paused:
        parts.append(("late", at(ends_on), round(at(last) - at(ends_on), 1)))
    return Bar(tuple(part for part in parts if part[2] > 0), at(today))


def left_words(phrases: Phrases, request: Stored, clock: Clock | None) -> Left:
    """Return how many days are left for a request's answer."""
    state = request.values["state"] or "draft"
    if state in _BEFORE and clock is not None and clock.ends_on is not None:
        return Left(phrases.say("request.season", day=phrases.day(clock.ends_on)))
    if state not in WAITING:
        return Left("")
    return _left(phrases, clock) if clock else Left(phrases.say("desk.queue.no_delay"))


def silence_words(phrases: Phrases, request: Stored, clock: Clock | None) -> str:
    """Return what it means that nobody answers a request, or has not in time; "": nothing does."""
    silence = silence_of(request) if request.values["state"] in WAITING else None
    if silence is None:
        return ""
    if clock is not None and clock.is_over and clock.ends_on is not None:
        return phrases.say(f"request.silence.{silence}", day=phrases.day(clock.ends_on))
    return phrases.say(f"desk.queue.silence.{silence}")


def _left(phrases: Phrases, clock: Clock) -> Left:
    left = clock.days_left
    if clock.is_paused:
        return Left(phrases.count("desk.queue.paused_with", max(left, 0)))
    if clock.is_over:
        return Left(phrases.count("desk.age.late", max(1, -left)), "late", has_day=True)
    if left <= 1:
        word = "desk.age.due_tomorrow" if left else "desk.age.due_today"
        return Left(phrases.say(word), "near", has_day=True)
    tone = "near" if left <= NEAR_DAYS else ""
    return Left(phrases.count("desk.queue.days_left", left), tone, has_day=True)
