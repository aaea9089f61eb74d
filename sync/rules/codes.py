"""Codes that people read and type: Crockford's base 32, which knows no I, L, O and U.

https://www.crockford.com/base32.html
"""

from __future__ import annotations

from hashlib import blake2b

from sync.errors import Refusal
from sync.limits import ENROL_CODE_CHARS

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})
_SHORT_DIGITS = 7
_CHECK = 31


class CodeWrong(Refusal):
    """A code with a letter missing, too many, or mistyped."""

    code = "short_code_wrong"


def _digits(value: int, count: int) -> str:
    return "".join(ALPHABET[value >> 5 * place & 31] for place in range(count - 1, -1, -1))


def short_code(record_id: bytes) -> str:
    """Return the printed `ref` of a record, `XXXX-XXXX`; its last character checks the others."""
    value = int.from_bytes(blake2b(record_id, digest_size=5).digest(), "big") >> 5
    code = _digits(value, _SHORT_DIGITS) + ALPHABET[value % _CHECK]
    return f"{code[:4]}-{code[4:]}"


def parse_short_code(text: str) -> str:
    """Return a short code as printed, whatever was typed. Raises CodeWrong."""
    code = normal_code(text)
    if len(code) != _SHORT_DIGITS + 1 or any(one not in ALPHABET for one in code):
        raise CodeWrong("short code: eight characters wanted", had=len(code))
    value = 0
    for one in code[:-1]:
        value = value << 5 | ALPHABET.index(one)
    if ALPHABET[value % _CHECK] != code[-1]:
        raise CodeWrong("short code: a character is mistyped", had=len(code))
    return f"{code[:4]}-{code[4:]}"


def enrol_code(random: bytes) -> str:
    """Return an enrolment code from at least 7 random bytes."""
    return _digits(int.from_bytes(random[:7], "big"), ENROL_CODE_CHARS)


def normal_code(text: str) -> str:
    """Return a typed code as it was meant: capitals, no spaces or hyphens, O as 0, I and L as 1."""
    return text.strip().upper().translate(_LOOKALIKES)


def reference_id(kind: str, code: str) -> bytes:
    """Return the id of a reference record: the same on every installation (a version 8 UUID)."""
    raw = bytearray(blake2b(f"{kind}:{code}".encode(), digest_size=16).digest())
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)
