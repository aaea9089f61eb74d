"""What the page of a review shows: values that disagree, whose they are, what can be decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from server.applications.queries import flag_reason
from server.db.records import Records, Stored
from server.exchange import decide
from server.reviews.queries import is_duplicate, is_flag, other_of, subject_of
from server.reviews.words import (
    agent_names,
    duplicate_row,
    question,
    side_words,
    subject_title,
    url_of,
)
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen
from server.web.shell import DESK
from server.web.values import shown
from sync import flat
from sync.merge import last_writer
from sync.spec import Entity, Kind, Value


def review_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a review shows. Raises NotFound."""
    review = get_seen(records, reader, "review", text)
    entity, field = decide.field_of(records, review)
    record = subject_of(records, reader, review)
    is_gone = record is None or record.deleted_at is not None
    page = {
        "address": f"{DESK}/reviews/{text}",
        "title": question(reader, entity, field),
        "subject": subject_title(records, reader, review, record),
        "subject_url": "" if is_gone or record is None else url_of(records, reader, record),
        "seen_rev": record.rev if record is not None else 0,
        "is_gone": is_gone,
        "is_open": review.values["state"] == "open",
        "other_url": "",
        "keep": "",
        "flag": "",
        "alike": "",
    }
    asked = _Asked(records, reader, review, record, entity, field)
    if is_duplicate(review):
        return page | asked.two_records()
    if not field:
        return page | asked.whole_record()
    return page | (asked.step() if is_flag(review) else asked.two_values())


@dataclass(slots=True)
class _Asked:
    """One review, and what the three kinds of question show of it."""

    records: Records
    reader: Reader
    review: Stored
    record: Stored | None
    entity: Entity
    field: str
    names: dict[bytes, str] = dataclass_field(init=False)

    def __post_init__(self) -> None:
        values = self.review.values
        by = (values["mine_by"], values["theirs_by"])
        self.names = agent_names(self.records, self.reader, by)

    def two_records(self) -> dict[str, Any]:
        """Return the question if two records are one, and how the number is corrected."""
        review, values = self.review, self.review.values
        other = other_of(self.records, self.reader, review)
        elsewhere = self.reader.phrases.say("desk.duplicate.elsewhere")
        language, by, at = self.reader.language, values["theirs_by"], values["theirs_at"]
        this = self._row("alike.this", name_of(self.record, language), by, at)
        # No account wrote it, and the office, which `_row` would name, did not either.
        if not by and self.record is not None and self.record.values["source"] == "portal":
            this["by"] = self.reader.phrases.say("source.portal")
        return {
            "alike": duplicate_row(self.records, self.reader, review)["reason"],
            "other_url": url_of(self.records, self.reader, other) if other is not None else "",
            "rows": [this, self._row("alike.other", name_of(other, language) or elsewhere)],
            **self._own_value(),
        }

    def whole_record(self) -> dict[str, Any]:
        """Return the question if a record stays that one deleted and another changed."""
        sides = (decide.MINE, decide.THEIRS)
        side_by_deletion = {decide.deletes(self.review, side): side for side in sides}
        return {
            "rows": [
                self._side(side, side_words(self.records, self.reader, self.review, side))
                for side in sides
            ],
            "keep": side_by_deletion[False],
            "delete": side_by_deletion[True],
        }

    def two_values(self) -> dict[str, Any]:
        """Return the question which of two values of a field is right."""
        mine, theirs = self._mine(), self._theirs()
        rows = [
            self._row("base", self._shown(decide.base_of(self.records, self.review))),
            self._side(decide.MINE, mine),
            self._side(decide.THEIRS, self._shown(theirs)),
        ]
        return {"rows": [*rows, *self._stored_since(theirs)], **self._own_value(), "mine": mine}

    def step(self) -> dict[str, Any]:
        """Return the question if a step of an application, which was taken, is in order."""
        values, mine, theirs = self.review.values, self._mine(), self._theirs()
        taken = (self._shown(theirs), values["theirs_by"], values["theirs_at"])
        rows = [self._row("before", mine), self._row("taken", *taken)]
        flag = (
            flag_reason(self.reader, self.review, self.records, self.record) if self.record else ""
        )
        return {
            "flag": flag,
            "rows": [*rows, *self._stored_since(theirs)],
            **self._own_value(),
            "mine": mine,
        }

    def _mine(self) -> str:
        return self._shown(decide.mine_of(self.records, self.review))

    def _theirs(self) -> Value:
        return flat.from_text(self.entity, self.field, str(self.review.values["theirs"] or ""))

    def _stored(self) -> Value:
        return None if self.record is None else self.record.values.get(self.field)

    def _stored_since(self, theirs: Value) -> Iterator[dict[str, Any]]:
        """Yield the value that is stored by now, if it is neither side's: somebody went on."""
        record, stored = self.record, self._stored()
        if record is None or record.deleted_at is not None or stored == theirs:
            return
        last = last_writer(self.entity, record.writers, self.field)
        if last.agent_id:
            self.names |= agent_names(self.records, self.reader, [last.agent_id])
        yield self._row("now", self._shown(stored), last.agent_id, last.at)

    def _own_value(self) -> dict[str, Any]:
        """Return how a third value is asked for, beside the one that is stored."""
        spec = self.entity.field_by_name[self.field]
        return {
            "kept": self._shown(self._stored()),
            "mine": "",
            "options": [
                (choice, word(self.reader, self.entity.name, self.field, choice))
                for choice in spec.choices
            ],
            "chars_max": spec.chars_max,
            "asked_form": spec.form,
            "is_number": spec.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.CODE),
        }

    def _shown(self, value: Value) -> str:
        return shown(self.reader, self.entity, self.field, value)

    def _side(self, side: str, value: str) -> dict[str, Any]:
        values = self.review.values
        return self._row(side, value, values[f"{side}_by"], values[f"{side}_at"])

    def _row(self, code: str, value: str, by: object = None, at: object = None) -> dict[str, Any]:
        """Return a line of the table: a value, what it is; by whom and when, where that is known.

        Without an account the office wrote it.
        """
        office = self.reader.phrases.say("desk.decide.office")
        name = self.names.get(by, office) if isinstance(by, bytes) else office
        return {
            "what": self.reader.phrases.say(f"desk.decide.{code}"),
            "value": value,
            "by": name if at else "",
            "at": at,
        }
