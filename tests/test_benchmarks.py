"""What measures an exchange still stands where tablets call. The measures: `make bench-…`."""

from __future__ import annotations

from benchmarks.feed import Timed
from tests.world import HOME


def test_what_times_the_endpoint_is_what_a_tablet_calls(world):
    world.user("amina", HOME)
    timed = world.endpoint = Timed(world.endpoint, None)
    tablet = world.tablet("amina")
    tablet.sync()
    timed.reset()
    for _ in range(3):
        tablet.sync()
    assert len(timed.walls) == 3
    assert timed.row("idle")["idle_cpu_ms"] > 0
