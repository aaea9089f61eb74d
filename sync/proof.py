"""What the square of a receipt or a letter proves: checked by the server's key, without a network.

The square (a QR code) is the address of the page that tells whether the paper is genuine,
`HTTPS://NUQTA.EXAMPLE/VERIFY/`, so that any telephone opens it. What follows, in base 32
(`codes.ALPHABET`), is what the paper says and an Ed25519 signature, 64 bytes, by the key with which
the server signs acknowledgements: every tablet has it since its enrolment. In capitals throughout,
a square is a third smaller.

The code below it is for whoever has no camera: the reference of the request, then eight characters
that seal which paper of the request it is, `XXXX-XXXX-XXXX-XXXX`. It says nothing by itself: the
server alone can tell.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync import typed
from sync.errors import Refusal
from sync.rules import codes
from sync.rules.applications import ASKED, FILED, GRANTED, REJECTED
from sync.rules.scanned import PAPER_PATH

CHARS_MAX = 2_000
"""More than the longest square."""
_SIGNATURE_BYTES, _CODE_CHARS, _SEAL_CHARS = 64, 16, 8
_NAME_CHARS = 40
_DOMAIN = b"nuqta proof 1|"
TEXT_CHARS_MAX = 60
_Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)]


ANSWERS = (ASKED, GRANTED, REJECTED, "referred")
"""Steps that are told by a letter."""
ATTENDED = "attended"
"""What the attestation of a training says, which is of no step: somebody was there."""
_GONE = ("withdrawn", "expired")


class ProofUnreadable(Refusal):
    """Neither the square nor the code of a paper of ours."""

    code = "proof_unreadable"


class ProofForged(Refusal):
    """A paper that says something else than the server wrote."""

    code = "proof_forged"


class Proof(msgspec.Struct, array_like=True, frozen=True):
    """What a paper says that is to be compared with it.

    `step_id`: of the `application_step` that it is about; `state`: what that step led to; `day`
    since 1970; `latin`, `arabic`: the name of who asked, its first 40 letters. Of an attestation
    (`ATTENDED`) `step_id` is of the `attendance`, `service` the training's title or topic.
    """

    step_id: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    state: _Text
    day: Annotated[int, msgspec.Meta(ge=0, le=200_000)]
    number: _Text
    service: _Text
    office: _Text
    latin: _Text
    arabic: _Text


def square(key: Ed25519PrivateKey, server_url: str, proof: Proof) -> str:
    """Return the text of the square."""
    short = msgspec.structs.replace(
        proof, latin=proof.latin[:_NAME_CHARS], arabic=proof.arabic[:_NAME_CHARS]
    )
    content = msgspec.msgpack.encode(short)
    signed = codes.base32(content + key.sign(_DOMAIN + content))
    return f"{server_url.upper()}{PAPER_PATH}{signed}"


def is_square(text: str) -> bool:
    """Whether a text is an address of the page that checks papers."""
    return PAPER_PATH in text[:CHARS_MAX].upper()


def read(text: str, public_key: bytes) -> Proof:
    """Return what a square proves, by its text or by what follows the address.

    Raises:
        ProofForged: the server of that key did not sign it as it is.
    """
    signed = codes.normal_code(text[:CHARS_MAX].upper().rpartition(PAPER_PATH)[2])
    try:
        raw = codes.from_base32(signed)
        content, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _DOMAIN + content)
        return msgspec.msgpack.decode(content, type=Proof)
    except (InvalidSignature, ValueError, msgspec.DecodeError) as fault:
        raise ProofForged("proof: signature") from fault


def holds(state: str, later: Iterable[str], now: str) -> bool:
    """Whether a paper still holds: no other took its place, and its request is not withdrawn.

    Args:
        state: of its step.
        later: those of the steps since.
        now: that of the request.
    """
    kind = (FILED,) if state == FILED else ANSWERS
    return now not in _GONE and not any(one in kind for one in later)


def code(key: bytes, application_id: bytes, step_id: bytes) -> str:
    """Return the code to be typed. `key`: 32 bytes, the server's own."""
    seal = _seal(key, step_id)
    return f"{codes.short_code(application_id)}-{seal[:4]}-{seal[4:]}"


def read_code(text: str) -> tuple[str, str]:
    """Return the request's reference and the seal of a typed code. Raises ProofUnreadable."""
    plain = codes.normal_code(typed.line(text[:CHARS_MAX]))
    if len(plain) != _CODE_CHARS:
        raise ProofUnreadable("proof: code", had=len(plain))
    try:
        return codes.parse_short_code(plain[:-_SEAL_CHARS]), plain[-_SEAL_CHARS:]
    except codes.CodeWrong as fault:
        raise ProofUnreadable("proof: code", had=len(plain)) from fault


def is_sealed(key: bytes, step_id: bytes, seal: str) -> bool:
    """Whether a code's seal is that of a step."""
    return hmac.compare_digest(_seal(key, step_id).encode(), seal.encode())


def _seal(key: bytes, step_id: bytes) -> str:
    mac = hmac.digest(key, _DOMAIN + step_id, sha256)
    return codes.digits(int.from_bytes(mac[:5], "big"), _SEAL_CHARS)
