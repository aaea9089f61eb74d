"""Records that a reader may see, and no other: by id, by reference, by what was typed.

Whatever is out of reach is answered as if it were not there. Pages find records by these, or by
`Records.list` with `reader.covers` among its conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts.standing import Standing, reading
from server.db import lookup
from server.db.records import NotFound, Records, Stored, any_id
from server.db.tables import Tables
from server.rights import Reach, Right
from server.web.asked import Asked
from server.web.reader import Reader
from sync import typed

PAGE_ROWS = 50
"""Rows of a list before it goes on on the next page."""


def read_id(entity: str, text: str) -> bytes:
    """Return the id of what an address names. Raises NotFound: it is none."""
    try:
        return UUID(text).bytes
    except ValueError as fault:
        raise NotFound(f"{entity}: not an id", entity=entity) from fault


def get_seen(
    records: Records, reader: Reader, entity: str, text: str, right: Right | None = None
) -> Stored:
    """Return a record that a right reaches, by its id as an address has it; the audit log keeps it.

    Args:
        right: the one that reads the entity when None.

    Raises:
        NotFound: no such id, no such record, or one out of reach: the same answer.
    """
    record_id = read_id(entity, text)
    found = seen_of(records, reader, entity, "id", [record_id], right=right)
    if not found:
        reader.missed(entity, record_id)
        raise NotFound(f"{entity}: not found", entity=entity)
    reader.saw(records, found[0])
    return found[0]


def seen_of(
    records: Records,
    reader: Reader,
    entity: str,
    field: str,
    ids: Sequence[bytes],
    *,
    order: Sequence[str] = ("id",),
    limit: int | None = None,
    right: Right | None = None,
    is_deleted_too: bool = False,
) -> list[Stored]:
    """Return the records that the reader may see, and that a field refers one of some ids with.

    Args:
        field: that refers, or `id` for the records themselves.
        order: names of columns, `-` before one that descends.
        right: the one that reads the entity when None.
    """
    if not ids:
        return []
    asked = _Asked(entity, field, tuple(order), limit, right, is_deleted_too)
    standing, dialect = reader.session.standing, records.connection.dialect.name
    # What lies in communes stays there; an office's reach is made of files, and is asked anew.
    is_kept = standing.reach(right or reading(entity)) in (Reach.ALL, Reach.REGIONS)
    build = _query_of if is_kept else _query_of.__wrapped__
    rows = records.connection.execute(
        build(records.tables, dialect, standing, asked), {"ids": list(ids)}
    )
    return [records.from_row(entity, row) for row in rows.all()]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What `seen_of` is asked for, but the ids."""

    entity: str
    field: str
    order: tuple[str, ...]
    limit: int | None
    right: Right | None
    is_deleted_too: bool


@lru_cache(maxsize=1024)
def _query_of(tables: Tables, dialect: str, standing: Standing, asked: _Asked) -> sa.Select[Any]:
    """Ask for such records: kept for each reader, for to build it takes longer than to run it."""
    table = tables.records[asked.entity]
    within = standing.covers(tables, asked.entity, asked.right)
    query = sa.select(table).where(any_id(dialect, table.c[asked.field], "ids"), within)
    if not asked.is_deleted_too:
        query = query.where(table.c.deleted_at.is_(None))
    by = (table.c[one[1:]].desc() if one[0] == "-" else table.c[one] for one in asked.order)
    return query.order_by(*by).limit(asked.limit)


def is_reached(records: Records, reader: Reader, record: Stored) -> bool:
    """Whether the reader may see a record, be it deleted."""
    ids = [record.record_id]
    return bool(seen_of(records, reader, record.entity.name, "id", ids, is_deleted_too=True))


def named(
    records: Records, reader: Reader, entity: str, ids: Iterable[object], right: Right | None = None
) -> dict[bytes, Stored]:
    """Return the records that a list refers to, by id; none that the reader may not see."""
    wanted = {record_id for record_id in ids if isinstance(record_id, bytes)}
    found = seen_of(records, reader, entity, "id", sorted(wanted), right=right)
    return {record.record_id: record for record in found}


def sought(asked: Asked) -> lookup.Sought:
    """Return what an address looks for by name (`q`); with `alike`, by names that are only alike.

    Raises:
        RequestWrong: `alike` is no such word.
    """
    return lookup.Sought(typed.text(asked.get("q")), is_alike=bool(asked.one_of("alike", ("1",))))


def search(
    records: Records, reader: Reader, entity: str, sought: lookup.Sought, limit: int
) -> list[Stored]:
    """Return records that the reader may see by what was typed, best match first."""
    within, regions = reader.covers(records, entity), reader.regions(entity)
    return lookup.search(records, entity, sought, within, limit=limit, regions=regions)
