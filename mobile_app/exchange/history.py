"""A record's past: asked of the server when it can be reached, else as last seen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from mobile_app.exchange import runner
from mobile_app.exchange.transport import Refused, Unreachable
from mobile_app.store.database import transaction
from mobile_app.store.records import Store


def of(store: Store, entity: str, record_id: bytes) -> list[dict[str, Any]]:
    """Return overwritten and losing values with author, time and outcome, newest first."""
    number = store.number_by_name[entity]
    transport = runner.connect(store)
    try:
        content = transport.fetch(f"/sync/v1/history/{entity}/{UUID(bytes=record_id)}")
    except (Unreachable, Refused):
        row = store.db.execute(
            "SELECT content FROM history WHERE entity = ? AND record_id = ?", (number, record_id)
        ).fetchone()
        content = row[0] if row else b"[]"
    else:
        with transaction(store.db):
            store.db.execute(
                "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
                (number, record_id, content, store.clock.wall_ms()),
            )
    finally:
        transport.close()
    return msgspec.json.decode(content, type=list[dict[str, Any]])
