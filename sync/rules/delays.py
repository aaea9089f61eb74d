"""The legal clock: when a delay began, what was paused, when it ends, who holds the request.

It is computed of the steps, a delay and a calendar, and of nothing that is stored, so it can be
replayed. It decides nothing: what silence may mean is said to people.

The rule, in days of Morocco's wall (`sync.local_time.day_of`):

1.  A delay begins on the day of the step that it names (a filing, say), or of a later one where
    that was not recorded. That day is not counted: the first day after it is day 1.
2.  A day counts for whoever held the request as the day began. Asked for papers, the applicant
    holds it from the next day on until the day, included, on which they are brought; these days are
    the pause. An office that is not held to ask once may pause it again.
3.  Of a delay in days every day counts that the office holds; of one in working days, those of them
    on which offices of the region work.
4.  It ends with the day on which all its days have been counted. If offices do not work on that
    day, or if the applicant holds the request as it begins or ends, it ends with the next day of
    which neither is true.
5.  An answer stops it: an approval, a refusal, a referral, a withdrawal, an expiry, or that the
    request went back to its applicant as a draft. What the office holds again after that begins a
    new one. After a refusal that is an appeal, with the days that the text gives to appeals, if it
    gives them any. An answer that whoever decides says to be none, for an agent had it wrong, has
    not been: the delay that it stopped runs as if nobody had written it.
6.  A refusal may be appealed against until a number of days after it; if offices do not work on the
    last of them, until the next day on which they do.
7.  A season is a window of the year, the region's own where it has one. It counts for the applicant
    until the request is filed. Which season it is, the day of filing says, and before that the day
    on which the request was begun: the one that it lies in, else the next one to come; of what was
    filed in none, the last one before. Its last day does not move on. A window whose end comes
    before its beginning ends in the next year; 29 February is the 28th in other years.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sync import local_time
from sync.errors import Refusal
from sync.rules.applications import ASKED, FILED, GRANTED, REJECTED, REVIEWED, Actor, Silence
from sync.rules.calendars import Calendar, month_day
from sync.spec import Value

_EPOCH = date(1970, 1, 1)
_ORDER = (FILED, "acknowledged", REVIEWED)
"""States in which the office holds a request, in their order."""
_NOT_FILED = ("draft", "ready")
_DECIDED = (GRANTED, REJECTED)
_ANSWERS = (*_DECIDED, "referred", "expired")
_JUDGES = (Actor.OFFICE, Actor.COORDINATOR, Actor.PROGRAMME)
_DAYS_MOST = 3660
_NEVER = 2**53
"""A day that does not come: the end of a pause that goes on."""


class DelayWrong(Refusal):
    """A delay that cannot be read: it says less, or more, than its unit needs."""

    code = "delay_wrong"


class Unit(StrEnum):
    """How a delay is counted."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    SEASON = "season"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Window:
    """A season's window, both days included, `MM-DD`. `regions`: codes; empty: all others."""

    first: str
    last: str
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delay:
    """How long an answer may take, by which text.

    Args:
        unit: how it is counted.
        days: how many, of the unit; of a season or none, 0.
        begins: the state that begins it.
        silence: what it may mean that no answer came.
        basis: `law`, `source` or `proposed`, as in the catalogue.
        source: the text that says so.
        appeal_days: how long, in days, an answer may be appealed against; 0: nothing is said.
        answer_days: of an appeal, in the same unit; 0: as of the request.
        windows: of a season.
    """

    unit: Unit = Unit.NONE
    days: int = 0
    begins: str = FILED
    silence: Silence = Silence.NOTHING
    basis: str = ""
    source: str = ""
    appeal_days: int = 0
    answer_days: int = 0
    windows: tuple[Window, ...] = ()


NO_DELAY = Delay()


@dataclass(frozen=True, slots=True)
class Event:
    """A step as the clock sees it: a state was entered on a day."""

    state: str
    day: int
    is_appeal: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """The days on which papers were asked for, and brought: those after the first, to the last."""

    asked_on: int
    brought_on: int

    @property
    def days(self) -> int:
        """Return how many days it took."""
        return self.brought_on - self.asked_on


