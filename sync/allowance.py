"""What the blocks of one message may unpack to together, and the texts that they share."""

from __future__ import annotations

import bz2

from sync import limits
from sync.errors import Malformed
from sync.packed import DEFLATE, DEFLATE_AND_BZ2, deflate, inflate, put_varint, take_varint, unbz2


def pack_texts(texts: bytearray) -> bytes:
    """Return the texts of a message's blocks in one stream, the smaller of two."""
    by_bz2, by_deflate = bz2.compress(bytes(texts)), deflate(bytes(texts))
    form, data = (
        (DEFLATE_AND_BZ2, by_bz2) if len(by_bz2) < len(by_deflate) else (DEFLATE, by_deflate)
    )
    out = bytearray([form])
    put_varint(out, len(texts))
    return bytes(out) + data


class Allowance:
    """How much the blocks of one message may still unpack to, whatever each of them claims."""

    def __init__(self) -> None:
        """Begin with all that `limits` grant."""
        self.values = limits.VALUES_PER_MESSAGE_MAX
        self.bytes = limits.BLOCK_BYTES_PER_MESSAGE_MAX
        self._shared: list[str] = []
        self._shared_at = 0

    def share(self, packed: bytes) -> None:
        """Unpack the texts that the message's blocks share. Raises Malformed."""
        if not packed:
            return
        size, at = take_varint(packed, 1)
        self.bytes -= size
        if size > limits.UNPACKED_BYTES_MAX or self.bytes < 0:
            raise Malformed("message: its texts are too large")
        if packed[0] == DEFLATE:
            texts = inflate(packed[at:], size)
        elif packed[0] == DEFLATE_AND_BZ2:
            texts = unbz2(packed[at:], size)
        else:
            raise Malformed(f"message: texts in form {packed[0]}")
        self._shared = self.texts(texts)

    def texts(self, data: bytes) -> list[str]:
        """Return texts that each end with U+0000, and an empty one. Raises Malformed."""
        if data.count(0) > self.values:
            raise Malformed("block: too many texts")
        try:
            # One by one: a single wide letter makes a whole text four bytes a letter.
            return [part.decode() for part in data.split(b"\0")]
        except UnicodeDecodeError as fault:
            raise Malformed("block: its texts are no UTF-8") from fault

    def take_shared(self, count: int) -> list[str]:
        """Return the next `count` of the shared texts. Raises Malformed."""
        found = self._shared[self._shared_at : self._shared_at + count]
        if len(found) != count:
            raise Malformed("block: texts are missing")
        self._shared_at += count
        return found
