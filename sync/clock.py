"""When a change was made, with bounds, from clocks that may be years wrong.

Device time is data, never an authority for order. A change cannot be older than what its author
had seen, nor younger than its arrival; within the two, the monotonic clock of one and the same
start of the device is exact whatever the wall clock says.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.changes import Moment


@dataclass(frozen=True, slots=True)
class Effective:
    """Unix milliseconds: `low` <= `ms` <= `high`, the truth lies between the bounds."""

    ms: int
    low: int
    high: int


def effective(captured: Moment, sent: Moment, *, received_ms: int, low_ms: int) -> Effective:
    """Return when a change was made.

    Args:
        captured: the device's clocks at capture.
        sent: the device's clocks when it sent the change.
        received_ms: server time at receipt.
        low_ms: what the author surely had seen: the commit time of the base, the effective time
            of the device's change before this one.
    """
    # A device was set to 1 January 2000 when it captured at mono 40 s, and sent at mono 100 s; the
    # server had it at 12:00:00. In one start 60 s lie between, so it was 11:59:00, whatever the
    # wall clock said. After a restart only the wall clock is left: its error is then taken to be
    # what it was when the device sent. Both guesses are held between the bounds.
    low = min(max(low_ms, min(captured.after_sync_ms, received_ms)), received_ms)
    if captured.boot == sent.boot and captured.mono_ms <= sent.mono_ms:
        guess = received_ms - (sent.mono_ms - captured.mono_ms)
    else:
        guess = captured.wall_ms + (received_ms - sent.wall_ms)
    return Effective(ms=min(max(guess, low), received_ms), low=low, high=received_ms)
