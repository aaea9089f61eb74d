"""Letters: a request for the server, and its answer, carried by anybody who cannot read them.

A tablet without a line seals what it would send to the key that it pinned when it was enrolled;
another tablet or a memory stick carries the file. Inside is an ordinary request, signed by the
tablet that wrote it; the answer holds the ordinary reply, so nothing is acknowledged but by the
server's signature. Here is the form of both files; X25519 and AES-GCM are done by either side.

    letter   "NQL1", server's mark (8), ephemeral X25519 key (32), nonce (12), sealed
    sealed   MessagePack [authorization, body]: what `Sync-Auth` says, over `METHOD` and `PATH`
    answer   "NQA1", the letter's mark (8), nonce (12), sealed reply

All before the sealed part is authenticated with it. The server's X25519 key is its Ed25519 key on
the other form of the curve (RFC 7748, section 4.1), so there is no second key to be learnt.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from sync.errors import Refusal

METHOD, PATH = "POST", "/sync/v1/courier"
MARK_BYTES, KEY_BYTES, NONCE_BYTES = 8, 32, 12
_LETTER, _ANSWER = b"NQL1", b"NQA1"
_PRIME = 2**255 - 19
_INSIDE = msgspec.msgpack.Decoder(tuple[str, bytes])


class CourierDamaged(Refusal):
    """A file that is no letter, is cut off, or was changed on its way."""

    code = "courier_damaged"


class CourierOtherServer(Refusal):
    """A letter to another server than this."""

    code = "courier_other_server"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as anybody can read it. `head`: all before the nonce."""

    head: bytes
    ephemeral: bytes
    nonce: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as anybody can read it. `mark`: of the letter that it answers."""

    head: bytes
    mark: bytes
    nonce: bytes
    sealed: bytes


def mark(key: bytes) -> bytes:
    """Return what names a public key, 8 bytes."""
    return sha256(b"nuqta courier|" + key).digest()[:MARK_BYTES]


def exchange_key(server_key: bytes) -> bytes:
    """Return the X25519 form of the server's Ed25519 public key."""
    y = int.from_bytes(server_key, "little") & (1 << 255) - 1
    u = (1 + y) * pow(1 - y, -1, _PRIME) % _PRIME
    return u.to_bytes(KEY_BYTES, "little")


def keys(shared: bytes, ephemeral: bytes, server_key: bytes) -> tuple[bytes, bytes]:
    """Return the AES keys of a letter and of its answer, by HKDF-SHA256 (RFC 5869)."""
    secret = hmac.digest(ephemeral + server_key, shared, sha256)
    letter_key = hmac.digest(secret, b"nuqta letter\x01", sha256)
    answer_key = hmac.digest(secret, b"nuqta answer\x01", sha256)
    return letter_key, answer_key


def letter_head(server_key: bytes, ephemeral: bytes) -> bytes:
    """Return what stands before the nonce of a letter."""
    return _LETTER + mark(server_key) + ephemeral


def answer_head(ephemeral: bytes) -> bytes:
    """Return what stands before the nonce of an answer."""
    return _ANSWER + mark(ephemeral)


def is_letter(data: bytes) -> bool:
    """Whether a file says that it is a letter."""
    return data.startswith(_LETTER)


def is_answer(data: bytes) -> bool:
    """Whether a file says that it is an answer."""
    return data.startswith(_ANSWER)


def read_letter(data: bytes, server_key: bytes) -> Letter:
    """Take a letter apart. Raises CourierDamaged, CourierOtherServer."""
    head_bytes = len(_LETTER) + MARK_BYTES + KEY_BYTES
    if not data.startswith(_LETTER) or len(data) <= head_bytes + NONCE_BYTES:
        raise CourierDamaged(f"letter: {len(data)} bytes that are none")
    head, rest = data[:head_bytes], data[head_bytes:]
    ephemeral = head[-KEY_BYTES:]
    if head != letter_head(server_key, ephemeral):
        raise CourierOtherServer("letter: sealed to another server")
    return Letter(head, ephemeral, rest[:NONCE_BYTES], rest[NONCE_BYTES:])


def read_answer(data: bytes) -> Answer:
    """Take an answer apart. Raises CourierDamaged."""
    head_bytes = len(_ANSWER) + MARK_BYTES
    if not data.startswith(_ANSWER) or len(data) <= head_bytes + NONCE_BYTES:
        raise CourierDamaged(f"answer: {len(data)} bytes that are none")
    head, rest = data[:head_bytes], data[head_bytes:]
    return Answer(head, head[-MARK_BYTES:], rest[:NONCE_BYTES], rest[NONCE_BYTES:])


def pack(authorization: str, body: bytes) -> bytes:
    """Return what is sealed in a letter."""
    return msgspec.msgpack.encode((authorization, body))


def unpack(content: bytes) -> tuple[str, bytes]:
    """Return what was sealed in a letter. Raises CourierDamaged."""
    try:
        return _INSIDE.decode(content)
    except (msgspec.DecodeError, msgspec.ValidationError) as fault:
        raise CourierDamaged("letter: its inside is unreadable") from fault
