"""Long replies, for a while: a tablet whose line broke in the middle of one asks for the rest.

In the memory of this process, and no longer than a slow line may take over them: a reply that goes
on is the same reply, still on its way. Who asks for one that is gone exchanges as ever.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sync import limits

_KEPT_MS = 600_000
_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply, and when the request came that it answers."""

    counter: int
    content: bytes
    asked_at: int


class Replies:
    """The last reply to each device, if it was long."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._by_device: dict[int, Kept] = {}
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, device_id: int, kept: Kept) -> None:
        """Keep a reply. What was kept for the device has arrived, or is given up."""
        with self._lock:
            self._forget(device_id)
            if len(kept.content) >= limits.REPLY_KEPT_BYTES:
                self._by_device[device_id] = kept
                self._size += len(kept.content)
            while self._size > _BYTES_MAX:
                # The oldest: a dictionary keeps the order of insertion, and a reply kept anew goes
                # to the end.
                self._forget(next(iter(self._by_device)))

    def find(self, device_id: int, counter: int, now_ms: int) -> Kept | None:
        """Return the reply to a device's request, or None."""
        with self._lock:
            kept = self._by_device.get(device_id)
            if kept is not None and now_ms - kept.asked_at > _KEPT_MS:
                self._forget(device_id)
                kept = None
        return kept if kept is not None and kept.counter == counter else None

    def _forget(self, device_id: int) -> None:
        kept = self._by_device.pop(device_id, None)
        self._size -= len(kept.content) if kept else 0
