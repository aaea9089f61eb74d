"""Read records: get, find, list, for any entity, inside any transaction.

Statements that every exchange needs are built once for each table (`functools.cache`, here and in
`server/exchange/`): to build one takes longer than SQLite takes to run it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.among import among_array
from server.db.tables import Tables
from sync import stored
from sync.errors import Refusal
from sync.merge import Writer
from sync.spec import Entity, Value, Values

_WRITERS = msgspec.msgpack.Decoder(dict[int, tuple[int, int, int, int, bytes | None, int]])
_ENCODER = msgspec.msgpack.Encoder()
IDS_PER_QUERY = 500
"""Either database takes so many parameters in a statement."""


class NotFound(Refusal):
    """There is no such record, or it was deleted."""

    code = "record_unknown"


@dataclass(slots=True)
class Stored:
    """A record as the server holds it."""

    entity: Entity
    record_id: bytes
    values: Values
    rev: int
    era: int
    scope_id: int
    effective_at: int
    received_at: int
    deleted_at: int | None
    writers: dict[int, Writer]


class Records:
    """The reading verbs, on one connection."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        """Read through `connection`, within its transaction."""
        self.connection = connection
        self.tables = tables
        self.entity_by_name = {entity.name: entity for entity in tables.entities}

    def get(self, entity: str, record_id: bytes) -> Stored:
        """Return a record that is not deleted. Raises NotFound."""
        found = self.find(entity, record_id)
        if found is None:
            raise NotFound(f"{entity} {record_id.hex()}: not found", entity=entity)
        return found

    def find(self, entity: str, record_id: bytes) -> Stored | None:
        """Return a record that is not deleted, or None."""
        found = self.load(entity, [record_id]).get(record_id)
        return found if found is not None and found.deleted_at is None else None

    def load(
        self, entity: str, record_ids: Iterable[bytes], *, lock: bool = False
    ) -> dict[bytes, Stored]:
        """Return records by id, deleted ones included; with `lock` none else may change them."""
        table = self.tables.records[entity]
        loaded: dict[bytes, Stored] = {}
        ids = sorted(set(record_ids))
        for start in range(0, len(ids), IDS_PER_QUERY):
            part = ids[start : start + IDS_PER_QUERY]
            query = _by_id(table, lock, self.connection.dialect.name)
            for row in self.connection.execute(query, {"ids": part}).all():
                loaded[row[0]] = self.from_row(entity, row)
        return loaded

    def having(self, entity: str, **values: Value) -> list[Stored]:
        """Return records, not deleted, whose fields have all these values, by id."""
        columns = self.tables.records[entity].c
        return self.list(entity, *(columns[name] == value for name, value in values.items()))

    def list(
        self,
        entity: str,
        *where: sa.ColumnElement[bool],
        order: Sequence[sa.ColumnElement[Any]] = (),
        limit: int | None = None,
    ) -> list[Stored]:
        """Return records that are not deleted; by id when no order is given."""
        table = self.tables.records[entity]
        query = (
            sa.select(table)
            .where(table.c.deleted_at.is_(None), *where)
            .order_by(*(order or (table.c.id,)))
            .limit(limit)
        )
        # All at once: asked for one by one, each costs more than to make a record of it.
        return [self.from_row(entity, row) for row in self.connection.execute(query).all()]

    def from_row(self, entity: str, row: Sequence[Any]) -> Stored:
        """Build a record from a row of its table, its columns in the order of `Tables`."""
        declared = self.entity_by_name[entity]
        record_id, *columns = row[: len(declared.fields)]
        rev, era, scope_id, effective_at, received_at, deleted_at, writers = row[1 + len(columns) :]
        names, others = self.tables.values[entity]
        values: Values = dict(zip(names, columns, strict=True))
        for name, kind in others:
            values[name] = stored.from_column(kind, values[name])
        return Stored(
            entity=declared,
            record_id=record_id,
            values=values,
            rev=rev,
            era=era,
            scope_id=scope_id,
            effective_at=effective_at,
            received_at=received_at,
            deleted_at=deleted_at,
            writers=decode_writers(writers),
        )


def any_of(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """Ask for a column's value to be one of a list that is given, as `name`, when it is run."""
    return column.in_(sa.bindparam(name, type_=column.type, expanding=True))


def any_id(dialect: str, column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """Ask the same of a column of ids: one parameter on PostgreSQL, however many they are."""
    return among_array(column, name) if dialect == "postgresql" else any_of(column, name)


@cache
def installed(installation: sa.Table, name: str) -> sa.Select[Any]:
    """Ask for a value that the installation has once."""
    return sa.select(installation.c.value).where(installation.c.name == name)


@cache
def _by_id(table: sa.Table, is_locked: bool, dialect: str) -> sa.Select[Any]:
    # By id, as `load` asks in parts by id: who locks some of the same records waits, where two
    # orders would deadlock. SQLite has one writer at a time, and SQLAlchemy writes no FOR UPDATE
    # for it.
    query = sa.select(table).where(any_id(dialect, table.c.id, "ids")).order_by(table.c.id)
    return query.with_for_update() if is_locked else query


def to_row(record: Stored) -> dict[str, Any]:
    """Return the row of a record, every column named."""
    row: dict[str, Any] = {
        field.name: stored.to_column(record.values.get(field.name))
        for field in record.entity.fields[1:]
    }
    row.update(
        id=record.record_id,
        rev=record.rev,
        era=record.era,
        scope_id=record.scope_id,
        effective_at=record.effective_at,
        received_at=record.received_at,
        deleted_at=record.deleted_at,
        writers=encode_writers(record.writers),
    )
    return row


def encode_writers(writers: Mapping[int, Writer]) -> bytes:
    """Pack who wrote each field; what `decode_writers` reads."""
    return _ENCODER.encode(
        {
            number: (
                writer.rev,
                writer.device_id,
                writer.inc,
                writer.seq,
                writer.agent_id,
                writer.at,
            )
            for number, writer in writers.items()
        }
    )


def decode_writers(data: bytes) -> dict[int, Writer]:
    """Return who wrote each field changed since the insert; 0 stands for the insert."""
    return {number: Writer(*parts) for number, parts in _WRITERS.decode(data).items()}
