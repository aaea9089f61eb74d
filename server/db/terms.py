"""Make the search terms of all records anew, after an upgrade by whose rules they are others."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from server.db.engine import Engines
from server.db.records import Records, installed
from server.db.tables import Tables
from sync.rules import search

_RULES = "search_rules"
_AT_ONCE = 500


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
        if any(spec.searched for spec in entity.fields):
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
    number = [one.name for one in tables.entities].index(name)
    connection.execute(sa.delete(terms).where(terms.c.entity == number, terms.c.record_id.in_(ids)))
    rows = [
        {"entity": number, "term": term, "record_id": one.record_id}
        for one in found.values()
        for term in search.terms(one.entity, one.record_id, one.values)
    ]
    if rows:
        connection.execute(sa.insert(terms), rows)
    return ids[-1] if ids else None


def _note(connection: sa.Connection, tables: Tables) -> None:
    table = tables.installation
    connection.execute(sa.delete(table).where(table.c.name == _RULES))
    connection.execute(sa.insert(table).values(name=_RULES, value=_present()))


def _present() -> bytes:
    return str(search.RULES).encode()
