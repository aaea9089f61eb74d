"""Fetch one photo or document, from the byte on that came last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mobile_app.exchange.calls import Refused
from mobile_app.exchange.uploads import BLOBS_PATH
from mobile_app.store import coming, media
from mobile_app.store.media import Blob
from mobile_app.store.records import Store
from sync import limits

_NOT_THERE = 416
_STORED_BYTES = 64 * 1024
"""So much is written at once."""


class Downloader(Protocol):
    """What fetches: the transport, or a test's line."""

    def download(self, path: str, offset: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (where, of how much, bytes). Raises Unreachable, Refused, RemoteSyncError."""


def fetch(store: Store, transport: Downloader, entity: str, record_id: bytes) -> bytes:
    """Return the bytes of a record: those that are here, else the server's, kept and checked.

    Raises:
        NotFound, UnknownEntity, BlobNotNamed, BlobTooLarge, StoreFull: as they say.
        BlobDamaged: what came was wrong, also when it was fetched anew.
        Unreachable: the line broke; the next call goes on from the byte that came last.
        Refused: the server has none, or none for this agent.
    """
    blob = coming.await_bytes(store, entity, record_id)
    if blob.state != media.COMING:
        return media.read(store, blob, 0, blob.size_bytes)
    was_begun = blob.offset_bytes > 0
    try:
        return _fetch(store, transport, blob)
    except coming.BlobDamaged:
        if not was_begun:
            raise
        # What had come before may have been of another day: once more, from the start.
        return _fetch(store, transport, coming.await_bytes(store, entity, record_id))


def _fetch(store: Store, transport: Downloader, blob: Blob) -> bytes:
    here, whole = blob.offset_bytes, None
    waiting, start = bytearray(), here
    try:
        for at, size, content in transport.download(f"{BLOBS_PATH}/{blob.sha256.hex()}", here):
            if size > limits.BLOB_BYTES_MAX or at + len(content) > size:
                raise media.BlobTooLarge(f"blob: {size}", most=limits.BLOB_BYTES_MAX // 2**20)
            if whole is None:
                start = at
            whole = size
            waiting += content
            if len(waiting) >= _STORED_BYTES:
                coming.take(store, blob, start, bytes(waiting))
                start += len(waiting)
                waiting.clear()
    except Refused as refused:
        if refused.status != _NOT_THERE or not here:
            raise
        whole = here  # all of it came, and the line broke before we knew
    finally:
        if waiting:
            coming.take(store, blob, start, bytes(waiting))
    return coming.arrive(store, blob, whole or 0)
