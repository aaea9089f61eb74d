"""What a message is to a phone: its alphabet (3GPP TS 23.038) and its segments (TS 23.040).

A segment has 140 bytes: 160 letters of the GSM alphabet, or 70 of UCS-2. Of a message of several,
six bytes of each say which it is: 153 letters, or 67.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_SEPTETS = {letter: bytes([at]) for at, letter in enumerate(_BASIC) if at != _ESCAPE} | {
    letter: bytes([_ESCAPE, at])
    for letter, at in zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True)
}
"""Letter -> its septets, a byte each; those of the extension are two."""
_ALONE, _TOGETHER = 160, 153
_WIDE_ALONE, _WIDE_TOGETHER = 140, 134
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "..."}
    | {"œ": "oe", "Œ": "OE", "\u00a0": " ", "\u202f": " "}
)
_MARKS = dict.fromkeys([*range(0x2066, 0x206A), 0x200E, 0x200F, 0x00AD])
"""Marks of direction: a phone turns Arabic by itself, and they cost as letters do."""
_DIGITS_FIRST = re.compile(r"[\u2066\u2068]([0-9]{4})-([0-9A-Z]{4})\u2069")
"""An isolated code, one of 116, that Arabic turns round once its isolate is gone: digits behind an
Arabic letter go from right to left past a hyphen (UAX 9, W2 and W4), and `1234-A678` is read as
`A678-1234`. Without the hyphen it keeps its order, and whoever types it is understood."""


@dataclass(frozen=True, slots=True)
class Segments:
    """A message as it goes out. `parts`: its bytes, without what says which part they are."""

    body: str
    is_wide: bool
    parts: tuple[bytes, ...]


def plain(text: str) -> str:
    """Return a text in letters that cost less, where all of it can be: `ê` as `e`.

    Arabic and Tifinagh stay as they are, but for the marks of direction, and for the hyphen of a
    code that would be turned round without them.
    """
    text = _DIGITS_FIRST.sub(r"\1\2", text).translate(_MARKS)
    cheap = "".join(_plain_letter(letter) for letter in text.translate(_PLAIN))
    return cheap if _is_basic(cheap) else text


def segments(text: str) -> Segments:
    """Return a text as segments; of nothing one that is empty."""
    if _is_basic(text):
        units = [_SEPTETS[letter] for letter in text]
        return Segments(text, is_wide=False, parts=_cut(units, _ALONE, _TOGETHER))
    # By letter: the two halves of one beyond 16 bits stay together.
    units = [letter.encode("utf-16-be", "replace") for letter in text]
    return Segments(text, is_wide=True, parts=_cut(units, _WIDE_ALONE, _WIDE_TOGETHER))


def count(text: str) -> int:
    """Return how many segments a text costs."""
    return len(segments(text).parts)


def _cut(units: list[bytes], alone: int, together: int) -> tuple[bytes, ...]:
    if sum(map(len, units)) <= alone:
        return (b"".join(units),)
    parts, part = [], b""
    for unit in units:
        if len(part) + len(unit) > together:
            parts.append(part)
            part = b""
        part += unit
    return (*parts, part)


def _is_basic(text: str) -> bool:
    return all(letter in _SEPTETS for letter in text)


def _plain_letter(letter: str) -> str:
    if letter in _SEPTETS:
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base in _SEPTETS else letter
