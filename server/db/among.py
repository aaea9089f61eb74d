"""One of many texts, as one parameter: a coordinator of a region reads hundreds of communes.

`column IN (?, ?, …)` has a parameter for each, which SQLAlchemy writes out, the driver adapts and
PostgreSQL reads anew with each statement: milliseconds of each page. Here it is an array on
PostgreSQL, a text of JSON on SQLite; or, of very many, an object of JSON on both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType


class Texts(UserDefinedType[list[str]]):
    """Many texts as one parameter, which is written at once: a driver adapts them one by one."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return its name on PostgreSQL."""
        return "TEXT[]"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], str]:
        """Python to database."""
        return _as_array if dialect.name == "postgresql" else json.dumps


def _as_array(texts: list[str]) -> str:
    every = "".join(texts)
    if '"' in every or "\\" in every:  # no code has one
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


class Keys(UserDefinedType[tuple[str, ...]]):
    """Many texts as the names in one object of JSON."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return its name on PostgreSQL."""
        return "JSONB"

    def bind_processor(self, _: sa.Dialect) -> Callable[[Any], str]:
        """Python to database."""
        return _as_object


@lru_cache(maxsize=256)
def _as_object(texts: tuple[str, ...]) -> str:
    # A page asks for the communes of its reader in each of its statements.
    return json.dumps(dict.fromkeys(texts, 0))


class Ids(UserDefinedType[list[bytes]]):
    """Many ids as one parameter, the same."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return its name on PostgreSQL."""
        return "UUID[]"

    def bind_processor(self, _: sa.Dialect) -> Callable[[Any], str]:
        """Python to PostgreSQL."""
        return lambda ids: "{" + ",".join([one.hex() for one in ids]) + "}"


class each(FunctionElement[str]):  # noqa: N801 - named as it is written in SQL
    """The rows of many texts, a column `value`."""

    inherit_cache = True
    name = "each"


@compiles(each, "postgresql")
def _each_postgresql(element: each, compiler: Any, **how: Any) -> str:
    return f"(SELECT unnest({_array(compiler.process(element.clauses, **how))}) AS value)"


@compiles(each, "sqlite")
def _each_sqlite(element: each, compiler: Any, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


class _Among(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True
    name = "among"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY ({_array(texts)})"


def _array(parameter: str) -> str:
    # Of a parameter without a type this says its type: it is read once, when it is bound.
    return f"CAST({parameter} AS TEXT[])"


@compiles(_Among, "sqlite")
def _among_sqlite(element: FunctionElement[bool], compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


class Unplanned(tuple[str, ...]):
    """Texts that PostgreSQL does not look at before it has planned the statement.

    To know how many rows it may expect it compares each text with each common value of the column,
    for each way to find them: of 251 communes in a statement that counts nine kinds of things that
    took as long as to do it. As rows they are joined, and it need not: 9 ms to plan it are 1.2, and
    it reads the same blocks. For bounded counts; a list's plan may depend on it.
    """

    __slots__ = ()


class _AmongUnplanned(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True
    name = "among_unplanned"


@compiles(_AmongUnplanned, "postgresql")
def _among_unplanned_postgresql(element: _AmongUnplanned, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT unnest({_array(texts)}))"


@compiles(_AmongUnplanned, "sqlite")
def _among_unplanned_sqlite(element: _AmongUnplanned, compiler: Any, **how: Any) -> str:
    return _among_sqlite(element, compiler, **how)


def among(column: sa.ColumnElement[str], texts: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of some texts."""
    kind = _AmongUnplanned if isinstance(texts, Unplanned) else _Among
    return kind(column, sa.literal(list(texts), Texts()))


class _AmongMany(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True
    name = "among_many"


@compiles(_AmongMany, "postgresql")
def _among_many_postgresql(element: _AmongMany, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"(CAST({texts} AS JSONB) -> {column}) IS NOT NULL"


@compiles(_AmongMany, "sqlite")
def _among_many_sqlite(element: _AmongMany, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT key FROM json_each({texts}))"


def among_many(column: sa.ColumnElement[str], texts: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of very many texts, asked of each row by itself.

    For what stands beside another condition, by which the rows are found. Of an array that it does
    not know yet PostgreSQL supposes ten texts: it would find by them the rows of a whole region,
    and sort these. And of one that it knows it weighs every text, each time that it plans.
    """
    return _AmongMany(column, sa.literal(tuple(texts), Keys()))


class _AmongIds(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True
    name = "among_ids"


@compiles(_AmongIds, "postgresql")
def _among_ids_postgresql(element: _AmongIds, compiler: Any, **how: Any) -> str:
    column, ids = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY (CAST({ids} AS UUID[]))"


def among_ids(
    connection: sa.Connection, column: sa.ColumnElement[bytes], ids: Collection[bytes]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column of ids has one of some: on PostgreSQL, one parameter."""
    if connection.dialect.name != "postgresql":
        return column.in_(ids)
    return _AmongIds(column, sa.literal(list(ids), Ids()))


def rows_given(name: str) -> Any:
    """Return texts that are given, as `name`, when it is run as a table of one column, `value`."""
    return each(sa.bindparam(name, type_=Texts())).table_valued(sa.column("value", sa.Text()))


def among_given(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of such texts."""
    return _Among(column, sa.bindparam(name, type_=Texts()))


def among_array(column: sa.ColumnElement[bytes], name: str) -> sa.ColumnElement[bool]:
    """Return the same of ids that are given, as `name`, when it is run: for PostgreSQL alone."""
    return _AmongIds(column, sa.bindparam(name, type_=Ids()))


def rows_of(texts: Iterable[str]) -> Any:
    """Return texts as a table of one column, `value`."""
    rows = each(sa.literal(list(texts), Texts()))
    return rows.table_valued(sa.column("value", sa.Text()))
