"""An event of the audit log, the digest of its values, and the chain over both."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

_ENCODER = msgspec.msgpack.Encoder()


def first(writer: str) -> bytes:
    """Return what the chain of a writer begins from."""
    return sha256(b"audit1|" + writer.encode()).digest()


def values_digest(
    salt: bytes,
    actor_id: bytes | None,
    record_id: bytes | None,
    subject_id: bytes | None,
    detail: str | None,
) -> bytes:
    """Return what the chain has of who did it and to whom: nothing to guess without the salt.

    Args:
        salt: 16 random bytes, which stand beside the values and go with them.
    """
    return sha256(salt + _ENCODER.encode((actor_id, record_id, subject_id, detail))).digest()


def link(before: bytes, event: Sequence[object]) -> bytes:
    """Return the chain after an event.

    Args:
        before: the chain of the event before it, or `first`.
        event: writer, number, moment, action, entity, digest of its values.
    """
    return sha256(before + _ENCODER.encode(event)).digest()
