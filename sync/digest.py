"""What a scope holds, in 62 bits: the sum of its rows' hashes.

Order does not matter, and one row changes the sum by a difference, so it is kept up in the
transaction that changes the row. 62 bits, since SQLite turns what passes 63 into floating point
without a word and PostgreSQL raises.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import pack

MODULUS = 1 << 62


def row_hash(entity: int, record_id: bytes, number: int, era: int, rev: int) -> int:
    """Return a row's hash: its identity, its place in the scope, and which content it has."""
    content = pack(">H16sQQQ", entity, record_id, number, era, rev)
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big") % MODULUS


def replaced(digest: int, old: int, new: int) -> int:
    """Return the digest after a row's hash went from `old` to `new`; 0 for no row."""
    return (digest - old + new) % MODULUS
