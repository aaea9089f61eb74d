"""Snapshots: each scope's records as one prepared block an entity, for tablets that come new.

Made by a job (`python -m server build-snapshots`), used while little has changed since: a new
tablet gets the snapshot and, in the same exchange, what came after it. Shared by all tablets of
the territory, so the work of encoding is done once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored, any_of
from server.db.work import PUT, Database, Work
from sync import scopes
from sync.message_blocks import encode_snapshot
from sync.messages import Block
from sync.rows import Row

ROWS_LEAST = 50
"""A smaller scope is as cheap without."""
_STALE_SHARE = 5
"""Made again when more than a fifth of the records changed."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A scope, its snapshot if there is one, and the scope its records refer to."""

    scope_id: int
    head: int
    record_count: int
    seq: int
    home_id: int
    home_seq: int
    has_left: bool


def build(database: Database, tell: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """Make the snapshots that are missing or stale. Returns how many were made."""
    standing = database.read(_standing)
    seqs = {one.scope_id: one.seq for one in standing}
    made = 0
    # Homes first: the other scopes name rows of a home's snapshot by number.
    for done, one in enumerate(sorted(standing, key=lambda one: one.home_id != one.scope_id), 1):
        is_home = one.home_id == one.scope_id
        is_stale = one.has_left or (one.head - one.seq) * _STALE_SHARE > one.record_count
        if not one.seq or is_stale or (not is_home and one.home_seq != seqs[one.home_id]):
            row = database.read(lambda records, one=one: _content(records, one, seqs))  # type: ignore[misc]
            database.write(lambda work, row=row: _store(work, row))  # type: ignore[misc]
            seqs[one.scope_id] = row["seq"]
            made += 1
        tell(done, len(standing))
    return made


def _standing(records: Records) -> list[_Standing]:
    scope, snapshot = records.tables.scope, records.tables.snapshot
    has_left = _has_left(snapshot, records.tables.feed).label("has_left")
    query = (
        sa.select(scope, snapshot.c.seq, snapshot.c.home_seq, has_left)
        .outerjoin(snapshot, snapshot.c.scope_id == scope.c.id)
        .where(scope.c.record_count >= ROWS_LEAST)
    )
    rows = records.connection.execute(query).all()
    by_name = {row.name: row.id for row in rows}
    return [
        _Standing(
            row.id,
            row.head,
            row.record_count,
            row.seq or 0,
            by_name.get(scopes.home_of(row.name), row.id),
            row.home_seq or 0,
            row.has_left,
        )
        for row in rows
    ]


def _store(work: Work, row: dict[str, Any]) -> None:
    table = work.tables.snapshot
    work.connection.execute(sa.delete(table).where(table.c.scope_id == row["scope_id"]))
    work.connection.execute(sa.insert(table).values(made_at=work.now_ms, **row))


def usable(records: Records, heads: dict[int, Any], scope_ids: Sequence[int]) -> dict[int, Any]:
    """Return what is known of the snapshots that serve for these scopes, but their content.

    One from which a record was deleted or moved away since does not: a tablet that comes new has
    no right to see it.
    """
    query = _present(records.tables.snapshot, records.tables.feed)
    return {
        row.scope_id: row
        for row in records.connection.execute(query, {"scopes": scope_ids})
        if heads[row.scope_id].floor <= row.seq <= heads[row.scope_id].head
    }


@cache
def _present(snapshot: sa.Table, feed: sa.Table) -> sa.Select[Any]:
    return sa.select(
        snapshot.c.scope_id,
        snapshot.c.seq,
        snapshot.c.home_id,
        snapshot.c.home_seq,
        sa.func.length(snapshot.c.content).label("size"),
    ).where(any_of(snapshot.c.scope_id, "scopes"), ~_has_left(snapshot, feed))


def _has_left(snapshot: sa.Table, feed: sa.Table) -> sa.Exists:
    """Ask whether a record was deleted or moved away since a scope's snapshot was made."""
    return sa.exists().where(
        feed.c.scope_id == snapshot.c.scope_id, feed.c.seq > snapshot.c.seq, feed.c.op != PUT
    )


def whole_row(record: Stored, place: int, number: int) -> Row:
    """Return a record as a tablet that lacks it gets it: every field with a value."""
    values = {name: value for name, value in record.values.items() if value is not None}
    return Row(place, number, record.rev, record.era, values, record.record_id)


def content_of(records: Records, scope_id: int) -> bytes:
    """Return a scope's snapshot."""
    table = records.tables.snapshot
    found = records.connection.scalar(
        sa.select(table.c.content).where(table.c.scope_id == scope_id)
    )
    assert found is not None
    return bytes(found)


class _Numbers:
    """References to rows that the home scope's snapshot holds."""

    def __init__(self, numbers: dict[bytes, int]) -> None:
        self._numbers = numbers

    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        """Return place 0 and the row's number."""
        number = self._numbers.get(target_id)
        return None if number is None else (0, number)


def _content(records: Records, one: _Standing, seqs: dict[int, int]) -> dict[str, Any]:
    """Return a scope's snapshot, as of one moment."""
    tables, feed = records.tables, records.tables.feed
    query = sa.select(tables.scope.c.head).where(tables.scope.c.id == one.scope_id)
    seq = records.connection.scalar(query)
    home_seq = seq if one.home_id == one.scope_id else seqs[one.home_id]
    # Born before the home's snapshot and still there: so it is in that snapshot.
    there = sa.select(feed.c.record_id, feed.c.number).where(
        feed.c.scope_id == one.home_id, feed.c.op == PUT, feed.c.born <= home_seq
    )
    refs = _Numbers({bytes(row[0]): row[1] for row in records.connection.execute(there)})
    entries = records.connection.execute(
        sa.select(feed).where(feed.c.scope_id == one.scope_id, feed.c.op == PUT)
    )
    by_entity: dict[int, dict[bytes, int]] = defaultdict(dict)
    for entry in entries:
        by_entity[entry.entity][entry.record_id] = entry.number
    blocks = []
    for number, numbers in sorted(by_entity.items()):
        name = tables.entities[number].name
        rows = [
            whole_row(record, 0, numbers[record_id])
            for record_id, record in records.load(name, sorted(numbers)).items()
        ]
        blocks.append(Block(entity=name, is_whole=True, rows=rows))
    return {
        "scope_id": one.scope_id,
        "seq": seq,
        "home_id": one.home_id,
        "home_seq": home_seq,
        "content": encode_snapshot(tables.entities, blocks, refs),
    }
