"""A call on the server: what it can come to, what it costs, who signs it.

Apart from `transport`, which makes the calls: HTTP is loaded when a line is first needed, not when
the app starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mobile_app.device.clock import Clock
from sync.errors import Refusal, SyncError

_NUMBER_BYTES = 32
SYNC_PATH = "/sync/v1"
ENROL_PATH = "/sync/v1/enrol"
TIME_PATH = "/sync/v1/time"


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a reply, and the counter of the request that it answers."""

    counter: int
    content: bytes


class Unreachable(SyncError):
    """No answer: no network, the line broke, or the server is not there."""

    code = "unreachable"

    def __init__(self, message: str, *, is_broken: bool = False, part: Part | None = None) -> None:
        """Say why; `is_broken`: something was under way; `part`: what had come of the answer."""
        super().__init__(message)
        self.is_broken = is_broken
        self.part = part


class BodyTooLarge(Unreachable):
    """Something on the way, or the server, takes no request as large as this one was."""

    code = "body_too_large"


class ServerUnproved(Unreachable):
    """Who answered has no certificate that proves it to be the server; nothing was sent to it."""

    code = "server_unproved"


class ClockWrong(Unreachable):
    """The tablet's clock fits no certificate, and the server's time cannot be had or believed."""

    code = "clock_wrong"


class Refused(Refusal):
    """The server answered no, with a code of its own."""

    def __init__(
        self,
        code: str,
        sentence: str,
        status: int,
        headers: Mapping[str, str] | None = None,
        *,
        counter: int = 0,
    ) -> None:
        """Carry the server's code and words; headers by their names in lower case.

        `counter`: the highest that the server knows of this device, when ours was not above it.
        """
        super().__init__(f"{status} {code}: {sentence}")
        self.counter = counter
        self.code = code
        self.sentence = sentence
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: headers by their names in lower case, and the body."""

    headers: Mapping[str, str]
    content: bytes


@dataclass(slots=True)
class Traffic:
    """Bytes of HTTP messages, headers included, and round trips."""

    bytes_up: int = 0
    bytes_down: int = 0
    round_trips: int = 0


class Signer(Protocol):
    """The device's key, wherever it lives."""

    def sign(self, content: bytes) -> bytes:
        """Return 64 bytes: r and s of ECDSA P-256 over SHA-256."""

    def public(self) -> bytes:
        """Return the public key as an uncompressed point, 65 bytes."""


class Counter(Protocol):
    """What each request of a device is numbered by."""

    def next(self) -> int:
        """Return a number higher than all before; kept before it is used."""

    def pass_over(self, counter: int) -> None:
        """Go on from a higher number, which the server has seen already."""


@dataclass(frozen=True, slots=True)
class Timekeeper:
    """What a transport needs to go on when the tablet's clock is wrong.

    Args:
        server_key: of the server, pinned at enrolment.
        keep: told what is to be added to the wall clock, milliseconds.
    """

    clock: Clock
    server_key: bytes
    keep: Callable[[int], None]


class SoftwareKey:
    """A P-256 key kept in the encrypted store."""

    def __init__(self, secret: bytes) -> None:
        """Take the key's 32 bytes."""
        self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())

    @staticmethod
    def make() -> bytes:
        """Return the 32 bytes of a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        return key.private_numbers().private_value.to_bytes(_NUMBER_BYTES, "big")

    def sign(self, content: bytes) -> bytes:
        """Return 64 bytes: r and s."""
        der = self._key.sign(content, ec.ECDSA(hashes.SHA256()))
        # The library signs in DER, whose length varies; on the wire are two numbers of 32 bytes.
        r, s = decode_dss_signature(der)
        return r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big")

    def public(self) -> bytes:
        """Return the uncompressed point."""
        numbers = self._key.public_key().public_numbers()
        return (
            b"\x04"
            + numbers.x.to_bytes(_NUMBER_BYTES, "big")
            + numbers.y.to_bytes(_NUMBER_BYTES, "big")
        )
