"""Today: the visits of the day, how far they have come, and what waits."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.store.records import Kept
from sync import local_time
from sync.phrases import Phrases

_ROWS_MAX = 60


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in a list. `state`: on_tablet, received, held, dismissed."""

    record_id: bytes
    title: str
    other: str
    detail: str
    time: str
    state: str


class TodayPresenter:
    """What the first screen shows."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    @property
    def title(self) -> str:
        """Return the day, in words."""
        day = local_time.day_of(self.context.opened.clock.wall_ms())
        return self.context.phrases.day(day, "weekday")

    @property
    def pending_count(self) -> int:
        """Return how many records wait to be sent."""
        return self.context.opened.pending_count()

    def visits(self) -> list[VisitRow]:
        """Return today's visits, newest first; the latest others when there is none today."""
        store = self.context.opened
        day = local_time.day_of(store.clock.wall_ms())
        found = store.list(
            "visit",
            "started_at >= ? AND agent_id = ?",
            (local_time.day_start(day), store.kept("agent_id")),
            order="started_at DESC",
            limit=_ROWS_MAX,
        )
        return [visit_row(self.context, one) for one in found]


def visit_row(context: Context, visit: Kept) -> VisitRow:
    """Return a visit as a list shows it."""
    store, values = context.opened, visit.values
    title, other = context.say("tablet.visit"), ""
    for entity in ("person", "enterprise"):
        subject_id = values[f"{entity}_id"]
        subject = store.find(entity, subject_id) if isinstance(subject_id, bytes) else None
        if subject is not None:
            title, other = context.name(subject)
    place = context.reference.name("communes", values["commune_code"], _code(context.phrases))
    kind = context.say(f"visit.type.{values['type']!s}") if values["type"] else ""
    started = values["started_at"]
    return VisitRow(
        visit.record_id,
        title,
        other,
        " · ".join(part for part in (place, kind) if part),
        context.phrases.time(started) if isinstance(started, int) else "",
        visit.state,
    )


def _code(phrases: Phrases) -> str:
    return phrases.language.code
