"""When nobody has touched the tablet for a while, its file is to be closed again."""

from __future__ import annotations

from mobile_app.device.clock import Clock

IDLE_MINUTES = 5


class IdleLock:
    """Counts on the clock that only runs forward, sleep included."""

    def __init__(self, clock: Clock, *, after_ms: int = IDLE_MINUTES * 60_000) -> None:
        """Begin as touched now."""
        self._clock, self._after_ms = clock, after_ms
        self.touched()

    def touched(self) -> None:
        """Somebody is there."""
        self._at_ms, self._boot_id = self._clock.mono_ms(), self._clock.boot_id()

    def is_due(self) -> bool:
        """Whether it is time to lock. A tablet that restarted is always due."""
        is_same_start = self._boot_id == self._clock.boot_id()
        return not is_same_start or self._clock.mono_ms() - self._at_ms >= self._after_ms
