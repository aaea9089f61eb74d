"""Wrong PINs make the next one wait longer. Nothing is ever destroyed: unsent work is behind it.

What is left to wait is counted on the clock that only runs forward, so turning the date does not
shorten it. That clock begins again when the tablet restarts: what was left is then waited for from
the restart. An attempt is counted before the PIN is tried, so stopping the app in between gains
nothing.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from mobile_app.device.clock import Clock
from mobile_app.device.storage import write_private
from sync.errors import Refusal

FREE = 3
"""Wrong PINs in a row without a wait: fingers slip."""
_FIRST_MS, _LONGEST_MS = 30_000, 60 * 60_000
_NAME = "attempts"


class PinLater(Refusal):
    """Too many wrong PINs: the next one has to wait."""

    code = "pin_later"


class _Failed(msgspec.Struct):
    count: int = 0
    wait_ms: int = 0
    mono_ms: int = 0
    boot_id: str = ""


class Attempts:
    """The wrong PINs in a row of one folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Take the folder."""
        self._path, self._clock = folder / _NAME, clock

    def wait_ms(self) -> int:
        """Return how long the next PIN has to wait, milliseconds; 0: not at all."""
        failed = self._load()
        now_ms = self._clock.mono_ms()
        is_same_start = failed.boot_id == self._clock.boot_id()
        since_ms = now_ms - failed.mono_ms if is_same_start else now_ms
        return max(0, failed.wait_ms - max(0, since_ms))

    def begin(self) -> None:
        """Count an attempt. Raises PinLater: not yet, and it is not counted."""
        if left_ms := self.wait_ms():
            seconds = -(-left_ms // 1_000)
            raise PinLater(f"key: {seconds} s to wait", seconds=seconds)
        count = self._load().count + 1
        over = count - FREE
        wait_ms = min(_FIRST_MS * 2 ** min(over - 1, 30), _LONGEST_MS) if over > 0 else 0
        failed = _Failed(count, wait_ms, self._clock.mono_ms(), self._clock.boot_id())
        write_private(self._path, msgspec.json.encode(failed))

    def succeed(self) -> None:
        """The PIN was right: forget the wrong ones."""
        self._path.unlink(missing_ok=True)

    def _load(self) -> _Failed:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Failed)
        except FileNotFoundError:
            return _Failed()
        except msgspec.DecodeError:  # spoilt: as after the last free one
            return _Failed(FREE)
