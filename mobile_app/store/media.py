"""Photos and documents on the tablet: their bytes in the same encrypted file as the records.

A blob's `state`, in order; what is captured here goes the first way, what others captured the last:

captured   its record is not acknowledged yet: the record goes first
queued     the server has the record (`sending`)
uploading  some bytes are there
received   all bytes are said to be there
verified   the server has checked and kept them: from now on they may leave the tablet (`room`),
           and never before (`tests/test_media.py`)
coming     bytes of others, until their hash is right (`coming`); then `verified`

The bytes lie in pieces of ROW_BYTES, so that a photo of 180,000 bytes is three rows: 65,536, 65,536
and 48,928. A piece that is read for the line, or that came from it, starts and ends where it will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mobile_app.store.database import transaction
from mobile_app.store.records import Record, Store, UnknownEntity
from sync import limits
from sync.errors import Refusal
from sync.spec import Value, Values

CAPTURED, QUEUED, UPLOADING, RECEIVED, VERIFIED, COMING = (
    "captured",
    "queued",
    "uploading",
    "received",
    "verified",
    "coming",
)
SIGNATURE, IDENTITY, OTHER = 0, 1, 2
"""Priorities: what a case cannot go on without comes first."""
ROW_BYTES = 64 * 1024
"""Of a piece. As one value, each step of a photo that comes would write all of it anew."""
COLUMNS = "entity, record_id, sha256, size_bytes, priority, state, offset_bytes, address, code"


class BlobTooLarge(Refusal):
    """A photo or document beyond what is taken."""

    code = "blob_too_large"


class BlobEmpty(Refusal):
    """A file without a byte."""

    code = "blob_empty"


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
    require_bytes(store, entity)
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
    require_bytes(store, entity)
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
        f"SELECT {COLUMNS} FROM blob WHERE record_id = ?", (record_id,)
    ).fetchone()
    return None if row is None else from_row(store, row)


def read(store: Store, blob: Blob, offset: int, most: int) -> bytes:
    """Return at most `most` bytes from `offset`; fewer at the end, none of what was evicted."""
    # 100,000 bytes from 50,000 on lie in rows 0 to 2, whose 196,608 bytes are then cut to them.
    size = ROW_BYTES
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
    # Of an upload whose place is to be asked for (`sending.UNSURE`, -1) no byte is counted.
    row = store.db.execute(
        "SELECT coalesce(sum(size_bytes), 0), coalesce(sum(max(offset_bytes, 0)), 0) FROM blob"
        " WHERE state NOT IN ('verified', 'coming')"
    ).fetchone()
    return int(row[0]), int(row[1])


def bytes_there(store: Store) -> int:
    """Return how many bytes the server is known to have, of all blobs."""
    row = store.db.execute("SELECT coalesce(sum(max(offset_bytes, 0)), 0) FROM blob").fetchone()
    return int(row[0])


def _require_size(data: bytes) -> None:
    if not data:
        raise BlobEmpty("blob: no bytes")
    if len(data) > limits.BLOB_BYTES_MAX:
        raise BlobTooLarge(f"blob: {len(data)} bytes", most=limits.BLOB_BYTES_MAX // 2**20)


def require_bytes(store: Store, entity: str) -> None:
    """Raise UnknownEntity where records of an entity name no bytes."""
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
    size = ROW_BYTES
    store.db.executemany(
        "INSERT INTO blob_piece VALUES (?, ?, ?)",
        (
            (record_id, number, data[start : start + size])
            for number, start in enumerate(range(0, len(data), size))
        ),
    )


def from_row(store: Store, row: Any) -> Blob:
    """Return a row of `COLUMNS` as what it is."""
    return Blob(store.entities[row[0]].name, *row[1:])
