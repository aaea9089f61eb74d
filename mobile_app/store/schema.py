"""The tablet's tables, made and brought up to date from the declared entities.

Drops nothing but an index that is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mobile_app.store import search
from sync.spec import Entity, Field, Kind

COLUMN_TYPES: dict[Kind, str] = {
    Kind.KEY: "BLOB PRIMARY KEY",
    Kind.REF: "BLOB",
    Kind.REFS: "TEXT",
    Kind.TEXT: "TEXT",
    Kind.CODE: "TEXT",
    Kind.CODES: "TEXT",
    Kind.CHOICE: "TEXT",
    Kind.CHOICES: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.DECIMAL: "INTEGER",
    Kind.FLAG: "INTEGER",
    Kind.DAY: "INTEGER",
    Kind.MOMENT: "INTEGER",
}

BOOKKEEPING = (
    # Where a record stands on the server; a record may be in two scopes.
    "CREATE TABLE IF NOT EXISTS place (scope_id INTEGER, number INTEGER, entity INTEGER NOT NULL,"
    " record_id BLOB NOT NULL, rev INTEGER NOT NULL, era INTEGER NOT NULL,"
    " PRIMARY KEY (scope_id, number)) STRICT, WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS place_record ON place (record_id)",
    # The server's values, only of records with changes that it does not have yet.
    "CREATE TABLE IF NOT EXISTS base (entity INTEGER, record_id BLOB, image BLOB NOT NULL,"
    " PRIMARY KEY (entity, record_id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL,"
    " entity INTEGER NOT NULL,"
    " record_id BLOB NOT NULL, content BLOB NOT NULL, chain BLOB NOT NULL, state TEXT NOT NULL,"
    " code TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL, acknowledged_at INTEGER,"
    " born_inc INTEGER NOT NULL DEFAULT 0, born_seq INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE INDEX IF NOT EXISTS outbox_record ON outbox (record_id)",
    "CREATE INDEX IF NOT EXISTS outbox_open ON outbox (state) WHERE state != 'acknowledged'",
    # The server's signed word for what it has, to be shown should it ever not know it.
    "CREATE TABLE IF NOT EXISTS signed_acknowledgement (inc INTEGER, last_seq INTEGER,"
    " chain BLOB NOT NULL, content BLOB NOT NULL, signature BLOB NOT NULL, epoch BLOB NOT NULL,"
    " server_ms INTEGER NOT NULL, PRIMARY KEY (inc, last_seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " applied INTEGER NOT NULL, record_count INTEGER NOT NULL, digest INTEGER NOT NULL,"
    " doubtful INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS stage (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS history (entity INTEGER, record_id BLOB, content BLOB NOT NULL,"
    " fetched_at INTEGER NOT NULL, PRIMARY KEY (entity, record_id)) STRICT, WITHOUT ROWID",
    # Bytes of photos and documents, and how far they have come. Pieces: of BLOB_PIECE_BYTES each.
    "CREATE TABLE IF NOT EXISTS blob (record_id BLOB PRIMARY KEY, entity INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL, size_bytes INTEGER NOT NULL, priority INTEGER NOT NULL,"
    " state TEXT NOT NULL, offset_bytes INTEGER NOT NULL DEFAULT 0,"
    " address TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',"
    " retry_at INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS blob_open ON blob (priority, at) WHERE state != 'verified'",
    "CREATE TABLE IF NOT EXISTS blob_piece (record_id BLOB, number INTEGER,"
    " content BLOB NOT NULL, PRIMARY KEY (record_id, number)) STRICT",
    # Forms that are not finished; they may hold pictures.
    "CREATE TABLE IF NOT EXISTS draft (kind TEXT, key TEXT, content BLOB NOT NULL,"
    " saved_at INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT",
    "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID",
)

_OUTBOX_LATER = {
    "born_inc": "born_inc INTEGER NOT NULL DEFAULT 0",
    "born_seq": "born_seq INTEGER NOT NULL DEFAULT 0",
}
"""Columns that files of the first versions lack."""


def upgrade(db: Any, entities: Sequence[Entity]) -> None:
    """Create the tables and columns that `db` lacks."""
    for statement in BOOKKEEPING:
        db.execute(statement)
    search.upgrade(db)
    _add_columns(db, "outbox", _OUTBOX_LATER)
    for entity in entities:
        columns = [_column(field) for field in entity.fields] + ["rev INTEGER NOT NULL DEFAULT 0"]
        db.execute(f'CREATE TABLE IF NOT EXISTS "{entity.name}" ({", ".join(columns)}) STRICT')
        _add_columns(db, entity.name, {field.name: _column(field) for field in entity.fields})
        for field in entity.fields:
            # Who captured a record is never looked up, and an index of it would be written with
            # each record.
            if field.kind is Kind.REF and field.name != "created_by":
                db.execute(
                    f"CREATE INDEX IF NOT EXISTS {entity.name}_{field.name}"
                    f' ON "{entity.name}" ("{field.name}") WHERE "{field.name}" IS NOT NULL'
                )


def _add_columns(db: Any, table: str, columns: Mapping[str, str]) -> None:
    present = {row[1] for row in db.execute(f'PRAGMA table_info("{table}")')}
    for name, declaration in columns.items():
        if name not in present:
            db.execute(f'ALTER TABLE "{table}" ADD COLUMN {declaration}')


def _column(field: Field) -> str:
    # Nothing but the key is NOT NULL: a patch may name a record whose other fields are elsewhere.
    return f'"{field.name}" {COLUMN_TYPES[field.kind]}'
