"""Take the body of a request from whoever sends it: on disk while it comes, hashed, bounded.

Who signed it is known only when all of it has come. So none but a few words waits in memory: a
stranger who names a device costs no more of it than a connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

from sync.errors import Malformed

Receive = Callable[[], Awaitable[Any]]
SMALL_BYTES = 16 * 1024
"""What is taken of a request that needs no signature, or keeps to a few words."""
_SILENT_S_MAX = 60.0
"""Who went away in an outage says nothing; a connection is not kept for them."""
_LENGTH = re.compile(rb"[0-9]{1,15}")


class TooLarge(Malformed):
    """A body beyond what is taken."""

    code = "too_large"


@dataclass(slots=True)
class Body:
    """A body that came whole; `digest` is its SHA-256. To be closed."""

    _file: SpooledTemporaryFile[bytes]
    size: int = 0
    digest: bytes = b""

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Forget it."""
        self.close()

    def close(self) -> None:
        """Forget it."""
        self._file.close()

    def write(self, part: bytes) -> None:
        """Keep what came."""
        self._file.write(part)

    def content(self) -> bytes:
        """Return it, in memory from now on; empty if it was read over."""
        self._file.seek(0)
        return self._file.read()


def length_of(scope: Any) -> int:
    """Return how long a request says its body is, 0 if it does not say. Raises Malformed."""
    lengths = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    if not lengths:
        return 0
    if len(lengths) > 1 or _LENGTH.fullmatch(lengths[0]) is None:
        raise Malformed("request: no length")
    return int(lengths[0])


async def take_body(receive: Receive, length: int, most: int, *, is_kept: bool = True) -> Body:
    """Take a body as it comes.

    Args:
        length: what it says to be, 0 if it does not say.
        is_kept: else it is read over, for its hash.

    Raises:
        TooLarge: beyond `most` bytes.
        Malformed: the line breaks, or falls silent.
    """
    if length > most:
        raise TooLarge("request: too large")
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(SpooledTemporaryFile(max_size=SMALL_BYTES))
        body, hashing = Body(file), sha256()
        async for part in _parts(receive):
            body.size += len(part)
            if body.size > most:
                raise TooLarge("request: too large")
            hashing.update(part)
            if is_kept:
                body.write(part)
        body.digest = hashing.digest()
        unless_whole.pop_all()
        return body


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    is_more = True
    while is_more:
        try:
            event = await asyncio.wait_for(receive(), _SILENT_S_MAX)
        except TimeoutError as fault:
            raise Malformed("request: nothing came for too long") from fault
        if event["type"] == "http.disconnect":
            raise Malformed("request: broken off")
        yield event.get("body", b"")
        is_more = event.get("more_body", False)
