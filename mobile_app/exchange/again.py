"""When to try again by itself, after the server was not reached: nobody's hand is waited for."""

from __future__ import annotations

from mobile_app.device.clock import Clock
from mobile_app.device.network import NONE

AFTER_FAILURE_S = (15, 60, 300, 900)
"""After the first failure in a row, the second, and so on; each later one as the last."""


class Again:
    """What the window knows of the way to the server."""

    def __init__(self, clock: Clock) -> None:
        """Nothing has been tried yet."""
        self._clock = clock
        self._failures, self._failed_at = 0, 0
        self._kind = ""

    @property
    def is_cut(self) -> bool:
        """Whether the last try reached nobody, whatever line there seems to be."""
        return self._failures > 0

    def reached(self) -> None:
        """The server answered."""
        self._failures = 0

    def failed(self) -> None:
        """Nobody was reached."""
        self._failures += 1
        self._failed_at = self._clock.mono_ms()

    def see(self, kind: str) -> bool:
        """Take what line there is (`Line.kind`). Returns whether to try now.

        At once when a line has come; where one stands and led nowhere, after longer each time.
        """
        has_come = kind != NONE and self._kind == NONE
        self._kind = kind
        if kind == NONE or not (has_come or self._failures):
            return False
        wait_s = 0 if has_come else AFTER_FAILURE_S[min(self._failures, len(AFTER_FAILURE_S)) - 1]
        return self._clock.mono_ms() - self._failed_at >= wait_s * 1_000
