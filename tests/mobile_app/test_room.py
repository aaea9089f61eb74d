"""Room for photos: received bytes make way, nothing else does."""

from __future__ import annotations

import pytest

from mobile_app.device.storage import PHOTO_ROOM_BYTES, FakeStorage, SpaceLow
from mobile_app.store import media, room
from tests.mobile_app.test_store import a_store
from tests.world import HOME

MB = 2**20


def a_photo(store, size, *, is_received):
    kept = media.capture(store, "photo", {"commune_code": HOME}, bytes(size))
    blob = media.get(store, kept.record_id)
    if is_received:
        media.note(store, blob, state=media.VERIFIED, offset=size)
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
    media.evict(store, 1)
    assert room.left(store, FakeStorage(1_000)) == 1_000
    assert room.left(store, FakeStorage(50 * MB)) > 51 * MB
