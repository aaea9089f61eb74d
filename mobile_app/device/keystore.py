"""What wraps a secret so that it opens on this device alone: a port, its adapters, and a fake.

A PIN of four digits protects nothing against somebody who copies the files and tries all ten
thousand. What the PIN opens is therefore wrapped once more, by a key that cannot leave the device.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.device import java
from mobile_app.device.storage import StoreFull, write_private
from sync.errors import Refusal

_KEY_BYTES, _NONCE_BYTES, _TAG_BITS = 32, 12, 128
_PROVIDER, _CIPHER = "AndroidKeyStore", "AES/GCM/NoPadding"
_KEY, _PARAMETERS = "java.security.Key", "java.security.spec.AlgorithmParameterSpec"
_TRIES = 2
_ENCRYPT, _DECRYPT = 1, 2
"""Of javax.crypto.Cipher, and the same of android.security.keystore.KeyProperties."""


class KeystoreLost(Refusal):
    """The device's key is gone, or is another device's; the coordinator's code opens all the same.

    Android forgets keys when a backup is put on another device, or after some repairs.
    """

    code = "keystore_lost"


class KeystoreFailed(Refusal):
    """The device makes no key now, so nothing is sealed; what was there stays as it was."""

    code = "keystore_failed"


class Keystore(Protocol):
    """A key that is used, never read."""

    def wrap(self, content: bytes) -> bytes:
        """Return the content, sealed; the key is made on the first call. Raises KeystoreFailed."""

    def unwrap(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises KeystoreLost."""

    def forget(self) -> None:
        """Destroy the key: whatever it wrapped opens no more. None there: nothing happens."""


def keystore_of(folder: Path) -> Keystore:
    """Return this device's keystore for what lies in a folder."""
    if java.is_android():
        return AndroidKeystore("nuqta." + sha256(bytes(folder.resolve())).hexdigest()[:16])
    return FileKeystore(folder / "device.key")


@dataclass(frozen=True, slots=True)
class FileKeystore:
    """A key in a file that only its owner may read: where there is no better, as on Linux."""

    path: Path

    def wrap(self, content: bytes) -> bytes:
        """Return the content, sealed."""
        if not self.path.exists():
            write_private(self.path, os.urandom(_KEY_BYTES))
        return _seal(self.path.read_bytes(), content)

    def unwrap(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises KeystoreLost."""
        try:
            key = self.path.read_bytes()
        except FileNotFoundError as fault:
            raise KeystoreLost("keystore: no key") from fault
        return _unseal(key, sealed)

    def forget(self) -> None:
        """Remove the file; what lay in it is written over first."""
        if self.path.exists():
            with suppress(StoreFull):
                write_private(self.path, bytes(_KEY_BYTES))
            self.path.unlink()


@dataclass(frozen=True, slots=True)
class AndroidKeystore:
    """A key in the hardware of the device, or in its trusted part; it cannot be taken out.

    https://developer.android.com/privacy-and-security/keystore
    """

    alias: str

    def wrap(self, content: bytes) -> bytes:
        """Return the content, sealed; the nonce is the keystore's own. Raises KeystoreFailed.

        A key that does not seal a second time either is made anew, which takes its place only then.
        """
        for key in (self._kept, self._kept, self._make):
            with suppress(java.fault()):
                cipher = java.of("javax.crypto.Cipher").getInstance(_CIPHER)
                cipher.init(_ENCRYPT, java.cast(_KEY, key()))
                return bytes(cipher.getIV()) + bytes(cipher.doFinal(content))
        raise KeystoreFailed(f"keystore: {self.alias} does not seal")

    def unwrap(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises KeystoreLost.

        Tried twice: some devices fail once, after they were started or while others use it.
        https://github.com/tink-crypto/tink-java/issues/66
        """
        for _ in range(_TRIES):
            with suppress(java.fault()):
                key = self._key()
                if key is not None:
                    return self._unsealed(key, sealed)
        raise KeystoreLost(f"keystore: {self.alias} does not open")

    def _unsealed(self, key: java.Java, sealed: bytes) -> bytes:
        cipher = java.of("javax.crypto.Cipher").getInstance(_CIPHER)
        spec = java.of("javax.crypto.spec.GCMParameterSpec")(_TAG_BITS, sealed[:_NONCE_BYTES])
        cipher.init(_DECRYPT, java.cast(_KEY, key), java.cast(_PARAMETERS, spec))
        return bytes(cipher.doFinal(sealed[_NONCE_BYTES:]))

    def forget(self) -> None:
        """Delete the key; where Android refuses, what else opens the file goes all the same."""
        for _ in range(_TRIES):
            with suppress(java.fault()):
                store = _java_keystore()
                if store.containsAlias(self.alias):
                    store.deleteEntry(self.alias)
                return

    def _key(self) -> java.Java:
        store = _java_keystore()
        return store.getKey(self.alias, None) if store.containsAlias(self.alias) else None

    def _kept(self) -> java.Java:
        return self._key() or self._make()

    def _make(self) -> java.Java:
        builder = java.of("android.security.keystore.KeyGenParameterSpec$Builder")
        maker = java.of("javax.crypto.KeyGenerator").getInstance("AES", _PROVIDER)
        spec = builder(self.alias, _ENCRYPT | _DECRYPT)
        # Java's varargs: a list would be the first of several arrays.
        spec = spec.setBlockModes("GCM").setEncryptionPaddings("NoPadding")
        maker.init(java.cast(_PARAMETERS, spec.setKeySize(8 * _KEY_BYTES).build()))
        return maker.generateKey()


def _java_keystore() -> java.Java:
    store = java.of("java.security.KeyStore").getInstance(_PROVIDER)
    store.load(None)
    return store


@dataclass(slots=True)
class FakeKeystore:
    """A key in memory."""

    key: bytes = b""

    def wrap(self, content: bytes) -> bytes:
        """Return the content, sealed."""
        self.key = self.key or os.urandom(_KEY_BYTES)
        return _seal(self.key, content)

    def unwrap(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises KeystoreLost."""
        if not self.key:
            raise KeystoreLost("keystore: no key")
        return _unseal(self.key, sealed)

    def forget(self) -> None:
        """Forget the key."""
        self.key = b""


def _seal(key: bytes, content: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, None)


def _unseal(key: bytes, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as fault:
        raise KeystoreLost("keystore: its seal does not hold") from fault
