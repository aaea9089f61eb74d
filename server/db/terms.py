"""Search terms: what a record is found by, with each write; all anew after an upgrade's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from server.db.columns import REGION_CHARS
from server.db.engine import Engines
from server.db.feed import Touched
from server.db.records import Records, Stored, installed
from server.db.tables import Tables
from sync.rules import search
from sync.rules.codes import short_code
from sync.spec import Entity, Value

CODED = frozenset({"visit"})
"""What has no searched field and is found by its short code alone, which slips bear."""
PLACE = "commune_code"
"""The field that says in which region's terms a record is found."""
_OWN_RULES = 2
_RULES = "search_rules"
_AT_ONCE = 500


def write(records: Records, entity: Entity, touched: Iterable[Touched]) -> None:
    """Write the terms of records of an entity where a field that they are found by changed."""
    numbers = {entity.number_by_name[spec.name] for spec in entity.fields if search.tells(spec)}
    if not numbers and entity.name not in CODED:
        return
    if PLACE in entity.number_by_name:
        numbers.add(entity.number_by_name[PLACE])
    # Most changes are of fields that nothing is found by: they write no terms.
    stale = [item for item in touched if item.is_new or item.changed & numbers]
    if known := [{"key": item.record.record_id} for item in stale if not item.is_new]:
        records.connection.execute(_delete_terms(records.tables.search_term), known)
    _insert_terms(records.connection, records.tables, [item.record for item in stale])


def are_current(connection: sa.Connection, tables: Tables) -> bool:
    """Whether all terms are made by the present rules."""
    return bool(connection.scalar(installed(tables.installation, _RULES)) == _present())


def make_anew(engines: Engines, tables: Tables) -> None:
    """Make all terms anew if they are of other rules; some at once, each lot one transaction.

    Records are locked meanwhile: who changes one waits, and writes its terms after us.
    """
    with engines.read() as connection:
        if are_current(connection, tables):
            return
    for entity in tables.entities:
        if entity.name in CODED or any(spec.searched for spec in entity.fields):
            last = None
            while (last := engines.write(partial(_some, tables, entity.name, last))) is not None:
                pass
    engines.write(lambda connection: _note(connection, tables))


def _some(tables: Tables, name: str, last: bytes | None, connection: sa.Connection) -> bytes | None:
    """Make those of some records after `last` anew. Returns the last of them."""
    table, terms = tables.records[name], tables.search_term
    after = [] if last is None else [table.c.id > last]
    query = sa.select(table.c.id).where(*after).order_by(table.c.id).limit(_AT_ONCE)
    ids = connection.scalars(query).all()
    found = Records(connection, tables).load(name, ids, lock=True)
    number = tables.number_by_entity[name]
    connection.execute(sa.delete(terms).where(terms.c.entity == number, terms.c.record_id.in_(ids)))
    _insert_terms(connection, tables, found.values())
    return ids[-1] if ids else None


def _insert_terms(connection: sa.Connection, tables: Tables, records: Iterable[Stored]) -> None:
    rows = [row for record in records for row in rows_of(tables, record)]
    if rows:
        connection.execute(_insert(tables.search_term), rows)


def rows_of(tables: Tables, record: Stored) -> list[dict[str, Any]]:
    """Return the rows of a record's terms."""
    name = record.entity.name
    if name in CODED:
        terms = {search.code_term(short_code(record.record_id))}
    else:
        terms = search.terms(record.entity, record.record_id, record.values)
    row = {
        "entity": tables.number_by_entity[name],
        "region": region_of(record.values),
        "record_id": record.record_id,
    }
    return [{**row, "term": term} for term in terms]


def region_of(values: Mapping[str, Value]) -> str:
    """Return the region of the commune that a record lies in, "" if it lies in none."""
    return str(values.get(PLACE) or "")[:REGION_CHARS]


_insert = cache(sa.insert)


@cache
def _delete_terms(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.record_id == sa.bindparam("key", type_=table.c.record_id.type)
    )


def _note(connection: sa.Connection, tables: Tables) -> None:
    table = tables.installation
    connection.execute(sa.delete(table).where(table.c.name == _RULES))
    connection.execute(sa.insert(table).values(name=_RULES, value=_present()))


def _present() -> bytes:
    return f"{search.RULES}.{_OWN_RULES}".encode()
