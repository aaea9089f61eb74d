"""Compose the server: database, sync endpoint, pages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from litestar import Litestar

from server.db.engine import Engines
from server.db.tables import TABLES
from server.db.work import Database
from server.exchange.routes import SyncEndpoint, sync_routes
from server.settings import Settings


def wall_ms() -> int:
    """Return the server's time, Unix milliseconds. The only place that reads the clock."""
    return time.time_ns() // 1_000_000


def new_id(clock: Callable[[], int] = wall_ms) -> bytes:
    """Return a new record id: a UUID of version 7 (RFC 9562)."""
    raw = bytearray(clock().to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def open_database(settings: Settings) -> Database:
    """Return the database of the settings; it must be migrated before it is used."""
    return Database(Engines(settings.database_url), TABLES, clock=wall_ms, ids=new_id)


def build_app(settings: Settings, database: Database) -> Litestar:
    """Return the server's ASGI application."""
    endpoint = SyncEndpoint(database, slice_count=settings.slice_count)
    return Litestar(route_handlers=sync_routes(endpoint), openapi_config=None)
