"""The key of an agent's file, and what opens it: the PIN on this device, or the coordinator's code.

key          the 32 bytes, for their owner alone: without a PIN (`headless`, tests)
key.wrapped  "NQK2", then wrapped by the device's keystore: salt, nonce, and the key sealed
             under what scrypt (RFC 7914) makes of the PIN. Before: the same without keystore;
             it is written anew when it is opened.
key.rescue   "NQR1", number (4), nonce, and the key sealed under the coordinator's code of that
             number (`sync.rules.codes.rescue_code`): for a PIN that was forgotten, a keystore
             that lost its key, and a lease that is over

The key is random and never changes; only what wraps it does. So another PIN rewrites 100 bytes and
no records, and PIN and code each open the file without the other.

A PIN of four digits has 10,000 values. Scrypt makes each cost some 0.1 s and 16 MiB, which a copier
of the files would pay in a quarter of an hour. What stops him is the keystore: its key never leaves
the device, so PINs can be tried there alone, where `Attempts` lets them wait. The code has 75
random bits and needs neither.
"""

from __future__ import annotations

import hmac
import os
from contextlib import suppress
from hashlib import scrypt, sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.device.clock import Clock, SystemClock
from mobile_app.device.keystore import Keystore, KeystoreFailed, keystore_of
from mobile_app.device.storage import StoreFull, write_private
from mobile_app.store.attempts import Attempts
from mobile_app.store.database import KEY_BYTES, KeyWrong
from sync import typed
from sync.errors import Refusal
from sync.rules.codes import parse_rescue_code, rescue_code

_SALT_BYTES, _NONCE_BYTES, _NUMBER_BYTES = 16, 12, 4
_COST, _BLOCK, _LANES = 2**14, 8, 1
_PLAIN, _WRAPPED, _RESCUE = "key", "key.wrapped", "key.rescue"
_ON_DEVICE, _BY_CODE = b"NQK2", b"NQR1"
_INSIDE = b"nuqta"


class RescueWrong(Refusal):
    """The coordinator's code is another one, or of another number; nothing is lost."""

    code = "rescue_wrong"


class RescueMissing(Refusal):
    """This tablet was never linked, so no code was agreed on."""

    code = "rescue_missing"


