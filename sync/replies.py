"""The rest of a reply that a line broke off: `GET PATH/COUNTER/OFFSET`, signed as ever.

The counter is that of the request it answered, the offset how many bytes of it have come. The
answer is a mark of the whole reply, then what is missing of it.
"""

from __future__ import annotations

from hashlib import blake2b

PATH = "/sync/v1/replies"
MARK_BYTES = 16


def mark(content: bytes) -> bytes:
    """Return what tells a whole reply from any other."""
    return blake2b(content, digest_size=MARK_BYTES).digest()
