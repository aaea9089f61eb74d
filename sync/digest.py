"""What a scope holds, in 62 bits: the sum of its rows' hashes.

Order does not matter, and one row changes the sum by a difference, so it is kept up in the
transaction that changes the row. 62 bits, since SQLite turns what passes 63 into floating point
without a word and PostgreSQL raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from struct import pack

import msgspec

from sync.spec import Entity, Value

_ENCODER = msgspec.msgpack.Encoder()
MODULUS = 1 << 62


def row_hash(entity: int, record_id: bytes, number: int, era: int, rev: int) -> int:
    """Return a row's hash: its identity, its place in the scope, and which content it has."""
    content = pack(">H16sQQQ", entity, record_id, number, era, rev)
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big") % MODULUS


def content_hash(entity: Entity, record_id: bytes, values: Mapping[str, Value]) -> int:
    """Return the hash of what a record says: its values that are set, by field number."""
    set_values = [
        (number, values[field.name])
        for number, field in enumerate(entity.fields)
        if number and values.get(field.name) is not None
    ]
    content = _ENCODER.encode([entity.name, record_id, set_values])
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big") % MODULUS


def replaced(digest: int, old: int, new: int) -> int:
    """Return the digest after a row's hash went from `old` to `new`; 0 for no row.

    So a row that comes adds its hash, and one that goes takes it away: with rows of 5 and 9 a scope
    has 14, and after the 9 became a 4 it has `replaced(14, 9, 4)`, which is 9, as 5 + 4.
    """
    return (digest - old + new) % MODULUS


def state_hash(scopes: Iterable[tuple[int, int, int, int]]) -> bytes:
    """Return 8 bytes that stand for all that a device holds.

    Args:
        scopes: (number, applied cursor, count of records, digest) of each.
    """
    content = b"".join(pack(">QQQQ", *scope) for scope in sorted(scopes))
    return blake2b(content, digest_size=8).digest()


EMPTY_STATE = state_hash(())
"""Of a device that holds nothing yet."""

BUCKETS_LEAST, BUCKETS_MOST = 16, 1_024
BUCKET_BYTES = 5
_ROWS_PER_BUCKET = 8


def bucket_count(record_count: int) -> int:
    """Return into how many buckets a scope is divided to find where two sides differ.

    Four to eight rows a bucket, up to 1,024: of 5,000 records 5 KB of digests, and each bucket that
    differs costs five records sent whole.
    """
    wanted = 1 << max(0, record_count // _ROWS_PER_BUCKET).bit_length()
    return min(max(wanted, BUCKETS_LEAST), BUCKETS_MOST)


def bucket_of(record_id: bytes, count: int) -> int:
    """Return the bucket of a record; `count` is a power of two, at most 65,536."""
    return int.from_bytes(blake2b(record_id, digest_size=2).digest(), "big") % count


def buckets(rows: Iterable[tuple[bytes, int]], count: int) -> list[int]:
    """Return a digest of `BUCKET_BYTES` for each bucket, from (record id, row hash)."""
    sums = [0] * count
    for record_id, hashed in rows:
        sums[bucket_of(record_id, count)] += hashed
    return [total % (1 << 8 * BUCKET_BYTES) for total in sums]
