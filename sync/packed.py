"""Numbers and texts as bytes: variable length, bits, planes, and what packs them.

A number of variable length has seven bits a byte, the lowest first, the highest bit says that more
follow: 300 is `AC 02`. Whatever is unpacked names its size first and is refused when it grows
beyond it.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Sequence

from sync.errors import Malformed

_RAW = -15
DEFLATE, DEFLATE_AND_BZ2, SHARED = 1, 2, 3
_VARINT_BYTES_MAX = 80  # masks of fields are varints too, of up to 500 fields


def put_varint(out: bytearray, value: int) -> None:
    """Append a number >= 0 as in protocol buffers."""
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def zigzag(value: int) -> int:
    """Fold the sign into the lowest bit."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value: int) -> int:
    """Undo `zigzag`."""
    return value >> 1 if value & 1 == 0 else -((value + 1) >> 1)


def deflate(data: bytes) -> bytes:
    """Return bytes deflated, without header and checksum: the envelope has them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    return packer.compress(data) + packer.flush()


def to_bits(values: Sequence[int], width: int) -> bytes:
    """Return numbers one after the other, each in `width` bits, the highest first."""
    # Through a text of binary digits: conversion of powers of two is linear, shifting is not.
    digits = "".join(format(value, f"0{width}b") for value in values)
    size = (len(digits) + 7) // 8
    return int(digits.ljust(size * 8, "0"), 2).to_bytes(size, "big")


def to_planes(values: Sequence[int], width: int) -> bytes:
    """Return all first bytes of the numbers, then all second ones: alike bytes pack well."""
    size = (width + 7) // 8
    rows = [value.to_bytes(size, "big") for value in values]
    return bytes(row[plane] for plane in range(size) for row in rows)


def take_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, and the place after it. Raises Malformed."""
    value = 0
    for step in range(_VARINT_BYTES_MAX):
        if at >= len(data):
            raise Malformed("block: truncated")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            return value, at
    raise Malformed("block: a number without end")


def inflate(data: bytes, size: int) -> bytes:
    """Return `size` bytes that were deflated. Raises Malformed: it is not that size."""
    unpacker = zlib.decompressobj(_RAW)
    try:
        found = unpacker.decompress(data, size + 1)
    except zlib.error as fault:
        raise Malformed("block: cannot be unpacked") from fault
    if len(found) != size:
        raise Malformed("block: not of the size it claims")
    return found


def unbz2(data: bytes, size: int) -> bytes:
    """Return `size` bytes that were packed by bz2. Raises Malformed: it is not that size."""
    unpacker = bz2.BZ2Decompressor()
    try:
        found = unpacker.decompress(data, size + 1)
    except (OSError, ValueError) as fault:
        raise Malformed("block: cannot be unpacked") from fault
    if len(found) != size or not unpacker.eof:
        raise Malformed("block: not of the size it claims")
    return found
