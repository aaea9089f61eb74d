"""Compare, now and then, what a scope's records say with what the server's say.

A few scopes at a time, each once a week. One that differs is fetched anew, whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mobile_app.store.base import unpack_image
from mobile_app.store.records import Store
from sync import digest, limits
from sync.scopes import DAY_MS

_EVERY_MS = limits.CONTENT_CHECK_DAYS * DAY_MS


def due(store: Store) -> Sequence[int]:
    """Return the scopes to be checked in this exchange, the longest unchecked first."""
    now_ms = store.kept.after_sync_ms
    checked = store.kept.checked
    late = sorted((at, scope_id) for scope_id, at in checked.items() if at <= now_ms - _EVERY_MS)
    return sorted(scope_id for _, scope_id in late[: limits.SCOPES_CHECKED_AT_ONCE])


def check(store: Store, hashes: Mapping[int, int], server_ms: int) -> Sequence[int]:
    """Note what was checked, and forget the cursors of scopes that differ, within a transaction.

    Args:
        hashes: scope number -> the server's hash, as of what has just been applied.

    Returns:
        The scopes that differ.
    """
    known = store.kept.checked
    held = [scope_id for (scope_id,) in store.db.execute("SELECT id FROM scope").fetchall()]
    store.kept.checked = {
        scope_id: server_ms if scope_id in hashes else known.get(scope_id, server_ms)
        for scope_id in held
    }
    differing = [
        scope_id
        for scope_id in held
        if scope_id in hashes and content(store, scope_id) != hashes[scope_id]
    ]
    store.db.executemany("DELETE FROM scope WHERE id = ?", [(scope_id,) for scope_id in differing])
    return differing


def content(store: Store, scope_id: int) -> int:
    """Return the hash of what the server's records of a scope say, as they are held here."""
    total = 0
    rows: list[Any] = store.db.execute(
        "SELECT place.entity, place.record_id, image FROM place LEFT JOIN base"
        " ON base.entity = place.entity AND base.record_id = place.record_id WHERE scope_id = ?",
        (scope_id,),
    ).fetchall()
    for number, record_id, image in rows:
        entity = store.entities[number]
        if image is not None:
            values = unpack_image(entity, image)
        else:
            found = store.find(entity.name, record_id)
            values = dict(found.values) if found is not None else {}
        total += digest.content_hash(entity, record_id, values)
    return total % digest.MODULUS
