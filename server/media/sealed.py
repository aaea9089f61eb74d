"""Bytes under lock at rest: each blob by a key of its own, that key by one outside the database.

    NQS1 | which key, 4 | nonce, 12 | the blob's key, wrapped, 48 | length, 8 | pieces

AES-256-GCM throughout (NIST SP 800-38D). Pieces of 64 KiB are sealed one by one, so that a part is
read without the whole; their nonces count, which the blob's own key allows. Each is bound to the
blob's name, its length and its place: pieces of another blob, of another place or too few do not
open. What was stored before there were keys is read as it is, until `reseal` takes it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256 as sha256_of
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.media.objects import Objects, locked, make_folder, write_all

_MAGIC = b"NQS1"
_PIECE, _TAG, _NONCE, _KEY_BYTES, _ID_BYTES = 64 * 1024, 16, 12, 32, 4
_WRAPPED = _KEY_BYTES + _TAG
_HEAD = len(_MAGIC) + _ID_BYTES + _NONCE + _WRAPPED + 8


class KeyUnknown(Exception):
    """A blob was sealed by a key that the file of keys does not have (any more)."""


class SealBroken(Exception):
    """A blob is not what was sealed: cut off, damaged, or another's in its place."""


class Keys:
    """The keys of a server: a file with one in each line, base64, the one that seals first.

    Read anew each time: after `add` no process needs to be told.
    """

    def __init__(self, path: Path, *, is_own: bool = True) -> None:
        """Take the file. `is_own`: it is made when it is first needed; else it must be there."""
        self._path, self._is_own = path, is_own

    def current(self) -> bytes:
        """Return the key that seals. Raises FileNotFoundError: an operator's file is not there."""
        with suppress(FileNotFoundError):
            return self._read()[0]
        if not self._is_own:
            raise FileNotFoundError(self._path)
        self.add()
        return self._read()[0]

    def find(self, key_id: bytes) -> bytes:
        """Return a key by its id. Raises KeyUnknown."""
        with suppress(FileNotFoundError):
            for key in self._read():
                if id_of(key) == key_id:
                    return key
        raise KeyUnknown(f"{self._path}: no key {key_id.hex()}")

    def add(self) -> int:
        """Put a new key before those there are. Returns how many there are now."""
        make_folder(self._path.parent)
        with locked(self._path.parent):
            lines = self._path.read_text("ascii").splitlines() if self._path.exists() else []
            lines = [base64.b64encode(os.urandom(_KEY_BYTES)).decode(), *lines]
            own = self._path.with_name(f".{self._path.name}.new")
            own.unlink(missing_ok=True)
            handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                write_all(handle, "".join(f"{line}\n" for line in lines).encode())
            finally:
                os.close(handle)
            own.replace(self._path)
        return len(lines)

    def _read(self) -> list[bytes]:
        lines = self._path.read_text("ascii").split()
        keys = [base64.b64decode(line, validate=True) for line in lines]
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"{self._path}: not a file of keys")
        return keys


def id_of(key: bytes) -> bytes:
    """Return by what a sealed blob names a key."""
    return sha256_of(b"nuqta blob key" + key).digest()[:_ID_BYTES]


