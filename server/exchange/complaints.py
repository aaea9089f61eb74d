"""The day by which a complaint is to be answered, however it came: fifteen days.

A complaint is a task of its kind. It waits until somebody has answered it in words: that a tablet
marks its task as done does not end it.
"""

from __future__ import annotations

from server.db.columns import REGION_CHARS
from server.db.work import Author, Work
from server.reference import files
from sync import local_time
from sync.rules.applications import FILED, Silence
from sync.rules.delays import Delay, Event, Unit, clock
from sync.spec import Values

KIND = "complaint"
DAYS = 15
_DELAY = Delay(Unit.DAYS, DAYS, FILED, Silence.NOTHING)


def due_of(commune_code: object, at: int) -> int:
    """Return the day by which a complaint is to be answered, that is made at a moment, Unix ms."""
    day, region = local_time.day_of(at), str(commune_code)[:REGION_CHARS]
    found = clock(_DELAY, [Event(FILED, day)], files.calendar(), day, region)
    assert found is not None
    assert found.ends_on is not None
    return found.ends_on


def keep_due(work: Work) -> None:
    """Give the complaints that this work brings from tablets their day."""
    for task in work.changed("task"):
        values = task.values
        if task.rev == 1 and values.get("kind") == KIND and values.get("due_on") is None:
            due: Values = {"due_on": due_of(values.get("commune_code"), work.now_ms)}
            work.change("task", task.record_id, due, Author(None))
