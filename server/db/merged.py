"""Records that were merged: whoever means the one that is gone is led to the one that stands.

Of an entity with a `survivor_id` two records may be found to be one. The loser stays, hidden, and
names its survivor. All that refers to it is moved, and what somebody who does not know yet writes
about it is led on as it arrives: every reference of every write passes here (`Work`), so no writer
can forget it. `docs/decisions/0019-merging.md` says why.

Whoever writes a reference and whoever merges exclude one another: else a visit that is being stored
would be missed by the merge, and refer to the loser for good. Writers share that lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.new_rows import NewRows
from server.db.records import any_of
from server.db.tables import Tables
from sync.rules.duplicates import SURVIVOR
from sync.spec import Entity, Field, Kind, ScopeKind, Value, Values

_NAMED = "entity"
_ENCODER = msgspec.msgpack.Encoder()
Reference = tuple[Entity, Field, str]
"""An entity, its field, and the field that says of which entity what it refers to is, or ""."""


@cache
def mergeable(tables: Tables) -> tuple[str, ...]:
    """Return the entities of which two records may be merged."""
    return tuple(one.name for one in tables.entities if SURVIVOR in one.field_by_name)


@cache
def references(tables: Tables, entity: str) -> tuple[Reference, ...]:
    """Return all that may refer to records of an entity, by declaration; survivors too.

    What is said to one person about a change of theirs stays as it was said.
    """
    return tuple(
        (declared, field, named)
        for declared in tables.entities
        if declared.scope.kind is not ScopeKind.USER
        for field in declared.fields
        if field.kind is Kind.REF
        for named in [_NAMED if not field.refers_to and _NAMED in declared.field_by_name else ""]
        if field.refers_to == entity or named
    )


@cache
def _leading(tables: Tables, name: str) -> tuple[tuple[str, str, str], ...]:
    """Return an entity's fields that may have to lead on: (field, to what, or what says it)."""
    return tuple(
        (field.name, "" if named else entity, named)
        for entity in mergeable(tables)
        for declared, field, named in references(tables, entity)
        if declared.name == name and field.name != SURVIVOR
    )


@dataclass(frozen=True, slots=True)
class Before:
    """What a field of a record had, and since which rev, before a merge wrote another value."""

    entity: Entity
    record_id: bytes
    field: str
    value: Value
    rev: int = 0


def row_of(tables: Tables, before: Before, rev: int) -> dict[str, Any]:
    """Return a row of `merge_write` but for its merge.

    Args:
        rev: that the record got by the write.
    """
    return {
        "entity": tables.number_by_entity[before.entity.name],
        "record_id": before.record_id,
        "field": before.entity.number_by_name[before.field],
        "rev": rev,
        "before": _ENCODER.encode(before.value),
        "before_rev": before.rev,
    }


class Leads:
    """Where the references that one work writes lead; what was led on waits in memory."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        """Begin; nothing is read yet."""
        self._connection, self._tables = connection, tables
        self._survivors: dict[bytes, bytes | None] = {}
        self._is_locked = False
        self.new = NewRows(connection, tables.merge_write)

    def lock(self, *, alone: bool = False) -> None:
        """Let no merge happen until the transaction ends; `alone`: nor a reference be written."""
        if self._connection.dialect.name == "postgresql" and (alone or not self._is_locked):
            take = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
            self._connection.execute(sa.select(take(number_of_name("merge", ""))))
        self._is_locked = True
        if alone:
            self._survivors.clear()

    def know(self, entity: str, record_ids: Iterable[bytes]) -> None:
        """Look up at once which of many records were merged."""
        wanted = sorted(set(record_ids) - self._survivors.keys())
        if not wanted or entity not in mergeable(self._tables):
            return
        self.lock()
        found = self._connection.execute(
            _survivors(self._tables.records[entity]), {"ids": wanted}
        ).all()
        self._survivors |= {**dict.fromkeys(wanted), **{row[0]: row[1] for row in found}}

    def know_of(self, changes: Iterable[tuple[str, bytes, Mapping[str, Value]]]) -> None:
        """Look up at once whom many changes, (entity, id, values), are about."""
        wanted: dict[str, set[bytes]] = {name: set() for name in mergeable(self._tables)}
        for name, record_id, values in changes:
            if name in wanted:
                wanted[name].add(record_id)
            for entity, field in self._targets(name, values):
                value = values[field]
                assert isinstance(value, bytes)
                wanted[entity].add(value)
        for entity, ids in wanted.items():
            self.know(entity, ids)

    def survivor_of(self, entity: str, record_id: bytes) -> bytes:
        """Return the record that stands for one, which is mostly itself."""
        passed = {record_id}
        while True:
            self.know(entity, [record_id])
            following = self._survivors.get(record_id)
            if following is None or following in passed:
                return record_id
            passed.add(following)
            record_id = following

    def led(
        self, declared: Entity, record_id: bytes, values: Mapping[str, Value], *, rev: int
    ) -> Values:
        """Return the references among values that lead to another record than they name.

        Args:
            rev: that the record gets by this write.
        """
        found: Values = {}
        for entity, name in self._targets(declared.name, values):
            value = values[name]
            assert isinstance(value, bytes)
            survivor = self.survivor_of(entity, value)
            if survivor != value:
                found[name] = survivor
                row = row_of(self._tables, Before(declared, record_id, name, value), rev)
                self.new.add([{"merge_id": self._merge_of(value), **row}])
        return found

    def _targets(self, name: str, values: Mapping[str, Value]) -> list[tuple[str, str]]:
        """Return (entity, field) of the references to what may have been merged."""
        known = mergeable(self._tables)
        found = {
            field: entity or str(values.get(named))
            for field, entity, named in _leading(self._tables, name)
            if isinstance(values.get(field), bytes)
        }
        return [(entity, field) for field, entity in found.items() if entity in known]

    def _merge_of(self, loser_id: bytes) -> int:
        table = self._tables.merge
        query = sa.select(sa.func.max(table.c.id)).where(
            table.c.loser_id == loser_id, table.c.undone_at.is_(None)
        )
        return int(self._connection.scalar(query) or 0)


def number_of_name(kind: str, name: str) -> int:
    """Return the number of an advisory lock."""
    # Not Python's `hash`, which is salted: all processes must come to the same number.
    return int.from_bytes(sha256(f"{kind}|{name}".encode()).digest()[:8], signed=True)


@cache
def _survivors(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.id, table.c[SURVIVOR]).where(
        any_of(table.c.id, "ids"), table.c[SURVIVOR].is_not(None)
    )
