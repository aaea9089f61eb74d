"""Snapshots: each scope's records as one prepared block an entity, for tablets that come new.

Made by a job (`python -m server build-snapshots`), used while little has changed since: a new
tablet gets the snapshot and, in the same exchange, what came after it. Shared by all tablets of
the territory, so the work of encoding is done once.

A visit refers to its person by the row number in the commune's own scope, the *home*, which is
shorter than an id. So a snapshot of visits is made beside one of the home and is of use only
to a tablet that has that one, or a later state from which nothing has gone (`pull._has_home`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import sqlalchemy as sa

from server.db.feed import PUT
from server.db.records import Records, Stored, any_of
from server.db.work import Database, Work
from sync import scopes
from sync.message_blocks import encode_snapshot
from sync.messages import Block
from sync.rows import Row

ROWS_LEAST = 50
"""A smaller scope is as cheap without."""
_STALE_SHARE = 5
"""Made again when more than a fifth of the records changed."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """A scope, its snapshot if there is one, and the scope its records refer to."""

    scope_id: int
    head: int
    record_count: int
    seq: int
    home_id: int
    home_seq: int
    has_left: bool

    @property
    def is_home(self) -> bool:
        """Whether its records refer to none but its own."""
        return self.home_id == self.scope_id

    @property
    def is_stale(self) -> bool:
        """Whether it has no snapshot, or one that too much has changed since."""
        return (
            not self.seq
            or self.has_left
            or (self.head - self.seq) * _STALE_SHARE > self.record_count
        )


def build(database: Database, tell: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Make the snapshots that are missing or stale. Returns how many were made."""
    known = database.read(_scopes)
    seqs = {scope.scope_id: scope.seq for scope in known}
    made = 0
    # Homes first, since the other scopes name rows of a home's snapshot by number: one made beside
    # a home's snapshot of 80 is of no use beside that of 120, where a row may be gone.
    for done, scope in enumerate(sorted(known, key=lambda scope: not scope.is_home), 1):
        is_behind = not scope.is_home and scope.home_seq != seqs[scope.home_id]
        if scope.is_stale or is_behind:
            # Read and encoded, which takes long for a large commune, outside the transaction that
            # writes: else nobody could write meanwhile on SQLite.
            row = database.read(partial(_content, scope=scope, seqs=seqs))
            database.write(partial(_store, row=row))
            seqs[scope.scope_id] = row["seq"]
            made += 1
        tell(done, len(known))
    return made


def _scopes(records: Records) -> list[_Scope]:
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
        _Scope(
            scope_id=row.id,
            head=row.head,
            record_count=row.record_count,
            seq=row.seq or 0,
            home_id=by_name.get(scopes.home_of(row.name), row.id),
            home_seq=row.home_seq or 0,
            has_left=row.has_left,
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
    return Row(
        place,
        number,
        rev=record.rev,
        era=record.era,
        values=values,
        record_id=record.record_id,
    )


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


def _content(records: Records, scope: _Scope, seqs: dict[int, int]) -> dict[str, Any]:
    """Return a scope's snapshot, as of one moment."""
    tables, feed = records.tables, records.tables.feed
    query = sa.select(tables.scope.c.head).where(tables.scope.c.id == scope.scope_id)
    seq = records.connection.scalar(query)
    home_seq = seq if scope.is_home else seqs[scope.home_id]
    # Born before the home's snapshot and still there: so it is in that snapshot.
    in_home = sa.select(feed.c.record_id, feed.c.number).where(
        feed.c.scope_id == scope.home_id, feed.c.op == PUT, feed.c.born <= home_seq
    )
    refs = _Numbers({bytes(row[0]): row[1] for row in records.connection.execute(in_home)})
    entries = records.connection.execute(
        sa.select(feed).where(feed.c.scope_id == scope.scope_id, feed.c.op == PUT)
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
        "scope_id": scope.scope_id,
        "seq": seq,
        "home_id": scope.home_id,
        "home_seq": home_seq,
        "content": encode_snapshot(tables.entities, blocks, refs),
    }
