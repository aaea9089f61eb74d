"""One of many texts, as one parameter: a coordinator of a region reads hundreds of communes.

`column IN (?, ?, …)` has a parameter for each, which SQLAlchemy writes out, the driver adapts and
PostgreSQL reads anew with each statement: milliseconds of each page. Here it is an array on
PostgreSQL, a text of JSON on SQLite.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
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
def _among_sqlite(element: _Among, compiler: Any, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


def among(column: sa.ColumnElement[str], texts: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a column has one of some texts."""
    return _Among(column, sa.literal(list(texts), Texts()))


def rows_of(texts: Iterable[str]) -> Any:
    """Return texts as a table of one column, `value`."""
    rows = each(sa.literal(list(texts), Texts()))
    return rows.table_valued(sa.column("value", sa.Text()))
