"""Rows that a work has made and not stored yet: forgotten if their group is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa


class NewRows:
    """New rows of one table, in memory until the work is flushed."""

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        """Begin with none."""
        self._connection, self._table = connection, table
        self._rows: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield them in the order in which they were made."""
        return iter(self._rows)

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows, each a value a column."""
        self._rows += rows

    def mark(self) -> int:
        """Return what `go_back` takes, to forget all that is added from now on."""
        return len(self._rows)

    def go_back(self, mark: int) -> None:
        """Forget what was added since `mark`."""
        del self._rows[mark:]

    def write(self) -> None:
        """Store them."""
        if self._rows:
            self._connection.execute(_insert(self._table), self._rows)
            self._rows = []


_insert = cache(sa.insert)
