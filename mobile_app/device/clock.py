"""The device's clocks: the wall, which may be wrong, and the one that only runs forward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mobile_app.device import java

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What the store asks of time."""

    def wall_ms(self) -> int:
        """Return Unix milliseconds, as far as the device knows."""

    def mono_ms(self) -> int:
        """Return milliseconds since the device started, sleep included."""

    def boot_id(self) -> str:
        """Return what is the same until the device starts anew."""


class SystemClock:
    """Linux and Android."""

    def wall_ms(self) -> int:
        """Return Unix milliseconds."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        """Return milliseconds since the start, sleep included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def boot_id(self) -> str:
        """Return the kernel's own id of this start, or how many times Android was started."""
        try:
            return _BOOT_ID.read_text().strip()
        except OSError:  # Android 8 shows that it is there, and lets no app read it
            return _boot_count() if java.is_android() else "unknown"


def _boot_count() -> str:
    settings = java.of("android.provider.Settings$Global")
    try:
        count = settings.getInt(java.context().getContentResolver(), settings.BOOT_COUNT)
    except java.fault():
        return "unknown"
    return f"boot-{count}"


@dataclass(slots=True)
class FakeClock:
    """A clock that stands until it is moved."""

    wall: int
    mono: int = 1_000
    boot: str = "first"

    def wall_ms(self) -> int:
        """Return the wall's time."""
        return self.wall

    def mono_ms(self) -> int:
        """Return the running time."""
        return self.mono

    def boot_id(self) -> str:
        """Return the start."""
        return self.boot

    def move(self, ms: int) -> None:
        """Let time pass."""
        self.wall += ms
        self.mono += ms
