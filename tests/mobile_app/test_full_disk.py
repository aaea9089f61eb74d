"""A disk without room under the small files that lie beside the store: said, and nothing lost."""

from __future__ import annotations

import errno
import os

import pytest

from mobile_app import seats, settings
from mobile_app.device import storage
from mobile_app.device.storage import StoreFull, write_private
from mobile_app.headless import FILE_NAME
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.store.key import KeyRing
from tests.mobile_app.scenes import a_context


class Disk:
    """Full while `is_full`."""

    is_full = False

    def __init__(self, monkeypatch):
        kept = os.fsync

        def fsync(file):
            if self.is_full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            kept(file)

        monkeypatch.setattr(storage.os, "fsync", fsync)


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def test_what_was_there_stays_where_there_is_no_room_for_what_follows(tmp_path):
    file = tmp_path / "key.wrapped"
    write_private(file, b"one")
    (tmp_path / "key.wrapped.part").symlink_to("/dev/full")  # the kernel's own full disk
    with pytest.raises(StoreFull):
        write_private(file, b"two")
    assert file.read_bytes() == b"one"
    write_private(file, b"two")
    assert file.read_bytes() == b"two"


def test_another_fault_than_a_full_disk_is_not_called_one(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "file", b"")


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_pin_says_that_there_is_no_room_and_opens_once_there_is(disk, tmp_path, language):
    context = a_context(tmp_path, language)
    context.store = None
    key = KeyRing(tmp_path).open("1234")

    def open_store(pin):
        assert KeyRing(tmp_path).open(pin) == key
        return "the store"

    screen = PinPresenter(context, open_store)
    disk.is_full = True
    for digit in "1234":
        screen.press(digit)
    assert screen.problem == context.say("refusal.disk_full")
    assert not screen.is_done
    disk.is_full = False
    for digit in "1234":
        screen.press(digit)
    assert screen.is_done


def test_a_choice_that_has_no_room_leaves_the_one_before(disk, tmp_path):
    settings.save(tmp_path, settings.Settings(theme="dark"))
    disk.is_full = True
    with pytest.raises(StoreFull):
        settings.save(tmp_path, settings.Settings(theme="light"))
    assert settings.load(tmp_path, settings.Settings()).theme == "dark"


def test_an_order_to_empty_needs_no_room(disk, tmp_path):
    ring = KeyRing(tmp_path)
    ring.agree_on_rescue(ring.open("1234"), bytes(32))
    (tmp_path / FILE_NAME).write_bytes(b"sealed")
    disk.is_full = True
    confirmed = []
    seats.empty(tmp_path, lambda: confirmed.append(ring.is_new))
    assert confirmed == [True]
    assert list(tmp_path.iterdir()) == []
