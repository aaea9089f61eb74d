"""The legal clock of a request, as `sync.rules.delays` computes it of its steps and the calendar.

Of a request of before steps were records, its moments stand for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.db.among import among_ids
from server.db.columns import REGION_CHARS
from server.db.records import Records, Stored
from server.reference import catalogue, files
from sync import local_time
from sync.rules.applications import FILED, Silence
from sync.rules.calendars import Calendar
from sync.rules.delays import Clock, Delay, Unit, appeal_until, clock, events_of, restated
from sync.rules.delays import Event as ClockEvent


def due_on(application: Stored, steps: Sequence[Stored], now_ms: int) -> int | None:
    """Return the day by which a request is to be answered; None: none, or nobody knows yet."""
    found = clock_of(application, steps, now_ms)
    return found.ends_on if found and found.answered_on is None else None


def clock_of(application: Stored, steps: Sequence[Stored], now_ms: int) -> Clock | None:
    """Return the clock of a request; None where no delay runs."""
    return clock(
        delay_of(application),
        _events(application, steps),
        files.calendar(),
        local_time.day_of(now_ms),
        region_of(application),
    )


def clocks_of(
    records: Records, applications: Sequence[Stored], now_ms: int
) -> dict[bytes, Clock | None]:
    """Return the clock of each request by its id."""
    steps = steps_by_request(records, applications)
    return {one.record_id: clock_of(one, steps[one.record_id], now_ms) for one in applications}


def moved_ends(
    records: Records,
    applications: Sequence[Stored],
    calendars: tuple[Calendar, Calendar],
    now_ms: int,
) -> dict[bytes, tuple[int, int]]:
    """Return the requests whose end a newer calendar moves: id -> from which day, to which.

    Args:
        calendars: the older and the newer.
    """
    steps, moved = steps_by_request(records, applications), dict[bytes, tuple[int, int]]()
    for one in applications:
        ends = restated(
            delay_of(one),
            _events(one, steps[one.record_id]),
            calendars,
            local_time.day_of(now_ms),
            region_of(one),
        )
        if ends is not None and ends[0] is not None and ends[1] is not None:
            moved[one.record_id] = (ends[0], ends[1])
    return moved


def steps_by_request(records: Records, applications: Sequence[Stored]) -> dict[bytes, list[Stored]]:
    """Return the steps of each request by its id, in no order."""
    table = records.tables.records["application_step"]
    steps: dict[bytes, list[Stored]] = {one.record_id: [] for one in applications}
    is_of_them = among_ids(records.connection, table.c.application_id, list(steps))
    for step in records.list("application_step", is_of_them) if steps else ():
        if isinstance(of := step.values.get("application_id"), bytes):
            steps[of].append(step)
    return steps


def delay_of(application: Stored) -> Delay:
    """Return how long an answer to a request may take."""
    return catalogue.delay_of(application.values)


def region_of(application: Stored) -> str:
    """Return the code of the region that a request is of."""
    return str(application.values.get("commune_code"))[:REGION_CHARS]


def silence_of(application: Stored) -> Silence | None:
    """Return what it may mean that nobody answers in time; None where no delay is counted."""
    delay = delay_of(application)
    return None if delay.unit in (Unit.NONE, Unit.SEASON) else delay.silence


def appeal_day(application: Stored, refused_at: int) -> int | None:
    """Return the last day on which a refusal may be appealed against; None: nothing is said."""
    day = local_time.day_of(refused_at)
    return appeal_until(delay_of(application), day, files.calendar(), region_of(application))


def _events(application: Stored, steps: Sequence[Stored]) -> tuple[ClockEvent, ...]:
    found = events_of([(step.record_id, step.values) for step in steps])
    filed_at, state = application.values.get("submitted_at"), application.values.get("state")
    if isinstance(filed_at, int) and all(event.state != FILED for event in found):
        found = (ClockEvent(FILED, local_time.day_of(filed_at)), *found)
        if len(found) == 1 and state != FILED:
            at = application.values.get("decided_at") or filed_at
            found = (*found, ClockEvent(str(state), local_time.day_of(int(str(at)))))
    begun_at = application.values.get("created_at")
    if not found and isinstance(begun_at, int):
        # A draft is begun by no step: its season is that of the day on which it was made.
        found = (ClockEvent("draft", local_time.day_of(begun_at)),)
    return found
