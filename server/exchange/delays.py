"""The legal clock of a request, as `sync.rules.delays` computes it of its steps and the calendar."""

from __future__ import annotations

from collections.abc import Sequence

from server.db.records import Stored
from server.db.work import Work


def due_on(work: Work, application: Stored, steps: Sequence[Stored]) -> int | None:
    """Return the day by which a request is to be answered, as its steps stand; None: there is none."""
    del work, steps
    found = application.values["due_on"]
    return found if isinstance(found, int) else None
