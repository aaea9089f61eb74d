"""What the clock of a request says: in words, and as parts of a bar.

Nothing is decided by it: what silence may mean is said, and that the office is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.request.following import Following
from sync.rules.applications import Actor
from sync.rules.delays import Clock, Unit


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a delay, as a share of what is drawn. `look`: `counted`, `paused`, `over`."""

    begins: float
    ends: float
    look: str


@dataclass(frozen=True, slots=True)
class ClockWords:
    """What the clock says. `tone`: a state's colour, or nothing.

    `today`: where it is on the bar, a share; None once there is an answer.
    """

    title: str
    fact: str
    begins: str
    ends: str
    stretches: tuple[Stretch, ...]
    today: float | None
    tone: str = ""
    notes: tuple[str, ...] = ()


def clock_words(following: Following) -> ClockWords | None:
    """Return the clock in words; None where nothing is counted, or not yet."""
    clock = following.clock
    if clock is None:
        return None
    return (_season if following.delay.unit is Unit.SEASON else _counted)(following, clock)


def _counted(following: Following, clock: Clock) -> ClockWords:
    say, day = following.context.say, following.context.phrases.day
    begins = "appeal" if clock.is_appeal else "filed"
    if clock.ends_on is not None:
        ends = say("tablet.request.clock.until", day=day(clock.ends_on))
    else:
        ends = _count(following, "remaining", clock.days_left)
    return ClockWords(
        *_heading(following, clock),
        say(f"tablet.request.clock.{begins}", day=day(clock.began_on, "short")),
        ends,
        *_stretches(clock, following.today),
        "attention" if clock.is_over or clock.is_paused else "",
        _notes(following, clock),
    )


def _count(following: Following, what: str, days: int) -> str:
    """Return a number of days in words, of working days where these are counted."""
    unit = "working." if following.delay.unit is Unit.WORKING_DAYS else ""
    return following.context.phrases.count(f"tablet.request.clock.{unit}{what}", days)


def _notes(following: Following, clock: Clock) -> tuple[str, ...]:
    say, silence = following.context.say, following.delay.silence
    notes = []
    if clock.holder is Actor.OFFICE and clock.ends_on is not None:
        when = "past" if clock.is_over else "coming"
        day = following.context.phrases.day(clock.ends_on)
        notes.append(say(f"tablet.request.silence.{silence}.{when}", day=day))
    if not clock.is_known:
        notes.append(say("tablet.request.clock.unknown"))
    return tuple(notes)


def _heading(following: Following, clock: Clock) -> tuple[str, str]:
    """Return the clock's title, and a fact at its end."""
    context, say = following.context, following.context.say
    if clock.answered_on is not None:
        day = context.phrases.day(clock.answered_on)
        in_time = "late" if clock.is_over else "in_time"
        return say(f"tablet.request.clock.{in_time}"), day
    if clock.paused_since is not None:
        days = following.today - clock.paused_since
        since = context.phrases.count("tablet.request.clock.paused_since", days)
        return say("tablet.request.clock.paused"), since
    held = say("tablet.request.clock.held", who=following.decider())
    if clock.is_over:
        return _count(following, "over", -clock.days_left), held
    if clock.days_left == 0:
        return say("tablet.request.clock.last_day"), held
    return _count(following, "left", clock.days_left), held


def _stretches(clock: Clock, today: int) -> tuple[tuple[Stretch, ...], float | None]:
    """Return the parts of the bar, and where today is on it; None once it is answered."""
    until = today if clock.answered_on is None else clock.answered_on
    ends_on = (
        max(until, clock.began_on) + clock.days_left if clock.ends_on is None else clock.ends_on
    )
    first, last = clock.began_on, max(ends_on, until, clock.began_on + 1)

    def share(day: int) -> float:
        return min(1.0, max(0.0, (day - first) / (last - first)))

    pauses = [(one.asked_on, one.brought_on) for one in clock.pauses]
    if clock.paused_since is not None:
        pauses.append((clock.paused_since, until))
    spans, at = [], first
    for asked_on, brought_on in pauses:
        spans += [(at, asked_on, "counted"), (asked_on, brought_on, "paused")]
        at = brought_on
    spans += [(at, min(until, ends_on), "counted"), (max(at, ends_on), until, "over")]
    found = tuple(Stretch(share(begins), share(ends), look) for begins, ends, look in spans
                  if ends > begins)  # fmt: skip
    return found, share(today) if clock.answered_on is None else None


def _season(following: Following, clock: Clock) -> ClockWords:
    """Return the words of a season: when it is open, and that it closes."""
    context, say, ends_on = following.context, following.context.say, clock.ends_on
    assert ends_on is not None
    if clock.answered_on is not None:
        title = "filed_late" if clock.is_over else "filed"
    elif following.today < clock.began_on:
        title = "coming"
    else:
        title = "over" if clock.is_over else "open"
    fact = ""
    if title == "open":
        fact = context.phrases.count("tablet.request.clock.left", clock.days_left)
    until = following.today if clock.answered_on is None else clock.answered_on
    last = max(ends_on - clock.began_on, 1)
    share = min(1.0, max(0.0, (until - clock.began_on) / last))
    return ClockWords(
        say(f"tablet.request.season.{title}"),
        fact,
        say("tablet.request.season.from", day=context.phrases.day(clock.began_on, "short")),
        say("tablet.request.clock.until", day=context.phrases.day(ends_on)),
        (Stretch(0.0, share, "counted"),) if share else (),
        share if clock.answered_on is None else None,
        "attention" if clock.is_over else "",
    )
