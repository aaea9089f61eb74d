"""The outermost layer of a message: one byte that names the compression, then MessagePack."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from sync import limits
from sync.errors import Malformed

_STORED, _DEFLATE = 0, 1
_ENCODER = msgspec.msgpack.Encoder()
_RAW = -15


def seal(parts: object) -> bytes:
    """Return the bytes of a message, compressed when that is smaller.

    A struct travels without what it ends with, where that is what its kind says by default.
    """
    if isinstance(parts, msgspec.Struct):
        parts = _without_defaults(parts)
    content = _ENCODER.encode(parts)
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    packed = packer.compress(content) + packer.flush()
    if len(packed) < len(content):
        return bytes([_DEFLATE]) + packed
    return bytes([_STORED]) + content


def _without_defaults(message: msgspec.Struct) -> tuple[Any, ...]:
    values = msgspec.structs.astuple(message)
    defaults = _defaults(type(message))
    last = len(values)
    while last and values[last - 1] == defaults[last - 1]:
        last -= 1
    return values[:last]


@cache
def _defaults(kind: type[msgspec.Struct]) -> Sequence[object]:
    """Return the default of each field; what has none equals nothing."""
    return [
        declared.default_factory()
        if declared.default_factory is not msgspec.NODEFAULT
        else (declared.default if declared.default is not msgspec.NODEFAULT else object())
        for declared in msgspec.structs.fields(kind)
    ]


def open_sealed(body: bytes, kind: Any) -> Any:
    """Return the parts of a message.

    Args:
        kind: its type. Unpacked as anything at all, 8 MB of empty lists become half a gigabyte.

    Raises:
        Malformed: truncated, not what it claims to be, or larger than `limits` once unpacked.
    """
    if not body:
        raise Malformed("message: empty")
    if len(body) > limits.BODY_BYTES_MAX:
        raise Malformed(f"message: {len(body)} bytes")
    content = body[1:]
    if body[0] == _DEFLATE:
        unpacker = zlib.decompressobj(_RAW)
        try:
            content = unpacker.decompress(content, limits.UNPACKED_BYTES_MAX)
        except zlib.error as fault:
            raise Malformed("message: cannot be unpacked") from fault
        if not unpacker.eof:
            raise Malformed("message: truncated, or too large once unpacked")
    elif body[0] != _STORED:
        raise Malformed(f"message: unknown compression {body[0]}")
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Malformed(f"message: {fault}") from fault
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as fault:
        # TypeError: a map or an unknown kind as the key of a map.
        raise Malformed("message: not MessagePack") from fault
