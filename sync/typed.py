"""What people type, made one before it is checked, compared or stored.

A keyboard, a message or a page that one copies from leaves more than is seen: marks of direction,
zero-width spaces, soft hyphens, digits of another script, letters composed or decomposed. Nobody
means them. Whoever reads typed text begins here, and strips nothing by itself:

`line`    identifiers, codes, phones, addresses, PINs: compared by what they say
`text`    names and notes: kept as they are written
`secret`  passwords: nothing is taken away
`whole`, `decimal`, `day`  what the locales of `sync.languages` print is read back; what may be read
          in two ways, or is none, is refused

What a machine wrote is not typed: `sync.flat`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from sync.errors import Refusal

_EPOCH = date(1970, 1, 1)
_JOINERS = "\u200c\u200d"
"""They show in Arabic: the letter before stands as if another followed, or none."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNSEEN = ("Cf", "Cc")
_MEANT = ("<super>", "<sub>", "<circle>", "<square>", "<fraction>")
_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029\u0085]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([ .,٬])[0-9]{3}(?:\1[0-9]{3})*")
_FRACTION = re.compile(r"(.*)([.,٫])([0-9]+)")
_UNCLEAR = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_DAY = re.compile(
    r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})|([0-9]{4})[/-]([0-9]{2})[/-]([0-9]{2})"
)
_CHARS_MAX = 400
_COUNTED_MAX = 2**63 - 1


class NumberWrong(Refusal):
    """Not a number as people of Morocco write one."""

    code = "number_wrong"


class NumberNotWhole(Refusal):
    """A number with a fraction, where whole ones are counted."""

    code = "number_not_whole"


class NumberUnclear(Refusal):
    """`1.500` is 1500 to some and 1,5 to others; which was meant the person says."""

    code = "number_unclear"


class PlacesTooMany(Refusal):
    """More decimals than are kept; none is cut off unseen."""

    code = "number_places"


class DayWrong(Refusal):
    """Not a calendar day."""

    code = "day_wrong"


def line(typed: str) -> str:
    """Return one line by what it says: Western digits, plain spaces and hyphens, nothing unseen."""
    if typed.isascii() and typed.isprintable():
        return " ".join(typed.split())
    forms = "".join(map(_form, unicodedata.normalize("NFC", typed)))
    return " ".join("".join(map(_plain, unicodedata.normalize("NFC", forms))).split())


def _form(letter: str) -> str:
    """Return a letter whatever its form, as NFKC does; but 5² is not 52."""
    is_meant = unicodedata.decomposition(letter).startswith(_MEANT)
    return letter if is_meant else unicodedata.normalize("NFKC", letter)


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if category == "Pd" or letter == "\u2212":
        return "-"
    return letter if _is_seen(letter) or letter.isspace() else ""


def _is_blank(letter: str) -> bool:
    return (
        letter in _BLANK or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    )


def text(typed: str) -> str:
    """Return a text as it is kept: composed, its ends clean; empty if nothing in it is seen.

    Marks inside stay: they may part two words, or hold a number in its place.
    """
    composed = unicodedata.normalize("NFC", _NEWLINES.sub("\n", seen(typed)))
    first = next((at for at, letter in enumerate(composed) if _is_seen(letter)), len(composed))
    end = next((at for at in range(len(composed), first, -1) if _is_seen(composed[at - 1])), first)
    if first == end:
        return ""
    while end < len(composed) and (composed[end] in _JOINERS or _is_blank(composed[end])):
        end += 1  # they belong to the letter before
    return composed[first:end]


def _is_seen(letter: str) -> bool:
    return not (letter.isspace() or _is_blank(letter) or unicodedata.category(letter) in _UNSEEN)


def seen(typed: str) -> str:
    """Return a text that UTF-8 can carry: half a character shows as the sign for a lost one."""
    return typed if typed.isascii() else _SURROGATES.sub("\ufffd", typed)


def secret(typed: str) -> str:
    """Return a password as it is hashed: composed, its spaces plain.

    NFC, as RFC 8265 has it for passwords: é is one key on a desk and two strokes on another. Not
    NFKC, which would take different passwords for one; nor is an end cut off.
    """
    return unicodedata.normalize(
        "NFC", "".join(" " if letter.isspace() else letter for letter in seen(typed))
    )


def secrets(typed: str) -> tuple[str, ...]:
    """Return what a password may have been hashed as, `secret` first: older ones as they came."""
    wanted = (secret(typed), seen(typed), unicodedata.normalize("NFD", seen(typed)))
    return tuple(dict.fromkeys(wanted))


def digits(typed: str) -> str:
    """Return the digits alone of a code that has nothing else: `338 024` as `338024`."""
    return "".join(letter for letter in line(typed) if letter.isdecimal())


def whole(typed: str) -> int:
    """Return a whole number.

    Raises:
        NumberNotWhole, NumberWrong: as they say.
    """
    sign, number = _signed(typed)
    if _is_whole(number):
        return sign * int(_ungrouped(number))
    if _parts(number):
        raise NumberNotWhole("number: not a whole one")
    raise NumberWrong("number: not one")


def decimal(typed: str, places: int) -> int:
    """Return a number times `10 ** places`.

    Raises:
        NumberUnclear: three digits after a point or comma, and before it one to three.
        PlacesTooMany, NumberWrong: as they say.
    """
    sign, number = _signed(typed)
    if _UNCLEAR.fullmatch(number):  # no field has three decimals: `spec.decimal`
        before, after = re.split("[.,]", number)
        clear = f"{before},{after}".rstrip("0").rstrip(",")
        raise NumberUnclear("number: grouped, or a fraction?", whole=before + after, decimal=clear)
    if _is_whole(number):
        return sign * int(_ungrouped(number) + "0" * places)
    if not (parts := _parts(number)):
        raise NumberWrong("number: not one")
    before, after = parts[0], parts[1].rstrip("0")
    if len(after) > places:
        raise PlacesTooMany("number: too many decimals", most=places)
    return sign * int(before + after.ljust(places, "0"))


def counted(given: object) -> int:
    """Return the number that a page's own field or link brings; 0 if that holds none."""
    try:
        number = whole(str(given))
    except Refusal:
        return 0
    return number if 0 <= number <= _COUNTED_MAX else 0


def _signed(typed: str) -> tuple[int, str]:
    number = line(typed)
    if len(number) > _CHARS_MAX:
        raise NumberWrong("number: too long")
    return (-1 if number.startswith("-") else 1), re.sub(r"^[+\-]", "", number)


def _is_whole(number: str) -> bool:
    return bool(re.fullmatch("[0-9]+", number) or _GROUPED.fullmatch(number))


def _ungrouped(number: str) -> str:
    return re.sub("[^0-9]", "", number)


def _parts(number: str) -> tuple[str, str] | None:
    """Return what stands before and after the decimal mark, or None."""
    found = _FRACTION.fullmatch(number)
    if found is None:
        return None
    before, mark, after = found[1] or "0", found[2], found[3]
    return (_ungrouped(before), after) if _is_whole(before) and mark not in before else None


def day(typed: str) -> int:
    """Return a day in days since 1970, of `24/11/2026` or `2026-11-24`. Raises DayWrong."""
    found = _DAY.fullmatch(line(typed))
    if found is None:
        raise DayWrong("day: not one")
    year, month, number = (
        int(one or two) for one, two in zip(found.groups()[2::-1], found.groups()[3:], strict=True)
    )
    try:
        return (date(year, month, number) - _EPOCH).days
    except ValueError as fault:
        raise DayWrong("day: not in the calendar") from fault
