"""What exchanges cost: the bytes of the month, and how fast this tablet's line is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import local_time
from sync.phrases import EPOCH

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_LINE_LEAST_BYTES = 4_000
"""Fewer tell nothing of a line's speed."""


@contextmanager
def counted(store: Store, line: Transport) -> Iterator[None]:
    """Add what is sent and received inside to the month, and learn how fast this line is.

    The window and the service count in one store, each what itself has carried.
    """
    before, begun_ms = _bytes(line), store.clock.mono_ms()
    try:
        yield
    finally:
        _add(store, _bytes(line) - before, store.clock.mono_ms() - begun_ms)


def month_bytes(store: Store) -> int:
    """Return the bytes of this month, both ways."""
    if store.kept.traffic_month != _month(store):
        return 0
    return store.kept.traffic_bytes


def _bytes(line: Transport) -> int:
    return line.traffic.bytes_up + line.traffic.bytes_down


def _add(store: Store, carried_bytes: int, took_ms: int) -> None:
    if not carried_bytes:
        return
    with transaction(store.db):
        # Read within the transaction: the window and the service add to the same number.
        total = month_bytes(store) + carried_bytes
        store.kept.traffic_month = _month(store)
        store.kept.traffic_bytes = total
        if carried_bytes > _LINE_LEAST_BYTES and took_ms > 0:
            store.kept.line_bytes_s = max(1, carried_bytes * 1000 // took_ms)


def _month(store: Store) -> str:
    """Return the current month, `2026-11`, local time."""
    day = local_time.day_of(store.true_clock.wall_ms())
    return (EPOCH + timedelta(days=day)).strftime("%Y-%m")
