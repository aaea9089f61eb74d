"""What the page of a held record shows: why, what was captured, what can be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.db import lookup
from server.db.records import Records
from server.exchange import settle
from server.reviews import asking
from server.reviews.around import QUEUE_ROWS, around_of, next_of
from server.reviews.list import URL, held_rows
from server.reviews.queries import (
    HELD,
    Filter,
    around_held,
    change_of,
    get_held,
    held_with,
    list_held,
    read_filter,
)
from server.reviews.subjects import held_subjects
from server.reviews.words import agent_names, held_reason, held_title
from server.rights import Right
from server.web.named import names_of
from server.web.reader import Reader, word
from server.web.values import NONE, age, shown
from sync.rules.codes import short_code
from sync.spec import Entity, Kind, Value
from sync.wording import as_typed

_OVERRULED = frozenset(
    {"commune_outside_province", "not_allowed", "office_only", "account_disabled"}
)
"""Reasons that a coordinator may overrule."""
_NOT_TYPED = (Kind.KEY, Kind.REF, Kind.REFS, Kind.FLAG)
_OF_THE_MACHINE = ("created_by", "created_at", "source")


def held_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a held record shows: all that is held of it. Raises NotFound."""
    chosen = get_held(records, reader, text)
    rows = held_with(records, chosen)
    first = rows[0]
    reader.saw_of(first.entity, bytes(first.record_id))
    wanted, query = _list_of(reader)
    after = list_held(records, reader, wanted, after=bytes(first.change_id), limit=QUEUE_ROWS - 1)
    (who,) = held_subjects(records, reader, [rows])
    names = agent_names(records, reader, (row.agent_id for row in rows))
    places = lookup.commune_names(records, reader.language)
    return {
        "template": "held.html",
        "address": f"{URL}/held/{text}" + (f"?{query}" if query else ""),
        "who": who,
        "code": short_code(bytes(first.record_id)),
        "since": age(reader, first.received_at),
        **around_of(
            reader,
            around_held(records, reader, wanted, chosen),
            "/held",
            query,
            held_rows(records, reader, wanted, [rows, *after]),
        ),
        "title": held_title(reader, first, who),
        "reason": held_reason(reader, first),
        "agent": names.get(first.agent_id, NONE),
        "questions": asking.questions_of(records, reader, first.entity, first.record_id),
        "captured_at": first.effective_at,
        "received_at": first.received_at,
        "place": places.get(first.commune_code or "", first.commune_code or NONE),
        "changes": [
            {
                "at": row.effective_at,
                "agent": names.get(row.agent_id, NONE),
                "facts": _facts(records, reader, row, places),
            }
            for row in rows
        ],
        "is_open": first.state == "open",
        "state": first.state,
        "decided_at": first.decided_at,
        "can_overrule": first.code in _OVERRULED,
        **_correction(records, reader, rows, places),
    }


def held_next(records: Records, reader: Reader, text: str) -> tuple[str, str]:
    """Return where the decision of a held record leads to, path and query. Raises NotFound."""
    chosen, (wanted, query) = get_held(records, reader, text), _list_of(reader)
    around = around_held(records, reader, wanted, chosen)
    first = list_held(records, reader, wanted, limit=1)
    return next_of(around, held_rows(records, reader, wanted, first), "/held", query)


def _list_of(reader: Reader) -> tuple[Filter, str]:
    wanted = read_filter(reader.asked)
    return replace(wanted, kind=HELD), wanted.query


def _correction(
    records: Records, reader: Reader, rows: Sequence[Any], places: Mapping[str, str]
) -> dict[str, Any]:
    """Return the field that the reason is about, as a form asks for it; empty if none is typed."""
    first = rows[0]
    entity = records.entity_by_name.get(first.entity)
    field = _field_to_correct(entity, first)
    if entity is None or not field:
        return {"field": "", "field_label": "", "field_value": "", "field_options": []}
    captured = _captured(records, rows, field)
    return {
        "field": field,
        "field_label": reader.phrases.say(f"{entity.name}.field.{field}"),
        "field_value": as_typed(reader.phrases, entity, field, captured),
        "field_options": (
            reader.communes(Right.DECIDE, places)
            if field == "commune_code"
            else [
                (choice, word(reader, entity.name, field, choice))
                for choice in entity.field_by_name[field].choices
            ]
        ),
    }


def _field_to_correct(entity: Entity | None, row: Any) -> str:
    if entity is None:
        return ""
    field = settle.field_in_question(entity, row)
    spec = entity.field_by_name.get(field)
    return "" if spec is None or spec.kind in _NOT_TYPED else field


def _captured(records: Records, rows: Sequence[Any], field: str) -> Value:
    for row in rows:
        change = change_of(records, row)
        if change is not None and field in change.values:
            return change.values[field]
    return None


def _facts(
    records: Records, reader: Reader, row: Any, places: Mapping[str, str]
) -> list[tuple[str, str]]:
    change = change_of(records, row)
    if change is None:
        return []
    entity = records.entity_by_name[row.entity]
    specs = entity.field_by_name
    called = names_of(
        records,
        reader,
        (
            (specs[name].refers_to, value)
            for name, value in change.values.items()
            if isinstance(value, bytes) and specs[name].refers_to
        ),
    )

    def words(name: str, value: Value) -> str:
        if name == "commune_code":
            return places.get(str(value), str(value))
        if isinstance(value, bytes) and (named := called.get((specs[name].refers_to, value))):
            return named.words
        return shown(reader, entity, name, value)

    return [
        (reader.phrases.say(f"{entity.name}.field.{name}"), words(name, value))
        for name, value in change.values.items()
        if value is not None and name not in _OF_THE_MACHINE
    ]
