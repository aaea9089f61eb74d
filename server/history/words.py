"""A record's history in words: values, people, tablets, places and records by name, never by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.db import lookup
from server.db.records import Records, Stored
from server.history.queries import Past, Pasts
from server.rights import Right
from server.web.named import Named, names_of, page_of
from server.web.reader import Reader
from server.web.values import NONE, shown
from sync.rules.codes import short_code
from sync.spec import Field, Kind, Value

_COMPUTED = {("application", "office"), ("application", "due_on")}
"""What the server fills in by itself (`server.exchange.passing`, `stepping`)."""
_BROUGHT = ("import", "pilot")
"""Sources of records that nobody typed: they came with a file."""
_OFF_MS = 10 * 60_000
"""A tablet's clock that is wrong by less says nothing of when."""


class Words:
    """What a record's history is said in: all names looked up once."""

    def __init__(self, records: Records, reader: Reader, record: Stored, pasts: Pasts) -> None:
        """Look up whatever the history names."""
        self._reader, self._record = reader, record
        every = [past for values in pasts.by_field.values() for past in values]
        keys = {
            ("agent", one) for past in every for one in (past.agent_id, past.replaced_by) if one
        }
        keys |= set(_referred(record, pasts))
        decided = [review for some in pasts.decisions.values() for review in some]
        keys |= {
            ("agent", by) for one in decided if isinstance(by := one.values["decided_by"], bytes)
        }
        survivor = record.values.get("survivor_id")
        keys |= {(record.entity.name, survivor)} if isinstance(survivor, bytes) else set()
        self._names = names_of(records, reader, keys)
        self._places = lookup.commune_names(records, reader.language)
        self._decisions = pasts.decisions

    def fields(self, pasts: Pasts, asked: str) -> list[dict[str, Any]]:
        """Return the fields that have, or had, a value: name, what stands, and what was, in words.

        Args:
            asked: the one field that is shown whatever it has.
        """
        shown_fields = []
        for spec in self._record.entity.fields[1:]:
            values = pasts.by_field.get(spec.name, ())
            if not values or (len(values) == 1 and values[0].value is None and spec.name != asked):
                continue
            shown_fields.append(
                {
                    "name": spec.name,
                    "label": self._reader.phrases.say(
                        f"{self._record.entity.name}.field.{spec.name}"
                    ),
                    "pasts": [self._one(spec, past) for past in values],
                    "questions": self._questions(spec.name),
                }
            )
        return shown_fields

    def named(self, entity: str, record_id: bytes) -> Named | None:
        """Return what a record that the history refers to is called; None if out of reach."""
        return self._names.get((entity, record_id))

    def _one(self, spec: Field, past: Past) -> dict[str, Any]:
        parts = [self._who(past.agent_id, past.device_id, spec.name), self._when(past)]
        say = self._reader.phrases.say
        if past.is_present:
            state = "now"
        elif past.is_lost:
            state = "attention"
            parts.append(say("desk.history.lost_to", who=self._person(past.replaced_by, spec.name)))
        else:
            state = "done"
            code = "desk.history.too_late" if past.never_stood else "desk.history.replaced_by"
            parts.append(say(code, who=self._person(past.replaced_by, spec.name)))
        return {
            "title": self._value(spec, past.value),
            "detail": self._reader.phrases.facts(parts),
            "state": state,
        }

    def _value(self, spec: Field, value: Value) -> str:
        phrases = self._reader.phrases
        if isinstance(value, tuple) and spec.kind in (Kind.REFS, Kind.CODES):
            return phrases.listed(self._value(spec, one) for one in value) or NONE
        if isinstance(value, bytes):
            found = self._names.get((spec.refers_to, value))
            return found.words if found else phrases.code(short_code(value))
        if isinstance(value, str) and value in self._places and spec.name.startswith("commune"):
            return self._places[value]
        return shown(self._reader, self._record.entity, spec.name, value)

    def _person(self, agent_id: bytes | None, field: str = "") -> str:
        if agent_id is None:
            return self._reader.phrases.say(f"desk.history.{self._nobody(field)}")
        found = self._names.get(("agent", agent_id))
        return found.words if found else self._reader.phrases.say("desk.audit.unknown")

    def _nobody(self, field: str) -> str:
        """Return what wrote a field where no account did."""
        if (self._record.entity.name, field) in _COMPUTED:
            return "system"
        return "office" if self._record.values["source"] in _BROUGHT else "portal"

    def _who(self, agent_id: bytes | None, device_id: int, field: str) -> str:
        """Return who wrote a value, and on which tablet if it was not at the desk."""
        who = self._person(agent_id, field)
        if not device_id:
            return who
        return self._reader.phrases.say("desk.history.on_tablet", who=who, number=device_id)

    def _when(self, past: Past) -> str:
        """Return when a value was written; of a tablet's also when it came, if that was later."""
        phrases = self._reader.phrases
        at = phrases.moment(past.at)
        late = (past.received_at or 0) - past.at
        if not past.device_id or past.received_at is None or late < _OFF_MS:
            return at
        return phrases.say("desk.history.came", at=at, received=phrases.moment(past.received_at))

    def _questions(self, field: str) -> list[dict[str, str]]:
        """Return the conflicts about a field: who decided them, or where that is done."""
        say, found = self._reader.phrases.say, []
        for review in self._decisions.get(field, ()):
            values = review.values
            by = values["decided_by"]
            if values["state"] == "open":
                words = say("desk.history.open")
            else:
                at = values["decided_at"]
                words = say(
                    "desk.history.decided",
                    who=self._person(by if isinstance(by, bytes) else None),
                    at=self._reader.phrases.moment(at) if isinstance(at, int) else NONE,
                )
            url = page_of("review", review.record_id)
            found.append(
                {"words": words, "url": url if self._reader.may(Right.SEE_REVIEWS) else ""}
            )
        return found


def apart(fields: Sequence[Mapping[str, Any]], asked: str) -> dict[str, Any]:
    """Return a history's fields as its page shows them: what changed, then the rest together.

    `fields` are those with more than their first value, and the one that is asked for; `groups`
    those that were written once, as (by whom and when, (label, value, name) of each).
    """
    groups: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    changed = []
    for one in fields:
        first, *others = one["pasts"]
        if others or one["questions"] or one["name"] == asked:
            changed.append(one)
        else:
            groups[first["detail"]].append((one["label"], first["title"], one["name"]))
    return {"fields": changed, "groups": list(groups.items())}


def _referred(record: Stored, pasts: Pasts) -> Iterable[tuple[str, bytes]]:
    """Yield the records that values refer to."""
    for name, values in pasts.by_field.items():
        spec = record.entity.field_by_name[name]
        if not spec.refers_to:
            continue
        for past in values:
            for one in past.value if isinstance(past.value, tuple) else (past.value,):
                if isinstance(one, bytes):
                    yield spec.refers_to, one


def survivor_of(words: Words, record: Stored) -> Named | None:
    """Return the record that one was merged into; None: it was not, or that is out of reach."""
    survivor = record.values.get("survivor_id")
    return words.named(record.entity.name, survivor) if isinstance(survivor, bytes) else None


def menu(
    fields: Iterable[Mapping[str, Any]], url: str, asked: str, every: str
) -> list[dict[str, Any]]:
    """Return the links to one field's history each, and to all of them."""
    return [
        {"label": every, "url": url},
        *(
            {
                "label": one["label"],
                "url": f"{url}?field={one['name']}",
                "active": one["name"] == asked,
            }
            for one in fields
        ),
    ]
