"""Row numbers of a request back to ids: a tablet names what the server gave it by small numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.db.tables import Tables
from sync.refs import UnresolvedNumber
from sync.spec import Value


class Numbers:
    """The rows of some scopes by number; each asked once."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, vector: Sequence[tuple[int, int]]
    ) -> None:
        """Read through `connection`; a place of a request is that of its scope in `vector`."""
        self._connection = connection
        self._query = _row_at(tables.feed)
        self._vector = vector
        self._rows: dict[tuple[int, int], Any] = {}

    @property
    def is_asked(self) -> bool:
        """Whether any number was looked up."""
        return bool(self._rows)

    def id_at(self, entity: int, place: int, number: int) -> bytes | None:
        """Return a record's id, or None if no such row of the entity is there."""
        found = self._row(place, number)
        return found.record_id if found is not None and found.entity == entity else None

    def id_of(self, place: int, number: int) -> Value:
        """Return the id of what is referred to. Raises UnresolvedNumber."""
        found = self._row(place, number)
        if found is None:
            raise UnresolvedNumber(f"push: no row {number} at place {place}")
        return bytes(found.record_id)

    def _row(self, place: int, number: int) -> Any:
        if not 0 <= place < len(self._vector):
            return None
        if (place, number) not in self._rows:
            which = {"scope": self._vector[place][0], "number": number}
            self._rows[place, number] = self._connection.execute(self._query, which).first()
        return self._rows[place, number]


@cache
def _row_at(feed: sa.Table) -> sa.Select[Any]:
    return sa.select(feed.c.record_id, feed.c.entity).where(
        feed.c.scope_id == sa.bindparam("scope"), feed.c.number == sa.bindparam("number")
    )
