"""Recompute what the feed says of itself: counts and digests from the rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.feed import PUT
from server.db.records import Records
from server.db.schema import is_current
from server.db.work import Database
from server.settings import Settings
from server.sms import outbox
from server.sms.outbox import Stage
from sync import digest


def check(settings: Settings, database: Database) -> dict[str, Any]:
    """Return settings, schema, counts by entity, scopes, and every fault found."""
    return database.read(lambda records: _check(settings, database, records))


def _check(settings: Settings, database: Database, records: Records) -> dict[str, Any]:
    tables, connection = records.tables, records.connection
    faults: list[str] = []
    counts = {
        name: connection.scalar(
            sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
        )
        for name, table in tables.records.items()
    }
    names = [entity.name for entity in tables.entities]
    feed, scope = tables.feed, tables.scope
    digests: dict[int, int] = {}
    here: dict[int, int] = {}
    for number, name in enumerate(names):
        table = tables.records[name]
        query = (
            sa.select(feed, table.c.rev.label("row_rev"), table.c.era.label("row_era"))
            .join(table, table.c.id == feed.c.record_id, isouter=True)
            .where(feed.c.entity == number, feed.c.op == PUT)
        )
        for row in connection.execute(query):
            if (row.row_rev, row.row_era) != (row.rev, row.era):
                faults.append(f"{name} {row.record_id.hex()}: rev {row.row_rev}, feed {row.rev}")
            row_hash = digest.row_hash(
                number, row.record_id, row.number, row.row_era or 0, row.row_rev or 0
            )
            digests[row.scope_id] = (digests.get(row.scope_id, 0) + row_hash) % digest.MODULUS
            here[row.scope_id] = here.get(row.scope_id, 0) + 1
    scopes = connection.execute(sa.select(scope)).all()
    for one_scope in scopes:
        found = (here.get(one_scope.id, 0), digests.get(one_scope.id, 0))
        if found != (one_scope.record_count, one_scope.digest):
            faults.append(
                f"scope {one_scope.name}: {found[0]} rows, counted {one_scope.record_count}"
            )
    held = connection.scalar(
        sa.select(sa.func.count()).select_from(tables.held).where(tables.held.c.state == "open")
    )
    waiting = outbox.counts(records).get(Stage.WAITING, 0)
    return {
        "settings": settings.shown(),
        "schema_is_current": is_current(database.engines, database.tables),
        "epoch": database.epoch.hex(),
        "counts": counts,
        "scopes": len(scopes),
        "feed_entries": sum(here.values()),
        "held_open": held,
        "messages": {"sent_by": settings.messages_by, "waiting": waiting},
        "faults": faults,
    }
