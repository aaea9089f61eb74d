"""Who wrote what of a visit, newest first: decisions, corrections, its arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db import lookup
from server.db.history import value_of
from server.db.records import Records, Stored
from server.visits.queries import ACCEPTED, CORRECTED, RETURNED
from server.web.reader import Reader, name_of
from server.web.values import shown
from sync.merge import INSERT, OVERWRITTEN, last_writer
from sync.spec import Value

_STATE = "review_state"
_SIGNS = {ACCEPTED: "reviewed", RETURNED: "attention", CORRECTED: "ontablet"}


@dataclass(frozen=True, slots=True)
class Past:
    """A field that was overwritten: what it was, what it became, by whom and when."""

    field: str
    was: Value
    became: Value
    by: bytes | None
    at: int


def past_of(records: Records, visit: Stored) -> list[Past]:
    """Return what was overwritten of a visit, newest first."""
    table, entity = records.tables.history, visit.entity
    query = (
        sa.select(table)
        .where(
            table.c.entity == records.tables.number_by_entity[entity.name],
            table.c.record_id == visit.record_id,
            table.c.outcome == OVERWRITTEN,
        )
        .order_by(table.c.id.desc())
    )
    values = dict(visit.values)
    writers = {name: last_writer(entity, visit.writers, name).agent_id for name in values}
    found = []
    for row in records.connection.execute(query):
        name, was = entity.fields[row.field].name, value_of(row.value)
        # What stood after this row is what the newer row of the field had, or what it has now.
        found.append(Past(name, was, values[name], writers[name], row.replaced_at))
        values[name], writers[name] = was, row.agent_id
    return found


def changes_since(
    records: Records, reader: Reader, visit: Stored, past: Sequence[Past]
) -> list[dict[str, Any]]:
    """Return what was written of a returned visit since, each field once: was and is."""
    returned_at = visit.values["returned_at"]
    if visit.values[_STATE] != CORRECTED or not isinstance(returned_at, int):
        return []
    first_by_field = {one.field: one for one in past if _is_told(one) and one.at > returned_at}
    changes = [
        {
            "label": reader.phrases.say(f"visit.field.{name}"),
            "was": shown(reader, visit.entity, name, first.was),
            "becomes": shown(reader, visit.entity, name, visit.values[name]),
        }
        for name, first in first_by_field.items()
        if first.was != visit.values[name]
    ]
    for entity in ("photo", "consent"):
        table = records.tables.records[entity]
        new = records.list(
            entity,
            table.c.visit_id == visit.record_id,
            table.c.effective_at > returned_at,
            reader.covers(records, entity),
        )
        if new:
            came = reader.phrases.count(f"desk.visits.came.{entity}", len(new))
            changes.append({"label": came, "was": "", "becomes": ""})
    return changes


def history_of(
    records: Records, reader: Reader, visit: Stored, past: Sequence[Past]
) -> list[dict[str, str]]:
    """Return what `kit.history` draws: where the visit stands, what was written, its arrival."""
    state = visit.values[_STATE]
    writer = last_writer(visit.entity, visit.writers, _STATE)
    insert = visit.writers[INSERT]
    agents = lookup.agents(
        records, {writer.agent_id, insert.agent_id, *(one.by for one in past)} - {None}
    )

    def name(by: bytes | None) -> str:
        return name_of(agents.get(by), reader.language) if by else ""

    phrases = reader.phrases
    items = []
    if state not in (ACCEPTED, RETURNED) and visit.values["started_at"] is not None:
        items.append(_item("now", phrases.say("desk.visits.past.waits"), ""))
    for one in past:
        when = phrases.facts((name(one.by), phrases.moment(one.at, "short")))
        if one.field == _STATE:
            became = str(one.became or "submitted")
            words = phrases.say(f"desk.visits.past.{became}")
            items.append(_item(_SIGNS.get(became, "done"), words, when))
        elif _is_told(one):
            words = phrases.say(
                "desk.visits.past.changed",
                field=phrases.say(f"visit.field.{one.field}"),
                was=shown(reader, visit.entity, one.field, one.was),
                becomes=shown(reader, visit.entity, one.field, one.became),
            )
            items.append(_item("ontablet" if one.by == insert.agent_id else "done", words, when))
    came = phrases.moment(visit.received_at, "short")
    items.append(_item("done", phrases.say("desk.visits.past.received"), came))
    made = phrases.facts((name(insert.agent_id), phrases.moment(insert.at, "short")))
    items.append(_item("ontablet", phrases.say("desk.visits.past.made"), made))
    return items


def _is_told(one: Past) -> bool:
    return one.field != _STATE and not one.field.startswith("returned_")


def _item(state: str, title: str, detail: str) -> dict[str, str]:
    return {"state": state, "title": title, "detail": detail}
