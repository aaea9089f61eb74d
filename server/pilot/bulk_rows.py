"""Rows of many tables, written in lots: by COPY on PostgreSQL, by INSERT on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from server.db.columns import RowId
from server.db.engine import Engines

_LOT = 60_000
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_SORTING = "256MB"


class Rows(Protocol):
    """What takes rows, in the order in which they shall lie in their table."""

    def add(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Take a row, every column named."""

    def flush(self) -> None:
        """Write what was taken and is not written yet."""


class CopiedRows:
    """Rows that PostgreSQL copies: a third of what its INSERT takes."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Write on a connection, within its transaction."""
        self._connection = connection
        self._columns: dict[str, list[tuple[str, Callable[[Any], str]]]] = {}
        self._lines: dict[str, list[str]] = {}
        self._waiting = 0

    def add(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Take a row."""
        name = table.name
        if name not in self._columns:
            self._columns[name] = [(column.name, _writer(column)) for column in table.columns]
            self._lines[name] = []
        line = [
            _NULL if (value := row[column]) is None else written(value)
            for column, written in self._columns[name]
        ]
        self._lines[name].append("\t".join(line))
        self._waiting += 1
        if self._waiting >= _LOT:
            self.flush()

    def flush(self) -> None:
        """Copy each table's rows."""
        for name, lines in self._lines.items():
            if lines:
                columns = ", ".join(f'"{column}"' for column, _ in self._columns[name])
                with (
                    self._connection.cursor() as cursor,
                    # Names of our own tables and columns, and no value.
                    cursor.copy(f'copy "{name}" ({columns}) from stdin'.encode()) as copy,
                ):
                    copy.write("\n".join(lines) + "\n")
                lines.clear()
        self._waiting = 0


def _writer(column: sa.Column[Any]) -> Callable[[Any], str]:
    """Return what writes a column's values as COPY reads them."""
    if isinstance(column.type, RowId):
        return bytes.hex
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: "\\\\x" + value.hex()
    if isinstance(column.type, sa.Boolean):
        return lambda value: "t" if value else "f"
    if isinstance(column.type, sa.Text):
        return lambda value: value.translate(_ESCAPED)
    return str


class InsertedRows:
    """Rows that are inserted, on SQLite."""

    def __init__(self, connection: sa.Connection) -> None:
        """Write on a connection, within its transaction."""
        self._connection = connection
        self._waiting: dict[sa.Table, list[Mapping[str, Any]]] = {}

    def add(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """Take a row."""
        rows = self._waiting.setdefault(table, [])
        rows.append(row)
        if len(rows) >= _LOT:
            self.flush()

    def flush(self) -> None:
        """Insert each table's rows."""
        for table, rows in self._waiting.items():
            self._connection.execute(sa.insert(table), rows)
        self._waiting.clear()


def address(engines: Engines) -> str:
    """Return the database's address as psycopg reads it."""
    return engines.writing.url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def without_indexes(engines: Engines, tables: Sequence[sa.Table]) -> Iterator[None]:
    """Take the indexes of tables away and make them anew after, several at once.

    To sort a table once is less than to find the place of each of its rows.
    """
    names = [table.name for table in tables]
    with psycopg.connect(address(engines)) as connection:
        taken = connection.execute(_INDEXES, [names]).fetchall()
        for table, name, is_constraint, _made in taken:
            drop = f'alter table "{table}" drop constraint' if is_constraint else "drop index"
            connection.execute(f'{drop} "{name}"'.encode())
    try:
        yield
    finally:
        by_table: dict[str, list[str]] = {}
        for table, _name, _is_constraint, made in taken:
            by_table.setdefault(table, []).append(made)
        with ThreadPoolExecutor(2) as pool:
            # Those of one table one after another: ALTER TABLE locks it.
            list(pool.map(partial(_run, address(engines)), by_table.values()))


_INDEXES = """
    select tables.relname, indexes.relname, constraints.oid is not null,
        case when constraints.oid is null then pg_get_indexdef(indexes.oid)
        else format('alter table %%I add constraint %%I %%s', tables.relname, indexes.relname,
            pg_get_constraintdef(constraints.oid)) end
    from pg_index
    join pg_class indexes on indexes.oid = indexrelid
    join pg_class tables on tables.oid = indrelid
    left join pg_constraint constraints on conindid = indexes.oid
    where tables.relname = any(%s) and tables.relnamespace = current_schema()::regnamespace
    order by indexes.relname
"""


def _run(url: str, statements: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"set maintenance_work_mem = '{_SORTING}'".encode())
        for statement in statements:
            connection.execute(statement.encode())


def settle(engines: Engines, scope: sa.Table) -> None:
    """Let the database know what it holds: where its numbers go on, what its tables are like."""
    with psycopg.connect(address(engines), autocommit=True) as connection:
        number = f"pg_get_serial_sequence('{scope.name}', 'id')"
        connection.execute(f"select setval({number}, max(id)) from {scope.name}".encode())
        connection.execute("vacuum (analyze)")
