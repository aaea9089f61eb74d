"""Snapshots: each scope's records as one prepared block an entity, for tablets that come new.

Made by a job (`python -m server build-snapshots`), used while little has changed since: a new
tablet gets the snapshot and, in the same exchange, what came after it. Shared by all tablets of
the territory, so the work of encoding is done once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from server.db.records import Records
from server.db.work import PUT, Database, Work
from sync import wire
from sync.messages import Block
from sync.rows import Row

ROWS_LEAST = 50
"""A smaller scope is as cheap without."""
_STALE_SHARE = 5
"""Made again when more than a fifth of the records changed."""


def build(database: Database, tell: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """Make the snapshots that are missing or stale. Returns how many were made."""
    tables = database.tables
    scope, snapshot = tables.scope, tables.snapshot
    query = (
        sa.select(scope.c.id)
        .outerjoin(snapshot, snapshot.c.scope_id == scope.c.id)
        .where(
            scope.c.record_count >= ROWS_LEAST,
            sa.or_(
                snapshot.c.seq.is_(None),
                (scope.c.head - snapshot.c.seq) * _STALE_SHARE > scope.c.record_count,
            ),
        )
    )
    wanted = database.read(lambda records: list(records.connection.scalars(query)))
    for done, scope_id in enumerate(wanted, 1):
        seq, content = database.read(lambda records, one=scope_id: _content(records, one))  # type: ignore[misc]

        def store(
            work: Work, scope_id: int = scope_id, seq: int = seq, content: bytes = content
        ) -> None:
            work.connection.execute(sa.delete(snapshot).where(snapshot.c.scope_id == scope_id))
            row = {"scope_id": scope_id, "seq": seq, "content": content, "made_at": work.now_ms}
            work.connection.execute(sa.insert(snapshot).values(row))

        database.write(store)
        tell(done, len(wanted))
    return len(wanted)


def usable(records: Records, heads: dict[int, Any], scope_ids: Sequence[int]) -> dict[int, Any]:
    """Return the sequence and size of the snapshots that serve for these scopes, by scope."""
    table = records.tables.snapshot
    query = sa.select(
        table.c.scope_id, table.c.seq, sa.func.length(table.c.content).label("size")
    ).where(table.c.scope_id.in_(scope_ids))
    return {
        row.scope_id: row
        for row in records.connection.execute(query)
        if heads[row.scope_id].floor <= row.seq <= heads[row.scope_id].head
    }


def content_of(records: Records, scope_id: int) -> bytes:
    """Return a scope's snapshot."""
    table = records.tables.snapshot
    found = records.connection.scalar(
        sa.select(table.c.content).where(table.c.scope_id == scope_id)
    )
    assert found is not None
    return bytes(found)


def _content(records: Records, scope_id: int) -> tuple[int, bytes]:
    """Return a scope's head and its records, as of one moment."""
    tables = records.tables
    head = records.connection.scalar(
        sa.select(tables.scope.c.head).where(tables.scope.c.id == scope_id)
    )
    feed = tables.feed
    entries = records.connection.execute(
        sa.select(feed).where(feed.c.scope_id == scope_id, feed.c.op == PUT)
    )
    by_entity: dict[int, dict[bytes, int]] = defaultdict(dict)
    for entry in entries:
        by_entity[entry.entity][entry.record_id] = entry.number
    blocks = []
    for number, numbers in sorted(by_entity.items()):
        name = tables.entities[number].name
        rows = [
            Row(
                0,
                numbers[record_id],
                record.rev,
                record.era,
                {field: value for field, value in record.values.items() if value is not None},
                record_id,
            )
            for record_id, record in records.load(name, sorted(numbers)).items()
        ]
        blocks.append(Block(name, is_whole=True, rows=rows))
    return int(head or 0), wire.encode_snapshot(tables.entities, blocks)
