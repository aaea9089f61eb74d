"""Find records by what people type, and name those that a list refers to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored
from sync import typed
from sync.rules import codes, names

CANDIDATES_MAX = 2_000


def search(
    records: Records, entity: str, text: str, within: sa.ColumnElement[bool], *, limit: int
) -> list[Stored]:
    """Return records by name, phone or short code, best match first.

    Args:
        within: the condition that a record may be seen.
    """
    found: set[bytes] | None = None
    number = [one.name for one in records.tables.entities].index(entity)
    table = records.tables.search_term
    code = typed.line(text).replace("-", "").replace(" ", "").lower()
    for prefix, sound in names.query_terms(text):
        wanted = [_starts(table.c.term, prefix)] + ([_starts(table.c.term, sound)] if sound else [])
        query = (
            sa.select(table.c.record_id)
            .where(table.c.entity == number, sa.or_(*wanted))
            .limit(CANDIDATES_MAX)
        )
        ids = set(records.connection.scalars(query))
        found = ids if found is None else found & ids
    by_code = sa.select(table.c.record_id).where(table.c.entity == number, table.c.term == code)
    ids = (found or set()) | set(records.connection.scalars(by_code))
    declared = records.entity_by_name[entity]
    searched = [spec.name for spec in declared.fields if spec.searched]
    ranked = []
    key = records.tables.records[entity].c.id
    for record in records.list(entity, key.in_(ids), within):
        texts = [one for name in searched if isinstance(one := record.values.get(name), str)]
        texts.append(codes.short_code(record.record_id))
        ranked.append((-names.score(text, *texts), record.record_id, record))
    ranked.sort(key=lambda one: one[:2])
    return [record for _, _, record in ranked[:limit]]


def _starts(column: Any, prefix: str) -> sa.ColumnElement[bool]:
    return sa.and_(column >= prefix, column < prefix + "\U0010ffff")


def commune_names(records: Records, language: str) -> dict[str, str]:
    """Return the names of all communes by code."""
    table = records.tables.records["commune"]
    name = table.c.name_ar if language == "ar" else table.c.name_fr
    return {row[0]: row[1] for row in records.connection.execute(sa.select(table.c.code, name))}


def agents(records: Records, ids: Iterable[object]) -> dict[bytes, Stored]:
    """Return agents by id: whoever works in the programme stands by name under what they did."""
    return records.load("agent", [one for one in ids if isinstance(one, bytes)])
