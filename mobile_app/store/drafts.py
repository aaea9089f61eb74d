"""What is being typed: kept in the encrypted file from field to field, never synced.

A form saves its draft as it changes and puts it away with the record that it became, in one
transaction: `put_group(..., within=lambda: drafts.put_away(...))`. So a tablet that is switched off
has the draft or the record, never both and never neither (`tests/mobile_app/test_drafts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mobile_app.store.database import transaction
from mobile_app.store.records import Store

_AWAY = "~"
"""Before the kind of a draft that was put away."""
_STANDS = f"kind NOT LIKE '{_AWAY}%'"


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is not finished. `saved_ms`: when it was last saved, Unix milliseconds."""

    kind: str
    key: str
    values: dict[str, Any]
    saved_ms: int


def save(store: Store, kind: str, key: str, values: Mapping[str, Any]) -> None:
    """Keep a form as it stands, in place of what was kept; on disk when this returns.

    Args:
        kind: which form.
        key: which of them: an id in hexadecimal, or what the form chooses for a new one.
        values: texts, numbers, bytes, None, and lists, sets and maps of them. Sets and tuples
            come back as lists.

    Raises:
        StoreFull, StoreBusy: what was kept before stays.
    """
    content = msgspec.msgpack.encode(dict(values))
    with transaction(store.db):
        store.db.execute(
            "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?)",
            (kind, key, content, store.clock.wall_ms()),
        )


def load(store: Store, kind: str, key: str) -> dict[str, Any] | None:
    """Return the values of a draft, or None."""
    row = store.db.execute(
        "SELECT content FROM draft WHERE kind = ? AND key = ?", (kind, key)
    ).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=dict[str, Any])


def list(store: Store, kind: str | None = None) -> tuple[Draft, ...]:  # noqa: A001 - as Store.list
    """Return the drafts of one kind, or of all, the last saved first."""
    rows = store.db.execute(
        "SELECT kind, key, content, saved_at FROM draft"
        f" WHERE kind = ?1 OR (?1 IS NULL AND {_STANDS}) ORDER BY saved_at DESC, kind, key",
        (kind,),
    ).fetchall()
    return tuple(
        Draft(found, key, msgspec.msgpack.decode(content), saved)
        for found, key, content, saved in rows
    )


def discard(store: Store, kind: str, key: str) -> None:
    """Forget a draft, if there is one; within a transaction of the caller's, together with it."""
    with transaction(store.db):
        store.db.execute("DELETE FROM draft WHERE kind = ? AND key = ?", (kind, key))


def put_away(store: Store, kind: str, key: str) -> None:
    """End a draft, for a moment not beyond recall; in the transaction of what it became."""
    with transaction(store.db):
        store.db.execute(
            "UPDATE draft SET kind = ? || kind, saved_at = ? WHERE kind = ? AND key = ?",
            (_AWAY, store.clock.wall_ms(), kind, key),
        )


def bring_back(store: Store) -> None:
    """Let what was put away last stand again; in the transaction that takes the record back."""
    with transaction(store.db):
        store.db.execute(
            f"UPDATE OR REPLACE draft SET kind = substr(kind, 2) WHERE NOT ({_STANDS})"
        )


def forget(store: Store, within_ms: int = 0) -> None:
    """Forget what was put away, unless it was within the last `within_ms`."""
    with transaction(store.db):
        store.db.execute(
            f"DELETE FROM draft WHERE NOT ({_STANDS}) AND abs(? - saved_at) >= ?",
            (store.clock.wall_ms(), within_ms),
        )
