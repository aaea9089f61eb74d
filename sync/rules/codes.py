"""Codes that people read and type: Crockford's base 32, which knows no I, L, O and U.

https://www.crockford.com/base32.html
"""

from __future__ import annotations

import hmac
from hashlib import blake2b, scrypt, sha256

from sync import typed
from sync.errors import Refusal
from sync.limits import ENROL_CODE_CHARS

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})
_SHORT_DIGITS, _RESCUE_DIGITS = 7, 15
_CHECK = 31
_MARK_BYTES = 16
_OF_TOWNS = "01"


class CodeWrong(Refusal):
    """A code with a letter missing, too many, or mistyped."""

    code = "short_code_wrong"


def digits(value: int, count: int) -> str:
    """Return the last digits of a number, the most significant first."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in range(count - 1, -1, -1))


def digits_of(text: str) -> int:
    """Return the number that digits write. Raises ValueError: a character is none."""
    value = 0
    for letter in text:
        value = value << 5 | ALPHABET.index(letter)
    return value


def base32(content: bytes) -> str:
    """Return bytes as digits, five bits each; the last is filled up with zeros."""
    count = -(-8 * len(content) // 5)
    return digits(int.from_bytes(content, "big") << 5 * count - 8 * len(content), count)


def from_base32(text: str) -> bytes:
    """Return the bytes that `base32` wrote. Raises ValueError: a character is none of it."""
    length = len(text) * 5 // 8
    return (digits_of(text) >> 5 * len(text) - 8 * length).to_bytes(length, "big")


def short_code(record_id: bytes) -> str:
    """Return the printed `ref` of a record, `XXXX-XXXX`; its last character checks the others."""
    value = int.from_bytes(blake2b(record_id, digest_size=5).digest(), "big") >> 5
    return _grouped(digits(value, _SHORT_DIGITS) + ALPHABET[value % _CHECK])


def parse_short_code(text: str) -> str:
    """Return a short code as printed, whatever was typed. Raises CodeWrong."""
    return _grouped(_checked(text, _SHORT_DIGITS))


def _checked(text: str, count: int) -> str:
    code = normal_code(text)
    if len(code) != count + 1 or any(letter not in ALPHABET for letter in code):
        raise CodeWrong(f"code: {count + 1} characters wanted", had=len(code))
    if ALPHABET[digits_of(code[:-1]) % _CHECK] != code[-1]:
        raise CodeWrong("code: a character is mistyped", had=len(code))
    return code


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def enrol_code(random: bytes) -> str:
    """Return an enrolment code from at least 7 random bytes."""
    return digits(int.from_bytes(random[:7], "big"), ENROL_CODE_CHARS)


def rescue_code(key: bytes, number: int) -> str:
    """Return the code, `XXXX-XXXX-XXXX-XXXX`, that opens a tablet when its PIN cannot.

    Server and tablet make it of the key that they share since the enrolment. It has 75 bits, so it
    needs no device to guard it, and serves once: the next one has the next number.
    """
    mac = hmac.digest(key, b"nuqta rescue|" + number.to_bytes(4, "big"), sha256)
    value = int.from_bytes(mac[:10], "big") >> 5
    return _grouped(digits(value, _RESCUE_DIGITS) + ALPHABET[value % _CHECK])


def parse_rescue_code(text: str) -> str:
    """Return a rescue code as printed, whatever was typed. Raises CodeWrong."""
    return _grouped(_checked(text, _RESCUE_DIGITS))


def claim_code(random: bytes) -> str:
    """Return the code `XXXX-XXXX` by which an agent finds what an enterprise began, of 5 bytes."""
    value = int.from_bytes(random[:5], "big") >> 5
    return _grouped(digits(value, _SHORT_DIGITS) + ALPHABET[value % _CHECK])


def claim_mark(code: str) -> str:
    """Return what is stored and sent in place of a claim code as it is printed.

    35 bits are found from a quick hash within seconds. By scrypt (RFC 7914) at this cost, some 50
    milliseconds a try, all of them take decades of a processor; a code lives for weeks.
    """
    plain = normal_code(code).encode()
    mark = scrypt(plain, salt=b"nuqta claim", n=1 << 14, r=8, p=1, dklen=_MARK_BYTES)
    return mark.hex()


def normal_code(text: str) -> str:
    """Return a typed code as it was meant: capitals, no spaces or hyphens, O as 0, I and L as 1."""
    return typed.line(text).upper().translate(_LOOKALIKES)


def reference_id(kind: str, code: str) -> bytes:
    """Return the id of a reference record: the same on every installation (a version 8 UUID)."""
    raw = bytearray(blake2b(f"{kind}:{code}".encode(), digest_size=16).digest())
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def is_rural(commune_code: str) -> bool:
    """Whether a commune is rural: `RR.PPP.CC.MM`, where those of towns have the cercle `01`."""
    return commune_code.split(".")[2:3] != [_OF_TOWNS]
