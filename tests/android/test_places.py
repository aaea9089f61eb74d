"""Where the tablet is, on Android: how the receiver is asked, and why it may not answer."""

from __future__ import annotations

import pytest

from mobile_app.device import gps, java
from mobile_app.device.clock import FakeClock
from mobile_app.device.gps import Position
from tests.mobile_app.test_device import located
from tests.world import START

pytestmark = [pytest.mark.java, pytest.mark.api(24, 31, 34)]
FINE, COARSE = "ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"


@pytest.fixture
def allowed(android):
    android.grant(FINE, COARSE)
    return android


def test_it_tells_where_it_is_and_who_feigned_it(allowed):
    clock = FakeClock(START)
    allowed.is_at(29.7000004, -9.7, 12.4, at_ms=clock.mono_ms(), time_ms=START, is_mock=True)
    receiver = gps.AndroidGps(clock)
    waiting = located(receiver, clock)
    assert (waiting.trouble, waiting.missing) == ("", "")
    assert waiting.best == Position(29_700_000, -9_700_000, 12, START, is_mock=True)
    assert allowed.state.listening.size() == 0, "it looks no more"
    assert receiver.start() == ""
    assert allowed.state.listening.size() == 1


@pytest.mark.parametrize("years", [-10, 0, 10])
def test_a_fix_is_as_old_as_the_running_clock_says_whatever_the_others_do(allowed, years):
    """The tablet's clock is wrong by years, the receiver's by its weeks: neither is asked."""
    clock = FakeClock(START + years * 365 * 86_400_000)
    clock.mono = 500_000
    of_weeks = START - 1_024 * 7 * 86_400_000
    allowed.is_at(29.7, -9.7, 12.0, at_ms=490_000, time_ms=of_weeks)
    waiting = located(gps.AndroidGps(clock), clock)
    assert waiting.best == Position(29_700_000, -9_700_000, 12, clock.wall - 10_000)
    assert waiting.is_done


def test_a_fix_of_before_the_start_is_none(allowed):
    allowed.is_at(29.7, -9.7, 12.0, at_ms=90_000_000)
    assert gps.AndroidGps(FakeClock(START)).position() is None


def test_no_old_position_is_given_whatever_the_wall_clock_says(allowed):
    clock = FakeClock(START)
    allowed.is_at(29.7, -9.7, 12.4, at_ms=clock.mono_ms(), time_ms=START)
    receiver = gps.AndroidGps(clock)
    clock.mono += gps.LAST_MS_MAX
    assert receiver.position() is not None
    clock.mono += 1
    assert receiver.position() is None


def test_a_position_of_unknown_accuracy_says_so(allowed):
    clock = FakeClock(START)
    allowed.is_at(29.7, -9.7, at_ms=clock.mono_ms())
    assert gps.AndroidGps(clock).position().accuracy_m is None


def test_both_permissions_are_asked_for_in_one_call_and_granted(android):
    assert gps.AndroidGps().start() == "refused"
    (asked,) = android.asked
    assert asked.split() == [f"android.permission.{one}" for one in (FINE, COARSE)]
    android.answer(True)
    assert gps.AndroidGps().start() == ""


def test_who_grants_the_rough_position_alone_has_not_granted_it(android):
    android.grant(COARSE)
    assert gps.AndroidGps().start() == "refused"
    assert gps.AndroidGps().position() is None


def test_refused_for_ever_it_is_refused_and_nobody_is_asked_again(android):
    receiver = gps.AndroidGps()
    for times in (1, 2):
        assert receiver.start() == "refused"
        assert len(android.asked) == times
        android.answer(False)
    assert receiver.start() == "refused"
    assert len(android.asked) == 2
    with pytest.raises(java.PermissionRefused):
        java.is_permitted(FINE)
    android.grant(FINE)  # in the system's settings
    assert receiver.start() == ""
    java.is_permitted(FINE)


def test_a_question_that_is_cut_off_is_asked_again(android):
    receiver = gps.AndroidGps()
    for times in (1, 2):
        assert receiver.start() == "refused"
        assert len(android.asked) == times
        android.state.interrupt()
    receiver.start()
    android.answer(True)
    assert receiver.start() == ""


def test_a_tablet_without_a_receiver_says_so(allowed):
    allowed.state.providers.remove("gps")
    assert gps.AndroidGps().start() == "no_device"
    assert gps.AndroidGps().position() is None
    allowed.fails("getSystemService.location")
    gps.AndroidGps().stop()


def test_a_receiver_that_is_switched_off_says_so_at_once(allowed):
    allowed.state.isLocationOn = False
    waiting = located(gps.AndroidGps(), FakeClock(START))
    assert (waiting.trouble, waiting.missing, waiting.is_done) == ("off", "no_signal", True)
    allowed.state.isLocationOn = True
    allowed.state.providersOn.remove("gps")
    assert gps.AndroidGps().start() == "off"


def test_a_permission_taken_back_while_it_looks_is_a_reason(allowed):
    clock = FakeClock(START)
    receiver = gps.AndroidGps(clock)
    allowed.is_at(29.7, -9.7, 100.0, at_ms=clock.mono_ms())
    waiting = gps.Locating(receiver, clock)
    assert waiting.look().accuracy_m == 100
    allowed.revoke(FINE)
    allowed.fails("removeUpdates", "java.lang.SecurityException")
    clock.move(gps.TIMEOUT_MS)
    assert waiting.look().accuracy_m == 100, "what came is kept"
    assert waiting.is_done
    assert receiver.position() is None
    assert receiver.start() == "refused"


@pytest.mark.parametrize("thrown", ["SecurityException", "IllegalArgumentException"])
def test_a_receiver_that_will_not_be_asked_is_a_reason(allowed, thrown):
    allowed.fails("requestLocationUpdates", f"java.lang.{thrown}")
    receiver = gps.AndroidGps()
    assert receiver.start() == "no_device"
    receiver.stop()
    assert receiver.start() == ""


def test_a_position_that_may_not_be_had_is_none_and_nobody_is_asked(android):
    android.is_at(29.7, -9.7, 12.0, at_ms=0)
    assert gps.AndroidGps().position() is None
    assert android.asked == []