class Sealed:
    """Blobs by their hash (32 bytes), sealed in a store."""

    def __init__(self, objects: Objects, keys: Keys) -> None:
        """Take where they lie, and the server's keys."""
        self._objects, self._keys = objects, keys

    def has(self, sha256: bytes) -> bool:
        """Whether the bytes of a hash are here, whole."""
        try:
            return self._objects.length(sha256.hex()) >= 0
        except FileNotFoundError:
            return False

    def length(self, sha256: bytes) -> int:
        """Return how many bytes a hash has. Raises FileNotFoundError."""
        head = self._objects.read(sha256.hex(), 0, _HEAD)
        return _length_in(head) if _is_sealed(head) else self._objects.length(sha256.hex())

    def read(self, sha256: bytes, first: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a hash from `first` to before `end`.

        Raises:
            FileNotFoundError: there are none.
            KeyUnknown, SealBroken: they cannot be opened.
        """
        name = sha256.hex()
        head = self._objects.read(name, 0, _HEAD)
        if not _is_sealed(head):
            return self._objects.read(name, first, end)
        length = _length_in(head)
        end = length if end is None else min(end, length)
        if first >= end:
            return b""
        opened, bound = AESGCM(self._unwrapped(sha256, head)), _bound(sha256, length)
        begin, last = first // _PIECE, (end - 1) // _PIECE
        whole = _PIECE + _TAG
        raw = self._objects.read(name, _HEAD + begin * whole, _HEAD + (last + 1) * whole)
        try:
            pieces = [
                opened.decrypt(_nonce(number), raw[at : at + whole], bound)
                for number, at in zip(
                    range(begin, last + 1), range(0, len(raw) or 1, whole), strict=True
                )
            ]
        except (InvalidTag, ValueError) as fault:
            raise SealBroken(f"blob {name}: not what was sealed") from fault
        return b"".join(pieces)[first - begin * _PIECE : end - begin * _PIECE]

    def put(self, sha256: bytes, content: bytes) -> None:
        """Seal bytes and keep them. Raises StoreFull."""
        key, length = os.urandom(_KEY_BYTES), len(content)
        sealing, bound, view = AESGCM(key), _bound(sha256, length), memoryview(content)
        parts = [self._head(sha256, key, length)]
        parts += [
            sealing.encrypt(_nonce(number), view[at : at + _PIECE], bound)
            for number, at in enumerate(range(0, length, _PIECE))
        ]
        self._objects.put(sha256.hex(), b"".join(parts))

    def reseal(self, sha256: bytes) -> bool:
        """Seal what is not, and what an older key sealed; of this the pieces stay as they are.

        Raises as `read`. Returns whether there was anything to do.
        """
        name = sha256.hex()
        head = self._objects.read(name, 0, _HEAD)
        if not _is_sealed(head):
            self.put(sha256, self._objects.read(name))
            return True
        if _key_id_in(head) == id_of(self._keys.current()):
            return False
        new = self._head(sha256, self._unwrapped(sha256, head), _length_in(head))
        self._objects.put(name, new + self._objects.read(name, _HEAD))
        return True

    def remove(self, sha256: bytes) -> None:
        """Forget the bytes of a hash."""
        self._objects.remove(sha256.hex())

    def hashes(self) -> Iterator[bytes]:
        """Yield the hashes of all that is here."""
        return (bytes.fromhex(name) for name in self._objects.names())

    def _head(self, sha256: bytes, key: bytes, length: int) -> bytes:
        server_key, nonce = self._keys.current(), os.urandom(_NONCE)
        wrapped = AESGCM(server_key).encrypt(nonce, key, _bound(sha256, length))
        return b"".join((_MAGIC, id_of(server_key), nonce, wrapped, length.to_bytes(8, "big")))

    def _unwrapped(self, sha256: bytes, head: bytes) -> bytes:
        at = len(_MAGIC) + _ID_BYTES
        nonce, wrapped = head[at : at + _NONCE], head[at + _NONCE : at + _NONCE + _WRAPPED]
        server_key = AESGCM(self._keys.find(_key_id_in(head)))
        try:
            return server_key.decrypt(nonce, wrapped, _bound(sha256, _length_in(head)))
        except InvalidTag as fault:
            raise SealBroken(f"blob {sha256.hex()}: its key does not open") from fault


def _is_sealed(head: bytes) -> bool:
    if head.startswith(_MAGIC) and len(head) < _HEAD:
        raise SealBroken("blob: cut off within its head")
    return head.startswith(_MAGIC)


def _key_id_in(head: bytes) -> bytes:
    return head[len(_MAGIC) : len(_MAGIC) + _ID_BYTES]


def _length_in(head: bytes) -> int:
    return int.from_bytes(head[-8:], "big")


def _bound(sha256: bytes, length: int) -> bytes:
    return sha256 + length.to_bytes(8, "big")


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE, "big")
