"""Bytes on their way from the server: kept as they come, they count when their hash is right."""

from __future__ import annotations

from hashlib import sha256

from mobile_app.store import media
from mobile_app.store.database import transaction
from mobile_app.store.media import OTHER, ROW_BYTES, VERIFIED, Blob, BlobNotNamed
from mobile_app.store.records import Store
from sync.errors import Refusal

_HASH_BYTES = 32


class BlobDamaged(Refusal):
    """What came is not what the record names; nothing of it was kept."""

    code = "blob_damaged"


def await_bytes(store: Store, entity: str, record_id: bytes) -> Blob:
    """Make room for the bytes of a record that names them; what came before stays.

    Raises:
        NotFound, UnknownEntity: no such record.
        BlobNotNamed: it names none.
    """
    media.require_bytes(store, entity)
    values = store.get(entity, record_id).values
    try:
        named = bytes.fromhex(str(values.get("sha256") or ""))
    except ValueError:
        named = b""
    if len(named) != _HASH_BYTES:
        raise BlobNotNamed(f"{entity} {record_id.hex()}: names no hash")
    blob = media.find(store, record_id)
    if blob is None or (blob.state == VERIFIED and not _has_bytes(store, record_id)):
        with transaction(store.db):
            store.db.execute(
                "INSERT OR REPLACE INTO blob (record_id, entity, sha256, size_bytes, priority,"
                " state, at) VALUES (?, ?, ?, 0, ?, 'coming', ?)",
                (record_id, store.number_by_name[entity], named, OTHER, store.clock.wall_ms()),
            )
    return media.get(store, record_id)


def take(store: Store, blob: Blob, offset: int, content: bytes) -> None:
    """Store bytes that came, from `offset` on; on disk when this returns."""
    # From 70,000 on, with 65,536 a row: 4,464 bytes of row 1 are here, and what came goes behind
    # them, into rows 1, 2 and so on. Whatever lay behind 70,000 was of a line that broke, and goes:
    # `offset_bytes` is written in the same transaction, and nothing beyond it was ever counted.
    number, within = divmod(offset, ROW_BYTES)
    with transaction(store.db):
        row = store.db.execute(
            "SELECT content FROM blob_piece WHERE record_id = ? AND number = ?",
            (blob.record_id, number),
        ).fetchone()
        joined = (row[0][:within] if row else b"") + content
        store.db.executemany(
            "INSERT OR REPLACE INTO blob_piece VALUES (?, ?, ?)",
            [
                (blob.record_id, number + at, joined[start : start + ROW_BYTES])
                for at, start in enumerate(range(0, len(joined), ROW_BYTES))
            ],
        )
        store.db.execute(
            "UPDATE blob SET offset_bytes = ? WHERE record_id = ?",
            (offset + len(content), blob.record_id),
        )


def arrive(store: Store, blob: Blob, size_bytes: int) -> bytes:
    """Check bytes that are all here, and keep them. Returns them.

    Raises:
        BlobDamaged: they are not those of the hash; nothing of them is kept.
    """
    # Read back from the file and not kept while it comes: it may have come in several contacts,
    # days apart.
    content = media.read(store, blob, 0, size_bytes)
    is_right = len(content) == size_bytes and sha256(content).digest() == blob.sha256
    with transaction(store.db):
        if is_right:
            store.db.execute(
                "UPDATE blob SET state = 'verified', size_bytes = ?, offset_bytes = ?"
                " WHERE record_id = ?",
                (size_bytes, size_bytes, blob.record_id),
            )
        else:
            store.db.execute("DELETE FROM blob_piece WHERE record_id = ?", (blob.record_id,))
            store.db.execute("DELETE FROM blob WHERE record_id = ?", (blob.record_id,))
    if not is_right:
        raise BlobDamaged(f"{blob.entity} {blob.record_id.hex()}: other bytes came")
    return content


def _has_bytes(store: Store, record_id: bytes) -> bool:
    row = store.db.execute("SELECT 1 FROM blob_piece WHERE record_id = ?", (record_id,)).fetchone()
    return row is not None
