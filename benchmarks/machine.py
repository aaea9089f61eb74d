"""Which machine measured, and how fast it was: two results differ by that before they differ by us.

`described()` is the head of every result that says milliseconds of a clock: `machine`, `python`,
and `machine_loop_ms`, what a loop of Python's that never changes takes.
"""

from __future__ import annotations

import os
import platform
import time

_TURNS, _TRIES = 500_000, 7


def described() -> dict[str, str | float]:
    """Return machine, Python, and the milliseconds of the loop."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "machine_loop_ms": loop_ms(),
    }


def loop_ms() -> float:
    """Return the milliseconds of the loop: of its own work, the best of some."""
    return round(1_000 * min(_loop_s() for _ in range(_TRIES)), 1)


def _loop_s() -> float:
    began, found = time.process_time(), 0
    for turn in range(_TURNS):
        found = (found * 31 + turn) % 65_521
    return time.process_time() - began
