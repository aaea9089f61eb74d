"""What the page of a review shows: values that disagree, whose they are, what can be decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup, escape

from server.applications.queries import flag_reason
from server.db import lookup
from server.db.records import Records, Stored
from server.exchange import decide
from server.photos.queries import photos_of
from server.reviews.around import QUEUE_ROWS, around_of, next_of
from server.reviews.list import URL, review_rows
from server.reviews.queries import (
    Filter,
    around_review,
    is_duplicate,
    is_flag,
    list_reviews,
    other_of,
    read_filter,
    subject_of,
)
from server.reviews.subjects import Subject, subjects_of
from server.reviews.words import (
    agent_names,
    alike_words,
    question,
    side_words,
    subject_title,
    url_of,
)
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen
from server.web.values import NONE, age, shown
from server.web.waiting import pair_url
from sync import flat
from sync.merge import last_writer
from sync.rules.codes import short_code
from sync.spec import Entity, Kind, Value

_MINUTE_S = 60
_VISITS_SHOWN = 3


def review_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a review shows. Raises NotFound."""
    review = get_seen(records, reader, "review", text)
    entity, field = decide.field_of(records, review)
    record = subject_of(records, reader, review)
    is_gone = record is None or record.deleted_at is not None
    wanted, query = _list_of(reader, review)
    key = (entity.name, bytes(review.values["record_id"]))  # type: ignore[arg-type]
    after = list_reviews(records, reader, wanted, after=review.record_id, limit=QUEUE_ROWS - 1)
    page = {
        "template": "review.html",
        "address": f"{URL}/{text}" + (f"?{query}" if query else ""),
        "title": question(reader, entity, field),
        "subject": subject_title(records, reader, review, record),
        "who": subjects_of(records, reader, [key]).get(key, Subject()),
        "place": lookup.commune_names(records, reader.language).get(
            str(review.values["commune_code"]), ""
        ),
        "code": short_code(key[1]),
        "since": age(reader, review.received_at),
        **around_of(
            reader,
            around_review(records, reader, wanted, review.record_id),
            "",
            query,
            review_rows(records, reader, wanted, [review, *after]),
        ),
        "subject_url": "" if is_gone or record is None else url_of(records, reader, record),
        "seen_rev": record.rev if record is not None else 0,
        "is_gone": is_gone,
        "is_open": review.values["state"] == "open",
        "other_url": "",
        "pair_url": "",
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


def review_next(records: Records, reader: Reader, text: str) -> tuple[str, str]:
    """Return where the decision of a review leads to, path and query. Raises NotFound."""
    review = get_seen(records, reader, "review", text)
    wanted, query = _list_of(reader, review)
    around = around_review(records, reader, wanted, review.record_id)
    first = list_reviews(records, reader, wanted, limit=1)
    return next_of(around, review_rows(records, reader, wanted, first), "", query)


def _list_of(reader: Reader, review: Stored) -> tuple[Filter, str]:
    """Return the list that a review is shown of: what the address says, else that of its kind."""
    wanted = read_filter(reader.asked)
    return replace(wanted, kind=str(review.values["kind"])), wanted.query


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
            "alike": alike_words(self.reader, review),
            "other_url": url_of(self.records, self.reader, other) if other is not None else "",
            "pair_url": pair_url(
                self.records,
                self.reader,
                bytes(review.values["record_id"]),  # type: ignore[arg-type]
                bytes.fromhex(str(values["mine"])),
            ),
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
        """Return the question which of two values of a field is right, as one sentence."""
        theirs = self._theirs()
        return {
            "template": "conflict.html",
            "field_asked": f"{self.entity.name}.{self.field}",
            "sentence": self._sentence(),
            "base": self._shown(decide.base_of(self.records, self.review)),
            "sides": [
                self._card(decide.MINE, decide.mine_of(self.records, self.review)),
                self._card(decide.THEIRS, theirs),
            ],
            "keys": self._keys(),
            "photos": self._photos(),
            "since_then": list(self._stored_since(theirs)),
            **self._own_value(),
        }

    def _photos(self) -> list[dict[str, Any]]:
        """Return the photos of the last visits to whom it is about: a card may be among them."""
        field = f"{self.entity.name}_id"
        table = self.records.tables.records["visit"]
        if field not in ("person_id", "enterprise_id"):
            return []
        visits = self.records.list(
            "visit",
            table.c[field] == self.review.values["record_id"],
            self.reader.covers(self.records, "visit"),
            order=(table.c.started_at.desc(),),
            limit=_VISITS_SHOWN,
        )
        return [
            {**photo, "at": visit.values["started_at"]}
            for visit in visits
            for photo in photos_of(self.records, self.reader, visit.record_id)
            if not photo["is_signature"]
        ]

    def _keys(self) -> list[tuple[str, str]]:
        say = self.reader.phrases.say
        return [
            ("1", say("desk.conflict.keep.first")),
            ("2", say("desk.conflict.keep.second")),
            ("L", say("desk.conflict.leave")),
            ("J", say("desk.around.after")),
            ("K", say("desk.around.before")),
        ]

    def _sentence(self) -> Markup:
        """Return who wrote what and when, without having seen whose value; the names stand out."""
        values, phrases = self.review.values, self.reader.phrases
        office = phrases.say("desk.conflict.office")
        sentence = escape(
            phrases.say(
                "desk.conflict.sentence",
                field=question(self.reader, self.entity, self.field),
                at=self._moment(decide.MINE),
                other_at=self._moment(decide.THEIRS),
            )
        )
        for side, name in ((decide.MINE, "{who}"), (decide.THEIRS, "{other}")):
            by = values[f"{side}_by"]
            words = self.names.get(by, office) if isinstance(by, bytes) else office
            marked = Markup('<b class="said"><bdi>{}</bdi></b>').format(words)
            sentence = sentence.replace(name, marked)
        return sentence

    def _moment(self, side: str) -> str:
        at = self.review.values[f"{side}_at"]
        return self.reader.phrases.moment(at) if isinstance(at, int) else NONE

    def _card(self, side: str, value: Value) -> dict[str, Any]:
        """Return one of the two values: whose, since when, and how far its clock can be trusted."""
        row = self._side(side, self._shown(value))
        device_id = self._device_of(side)
        return {
            **row,
            "decision": side,
            "is_tablet": device_id is not None,
            "clock": self._clock(device_id),
        }

    def _device_of(self, side: str) -> int | None:
        """Return the tablet on which a side was written; None: at the office or on the portal."""
        record, at = self.record, self.review.values[f"{side}_at"]
        if side == decide.THEIRS and record is not None:
            last = last_writer(self.entity, record.writers, self.field)
            if last.at == at:
                return last.device_id or None
        table = self.records.tables.history
        query = sa.select(table.c.device_id).where(
            table.c.entity == self.records.tables.number_by_entity[self.entity.name],
            table.c.record_id == self.review.values["record_id"],
            table.c.field == self.entity.number_by_name[self.field],
            table.c.effective_at == at,
        )
        return self.records.connection.scalar(query.limit(1)) or None

    def _clock(self, device_id: int | None) -> str:
        """Return in words how sure a moment is: by the last that is known of its tablet's clock."""
        say = self.reader.phrases
        if device_id is None:
            return say.say("desk.conflict.clock.office")
        table = self.records.tables.device
        off = self.records.connection.scalar(
            sa.select(table.c.clock_off_ms).where(table.c.id == device_id)
        )
        seconds = max(1, abs(int(off or 0)) // 1000)
        if seconds < _MINUTE_S:
            return say.count("desk.conflict.clock.seconds", seconds)
        return say.count("desk.conflict.clock.minutes", seconds // _MINUTE_S)

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
