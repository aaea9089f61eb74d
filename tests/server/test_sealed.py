"""Blobs under lock: read in parts, bound to their place, and put under another key."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from server.media.objects import Folder
from server.media.sealed import Keys, KeyUnknown, SealBroken, Sealed
from server.media.store import BlobFiles

DATA = os.urandom(3 * 64 * 1024 + 17)
NAME = sha256(DATA).digest()


class Bucket:
    """An object store, as the port asks for one."""

    def __init__(self):
        self.kept = {}

    def put(self, name, content):
        self.kept[name] = bytes(content)

    def read(self, name, first=0, end=None):
        if name not in self.kept:
            raise FileNotFoundError(name)
        return self.kept[name][first:end]

    def length(self, name):
        return len(self.read(name))

    def remove(self, name):
        self.kept.pop(name, None)

    def names(self):
        return iter(list(self.kept))


@pytest.fixture(params=["folder", "bucket"])
def objects(request, tmp_path):
    return Folder(tmp_path / "blobs") if request.param == "folder" else Bucket()


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "seal" / "keys")


def test_what_is_sealed_is_read_whole_and_in_parts_wherever_it_lies(objects, keys):
    sealed = Sealed(objects, keys)
    assert not sealed.has(NAME)
    sealed.put(NAME, DATA)
    assert (sealed.has(NAME), sealed.length(NAME)) == (True, len(DATA))
    assert DATA[:64] not in objects.read(NAME.hex())
    size, piece = len(DATA), 64 * 1024
    for first, end in ((0, None), (0, 1), (piece - 1, piece + 1), (size - 1, size), (5, 9**9)):
        assert sealed.read(NAME, first, end) == DATA[first:end]
    assert sealed.read(NAME, size) == b""
    assert list(sealed.hashes()) == [NAME]
    sealed.put(NAME, b"")
    assert (sealed.read(NAME), sealed.length(NAME)) == (b"", 0)
    sealed.remove(NAME)
    with pytest.raises(FileNotFoundError):
        sealed.read(NAME)


def test_what_is_not_as_it_was_sealed_does_not_open(keys):
    bucket = Bucket()
    sealed, other = Sealed(bucket, keys), sha256(b"other").digest()
    sealed.put(NAME, DATA)
    sealed.put(other, b"other")
    whole = bucket.kept[NAME.hex()]
    piece = 64 * 1024 + 16
    swapped = whole[:76] + whole[76 + piece : 76 + 2 * piece] + whole[76 : 76 + piece]
    shorter = whole[:68] + (5).to_bytes(8, "big") + whole[76:]
    for broken in (whole[:-1], whole[:-33], whole[:70], swapped + whole[76 + 2 * piece :], shorter):
        bucket.kept[NAME.hex()] = broken
        with pytest.raises(SealBroken):
            sealed.read(NAME)
    bucket.kept[other.hex()] = whole
    with pytest.raises(SealBroken):
        sealed.read(other)


def test_a_new_key_seals_and_the_night_puts_the_rest_under_it(tmp_path):
    files = BlobFiles(tmp_path)
    files.sealed.put(NAME, DATA)
    old = (tmp_path / "keys").read_text().split()
    assert files.reseal() == 0
    assert files.keys.add() == 2
    assert (files.reseal(), files.reseal()) == (1, 0)
    newest = (tmp_path / "keys").read_text().split()[0]
    assert newest not in old
    (tmp_path / "keys").write_text(newest + "\n")  # the older one may go
    assert files.read(NAME) == DATA
    (tmp_path / "keys").write_text(old[0] + "\n")
    with pytest.raises(KeyUnknown):
        files.read(NAME)
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_what_lay_open_before_is_read_and_sealed(tmp_path):
    files = BlobFiles(tmp_path)
    Folder(tmp_path / "blobs").put(NAME.hex(), DATA)
    assert (files.read(NAME, 5, 9), files.length(NAME)) == (DATA[5:9], len(DATA))
    assert files.reseal() == 1
    assert files.read(NAME) == DATA
    assert DATA[:64] not in Folder(tmp_path / "blobs").read(NAME.hex())


def test_an_operators_file_of_keys_is_never_made_in_silence(tmp_path):
    with pytest.raises(FileNotFoundError):
        Keys(tmp_path / "keys", is_own=False).current()
