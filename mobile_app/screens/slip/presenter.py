"""A slip: a visit, or a day, on one screen, with a QR code that another device reads offline."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from mobile_app.qr import qr
from mobile_app.screens.context import Context
from mobile_app.screens.returned import Question, question
from mobile_app.screens.today.presenter import (
    TodayPresenter,
    named_in,
    needs_in_words,
    subject_of,
    visit_row,
)
from mobile_app.screens.voice import Spoken
from mobile_app.store import undo
from mobile_app.store.records import Record
from sync import local_time, slip
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.rules import codes
from sync.spec import Value


class SlipPresenter:
    """The slip of one visit."""

    def __init__(self, context: Context, visit_id: bytes) -> None:
        """Read the visit. Raises NotFound."""
        self.context = context
        self.visit_id = visit_id
        self.visit: Record = context.opened.get("visit", visit_id)
        self.entity, self.subject = subject_of(context, self.visit)
        self.spoken = Spoken(context, "visit", visit_id)

    @property
    def code(self) -> str:
        """Return the visit's short code."""
        return codes.short_code(self.visit_id)

    def state(self) -> tuple[str, str]:
        """Return how far the visit has come, and the word."""
        self.visit = self.context.opened.get("visit", self.visit_id)
        return self.context.state(self.visit), self.context.state_word(self.visit)

    def lines(self) -> list[tuple[str, str]]:
        """Return what the slip says: what, value in words."""
        values, context = self.visit.values, self.context
        say = context.say
        at = values["started_at"]
        lines = []
        if isinstance(at, int):
            lines.append((say("tablet.slip.when"), context.phrases.moment(at)))
        lines.append((say("visit.field.commune_code"), context.commune(values["commune_code"])))
        lines += [
            (say(f"visit.field.{name}"), context.choice("visit", name, values[name]))
            for name in ("channel", "type", "outcome", "satisfaction")
            if values[name] is not None
        ]
        needs = needs_in_words(context, values)
        if needs:
            lines.append((say("visit.field.needs"), needs))
        if isinstance(values["next_on"], int):
            day = context.phrases.day(values["next_on"], "weekday")
            lines.append((say("visit.field.next_on"), day))
        if values["notes"]:
            lines.append((say("visit.field.notes"), str(values["notes"])))
        return lines

    def qr(self) -> list[list[bool]]:
        """Return the code's modules: visit, day and how far it has come."""
        state, _ = self.state()
        at = self.visit.values["started_at"]
        day = local_time.day_of(int(at)) if isinstance(at, int) else 0
        return qr(f"nuqta:visit:{self.code}:{day}:{state}")

    @property
    def question(self) -> Question | None:
        """Return what the office asks of it; None if nothing."""
        return question(self.context, self.visit)

    def way_back(self) -> tuple[str, bytes, bytes, Value]:
        """Return where the save that can be taken back was made."""
        values = self.visit.values
        is_answer = values["review_state"] == "corrected" and not values["amends_id"]
        return self.way_to_visit(self.visit_id if is_answer else values["amends_id"] or b"")

    def way_to_visit(self, amends_id: Value) -> tuple[str, bytes, bytes, Value]:
        """Return what leads to this visit's steps again: what `VisitPresenter` is made with."""
        return *named_in(self.visit), b"", amends_id

    def can_correct(self) -> bool:
        """Whether this agent wrote the visit: their own word they may correct."""
        return bool(self.visit.values["agent_id"] == self.context.opened.kept.agent_id)

    def can_undo(self) -> bool:
        """Whether it was saved just now and nothing of it was sent."""
        return undo.can_take_back(self.context.opened, self.visit_id, undo.WITHIN_MS)


class DaySlipPresenter:
    """The slip of the day: how much was done and how much of it has arrived."""

    def __init__(self, context: Context) -> None:
        """Read the day, whose slip is then seen."""
        self.context = context
        self.today = TodayPresenter(context)
        with suppress(Refusal):  # a full tablet shows its slip all the same
            self.today.slip_was_seen()

    def title(self) -> str:
        """Return the day, in words."""
        return self.context.phrases.day(self.today.day, "weekday")

    def counts(self) -> list[tuple[str, str, int]]:
        """Return, for each state that occurs, its code, word and count of visits."""
        found = Counter(row.state for row in self.today.visits())
        return [
            (state, self.context.say(f"tablet.state.{state}"), count)
            for state, count in found.most_common()
        ]

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return the day's visits: code, name, what, state, its word."""
        rows = []
        for visit in self.today.done():
            row = visit_row(self.context, visit)
            rows.append(
                (codes.short_code(visit.record_id), row.title, row.detail, row.state, row.word)
            )
        return rows

    def qr(self) -> list[list[bool]]:
        """Return the modules of the square that the desk compares with what has arrived."""
        key = self.context.opened.kept.rescue_key
        if not key:  # a server from before it was shared
            return qr(f"nuqta:day:{self._device_id}:{self.today.day}")
        return qr(
            slip.square(
                key,
                device_id=self._device_id,
                day=self.today.day,
                minute=local_time.minutes_of(self.context.now_ms()),
                items=self._items(),
            )
        )

    def code(self) -> str:
        """Return the code below the square, for who has no camera; empty without a shared key."""
        key, count = self.context.opened.kept.rescue_key, len(self._items())
        given = {"device_id": self._device_id, "day": self.today.day, "count": count}
        return self.context.phrases.code(slip.code(key, **given)) if key else ""

    @property
    def _device_id(self) -> int:
        return self.context.opened.kept.device_id or 0

    def _items(self) -> list[slip.Item]:
        """Return what this agent captured today, the first first; photos go with their visit."""
        store = self.context.opened
        first, after = (local_time.day_start(self.today.day + one) for one in (0, 1))
        found = [
            (at, number, record.record_id)
            for number, entity in enumerate(ENTITIES)
            if {"created_at", "created_by"} <= entity.field_by_name.keys()
            and "sha256" not in entity.field_by_name
            for record in store.list(
                entity.name,
                "created_at >= ? AND created_at < ? AND created_by = ?",
                (first, after, store.kept.agent_id),
            )
            if isinstance(at := record.values["created_at"], int)
        ]
        return [
            slip.Item(number, local_time.minutes_of(at), slip.digest_of(record_id))
            for at, number, record_id in sorted(found)
        ]
