"""The values that a record's fields had, from the rows of the history and who wrote the present."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.history import value_of
from server.db.records import NotFound, Records, Stored
from server.web.reader import Reader
from server.web.seen import is_reached, read_id
from sync.merge import LOST, last_writer
from sync.spec import Value

ENTITIES = ("person", "enterprise", "contact_point", "visit", "application", "holding")
"""Whose records have a page of their history."""
ROWS_MAX = 500
"""Of one record's history, the newest: what is older is said to be there."""


@dataclass(frozen=True, slots=True)
class Past:
    """A value that a field has, had, or never came to have.

    Args:
        at: when it was written, as far as its device's clock can be told (Unix ms).
        received_at: when the server had it; None where that was not kept.
        is_present: whether it stands.
        is_lost: whether another was preferred to it in a conflict.
        never_stood: whether it came too late to be there at all.
        replaced_by: who wrote what is there instead.
    """

    value: Value
    agent_id: bytes | None
    device_id: int
    at: int
    received_at: int | None
    is_present: bool = False
    is_lost: bool = False
    never_stood: bool = False
    replaced_by: bytes | None = None
    replaced_at: int | None = None


@dataclass(frozen=True, slots=True)
class Pasts:
    """A record's history: for each field its values, newest first; whether older ones are left out.

    `decisions` are the reviews about a field, newest first.
    """

    by_field: Mapping[str, Sequence[Past]]
    decisions: Mapping[str, Sequence[Stored]]
    is_cut: bool


def get_record(records: Records, reader: Reader, entity: str, text: str) -> Stored:
    """Return a record that the reader may see, be it deleted or merged; the audit log keeps it.

    Raises:
        NotFound: no such id, no such record, or one out of reach: the same answer.
    """
    record_id = read_id(entity, text)
    record = records.load(entity, [record_id]).get(record_id)
    if record is None or not is_reached(records, reader, record):
        reader.missed(entity, record_id)
        raise NotFound(f"{entity}: not found", entity=entity)
    reader.saw(records, record)
    return record


def pasts_of(records: Records, record: Stored, field: str = "") -> Pasts:
    """Return what the fields of a record have had.

    Args:
        field: that one alone.
    """
    entity, table = record.entity, records.tables.history
    where = [
        table.c.record_id == record.record_id,
        table.c.entity == records.tables.number_by_entity[entity.name],
    ]
    if field:
        where.append(table.c.field == entity.number_by_name[field])
    query = sa.select(table).where(*where).order_by(table.c.id.desc()).limit(ROWS_MAX + 1)
    found = records.connection.execute(query).all()
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in found[:ROWS_MAX]:
        rows[entity.fields[row.field].name].append(row)
    received = _received(records, (row.change_id for row in found))
    names = [field] if field else [spec.name for spec in entity.fields[1:]]
    by_field = {name: _of_field(record, name, rows[name], received) for name in names}
    return Pasts(by_field, _decisions(records, record), len(found) > ROWS_MAX)


def _of_field(
    record: Stored, name: str, rows: Sequence[Any], received: Mapping[bytes, int]
) -> list[Past]:
    """Return the values of a field, newest first.

    Args:
        rows: of its history, newest first.
        received: when the server had a change, by its id.
    """
    writer = last_writer(record.entity, record.writers, name)
    # A row says what was replaced, and the change that did: so of the value before it in this
    # order, when that came. Who wrote what stands after a row is known from the one before too.
    stood = [row for row in rows if row.rev > 0]
    came = [received.get(row.change_id) if row.change_id else None for row in stood]
    came.append(record.received_at)  # what was there first came with the record
    value = record.values.get(name)
    pasts = [Past(value, writer.agent_id, writer.device_id, writer.at, came[0], is_present=True)]
    by = writer.agent_id
    place = 0
    for row in rows:
        never_stood = row.rev == 0
        place += not never_stood
        own = received.get(row.change_id) if row.change_id else None
        pasts.append(
            Past(
                value_of(row.value),
                row.agent_id,
                row.device_id or 0,
                row.effective_at,
                own if never_stood else came[place],
                is_lost=row.outcome == LOST,
                never_stood=never_stood,
                replaced_by=by,
                replaced_at=row.replaced_at,
            )
        )
        by = by if never_stood else row.agent_id
    # A field that was empty at first has nothing to say of that.
    return pasts[:-1] if len(pasts) > 1 and pasts[-1].value is None else pasts


def _received(records: Records, change_ids: Iterable[bytes | None]) -> dict[bytes, int]:
    """Return when the server had changes, by id; of the office's own nothing was kept."""
    table, ids = records.tables.acknowledgement, {one for one in change_ids if one}
    query = sa.select(table.c.change_id, sa.func.min(table.c.at)).where(table.c.change_id.in_(ids))
    rows = records.connection.execute(query.group_by(table.c.change_id)) if ids else ()
    return {bytes(row[0]): row[1] for row in rows}


def _decisions(records: Records, record: Stored) -> dict[str, list[Stored]]:
    """Return the questions about a record's fields, decided or open, newest first."""
    table = records.tables.records["review"]
    found = records.list(
        "review",
        table.c.record_id == record.record_id,
        table.c.entity == record.entity.name,
        order=(table.c.id.desc(),),
        limit=ROWS_MAX,
    )
    by_field: dict[str, list[Stored]] = defaultdict(list)
    for review in found:
        by_field[str(review.values["field"] or "")].append(review)
    return by_field
