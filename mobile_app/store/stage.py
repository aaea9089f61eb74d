"""The stage: replies as they came, on disk, until the last of an exchange is there.

Nothing of them is seen before `apply.apply`. An exchange that breaks off leaves them, and the next
one goes on from there; one that cannot go on from there discards them.
"""

from __future__ import annotations

from collections.abc import Iterator

from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import wire
from sync.messages import Reply


def put(store: Store, body: bytes) -> None:
    """Keep a reply as it came; on disk when this returns."""
    with transaction(store.db):
        store.db.execute("INSERT INTO stage (body) VALUES (?)", (body,))


def discard(store: Store) -> None:
    """Forget staged replies; acknowledgements in them are asked for again."""
    with transaction(store.db):
        store.db.execute("DELETE FROM stage")


def replies(store: Store, *, is_whole: bool = True) -> Iterator[Reply]:
    """Yield the staged replies, oldest first, each decoded in its turn. Raises Malformed.

    Args:
        is_whole: with their records; without, to know where this device is.
    """
    # The numbers first, then one body at a time: a first exchange is megabytes.
    positions = store.db.execute("SELECT position FROM stage ORDER BY position").fetchall()
    for position in positions:
        body = store.db.execute("SELECT body FROM stage WHERE position = ?", position).fetchone()
        yield wire.decode_reply(store.entities, body[0], is_whole=is_whole)


def is_empty(store: Store) -> bool:
    """Whether no reply waits to be applied."""
    return store.db.execute("SELECT 1 FROM stage").fetchone() is None
