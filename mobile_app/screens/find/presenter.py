"""One box over people, enterprises and points, in either script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.store.nearby import near
from mobile_app.store.records import Kept

_ROWS_MAX = 60
_NEAR_MAX = 20
KINDS = ("person", "enterprise", "contact_point")
SIGNS = {"person": "user", "enterprise": "users-group", "contact_point": "building-store"}


@dataclass(frozen=True, slots=True)
class Found:
    """Someone found, in words."""

    entity: str
    record_id: bytes
    title: str
    other: str
    detail: str
    state: str
    word: str


class FindPresenter:
    """What was typed, of which kind, and who answers to it, or who is near."""

    def __init__(self, context: Context) -> None:
        """Begin with the first of everybody."""
        self.context = context
        self.text = ""
        self.kind = ""
        self.is_near = False
        self.problem = ""
        self.rows: list[Found] = []
        self.counts: dict[str, int] = {}
        self.search("")

    def search(self, text: str) -> None:
        """Find people, enterprises and points; with nothing typed, the first of each."""
        self.text, self.problem = text, ""
        found = self._near() if self.is_near else self._answering()
        self.counts = dict.fromkeys(KINDS, 0)
        for record, _ in found:
            self.counts[record.entity.name] += 1
        self.rows = [
            self._found(record, metres)
            for record, metres in found
            if self.kind in ("", record.entity.name)
        ][:_ROWS_MAX]

    def filter(self, kind: str) -> None:
        """Show one kind only; "" shows all."""
        self.kind = kind
        self.search(self.text)

    def toggle_near(self) -> None:
        """Show who is near, the nearest first; once more, everybody again."""
        self.is_near = not self.is_near
        self.search(self.text)

    def _answering(self) -> list[tuple[Kept, int]]:
        text = self.text.strip()
        kinds: Sequence[str] = KINDS if text or not self.kind else (self.kind,)
        return [(one, 0) for one in self.context.opened.search(kinds, text, limit=_ROWS_MAX)]

    def _near(self) -> list[tuple[Kept, int]]:
        here = self.context.gps.position()
        if here is None:
            self.is_near = False
            self.problem = self.context.say("tablet.find.no_position")
            return self._answering()
        found = [
            one
            for kind in KINDS
            for one in near(
                self.context.opened, kind, here.latitude, here.longitude, limit=_NEAR_MAX
            )
        ]
        if self.text.strip():
            answering = {one.record_id for one, _ in self._answering()}
            found = [one for one in found if one[0].record_id in answering]
        return sorted(found, key=lambda one: one[1])

    def _found(self, record: Kept, metres: int) -> Found:
        context, values = self.context, record.values
        title, other = context.name(record)
        phone = values.get("phone")
        detail = [values.get("douar"), context.commune(values["commune_code"])]
        if isinstance(phone, str):
            detail.append(context.phrases.phone(phone))
        if metres:
            km = context.phrases.number(metres / 1000, 1)
            detail.insert(0, context.say("tablet.km", km=km))
        state = context.state(record)
        return Found(
            record.entity.name,
            record.record_id,
            title,
            other,
            context.facts(*detail),
            # The ordinary is silent: a list in which all has arrived says nothing of it.
            "" if state == "received" else state,
            "" if state == "received" else context.state_word(record),
        )
