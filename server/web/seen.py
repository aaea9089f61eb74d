"""Records that a reader may see, and no other: by id, by reference, by what was typed.

Whatever is out of reach is answered as if it were not there. Pages find records by these, or by
`Records.list` with `reader.covers` among its conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from server.db import lookup
from server.db.among import among_ids
from server.db.records import NotFound, Records, Stored
from server.rights import Right
from server.web.reader import Reader

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
    table = records.tables.records[entity]
    within = reader.covers(records, entity, right)
    found = records.list(entity, table.c.id == record_id, within, limit=1)
    if not found:
        reader.missed(entity, record_id)
        raise NotFound(f"{entity}: not found", entity=entity)
    reader.saw(records, found[0])
    return found[0]


def is_reached(records: Records, reader: Reader, record: Stored) -> bool:
    """Whether the reader may see a record, be it deleted."""
    table = records.tables.records[record.entity.name]
    query = sa.select(table.c.id).where(
        table.c.id == record.record_id, reader.covers(records, record.entity.name)
    )
    return records.connection.scalar(query) is not None


def named(
    records: Records, reader: Reader, entity: str, ids: Iterable[object], right: Right | None = None
) -> dict[bytes, Stored]:
    """Return the records that a list refers to, by id; none that the reader may not see."""
    wanted = {record_id for record_id in ids if isinstance(record_id, bytes)}
    if not wanted:
        return {}
    table = records.tables.records[entity]
    within = reader.covers(records, entity, right)
    here = among_ids(records.connection, table.c.id, sorted(wanted))
    return {record.record_id: record for record in records.list(entity, here, within)}


def search(records: Records, reader: Reader, entity: str, text: str, limit: int) -> list[Stored]:
    """Return records that the reader may see by what was typed, best match first."""
    within, regions = reader.covers(records, entity), reader.regions(entity)
    return lookup.search(records, entity, text, within, limit=limit, regions=regions)
