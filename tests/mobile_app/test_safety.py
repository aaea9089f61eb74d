"""Wrong PINs wait, and destroy nothing; a tablet that nobody touches is locked."""

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.store.attempts import FREE, PinLater
from mobile_app.store.database import KeyWrong
from mobile_app.store.idle import IdleLock
from mobile_app.store.key import load_or_make_key


@pytest.fixture
def clock():
    return FakeClock(1_795_500_000_000)


def fail(folder, clock):
    with pytest.raises(KeyWrong):
        load_or_make_key(folder, "0000", clock)


@pytest.fixture
def key(tmp_path, clock):
    """A key behind a PIN that was typed wrongly once too often."""
    key = load_or_make_key(tmp_path, "1234", clock)
    for _ in range(FREE + 1):
        fail(tmp_path, clock)
    return key


def later(folder, clock):
    with pytest.raises(PinLater) as refused:
        load_or_make_key(folder, "1234", clock)
    return refused.value.values["seconds"]


def test_the_waits_grow_and_the_right_pin_opens_in_the_end(tmp_path, clock, key):
    waits = []
    for _ in range(12):
        waits.append(later(tmp_path, clock))
        clock.move(waits[-1] * 1_000)
        fail(tmp_path, clock)
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == 3_600
    clock.move(3_600_000)
    assert load_or_make_key(tmp_path, "1234", clock) == key
    fail(tmp_path, clock)  # counted from the beginning again
    assert load_or_make_key(tmp_path, "1234", clock) == key


def test_neither_the_date_nor_a_restart_shortens_a_wait(tmp_path, clock, key):
    clock.wall += 10 * 365 * 86_400_000
    assert later(tmp_path, clock) == 30
    clock.wall = 0
    clock.boot, clock.mono = "second", 5_000
    assert later(tmp_path, clock) == 25
    clock.move(25_000)
    assert load_or_make_key(tmp_path, "1234", clock) == key


def test_an_idle_tablet_is_due_to_be_locked(clock):
    lock = IdleLock(clock, after_ms=60_000)
    clock.move(59_999)
    assert not lock.is_due()
    lock.touched()
    clock.move(59_999)
    clock.wall += 10**9
    assert not lock.is_due()
    clock.move(1)
    assert lock.is_due()
    lock.touched()
    clock.boot, clock.mono = "second", 0
    assert lock.is_due()
