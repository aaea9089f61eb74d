"""Lists of numbers, pairs and digests, as messages carry them."""

from __future__ import annotations

from collections.abc import Sequence

from sync.columns import Reader, Writer
from sync.digest import BUCKET_BYTES, BUCKETS_MOST
from sync.errors import Malformed

Pairs = list[tuple[int, int]]


def flatten(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return pairs one after the other."""
    return [part for pair in pairs for part in pair]


def pairs_of(flat: Sequence[int]) -> Pairs:
    """Undo `flatten`. Raises Malformed."""
    if len(flat) % 2:
        raise Malformed("message: a pair lacks its second")
    return list(zip(flat[::2], flat[1::2], strict=True))


def pack_numbers(values: Sequence[int]) -> bytes:
    """Return numbers as a column."""
    writer = Writer()
    writer.varint(len(values))
    writer.numbers(values)
    return writer.body()


def unpack_numbers(data: bytes) -> list[int]:
    """Undo `pack_numbers`. Raises Malformed."""
    reader = Reader(data)
    return reader.numbers(reader.count(reader.varint()))


def pack_pairs(pairs: Sequence[tuple[int, int]]) -> bytes:
    """Return pairs as two columns; nothing for none."""
    if not pairs:
        return b""
    writer = Writer()
    writer.varint(len(pairs))
    writer.numbers([first for first, _ in pairs])
    writer.numbers([second for _, second in pairs])
    return writer.body()


def unpack_pairs(data: bytes) -> Pairs:
    """Undo `pack_pairs`. Raises Malformed."""
    if not data:
        return []
    reader = Reader(data)
    count = reader.count(reader.varint())
    return list(zip(reader.numbers(count), reader.numbers(count), strict=True))


def pack_digests(digests: Sequence[int]) -> bytes:
    """Return the digests of buckets, each in `BUCKET_BYTES`."""
    return b"".join(digest.to_bytes(BUCKET_BYTES, "big") for digest in digests)


def unpack_digests(packed: bytes) -> list[int]:
    """Undo `pack_digests`. Raises Malformed: buckets come in a power of two."""
    count, left = divmod(len(packed), BUCKET_BYTES)
    if left or count > BUCKETS_MOST or count & (count - 1):
        raise Malformed("request: buckets come in a power of two")
    size = BUCKET_BYTES
    return [int.from_bytes(packed[at : at + size], "big") for at in range(0, len(packed), size)]
