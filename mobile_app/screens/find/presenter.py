"""One box over people and enterprises, in either script."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context

_ROWS_MAX = 60


@dataclass(frozen=True, slots=True)
class Found:
    """Someone found."""

    entity: str
    record_id: bytes
    title: str
    other: str
    detail: str
    state: str


class FindPresenter:
    """What was typed and who answers to it."""

    def __init__(self, context: Context) -> None:
        """Begin with everybody."""
        self.context = context
        self.rows: list[Found] = []
        self.search("")

    def search(self, text: str) -> None:
        """Find people and enterprises; with nothing typed, the first of each."""
        store, language = self.context.opened, self.context.phrases.language.code
        self.rows = []
        for entity in ("person", "enterprise"):
            for record in store.search(entity, text.strip(), limit=_ROWS_MAX):
                title, other = self.context.name(record)
                values = record.values
                place = self.context.reference.name("communes", values["commune_code"], language)
                detail = " · ".join(str(one) for one in (place, values.get("douar")) if one)
                self.rows.append(
                    Found(entity, record.record_id, title, other, detail, record.state)
                )
