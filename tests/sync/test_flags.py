"""The rules that make one look at a visit twice, each at its bound."""

import pytest

from sync.rules import flags

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.mark.parametrize(
    ("ended_ms", "active_s", "found"),
    [
        (179_000, None, 179),
        (180_000, None, None),
        (60 * MINUTE, 179, 179),
        (179_000, 180, None),
        (-1_000, None, None),
        (None, None, None),
    ],
)
def test_shorter_than_three_minutes(ended_ms, active_s, found):
    ended_at = None if ended_ms is None else 1_000_000 + ended_ms
    assert flags.too_short(1_000_000, ended_at, active_s) == found


@pytest.mark.parametrize(("away", "found"), [(15_000, None), (15_001, 15_001), (None, None)])
def test_farther_than_ten_kilometres_beyond_the_commune(away, found):
    assert flags.too_far(away, 5_000) == found


@pytest.mark.parametrize(("days", "found"), [(7, None), (7.001, 7), (30, 30), (-3, None)])
def test_received_more_than_seven_days_after(days, found):
    assert flags.too_late(0, round(days * DAY)) == found
    assert flags.too_late(None, DAY) is None


@pytest.mark.parametrize(("count", "found"), [(15, None), (16, 16)])
def test_more_than_fifteen_a_day(count, found):
    assert flags.too_many(count) == found


@pytest.mark.parametrize(
    ("off", "found"), [(10 * MINUTE, None), (10 * MINUTE + 1, 10), (-60 * MINUTE, 60)]
)
def test_a_clock_off_by_more_than_ten_minutes(off, found):
    assert flags.clock_off(off) == found


def test_one_visit_may_begin_as_another_ends():
    assert not flags.do_overlap((0, 10), (10, 20))
    assert flags.do_overlap((0, 11), (10, 20))
    assert flags.do_overlap((0, 20), (5, 6))


def test_a_distance_is_over_the_sphere():
    agadir, tiznit = (30.4278, -9.5981), (29.6974, -9.7316)
    assert flags.distance_m(*agadir, *tiznit) == pytest.approx(82_200, rel=0.01)
    assert flags.distance_m(*agadir, *agadir) == 0
