"""Figures over many records, kept for a while: not every page need count them anew.

Each process keeps its own. A figure that opens its rows is never kept; the menu's are, for seconds,
and not for who has just sent a form (`acted.py`): whoever decides sees it at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MINUTES_MS, SECONDS_MS = 5 * 60_000, 10_000
_KEYS_MOST = 500


class Kept(Generic[T]):
    """Values by key, each with when it was counted. One for the process; threads may share it."""

    def __init__(self, kept_ms: int = MINUTES_MS) -> None:
        """Begin empty; `kept_ms`: how long a value serves."""
        self._kept_ms = kept_ms
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()

    def get(self, key: Hashable, now_ms: int, count: Callable[[], T]) -> tuple[int, T]:
        """Return when a value was counted (Unix ms) and what it is: counted anew if that is long.

        Two at once may both count: that is no fault, and nobody waits for another's query.
        """
        with self._lock:
            found = self._found.get(key)
        if found is not None and 0 <= now_ms - found[0] < self._kept_ms:
            return found
        fresh = (now_ms, count())
        self.put(key, *fresh)
        return fresh

    def put(self, key: Hashable, now_ms: int, value: T) -> None:
        """Keep a value that was counted just now."""
        with self._lock:
            self._found[key] = (now_ms, value)
            self._found.move_to_end(key)
            while len(self._found) > _KEYS_MOST:
                self._found.popitem(last=False)
