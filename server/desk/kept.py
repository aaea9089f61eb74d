"""Figures over many records, kept for some minutes: a line of weeks need not be counted each time.

What waits for a decision is never kept: whoever decides sees it at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_MS = 5 * 60_000
_KEYS_MOST = 500


class Kept(Generic[T]):
    """Values by key, each with when it was counted. One for the process; threads may share it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()

    def get(self, key: Hashable, now_ms: int, count: Callable[[], T]) -> tuple[int, T]:
        """Return when a value was counted (Unix ms) and what it is: counted anew if that is long.

        Two at once may both count: that is no fault, and nobody waits for another's query.
        """
        with self._lock:
            found = self._found.get(key)
        if found is not None and 0 <= now_ms - found[0] < KEPT_MS:
            return found
        fresh = (now_ms, count())
        with self._lock:
            self._found[key] = fresh
            self._found.move_to_end(key)
            while len(self._found) > _KEYS_MOST:
                self._found.popitem(last=False)
        return fresh
