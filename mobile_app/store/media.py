"""Photos and documents on the tablet: their bytes in the same encrypted file as the records.

States: `captured`, its record is not acknowledged yet; `queued`; `uploading`; `received`, all bytes
are said to be there; `verified`, the server has checked and kept them. Bytes leave the tablet
after `verified` and never before (`tests/test_media.py`). Bytes of others are `coming` until their
hash is right, then `verified`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mobile_app.store.database import transaction
from mobile_app.store.records import Record, Store, UnknownEntity
from sync import limits
from sync.errors import Refusal, RemoteSyncError
from sync.spec import Value, Values

CAPTURED, QUEUED, UPLOADING, RECEIVED, VERIFIED, COMING = (
    "captured",
    "queued",
    "uploading",
    "received",
    "verified",
    "coming",
)
UNSURE = -1
"""An offset: the line broke, and only the server knows how far the bytes came."""
SIGNATURE, IDENTITY, OTHER = 0, 1, 2
"""Priorities: what a case cannot go on without comes first."""
_PUT_OFF_MS = 86_400_000
_HASH_BYTES = 32
_ROW_BYTES = 64 * 1024
"""Of the pieces in which bytes lie in the file."""
_COLUMNS = "entity, record_id, sha256, size_bytes, priority, state, offset_bytes, address, code"

_EVICTABLE = (
    "FROM blob WHERE state = 'verified' AND EXISTS"
    " (SELECT 1 FROM blob_piece WHERE blob_piece.record_id = blob.record_id)"
)


class BlobTooLarge(Refusal):
    """A photo or document beyond what is taken."""

    code = "blob_too_large"


class BlobEmpty(Refusal):
    """A file without a byte."""

    code = "blob_empty"


class BlobDamaged(Refusal):
    """What came is not what the record names; nothing of it was kept."""

    code = "blob_damaged"


class BlobNotNamed(Refusal):
    """The record names the hash of other bytes, or none."""

    code = "blob_not_named"


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of a record, and how far they have come. `code`: the last refusal, or empty."""

    entity: str
    record_id: bytes
    sha256: bytes
    size_bytes: int
    priority: int
    state: str
    offset_bytes: int
    address: str
    code: str


def capture(
    store: Store, entity: str, values: Mapping[str, Value], data: bytes, priority: int | None = None
) -> Record:
    """Store a new record with its bytes, both or neither; hash and size are filled in.

    Raises:
        BlobTooLarge, BlobEmpty: as they say.
        UnknownField, Missing, ..., StoreFull: as `Store.put`.
    """
    _require_bytes(store, entity)
    named: Values = {**values, **described(data)}
    record_id = store.ids()
    rank = _priority(named) if priority is None else priority
    return store.put_group(
        [(entity, named, record_id)],
        within=lambda: _insert(store, entity, record_id, data, rank),
    )[0]


def described(data: bytes) -> Values:
    """Return what a record says of its bytes: hash and size. Raises BlobTooLarge, BlobEmpty."""
    _require_size(data)
    return {"sha256": sha256(data).hexdigest(), "size_bytes": len(data)}


def add(
    store: Store, entity: str, record_id: bytes, data: bytes, priority: int | None = None
) -> Blob:
    """Store the bytes of a record that is here and names their hash; any number of times.

    Raises:
        NotFound, UnknownEntity: no such record.
        BlobNotNamed: it names another hash, or none.
        BlobTooLarge, BlobEmpty, StoreFull: as they say.
    """
    _require_size(data)
    _require_bytes(store, entity)
    record = store.get(entity, record_id)
    if record.values.get("sha256") != sha256(data).hexdigest():
        raise BlobNotNamed(f"{entity} {record_id.hex()}: names another hash, or none")
    rank = _priority(record.values) if priority is None else priority
    with transaction(store.db):
        if find(store, record_id) is None:
            _insert(store, entity, record_id, data, rank)
    return get(store, record_id)


def get(store: Store, record_id: bytes) -> Blob:
    """Return the blob of a record that has one."""
    found = find(store, record_id)
    assert found is not None
    return found


def find(store: Store, record_id: bytes) -> Blob | None:
    """Return the blob of a record, or None."""
    row = store.db.execute(
        f"SELECT {_COLUMNS} FROM blob WHERE record_id = ?", (record_id,)
    ).fetchone()
    return None if row is None else _blob(store, row)


