"""Types of columns that both databases have, each in its way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sync import stored
from sync.spec import Entity, Kind


class RowId(sa.TypeDecorator[bytes]):
    """A record's id: 16 bytes in Python and SQLite, `uuid` in PostgreSQL."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self) -> None:
        """16 bytes."""
        super().__init__(16)

    def __repr__(self) -> str:
        """As migrations write it."""
        return "RowId()"

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Choose the column's type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> Any:
        """Python to database."""
        if value is None or dialect.name != "postgresql":
            return value
        return UUID(bytes=value)

    def result_processor(self, dialect: sa.Dialect, _: object) -> Any:
        """Database to Python: one call for each id, of which a list has hundreds."""
        return _bytes_of if dialect.name == "postgresql" else None


def _bytes_of(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


# SQLite makes a rowid table's integer key by itself only under the exact type INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

REGION = "region"
"""The region of the commune that a row lies in, for an index: no column has it."""
REGION_CHARS = 2
"""Of a commune's code, `RR.PPP.CC.MM`."""


def region_of(table: sa.Table) -> sa.ColumnElement[str]:
    """Return the region of a table's rows, as indexes have it.

    Written out, not as parameters: the databases know an index by its very words.
    """
    return sa.func.substr(
        table.c.commune_code, sa.literal_column("1"), sa.literal_column(str(REGION_CHARS))
    )


def values_of(entity: Entity) -> tuple[tuple[str, ...], tuple[tuple[str, Kind], ...]]:
    """Return the names of a record's values, and the kinds of those that a column has otherwise."""
    fields = entity.fields[1:]
    others = ((field.name, field.kind) for field in fields if not stored.is_as_is(field.kind))
    return tuple(field.name for field in fields), tuple(others)
