"""Where the tablet is: a port, what a machine without a receiver answers, and a fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees times a million, metres of accuracy, Unix milliseconds."""

    latitude: int
    longitude: int
    accuracy_m: int
    at_ms: int


class Gps(Protocol):
    """What a screen asks of the receiver."""

    def position(self) -> Position | None:
        """Return the last good position, or None."""


class NoGps:
    """A machine without a receiver."""

    def position(self) -> Position | None:
        """Return None."""
        return None


@dataclass(slots=True)
class FakeGps:
    """A receiver that stands where it is put."""

    here: Position | None

    def position(self) -> Position | None:
        """Return where it was put."""
        return self.here
