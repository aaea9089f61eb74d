"""The day by which a complaint is to be answered, however it came: fifteen days.

A complaint is a task of its kind. It waits until somebody has answered it in words: that a tablet
marks its task as done does not end it.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.db.columns import REGION_CHARS
from server.db.records import Stored
from server.db.work import Author, Work
from server.reference import files
from sync import local_time
from sync.rules.applications import FILED, Silence
from sync.rules.calendars import Calendar
from sync.rules.delays import Delay, Event, Unit, clock
from sync.spec import Values

KIND = "complaint"
DAYS = 15
_DELAY = Delay(Unit.DAYS, DAYS, FILED, Silence.NOTHING)


def due_of(commune_code: object, at: int, calendar: Calendar | None = None) -> int:
    """Return the day by which a complaint is to be answered, that is made at a moment, Unix ms.

    Args:
        calendar: by which it is computed; None: by the one that runs.
    """
    day, region = local_time.day_of(at), str(commune_code)[:REGION_CHARS]
    found = clock(_DELAY, [Event(FILED, day)], calendar or files.calendar(), day, region)
    assert found is not None
    assert found.ends_on is not None
    return found.ends_on


def moved_ends(
    complaints: Iterable[Stored], calendars: tuple[Calendar, Calendar]
) -> dict[bytes, tuple[int, int]]:
    """Return the complaints whose day a newer calendar moves: id -> from which day, to which.

    A day that an agent chose is no calendar's, and stays.

    Args:
        calendars: the older and the newer.
    """
    moved = dict[bytes, tuple[int, int]]()
    for one in complaints:
        commune, at = one.values["commune_code"], one.received_at
        was_on, now_on = (due_of(commune, at, calendar) for calendar in calendars)
        if was_on != now_on and one.values["due_on"] == was_on:
            moved[one.record_id] = (was_on, now_on)
    return moved


def keep_due(work: Work) -> None:
    """Give the complaints that this work brings from tablets their day."""
    for task in work.changed("task"):
        values = task.values
        if task.rev == 1 and values.get("kind") == KIND and values.get("due_on") is None:
            due: Values = {"due_on": due_of(values.get("commune_code"), work.now_ms)}
            work.change("task", task.record_id, due, Author(None))
