"""Room for photos and recordings: what the disk has, and what the file can take again.

The file does not shrink: what is given up in it is free for the next picture, not for other apps.
So both are counted. Only bytes that the server has verified are ever given up, oldest first.
"""

from __future__ import annotations

from mobile_app.device.storage import PHOTO_ROOM_BYTES, SpaceLow, Storage
from mobile_app.store.database import transaction
from mobile_app.store.records import Store

_SCRATCH_BYTES = 16 * 2**20
"""What the disk itself must have: a picture lies there while it is shrunk."""
_EVICTABLE = (
    "FROM blob WHERE state = 'verified' AND EXISTS"
    " (SELECT 1 FROM blob_piece WHERE blob_piece.record_id = blob.record_id)"
)


def left(store: Store, storage: Storage) -> int:
    """Return how many bytes may still be captured."""
    free = storage.free_bytes()
    # Room within the file does not help then: the picture needs the disk before it is stored.
    if free < _SCRATCH_BYTES:
        return free
    pages, size = (
        store.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size")
    )
    return free + int(pages) * int(size)


def make(store: Store, storage: Storage) -> int:
    """Give up received bytes while there is too little room for a photo.

    Returns:
        How many bytes there are then.
    """
    lacking = PHOTO_ROOM_BYTES - left(store, storage)
    if lacking > 0:
        evict(store, lacking)
    return left(store, storage)


def require(store: Store, storage: Storage) -> None:
    """Make room for a photo or a recording. Raises SpaceLow, before anything is captured."""
    free = make(store, storage)
    if free < PHOTO_ROOM_BYTES:
        raise SpaceLow(f"storage: {free} bytes free", megabytes=free // 2**20)


def evictable_bytes(store: Store) -> int:
    """Return how many bytes `evict` could give up."""
    row = store.db.execute(f"SELECT coalesce(sum(size_bytes), 0) {_EVICTABLE}").fetchone()
    return int(row[0])


def evict(store: Store, bytes_wanted: int) -> int:
    """Give up bytes that the server has verified, oldest first, until there is room.

    The room is the file's own, for what comes next; the file does not shrink.

    Returns:
        How many bytes were given up.
    """
    rows = store.db.execute(f"SELECT record_id, size_bytes {_EVICTABLE} ORDER BY at").fetchall()
    gone, freed = [], 0
    for record_id, size in rows:
        if freed >= bytes_wanted:
            break
        gone.append((record_id,))
        freed += size
    if gone:
        with transaction(store.db):
            store.db.executemany("DELETE FROM blob_piece WHERE record_id = ?", gone)
    return freed
