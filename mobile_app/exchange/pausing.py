"""A person's pause: kept in the file, so that the window and the service both rest.

It ends by itself, with whatever a person begins, and when the tablet is started again. It is
counted by the clock that nobody can turn.
"""

from __future__ import annotations

from contextlib import suppress

from mobile_app.device.storage import StoreFull
from mobile_app.store.database import transaction
from mobile_app.store.records import Store

PAUSE_MS = 15 * 60_000


def pause(store: Store) -> None:
    """Let nothing go by itself for PAUSE_MS."""
    _keep(store, (store.clock.boot_id(), store.clock.mono_ms()))


def resume(store: Store) -> None:
    """Let things go by themselves again."""
    if store.kept.paused_at:
        _keep(store, None)


def is_paused(store: Store) -> bool:
    """Whether a person's pause is still on."""
    boot_id, since_ms = store.kept.paused_at or ("", 0)
    now_ms = store.clock.mono_ms()
    return bool(boot_id == store.clock.boot_id() and 0 <= now_ms - since_ms < PAUSE_MS)


def _keep(store: Store, at: tuple[str, int] | None) -> None:
    with suppress(StoreFull), transaction(store.db):  # the window still knows
        store.kept.paused_at = at
