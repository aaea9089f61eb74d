"""A record's past: asked of the server when it can be reached, else as last seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from mobile_app.exchange import connection, metering
from mobile_app.exchange.calls import Refused, Unreachable
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync.errors import RemoteSyncError

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport


def fetch(store: Store, entity: str, record_id: bytes) -> list[dict[str, Any]]:
    """Return overwritten and losing values with author, time and outcome, newest first."""
    transport = connection.connect(store)
    try:
        with metering.counted(store, transport):
            return ask(store, transport, entity, record_id)
    except (Unreachable, Refused):
        return seen(store, entity, record_id)[0]
    finally:
        transport.close()


def ask(store: Store, line: Transport, entity: str, record_id: bytes) -> list[dict[str, Any]]:
    """Return what the server says, and keep it. Raises Unreachable, Refused, RemoteSyncError."""
    content = line.fetch(f"/sync/v1/history/{entity}/{UUID(bytes=record_id)}")
    past = _read(content)
    with transaction(store.db):
        store.db.execute(
            "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
            (store.number_by_name[entity], record_id, content, store.clock.wall_ms()),
        )
    return past


def seen(store: Store, entity: str, record_id: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return what the server said last, and when: 0 for never."""
    row = store.db.execute(
        "SELECT content, fetched_at FROM history WHERE entity = ? AND record_id = ?",
        (store.number_by_name[entity], record_id),
    ).fetchone()
    return (_read(row[0]), int(row[1])) if row else ([], 0)


def _read(content: bytes) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(content, type=list[dict[str, Any]])
    except (msgspec.DecodeError, msgspec.ValidationError) as fault:
        raise RemoteSyncError(f"history: {fault}") from fault
