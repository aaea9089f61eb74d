"""A line between the server's process and one that draws pages: a request, then its answer.

One request at a time, so the system's own buffers keep who sends from running ahead of who reads:
neither side holds more of a body than some pieces. What is sent is a length of four bytes, big
endian, and a `Request`, an `Answer` or a `Part` in MessagePack.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast

import msgspec

PIECE_BYTES = 64 * 1024
_AHEAD_BYTES = 4 * PIECE_BYTES
"""So much that came waits to be read; then the other side does."""
_SENT_BYTES_MAX = 4 * 1024 * 1024
_SIZE_BYTES = 4


class Request(msgspec.Struct, array_like=True, tag=0):
    """A request as ASGI has it, and the first part of its body."""

    scope: dict[str, Any]
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_last: bool


class Answer(msgspec.Struct, array_like=True, tag=1):
    """The beginning of an answer, and the first part of its body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_last: bool


class Part(msgspec.Struct, array_like=True, tag=2):
    """More of a body, of either."""

    body: bytes
    is_last: bool


Sent = Request | Answer | Part
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Sent)


class Line(asyncio.Protocol):
    """One end. `ended` is set when the other has gone, or this one was closed."""

    def __init__(self) -> None:
        """Wait for a connection."""
        self.ended = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._raw = bytearray()
        self._came: deque[tuple[int, Sent]] = deque()
        self._came_bytes = 0
        self._has_more, self._may_send = asyncio.Event(), asyncio.Event()
        self._may_send.set()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it."""
        self._transport = cast("asyncio.Transport", transport)  # as uvloop's are not, by name

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait any more."""
        self.ended.set()
        self._has_more.set()
        self._may_send.set()

    def data_received(self, data: bytes) -> None:
        """Take apart what came."""
        self._raw += data
        begin = 0
        while len(self._raw) - begin >= _SIZE_BYTES:
            size = int.from_bytes(self._raw[begin : begin + _SIZE_BYTES], "big")
            end = begin + _SIZE_BYTES + size
            if size > _SENT_BYTES_MAX:
                self.close()
                return
            if end > len(self._raw):
                break
            sent = _decoder.decode(memoryview(self._raw)[begin + _SIZE_BYTES : end])
            self._came.append((size, sent))
            self._came_bytes += size
            begin = end
        if begin:
            del self._raw[:begin]
            self._has_more.set()
        if self._came_bytes > _AHEAD_BYTES and self._transport is not None:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Have who sends wait."""
        self._may_send.clear()

    def resume_writing(self) -> None:
        """Have who sends go on."""
        self._may_send.set()

    # For who uses it

    async def next(self) -> Sent | None:
        """Return what came next; None if nothing comes any more."""
        while not self._came:
            if self.ended.is_set():
                return None
            self._has_more.clear()
            await self._has_more.wait()
        size, sent = self._came.popleft()
        self._came_bytes -= size
        if self._came_bytes <= _AHEAD_BYTES and self._transport is not None:
            self._transport.resume_reading()
        return sent

    async def send(self, sent: Sent) -> None:
        """Send, once the other side has read most of what was sent before; nothing to who left."""
        await self._may_send.wait()
        if self._transport is not None and not self.ended.is_set():
            content = _encoder.encode(sent)
            self._transport.write(len(content).to_bytes(_SIZE_BYTES, "big") + content)

    def close(self) -> None:
        """Hang up."""
        self.ended.set()
        if self._transport is not None:
            self._transport.abort()