@dataclass(frozen=True, slots=True)
class Clock:
    """What a delay has come to, by the end of a day.

    Args:
        began_on: the day of the step that began it; of a season its first day, perhaps to come.
        ends_on: its last day; None while it is paused, for nobody knows yet.
        days_left: how many days of its unit are left after today, or since the answer; less than
            nought: how many it is over.
        is_paused: whether the applicant is asked for something.
        paused_since: the day on which they were asked.
        pauses: those that are over.
        holder: who has the request in hands: `office`, `applicant`, or nobody once it is answered.
        answered_on: the day of the answer, which stopped it; of a season, of the filing.
        is_over: whether its last day is past, or the answer came after it.
        is_known: whether the calendar knows all holidays until the end.
        is_appeal: whether it is that of an appeal.
    """

    began_on: int
    ends_on: int | None
    days_left: int
    is_paused: bool = False
    paused_since: int | None = None
    pauses: tuple[Pause, ...] = ()
    holder: Actor | None = None
    answered_on: int | None = None
    is_over: bool = False
    is_known: bool = True
    is_appeal: bool = False


def read_delay(data: Mapping[str, object]) -> Delay:
    """Return the delay that a service of the catalogue declares. Raises DelayWrong."""
    try:
        windows = tuple(_window(one) for one in _rows(data.get("windows")))
        delay = Delay(
            Unit(str(data.get("unit") or "none")),
            _whole(data.get("days")),
            str(data.get("begins") or FILED),
            Silence(str(data.get("silence") or Silence.NOTHING)),
            str(data.get("basis") or ""),
            str(data.get("source") or ""),
            _whole(data.get("appeal_days")),
            _whole(data.get("answer_days")),
            windows,
        )
    except (TypeError, ValueError, KeyError) as error:
        raise DelayWrong(f"delay: {error}") from error
    is_counted = delay.unit in (Unit.DAYS, Unit.WORKING_DAYS)
    if is_counted != bool(delay.days) or (delay.unit is Unit.SEASON) != bool(windows):
        raise DelayWrong(f"delay: {delay.unit} of {delay.days} days, {len(windows)} windows")
    if delay.begins not in _ORDER:
        raise DelayWrong(f"delay: begins with {delay.begins!r}")
    return delay


def _rows(given: object) -> Sequence[Mapping[str, object]]:
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)):
        raise TypeError("no list of windows")
    return given


def _window(row: Mapping[str, object]) -> Window:
    regions = row.get("regions") or ()
    if not isinstance(regions, (list, tuple)):
        raise TypeError("no list of regions")
    window = Window(str(row["first"]), str(row["last"]), tuple(str(one) for one in regions))
    for text in (window.first, window.last):
        month_day(text)
    return window


def _whole(given: object) -> int:
    if given is None:
        return 0
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= _DAYS_MOST:
        raise ValueError(f"no number of days: {given!r}")
    return given


def events_of(
    steps: Iterable[tuple[bytes, Mapping[str, Value]]],
    application: Mapping[str, Value] | None = None,
) -> tuple[Event, ...]:
    """Return what the clock sees of the steps of an application, in their order.

    Args:
        steps: id and values of each `application_step`, in any order.
        application: its values. What was written before steps were records is told by them: when it
            was filed, and decided.
    """
    found = [*steps]
    if application:
        known = {values["state"] for _, values in found}
        decided: Value = application.get("state")
        for state, field_name in ((FILED, "submitted_at"), (decided, "decided_at")):
            is_told = state == FILED or state in _DECIDED
            if is_told and state not in known and application.get(field_name):
                found.append((b"", {"state": state, "at": application[field_name]}))
    dated = sorted(((_moment(values), record_id, values) for record_id, values in found), key=_at)
    events: list[Event] = []
    for at, _, values in dated:
        if events and _takes_back(values, events[-1]):
            events.pop()
        elif at:
            day, is_appeal = local_time.day_of(at), bool(values.get("appealed"))
            events.append(Event(str(values["state"]), day, is_appeal))
    return tuple(events)


