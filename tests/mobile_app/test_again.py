"""Trying again by itself: at once where a line comes back, else after longer each time."""

from __future__ import annotations

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.device.network import MOBILE, NONE, WIFI
from mobile_app.exchange.again import AFTER_FAILURE_S, Again


@pytest.fixture
def clock():
    return FakeClock(0)


def test_while_all_is_well_nothing_is_tried(clock):
    again = Again(clock)
    assert [again.see(WIFI) for _ in range(3)] == [False] * 3
    again.reached()
    clock.move(10**7)
    assert not again.see(MOBILE)
    assert not again.is_cut


@pytest.mark.parametrize("kind", [WIFI, MOBILE, ""])
def test_a_line_that_comes_back_is_tried_at_once_and_once(clock, kind):
    again = Again(clock)
    again.failed()
    assert not again.see(NONE)
    clock.move(10**7)
    assert not again.see(NONE), "there is no line to try"
    assert again.see(kind)
    again.reached()
    assert not again.see(kind)


def test_what_leads_nowhere_is_tried_after_longer_each_time(clock):
    again, waited = Again(clock), []
    again.see(WIFI)
    for _ in range(len(AFTER_FAILURE_S) + 1):
        again.failed()
        seconds = 0
        while not again.see(WIFI):
            clock.move(1_000)
            seconds += 1
        waited.append(seconds)
    assert again.is_cut
    assert waited == [*AFTER_FAILURE_S, AFTER_FAILURE_S[-1]]
    again.reached()
    again.failed()
    clock.move(AFTER_FAILURE_S[0] * 1_000)
    assert again.see(WIFI), "it begins anew"


def test_a_clock_that_is_turned_changes_nothing(clock):
    again = Again(clock)
    again.see(WIFI)
    again.failed()
    clock.wall -= 10**12
    clock.mono += AFTER_FAILURE_S[0] * 1_000
    assert again.see(WIFI)
