"""Room for photos: received bytes make way, nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.storage import PHOTO_ROOM_BYTES, FakeStorage, SpaceLow
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.store import media, room, sending
from tests.mobile_app.scenes import a_context
from tests.mobile_app.test_store import a_store
from tests.world import HOME

MB = 2**20


def a_photo(store, size, *, is_received):
    kept = media.capture(store, "photo", {"commune_code": HOME}, bytes(size))
    blob = media.get(store, kept.record_id)
    if is_received:
        sending.note(store, blob, state=media.VERIFIED, offset=size)
    return blob


def test_received_photos_make_way_for_the_next_and_others_never(tmp_path):
    store = a_store(tmp_path / "s.db")
    ours = a_photo(store, 2 * MB, is_received=False)
    received = a_photo(store, 2 * MB, is_received=True)
    room.require(store, FakeStorage(PHOTO_ROOM_BYTES))
    assert media.read(store, received, 0, 1), "there was room: nothing made way"
    room.require(store, FakeStorage(PHOTO_ROOM_BYTES - MB))
    assert media.read(store, received, 0, 1) == b""
    assert len(media.read(store, ours, 0, 2 * MB)) == 2 * MB
    with pytest.raises(SpaceLow) as low:
        room.require(store, FakeStorage(PHOTO_ROOM_BYTES - 20 * MB))
    assert low.value.values["megabytes"] in (81, 82)
    assert len(media.read(store, ours, 0, 2 * MB)) == 2 * MB


def test_a_full_disk_is_full_whatever_the_file_could_take(tmp_path):
    store = a_store(tmp_path / "s.db")
    a_photo(store, 2 * MB, is_received=True)
    room.evict(store, 1)
    assert room.left(store, FakeStorage(1_000)) == 1_000
    assert room.left(store, FakeStorage(50 * MB)) > 51 * MB


def a_screen(path, storage):
    context = a_context(path, "fr")
    context.device = replace(adapters_of_this_device(path), storage=storage)
    return SyncPresenter(context)


def test_the_agent_sees_what_received_photos_would_give_and_gives_them_up(tmp_path):
    screen = a_screen(tmp_path, FakeStorage(20 * MB))
    store = screen.context.opened
    assert screen.room() == (screen.context.phrases.bytes(20 * MB), "", True)
    ours = a_photo(store, 2 * MB, is_received=False)
    assert screen.room()[1:] == ("", True), "what was not received never goes"
    a_photo(store, 1 * MB, is_received=True)
    _, gives, _ = screen.room()
    assert gives == screen.context.phrases.bytes(MB)
    before = screen.context.free_bytes()
    assert screen.free_up() == f"Place faite\u202f: {gives}"
    assert screen.context.free_bytes() >= before + MB
    assert screen.room()[1] == ""
    assert len(media.read(store, ours, 0, 2 * MB)) == 2 * MB


def test_an_exchange_makes_room_before_it_receives(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    screen = a_screen(tmp_path, FakeStorage(PHOTO_ROOM_BYTES))
    context = screen.context
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    kept = media.capture(context.store, "photo", {"commune_code": HOME}, b"picture")
    context.contact()
    blob = media.get(context.store, kept.record_id)
    assert media.read(context.store, blob, 0, 7) == b"picture", "there was room"
    context.device.storage.free = 50 * MB
    context.contact()
    assert media.read(context.store, blob, 0, 7) == b""
    assert media.get(context.store, kept.record_id).state == media.VERIFIED
