"""What fields had before, and what lost: written with the record, read back as a merge's base."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from server.db.new_rows import NewRows
from server.db.records import Stored
from server.db.tables import Tables
from sync.merge import Lost, Writer
from sync.spec import Value

_ENCODER = msgspec.msgpack.Encoder()


class History:
    """The history of the records that one work changes; what is new waits in memory."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        """Begin; nothing is read yet."""
        self._connection = connection
        self._tables = tables
        self.new = NewRows(connection, tables.history)

    def keep(
        self, record: Stored, lost: Iterable[Lost], writer: Writer, change_id: bytes | None
    ) -> None:
        """Keep values that a change of `writer` put others in place of, or that lost against it."""
        entity = record.entity
        self.new.add(
            {
                "entity": self._tables.number_by_entity[entity.name],
                "record_id": record.record_id,
                "field": entity.number_by_name[value.field],
                "value": _ENCODER.encode(value.value),
                "outcome": value.outcome,
                # A value that lost was never there at any rev: 0 keeps it out of `value_at`.
                "rev": 0 if value.writer is writer else value.writer.rev,
                "replaced_rev": writer.rev,
                "agent_id": value.writer.agent_id,
                "device_id": value.writer.device_id,
                "effective_at": value.writer.at,
                "replaced_at": writer.at,
                "change_id": change_id,
            }
            for value in lost
        )

    def value_at(self, record: Stored, name: str, rev: int) -> Value:
        """Return what a field had at an earlier rev: the value set last at or before it.

        A field set at rev 2 and overwritten at 5 and 6 has rows of rev 2 and of 5; at rev 3 it
        had that of 2. What was there from the insert has a row of rev 1; no row: it was empty.
        """
        entity = self._tables.number_by_entity[record.entity.name]
        number = record.entity.number_by_name[name]
        key = (entity, record.record_id, number)
        # Of changes before in this work too, whose rows are not stored yet: a push often has
        # several of one record.
        past = [
            (row["rev"], row["value"])
            for row in self.new
            if (row["entity"], row["record_id"], row["field"]) == key and 0 < row["rev"] <= rev
        ]
        table = self._tables.history
        found = self._connection.execute(
            sa.select(table.c.rev, table.c.value)
            .where(
                table.c.entity == entity,
                table.c.record_id == record.record_id,
                table.c.field == number,
                table.c.rev.between(1, rev),
            )
            .order_by(table.c.rev.desc())
            .limit(1)
        ).first()
        past += [(found.rev, found.value)] if found else []
        if not past:
            return None
        return value_of(max(past)[1])


def value_of(content: bytes) -> Value:
    """Return the value that a row of the history keeps."""
    value = msgspec.msgpack.decode(content)
    return tuple(value) if isinstance(value, list) else value
