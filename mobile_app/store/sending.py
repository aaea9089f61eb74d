"""Bytes on their way to the server: which go next, how far they are, and what is put off."""

from __future__ import annotations

from mobile_app.store import media
from mobile_app.store.database import transaction
from mobile_app.store.media import QUEUED, RECEIVED, UPLOADING, VERIFIED, Blob
from mobile_app.store.records import Store
from sync import limits
from sync.errors import RemoteSyncError

UNSURE = -1
"""An offset: the line broke, and only the server knows how far the bytes came."""
_PUT_OFF_MS = 86_400_000


def queue(store: Store) -> None:
    """Queue the blobs whose records the server has: the record goes first, then its bytes."""
    rows = store.db.execute(f"SELECT {media.COLUMNS} FROM blob WHERE state = 'captured'").fetchall()
    ready = [
        blob
        for blob in (media.from_row(store, row) for row in rows)
        if _is_acknowledged(store, blob)
    ]
    if ready:
        with transaction(store.db):
            store.db.executemany(
                "UPDATE blob SET state = 'queued' WHERE record_id = ?",
                [(blob.record_id,) for blob in ready],
            )


def next_waiting(store: Store) -> Blob | None:
    """Return the blob to send now: by priority, the newest first; none that was put off."""
    now = store.clock.wall_ms()
    row = store.db.execute(
        f"SELECT {media.COLUMNS} FROM blob WHERE state IN ('queued', 'uploading', 'received')"
        # A clock that was set back must not put anything off for years.
        " AND retry_at NOT BETWEEN ? AND ? ORDER BY priority, at DESC, record_id DESC LIMIT 1",
        (now + 1, now + _PUT_OFF_MS),
    ).fetchone()
    return None if row is None else media.from_row(store, row)


def note(store: Store, blob: Blob, *, state: str, offset: int = 0, address: str = "") -> None:
    """Write how far a blob has come; on disk when this returns."""
    with transaction(store.db):
        store.db.execute(
            "UPDATE blob SET state = ?, offset_bytes = ?, address = ?, code = ''"
            " WHERE record_id = ?",
            (state, offset, address, blob.record_id),
        )


def under_way(store: Store) -> list[bytes]:
    """Return the records whose bytes are at the server in part, or all but for its word."""
    rows = store.db.execute(
        "SELECT record_id FROM blob WHERE state IN ('uploading', 'received')"
        " ORDER BY priority, at DESC LIMIT ?",
        (limits.UPLOADS_ASKED_MAX,),
    )
    return [record_id for (record_id,) in rows.fetchall()]


def learn(store: Store, record_id: bytes, *, offset: int, address: str, is_complete: bool) -> None:
    """Take the server's word on how far bytes came. `address`: empty if it knows of no upload.

    Raises:
        RemoteSyncError: more than there is.
    """
    blob = media.find(store, record_id)
    if blob is None or blob.state == VERIFIED:
        return
    if offset > blob.size_bytes or (is_complete and offset != blob.size_bytes):
        raise RemoteSyncError(f"upload: at {offset} of {blob.size_bytes}")
    if is_complete:
        note(store, blob, state=VERIFIED, offset=offset)
    elif not address:
        note(store, blob, state=QUEUED)
    else:
        state = RECEIVED if offset == blob.size_bytes else UPLOADING
        note(store, blob, state=state, offset=offset, address=address)


def put_off(store: Store, blob: Blob, code: str) -> None:
    """Leave a blob that was refused for a day, so that it does not hold up the others."""
    with transaction(store.db):
        store.db.execute(
            "UPDATE blob SET state = 'queued', offset_bytes = 0, address = '', code = ?,"
            " retry_at = ? WHERE record_id = ?",
            (code, store.clock.wall_ms() + _PUT_OFF_MS, blob.record_id),
        )


def _is_acknowledged(store: Store, blob: Blob) -> bool:
    """Whether the server has the record; one that has left this tablet since, it had."""
    row = store.db.execute(
        f'SELECT rev FROM "{blob.entity}" WHERE id = ?', (blob.record_id,)
    ).fetchone()
    return row is None or row[0] > 0