class KeyRing:
    """What opens the file in one folder."""

    def __init__(
        self, folder: Path, keystore: Keystore | None = None, clock: Clock | None = None
    ) -> None:
        """Read nothing yet.

        Args:
            keystore, clock: the device's own if None.
        """
        self._folder = folder
        self._keystore = keystore or keystore_of(folder)
        self._attempts = Attempts(folder, clock or SystemClock())
        self._plain, self._wrapped = folder / _PLAIN, folder / _WRAPPED
        self._rescue = folder / _RESCUE

    @property
    def is_new(self) -> bool:
        """Whether nobody has chosen a PIN here yet."""
        return not self._wrapped.exists()

    def open(self, pin: str | None) -> bytes:
        """Return the key; without one yet, make it.

        Raises:
            KeyWrong: the PIN is another one, or is missing.
            PinLater: after several wrong ones; this one was not tried.
            KeystoreLost: the device does not know its own key any more.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self.is_new:
            if not pin:
                raise KeyWrong("key: a PIN is needed")
            return self._unwrap(pin)
        if self._plain.exists():
            return self._plain.read_bytes()
        key = os.urandom(KEY_BYTES)
        if pin:
            self.set_pin(key, pin)
        else:
            write_private(self._plain, key)
        return key

    def set_pin(self, key: bytes, pin: str) -> None:
        """Wrap the key by a PIN from now on; the open copy goes."""
        # The wrapped key is on disk before the open copy goes: a kill in between leaves both, never
        # none.
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        sealed = AESGCM(_of_pin(typed.line(pin), salt)).encrypt(nonce, key, _INSIDE)
        wrapped = self._keystore.wrap(salt + nonce + sealed)
        write_private(self._wrapped, _ON_DEVICE + wrapped)
        self._plain.unlink(missing_ok=True)

    def _unwrap(self, pin: str) -> bytes:
        data = self._wrapped.read_bytes()
        is_on_device = data.startswith(_ON_DEVICE)
        if is_on_device:  # before an attempt is counted: here the PIN is not to blame
            data = self._keystore.unwrap(data[len(_ON_DEVICE) :])
        self._attempts.begin()
        key = _unsealed(data, typed.line(pin))
        if key is None and pin != typed.line(pin):  # a PIN of before, sealed as it was typed
            key = _unsealed(data, pin)
        if key is None:
            raise KeyWrong("key: the PIN does not open it")
        self._attempts.succeed()
        if not is_on_device:
            with suppress(KeystoreFailed):  # then it goes on opening as it was
                self.set_pin(key, pin)
        return key

    @property
    def rescue_number(self) -> int:
        """Return the number of the code that the coordinator is to be asked for; 0: none."""
        data = self._rescue.read_bytes() if self._rescue.exists() else b""
        return int.from_bytes(data[len(_BY_CODE) :][:_NUMBER_BYTES], "big")

    def agree_on_rescue(self, key: bytes, secret: bytes) -> None:
        """Let a code of the coordinator's open this file, if none does yet.

        Args:
            secret: shared with the server since the enrolment; empty: of a server that has none.
        """
        if secret and not self.rescue_number:
            self._seal_for_code(key, secret, 1)

    def rescue(self, code: str) -> bytes:
        """Return the key. The caller sets another PIN, and calls `renew_rescue`.

        Raises:
            CodeWrong: mistyped; no attempt is counted.
            RescueMissing, RescueWrong: as they say.
            PinLater: after several wrong ones; this one was not tried.
        """
        code = parse_rescue_code(code)
        if not self.rescue_number:
            raise RescueMissing("rescue: no code was agreed on")
        self._attempts.begin()
        # The number is part of what is sealed: with another one written into the file, which would
        # have the coordinator asked for another code, no code opens it.
        data, at = self._rescue.read_bytes(), len(_BY_CODE) + _NUMBER_BYTES
        head, nonce, sealed = data[:at], data[at:][:_NONCE_BYTES], data[at + _NONCE_BYTES :]
        try:
            key = AESGCM(_of_code(code)).decrypt(nonce, sealed, head)
        except InvalidTag as fault:
            raise RescueWrong("rescue: the code does not open it") from fault
        self._attempts.succeed()
        return key

    def renew_rescue(self, key: bytes, secret: bytes) -> None:
        """After a code was used: from now on the next one opens."""
        self._seal_for_code(key, secret, self.rescue_number + 1)

    def _seal_for_code(self, key: bytes, secret: bytes, number: int) -> None:
        head, nonce = _BY_CODE + number.to_bytes(_NUMBER_BYTES, "big"), os.urandom(_NONCE_BYTES)
        sealed = AESGCM(_of_code(rescue_code(secret, number))).encrypt(nonce, key, head)
        write_private(self._rescue, head + nonce + sealed)

    def destroy(self) -> None:
        """Make the file unreadable for ever, by whatever opened it before."""
        # The keystore's key first. Without it what is wrapped by a PIN is rubbish, however far this
        # comes.
        self._keystore.forget()
        for path in (self._wrapped, self._rescue, self._plain):
            if path.exists():
                with suppress(StoreFull):  # it goes, be it unwritten-over
                    write_private(path, bytes(path.stat().st_size))
                path.unlink()


def _unsealed(data: bytes, pin: str) -> bytes | None:
    """Return the key that was sealed under a PIN, or None if that was another one."""
    salt, rest = data[:_SALT_BYTES], data[_SALT_BYTES:]
    nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(_of_pin(pin, salt)).decrypt(nonce, sealed, _INSIDE)
    except InvalidTag:
        return None


def _of_pin(pin: str, salt: bytes) -> bytes:
    return scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=KEY_BYTES)


def _of_code(code: str) -> bytes:
    # No scrypt: 75 random bits are not to be tried out.
    return hmac.digest(b"nuqta rescue", code.encode(), sha256)
