"""The key of the tablet's file: wrapped by the PIN, or beside the store, for its owner alone.

Without a PIN (`headless`, tests) the 32 bytes lie in a file that only its owner may read. With
one, they are wrapped by AES-GCM under a key that scrypt makes of the PIN (RFC 7914).
"""

from __future__ import annotations

import os
from hashlib import scrypt
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.device.clock import Clock, SystemClock
from mobile_app.store.attempts import Attempts
from mobile_app.store.database import KEY_BYTES, KeyWrong

_SALT_BYTES, _NONCE_BYTES = 16, 12
_COST, _BLOCK, _LANES = 2**14, 8, 1
_PLAIN, _WRAPPED = "key", "key.wrapped"


def load_or_make_key(folder: Path, pin: str | None, clock: Clock | None = None) -> bytes:
    """Return the store's key, made on the first call.

    Args:
        clock: the device's own if None.

    Raises:
        KeyWrong: the PIN is another one, or is missing.
        PinLater: after several wrong ones; this one was not tried.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain, wrapped = folder / _PLAIN, folder / _WRAPPED
    if wrapped.exists():
        if not pin:
            raise KeyWrong("key: a PIN is needed")
        attempts = Attempts(folder, clock or SystemClock(), _write)
        attempts.begin()
        key = _unwrap(wrapped.read_bytes(), pin)
        attempts.succeed()
        return key
    if plain.exists():
        return plain.read_bytes()
    key = os.urandom(KEY_BYTES)
    if pin:
        _write(wrapped, _wrap(key, pin))
    else:
        _write(plain, key)
    return key


def set_pin(folder: Path, key: bytes, pin: str) -> None:
    """Wrap the key by a PIN from now on; the open copy goes."""
    _write(folder / _WRAPPED, _wrap(key, pin))
    (folder / _PLAIN).unlink(missing_ok=True)


def _wrap(key: bytes, pin: str) -> bytes:
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return salt + nonce + AESGCM(_from_pin(pin, salt)).encrypt(nonce, key, b"nuqta")


def _unwrap(data: bytes, pin: str) -> bytes:
    salt, rest = data[:_SALT_BYTES], data[_SALT_BYTES:]
    nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(_from_pin(pin, salt)).decrypt(nonce, sealed, b"nuqta")
    except InvalidTag as fault:
        raise KeyWrong("key: the PIN does not open it") from fault


def _from_pin(pin: str, salt: bytes) -> bytes:
    return scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=KEY_BYTES)


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; whole or not at all."""
    part = path.with_suffix(path.suffix + ".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
