"""What opens a tablet and what does not; nothing that goes wrong destroys anything."""

import hashlib
import os
import shutil

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app import seats
from mobile_app.device.clock import FakeClock
from mobile_app.device.keystore import FakeKeystore, KeystoreFailed, KeystoreLost
from mobile_app.store.attempts import FREE, PinLater
from mobile_app.store.database import KeyWrong
from mobile_app.store.idle import IdleLock
from mobile_app.store.key import KeyRing, RescueMissing, RescueWrong
from sync.rules.codes import CodeWrong, rescue_code


@pytest.fixture
def clock():
    return FakeClock(1_795_500_000_000)


def fail(folder, clock):
    with pytest.raises(KeyWrong):
        KeyRing(folder, clock=clock).open("0000")


@pytest.fixture
def key(tmp_path, clock):
    """A key behind a PIN that was typed wrongly once too often."""
    key = KeyRing(tmp_path, clock=clock).open("1234")
    for _ in range(FREE + 1):
        fail(tmp_path, clock)
    return key


def later(folder, clock):
    with pytest.raises(PinLater) as refused:
        KeyRing(folder, clock=clock).open("1234")
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
    assert KeyRing(tmp_path, clock=clock).open("1234") == key
    fail(tmp_path, clock)  # counted from the beginning again
    assert KeyRing(tmp_path, clock=clock).open("1234") == key


def test_neither_the_date_nor_a_restart_shortens_a_wait(tmp_path, clock, key):
    clock.wall += 10 * 365 * 86_400_000
    assert later(tmp_path, clock) == 30
    clock.wall = 0
    clock.boot, clock.mono = "second", 5_000
    assert later(tmp_path, clock) == 25
    clock.move(25_000)
    assert KeyRing(tmp_path, clock=clock).open("1234") == key


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


# The key, and what opens it


SECRET = bytes(range(32))


def test_a_copied_folder_cannot_be_opened_with_the_right_pin(tmp_path):
    keystore = FakeKeystore()
    key = KeyRing(tmp_path / "one", keystore).open("1234")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    with pytest.raises(KeystoreLost):
        KeyRing(tmp_path / "copy", FakeKeystore(os.urandom(32))).open("1234")
    assert KeyRing(tmp_path / "one", keystore).open("1234") == key
    assert key not in (tmp_path / "one" / "key.wrapped").read_bytes()


class Failing(FakeKeystore):
    """A device that makes no key."""

    def wrap(self, content):
        raise KeystoreFailed("keystore: none")


def test_a_key_wrapped_before_there_was_a_keystore_opens_and_is_wrapped_anew(tmp_path):
    key, salt, nonce = os.urandom(32), os.urandom(16), os.urandom(12)
    by_pin = hashlib.scrypt(b"1234", salt=salt, n=2**14, r=8, p=1, dklen=32)
    path = tmp_path / "key.wrapped"
    path.write_bytes(salt + nonce + AESGCM(by_pin).encrypt(nonce, key, b"nuqta"))
    keystore = FakeKeystore()
    with pytest.raises(KeyWrong):
        KeyRing(tmp_path, keystore).open("4321")
    assert KeyRing(tmp_path, Failing()).open("1234") == key, "it opens, if only as it was"
    assert not path.read_bytes().startswith(b"NQK2")
    assert KeyRing(tmp_path, keystore).open("1234") == key
    assert path.read_bytes().startswith(b"NQK2")
    assert KeyRing(tmp_path, keystore).open("1234") == key


@pytest.fixture
def rescued(tmp_path, clock):
    """A ring with a code agreed on, and its key."""
    ring = KeyRing(tmp_path, FakeKeystore(), clock)
    key = ring.open("1234")
    ring.agree_on_rescue(key, SECRET)
    return ring, key


def test_the_coordinators_code_opens_once_and_the_next_one_next(rescued):
    ring, key = rescued
    code = rescue_code(SECRET, ring.rescue_number)
    assert ring.rescue(code.lower().replace("-", " ")) == key
    ring.set_pin(key, "9999")
    ring.renew_rescue(key, SECRET)
    with pytest.raises(RescueWrong):
        ring.rescue(code)
    assert ring.open("9999") == key
    assert ring.rescue(rescue_code(SECRET, 2)) == key


def test_the_code_opens_what_a_lost_keystore_cannot(tmp_path, rescued):
    _, key = rescued
    ring = KeyRing(tmp_path, FakeKeystore())
    with pytest.raises(KeystoreLost):
        ring.open("1234")
    assert ring.rescue(rescue_code(SECRET, 1)) == key
    ring.set_pin(key, "1234")
    assert ring.open("1234") == key


def test_a_mistyped_code_is_no_attempt_and_wrong_ones_wait(rescued):
    ring, _ = rescued
    right = rescue_code(SECRET, 1)
    for _ in range(FREE + 3):
        with pytest.raises(CodeWrong):
            ring.rescue(right[:-1] + ("0" if right[-1] != "0" else "1"))
    for number in range(2, FREE + 3):
        with pytest.raises(RescueWrong):
            ring.rescue(rescue_code(SECRET, number))
    with pytest.raises(PinLater):
        ring.rescue(right)


def test_without_an_enrolment_there_is_no_code(tmp_path):
    ring = KeyRing(tmp_path, FakeKeystore())
    ring.agree_on_rescue(ring.open("1234"), b"")
    assert ring.rescue_number == 0
    with pytest.raises(RescueMissing):
        ring.rescue(rescue_code(SECRET, 1))


def test_a_destroyed_key_opens_by_nothing(tmp_path, rescued):
    ring, _ = rescued
    ring.destroy()
    assert ring.is_new
    assert not list(tmp_path.glob("key*"))
    with pytest.raises(RescueMissing):
        ring.rescue(rescue_code(SECRET, 1))


# Several agents


def test_each_agent_has_a_folder_a_key_and_a_pin(tmp_path):
    keys = []
    for name, pin in (("Amina", "1111"), ("Brahim", "2222"), ("Chama", "3333")):
        folder = seats.next_folder(tmp_path)
        keys.append(KeyRing(folder).open(pin))
        seats.write_card(folder, seats.Card(name_fr=name))
    found = seats.seats(tmp_path)
    assert [one.card.name_fr for one in found] == ["Amina", "Brahim", "Chama"]
    assert len(set(keys)) == 3
    with pytest.raises(KeyWrong):
        KeyRing(found[1].folder).open("1111")
    KeyRing(found[1].folder).destroy()
    assert [one.card.name_fr for one in seats.seats(tmp_path)] == ["Amina", "Chama"]
    assert seats.next_folder(tmp_path) == found[1].folder


def test_a_pin_is_one_in_any_digits(tmp_path, clock):
    key = KeyRing(tmp_path, clock=clock).open("1234")
    assert KeyRing(tmp_path, clock=clock).open("\u200f١٢٣٤") == key
    KeyRing(tmp_path, clock=clock).set_pin(key, "۴۳۲۱")
    assert KeyRing(tmp_path, clock=clock).open("4321") == key


def test_a_pin_of_before_opens_as_it_was_typed(tmp_path, clock, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr("mobile_app.store.key.typed.line", lambda text: text)
        key = KeyRing(tmp_path, clock=clock).open("١٢٣٤")
    assert KeyRing(tmp_path, clock=clock).open("١٢٣٤") == key
    fail(tmp_path, clock)