def _takes_back(values: Mapping[str, Value], last: Event) -> bool:
    """Whether a step says that the answer before was none: who would decide leads it back."""
    is_waiting = values["state"] in (*_ORDER, ASKED)
    return is_waiting and values.get("actor") in _JUDGES and last.state in _ANSWERS


def _at(dated: tuple[int, bytes, object]) -> tuple[int, bytes]:
    return dated[:2]


def _moment(values: Mapping[str, Value]) -> int:
    """Return when a step was taken: as it says, or as it was captured; 0 for nobody knows."""
    at = values.get("at") or values.get("created_at")
    return at if isinstance(at, int) else 0


@dataclass(slots=True)
class _Run:
    """A delay as its steps go on. `asked`, `brought`: the days of its pauses, in their order."""

    began_on: int
    days: int
    is_appeal: bool = False
    asked: list[int] = field(default_factory=list)
    brought: list[int] = field(default_factory=list)
    answered_on: int | None = None

    @property
    def paused_since(self) -> int | None:
        """Return since which day it is paused; None while it is not."""
        return self.asked[-1] if len(self.asked) > len(self.brought) else None

    def ask(self, day: int) -> None:
        """Pause, unless it is paused already."""
        if self.paused_since is None:
            self.asked.append(day)

    def resume(self, day: int) -> None:
        """Go on, if it was paused."""
        if self.paused_since is not None:
            self.brought.append(day)

    def pause_end(self, day: int) -> int | None:
        """Return the last day of the pause that a day is of; None: of none. _NEVER: it goes on."""
        at = bisect_left(self.asked, day) - 1  # the last one that began before the day
        if at < 0:
            return None
        end = self.brought[at] if at < len(self.brought) else _NEVER
        return end if day <= end else None


def clock(
    delay: Delay, events: Sequence[Event], calendar: Calendar, today: int, region: str = ""
) -> Clock | None:
    """Return the clock of a request; None where nothing is counted, or not yet.

    Args:
        delay: of its service, in the edition under which it was filed.
        events: its steps, in their order (`events_of`).
        today: the day, since 1970, of whose end it is told.
        region: code of the region of its commune.
    """
    if delay.unit is Unit.NONE:
        return None
    if delay.unit is Unit.SEASON:
        return _season(delay, events, today, region)
    run = _run(delay, events)
    return _counted(delay, run, calendar, today, region) if run else None


def season_on(delay: Delay, day: int, region: str = "") -> tuple[int, int] | None:
    """Return first and last day of the season that is open on a day, or opens next; None: none."""
    return _window_of(delay, day, region, is_filed=False)


def restated(
    delay: Delay,
    events: Sequence[Event],
    calendars: tuple[Calendar, Calendar],
    today: int,
    region: str = "",
) -> tuple[int | None, int | None] | None:
    """Return the last day by an older and a newer calendar; None where both say the same.

    Args:
        calendars: the older and the newer.
    """
    was, now = (clock(delay, events, calendar, today, region) for calendar in calendars)
    ends = (was.ends_on if was else None, now.ends_on if now else None)
    return None if ends[0] == ends[1] else ends


def appeal_until(delay: Delay, refused_on: int, calendar: Calendar, region: str = "") -> int | None:
    """Return the last day on which a refusal may be appealed against; None: nothing is said."""
    if not delay.appeal_days:
        return None
    return calendar.next_working_day(refused_on + delay.appeal_days, region)


def _run(delay: Delay, events: Sequence[Event]) -> _Run | None:
    """Return the delay that runs, or ran last; None where none has begun."""
    starts = (*_ORDER[_ORDER.index(delay.begins) :], ASKED)
    run: _Run | None = None
    stopped_by = ""
    for event in events:
        is_running = run is not None and run.answered_on is None
        if event.state in starts and not is_running:
            is_appeal = event.is_appeal or stopped_by == REJECTED
            days = (is_appeal and delay.answer_days) or delay.days
            run = _Run(event.day, days, is_appeal)
        if run is not None and run.answered_on is None:
            _go_on(run, event)
        if event.state not in (*_ORDER, ASKED):
            stopped_by = event.state
    return run


