"""One box over people, enterprises and points, in either script."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from mobile_app.device.gps import Locating
from mobile_app.screens.context import Context
from mobile_app.store.nearby import near
from mobile_app.store.records import Record
from sync import scopes, typed
from sync.phrases import has_arabic
from sync.rules import codes

_ROWS_MAX = 60
_NEAR_MAX = 20
_SLIP_DAYS, _VISITS_MAX = 60, 2_000
"""How far back a scanned slip is looked for."""
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
    """What was typed, of which kind and commune, and who answers to it, or who is near.

    `kind`, `commune`: the one that is shown; "" for all.
    """

    def __init__(self, context: Context) -> None:
        """Begin with the first of everybody."""
        self.context = context
        self.text = ""
        self.kind = ""
        self.commune = ""
        self.is_near = False
        self._locating: Locating | None = None
        self.problem = ""
        self.rows: list[Found] = []
        self._near_counts: Counter[str] = Counter()
        self.search("")

    def search(self, text: str) -> None:
        """Find people, enterprises and points; with nothing typed, the first of each."""
        self.text, self.problem = text, ""
        found = self._near() if self.is_near else self._answering()
        self.rows = [self._found(record, metres) for record, metres in found][:_ROWS_MAX]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind, whichever of them is shown."""
        store, text = self.context.opened, typed.text(self.text)
        if self.is_near:
            return {kind: self._near_counts[kind] for kind in KINDS}
        if not text:
            where, given = ("commune_code = ?", (self.commune,)) if self.commune else ("", ())
            return {kind: store.count(kind, where, given) for kind in KINDS}
        if not self.kind and len(self.rows) < _ROWS_MAX:  # all are here: no need to ask again
            shown = Counter(one.entity for one in self.rows)
            return {kind: shown[kind] for kind in KINDS}
        numbers = [store.number_by_name[kind] for kind in KINDS]
        found = store.index.count(text, numbers, commune_code=self.commune or None)
        return {kind: found.get(number, 0) for kind, number in zip(KINDS, numbers, strict=True)}

    def visit_of(self, code: str) -> bytes:
        """Return the visit of a short code, as its slip has it; empty if none of late is here."""
        since = self.context.now_ms() - _SLIP_DAYS * scopes.DAY_MS
        late = self.context.opened.list(
            "visit", "started_at >= ?", (since,), order="started_at DESC", limit=_VISITS_MAX
        )
        plain = codes.normal_code(code)
        named = (codes.normal_code(codes.short_code(one.record_id)) == plain for one in late)
        return next((one.record_id for one, is_it in zip(late, named, strict=False) if is_it), b"")

    def filter(self, kind: str) -> None:
        """Show one kind only; "" shows all."""
        self.kind = kind
        self.search(self.text)

    def communes(self) -> list[tuple[str, str]]:
        """Return the communes to choose from, all of them first; none where there is but one."""
        own = self.context.own_communes()
        if len(own) < 2:
            return []
        all_of_them = self.context.say("tablet.find.commune.all")
        return [("", all_of_them), *((one, self.context.commune(one)) for one in own)]

    def filter_commune(self, code: str) -> None:
        """Show those of one commune only; "" shows all."""
        self.commune = code
        self.search(self.text)

    def toggle_near(self) -> None:
        """Show who is near, the nearest first; once more, everybody again."""
        self.is_near = not self.is_near
        if self.is_near:
            self._locating = Locating(self.context.gps, self.context.opened.true_clock)
            self._locating.look()
        elif self._locating is not None:
            self._locating.end()
        self.search(self.text)

    def look(self) -> bool:
        """Ask the receiver once more. Returns whether something came of it; then search again."""
        if self._locating is None:
            return False
        before = self._locating.best
        return self._locating.look() != before or self._locating.is_done

    @property
    def is_looking(self) -> bool:
        """Whether a position, or a better one, is still awaited."""
        return self.is_near and self._locating is not None and not self._locating.is_done

    def leave(self) -> None:
        """Let the receiver rest."""
        if self._locating is not None:
            self._locating.end()

    def _answering(self) -> list[tuple[Record, int]]:
        found = self.context.opened.search(
            (self.kind,) if self.kind else KINDS,
            typed.text(self.text),
            commune_code=self.commune or None,
            limit=_ROWS_MAX,
        )
        return [(one, 0) for one in found]

    def _near(self) -> list[tuple[Record, int]]:
        here = self._locating.best if self._locating is not None else None
        if here is None:
            self._near_counts = Counter()
            if self.is_looking:
                return []
            self.is_near = False
            self.problem = self.context.say("tablet.find.no_position")
            return self._answering()
        found = [
            found_near
            for kind in KINDS
            for found_near in near(
                self.context.opened, kind, here.latitude, here.longitude, limit=_NEAR_MAX
            )
        ]
        if self.commune:
            found = [one for one in found if one[0].values["commune_code"] == self.commune]
        if typed.text(self.text):
            store = self.context.opened
            numbers = [store.number_by_name[kind] for kind in KINDS]
            answers = store.index.find(self.text, numbers, commune_code=None, most=None)
            answering = {record_id for _, record_id in answers}
            found = [one for one in found if one[0].record_id in answering]
        self._near_counts = Counter(one.entity.name for one, _ in found)
        found = [one for one in found if self.kind in ("", one[0].entity.name)]
        return sorted(found, key=lambda one: one[1])

    def _found(self, record: Record, metres: int) -> Found:
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


def named(sought: str) -> dict[str, str]:
    """Return what was typed to look for somebody as the beginning of a new record."""
    text = typed.text(sought)
    if not text or re.search(r"\d", text):  # a number is looked for, not a name
        return {}
    return {"name_ar" if has_arabic(text) else "name_fr": text}
