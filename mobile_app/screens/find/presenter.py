"""One box over people, enterprises and points, in either script."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.store.records import Kept

_ROWS_MAX = 60
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
    """What was typed, of which kind, and who answers to it."""

    def __init__(self, context: Context) -> None:
        """Begin with the first of everybody."""
        self.context = context
        self.text = ""
        self.kind = ""
        self.rows: list[Found] = []
        self.counts: dict[str, int] = {}
        self.search("")

    def search(self, text: str) -> None:
        """Find people, enterprises and points; with nothing typed, the first of each."""
        self.text = text
        self.counts, found = {}, []
        for entity in KINDS:
            records = self._search(entity, text.strip())
            self.counts[entity] = len(records)
            if self.kind in ("", entity):
                found += records
        self.rows = [self._found(one) for one in found[:_ROWS_MAX]]

    def filter(self, kind: str) -> None:
        """Show one kind only; "" shows all."""
        self.kind = kind
        self.search(self.text)

    def _search(self, entity: str, text: str) -> list[Kept]:
        return list(self.context.opened.search(entity, text, limit=_ROWS_MAX))

    def _found(self, record: Kept) -> Found:
        context, values = self.context, record.values
        title, other = context.name(record)
        phone = values.get("phone")
        detail = [values.get("douar"), context.commune(values["commune_code"])]
        if isinstance(phone, str):
            detail.append(context.phrases.phone(phone))
        state = context.state(record)
        return Found(
            record.entity.name,
            record.record_id,
            title,
            other,
            " · ".join(str(part) for part in detail if part),
            # The ordinary is silent: a list in which all has arrived says nothing of it.
            "" if state == "received" else state,
            "" if state == "received" else context.state_word(record),
        )