def _go_on(run: _Run, event: Event) -> None:
    if event.state == ASKED:
        run.ask(event.day)
        return
    run.resume(event.day)
    if event.state not in _ORDER:
        run.answered_on = event.day


def _counted(delay: Delay, run: _Run, calendar: Calendar, today: int, region: str) -> Clock:
    only_working = delay.unit is Unit.WORKING_DAYS
    # A tablet's clock may be ahead: what was filed tomorrow has all its days left.
    until = max(today, run.began_on) if run.answered_on is None else run.answered_on

    def count(first: int, last: int) -> int:
        """Return how many days of those after one, to another, are counted."""
        return sum(
            1
            for day in range(first + 1, last + 1)
            if run.pause_end(day) is None
            and (not only_working or calendar.is_working_day(day, region))
        )

    ends_on = _end(run, calendar, region, only_working=only_working)
    if ends_on is None:
        left = max(0, run.days - count(run.began_on, until))
    else:
        left = count(until, ends_on) - count(ends_on, until)
    holder = Actor.OFFICE if run.paused_since is None else Actor.APPLICANT
    return Clock(
        began_on=run.began_on,
        ends_on=ends_on,
        days_left=left,
        is_paused=run.paused_since is not None,
        paused_since=run.paused_since,
        pauses=tuple(map(Pause, run.asked, run.brought)),
        holder=None if run.answered_on is not None else holder,
        answered_on=run.answered_on,
        is_over=ends_on is not None and until > ends_on,
        is_known=calendar.covers(run.began_on, until if ends_on is None else ends_on),
        is_appeal=run.is_appeal,
    )


def _end(run: _Run, calendar: Calendar, region: str, *, only_working: bool) -> int | None:
    """Return the day with which a delay ends; None while a pause keeps it open."""
    day, left = run.began_on, run.days
    while True:
        day += 1
        paused_until = run.pause_end(day)
        if paused_until == _NEVER:
            return None
        if paused_until is not None:
            day = paused_until
            continue
        is_working = calendar.is_working_day(day, region)
        left -= is_working or not only_working
        if left <= 0 and is_working and run.pause_end(day + 1) is None:
            return day


def _season(delay: Delay, events: Sequence[Event], today: int, region: str) -> Clock | None:
    left_on = next((event.day for event in events if event.state not in _NOT_FILED), None)
    is_filed = any(event.state in (*_ORDER, ASKED) for event in events)
    begun_on = events[0].day if events else today
    found = _window_of(delay, begun_on if left_on is None else left_on, region, is_filed=is_filed)
    if found is None:
        return None
    began_on, ends_on = found
    until = today if left_on is None else left_on
    return Clock(
        began_on=began_on,
        ends_on=ends_on,
        days_left=ends_on - until,
        holder=_holder(events[-1].state if events else _NOT_FILED[0]),
        answered_on=left_on,
        is_over=until > ends_on,
    )


def _holder(state: str) -> Actor | None:
    if state in _ORDER:
        return Actor.OFFICE
    return Actor.APPLICANT if state in (*_NOT_FILED, ASKED) else None


def _window_of(delay: Delay, day: int, region: str, *, is_filed: bool) -> tuple[int, int] | None:
    """Return first and last day of the season that a day belongs to; None: the region has none."""
    own = [window for window in delay.windows if region in window.regions]
    windows = own or [window for window in delay.windows if not window.regions]
    year = (_EPOCH + timedelta(days=day)).year
    spans = sorted(
        _span(window, of_year) for window in windows for of_year in range(year - 2, year + 2)
    )
    within = [span for span in spans if span[0] <= day <= span[1]]
    before = [span for span in spans if span[1] < day]
    after = [span for span in spans if span[0] > day]
    return next(iter(within or (before[::-1] if is_filed else after)), None)


def _span(window: Window, year: int) -> tuple[int, int]:
    first, last = month_day(window.first), month_day(window.last)
    return _day(year, *first), _day(year + (last < first), *last)


def _day(year: int, month: int, day: int) -> int:
    try:
        on = date(year, month, day)
    except ValueError:  # 29 February of another year
        on = date(year, month, day - 1)
    return (on - _EPOCH).days