def read(store: Store, blob: Blob, offset: int, most: int) -> bytes:
    """Return at most `most` bytes from `offset`; fewer at the end, none of what was evicted."""
    size = _ROW_BYTES
    rows = store.db.execute(
        "SELECT content FROM blob_piece WHERE record_id = ? AND number BETWEEN ? AND ?"
        " ORDER BY number",
        (blob.record_id, offset // size, (offset + most - 1) // size),
    )
    return b"".join(content for (content,) in rows)[offset % size :][:most]


def pending_count(store: Store) -> int:
    """Return how many blobs the server has not verified."""
    row = store.db.execute(
        "SELECT count(*) FROM blob WHERE state NOT IN ('verified', 'coming')"
    ).fetchone()
    return int(row[0])


def bytes_pending(store: Store) -> tuple[int, int]:
    """Return how many bytes wait to be sent, and how many of them have arrived already."""
    row = store.db.execute(
        "SELECT coalesce(sum(size_bytes), 0), coalesce(sum(max(offset_bytes, 0)), 0) FROM blob"
        " WHERE state NOT IN ('verified', 'coming')"
    ).fetchone()
    return int(row[0]), int(row[1])


def bytes_there(store: Store) -> int:
    """Return how many bytes the server is known to have, of all blobs."""
    row = store.db.execute("SELECT coalesce(sum(max(offset_bytes, 0)), 0) FROM blob").fetchone()
    return int(row[0])


def queue(store: Store) -> None:
    """Queue the blobs whose records the server has: the record goes first, then its bytes."""
    rows = store.db.execute(f"SELECT {_COLUMNS} FROM blob WHERE state = 'captured'").fetchall()
    ready = [blob for blob in (_blob(store, row) for row in rows) if _is_acknowledged(store, blob)]
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
        f"SELECT {_COLUMNS} FROM blob WHERE state IN ('queued', 'uploading', 'received')"
        # A clock that was set back must not put anything off for years.
        " AND retry_at NOT BETWEEN ? AND ? ORDER BY priority, at DESC, record_id DESC LIMIT 1",
        (now + 1, now + _PUT_OFF_MS),
    ).fetchone()
    return None if row is None else _blob(store, row)


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
    blob = find(store, record_id)
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


def await_bytes(store: Store, entity: str, record_id: bytes) -> Blob:
    """Make room for the bytes of a record that names them; what came before stays.

    Raises:
        NotFound, UnknownEntity: no such record.
        BlobNotNamed: it names none.
    """
    _require_bytes(store, entity)
    values = store.get(entity, record_id).values
    try:
        named = bytes.fromhex(str(values.get("sha256") or ""))
    except ValueError:
        named = b""
    if len(named) != _HASH_BYTES:
        raise BlobNotNamed(f"{entity} {record_id.hex()}: names no hash")
    blob = find(store, record_id)
    if blob is None or (blob.state == VERIFIED and not _has_bytes(store, record_id)):
        with transaction(store.db):
            store.db.execute(
                "INSERT OR REPLACE INTO blob (record_id, entity, sha256, size_bytes, priority,"
                " state, at) VALUES (?, ?, ?, 0, ?, 'coming', ?)",
                (record_id, store.number_by_name[entity], named, OTHER, store.clock.wall_ms()),
            )
    return get(store, record_id)


def take(store: Store, blob: Blob, offset: int, content: bytes) -> None:
    """Store bytes that came, from `offset` on; on disk when this returns."""
    number, within = divmod(offset, _ROW_BYTES)
    with transaction(store.db):
        row = store.db.execute(
            "SELECT content FROM blob_piece WHERE record_id = ? AND number = ?",
            (blob.record_id, number),
        ).fetchone()
        joined = (row[0][:within] if row else b"") + content
        store.db.executemany(
            "INSERT OR REPLACE INTO blob_piece VALUES (?, ?, ?)",
            [
                (blob.record_id, number + at, joined[start : start + _ROW_BYTES])
                for at, start in enumerate(range(0, len(joined), _ROW_BYTES))
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
    content = read(store, blob, 0, size_bytes)
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


def _require_size(data: bytes) -> None:
    if not data:
        raise BlobEmpty("blob: no bytes")
    if len(data) > limits.BLOB_BYTES_MAX:
        raise BlobTooLarge(f"blob: {len(data)} bytes", most=limits.BLOB_BYTES_MAX // 2**20)


def _require_bytes(store: Store, entity: str) -> None:
    if "sha256" not in store.entity(entity).field_by_name:
        raise UnknownEntity(f"{entity}: has no bytes", entity=entity)


def _priority(values: Mapping[str, Value]) -> int:
    """Return the priority of a photo by its purpose."""
    return {"signature": SIGNATURE, "identity": IDENTITY}.get(str(values.get("purpose")), OTHER)


def _insert(store: Store, entity: str, record_id: bytes, data: bytes, priority: int) -> None:
    """Write a blob and its pieces, within a transaction."""
    store.db.execute(
        "INSERT INTO blob (record_id, entity, sha256, size_bytes, priority, state, at)"
        " VALUES (?, ?, ?, ?, ?, 'captured', ?)",
        (
            record_id,
            store.number_by_name[entity],
            sha256(data).digest(),
            len(data),
            priority,
            store.clock.wall_ms(),
        ),
    )
    size = _ROW_BYTES
    store.db.executemany(
        "INSERT INTO blob_piece VALUES (?, ?, ?)",
        (
            (record_id, number, data[start : start + size])
            for number, start in enumerate(range(0, len(data), size))
        ),
    )


def _is_acknowledged(store: Store, blob: Blob) -> bool:
    """Whether the server has the record; one that has left this tablet since, it had."""
    row = store.db.execute(
        f'SELECT rev FROM "{blob.entity}" WHERE id = ?', (blob.record_id,)
    ).fetchone()
    return row is None or row[0] > 0


def _blob(store: Store, row: Any) -> Blob:
    return Blob(store.entities[row[0]].name, *row[1:])
