"""The base: the server's values of a record, while there are changes that it does not have.

What is seen is the base with those changes over it. A record without any needs none: what is seen
is what the server said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from sync.spec import Entity, Value, Values


class Bases:
    """The table `base`: an image a record, its values by field number."""

    def __init__(self, db: Any, number_by_name: Mapping[str, int]) -> None:
        """Take the file's connection, and the entities' numbers in it."""
        self._db, self._number_by_name = db, number_by_name

    def keep(
        self, declared: Entity, record_id: bytes, rev: int, values: Mapping[str, Value]
    ) -> None:
        """Keep the server's values before a record's first unsent change, if the server has it."""
        if rev:
            self._db.execute(
                "INSERT OR IGNORE INTO base VALUES (?, ?, ?)",
                (self._number_by_name[declared.name], record_id, pack_image(declared, values)),
            )

    def find(self, declared: Entity, record_id: bytes) -> Values | None:
        """Return the server's values, or None: there is no base."""
        row = self._db.execute(
            "SELECT image FROM base WHERE entity = ? AND record_id = ?",
            (self._number_by_name[declared.name], record_id),
        ).fetchone()
        return None if row is None else unpack_image(declared, row[0])

    def put(self, declared: Entity, record_id: bytes, values: Mapping[str, Value]) -> None:
        """Store what the server has now."""
        self._db.execute(
            "INSERT OR REPLACE INTO base VALUES (?, ?, ?)",
            (self._number_by_name[declared.name], record_id, pack_image(declared, values)),
        )

    def forget(self, declared: Entity, record_id: bytes) -> None:
        """Nothing of a record is unsent any more."""
        self._db.execute(
            "DELETE FROM base WHERE entity = ? AND record_id = ?",
            (self._number_by_name[declared.name], record_id),
        )


def pack_image(declared: Entity, values: Mapping[str, Value]) -> bytes:
    """Return a record's values as one value, by field number."""
    return msgspec.msgpack.encode(
        {
            declared.number_by_name[name]: value
            for name, value in values.items()
            if value is not None and name != "id"
        }
    )


def unpack_image(declared: Entity, image: bytes) -> Values:
    """Return what `pack_image` packed."""
    return {
        declared.fields[number].name: tuple(value) if isinstance(value, list) else value
        for number, value in msgspec.msgpack.decode(image, type=dict[int, Any]).items()
    }
