"""Moroccan identifiers, checked alike on tablet, server and portal.

Rules and test values: `server/reference/identifiers.json`. What has no public check digit is
checked by its form alone; what is only likely wrong is left to the person.
"""

from __future__ import annotations

import re

from sync.errors import Refusal
from sync.rules.names import ARABIC_DIGITS, fold

LEFT_TO_RIGHT = (
    "phone", "ice", "rna", "trade_register", "tax_id", "national_card", "email",
)  # fmt: skip
"""Fields whose letters and digits stand from left to right in every language."""
_ICE_DIGITS = 15
_RIB_DIGITS = 24
_MODULUS = 97
_NATIONAL_DIGITS = 10
_SEPARATORS = re.compile(r"[\s.\-/()\u00a0\u202f\u200e\u200f\u2066-\u2069]")
_RNA = re.compile(r"^[A-Z0-9/\-]{1,32}$")
_TRADE_REGISTER = re.compile(r"^(\d{1,9})[\s,;:/\-–]+([^\W\d_].{1,28})$")
_CARD = re.compile(r"^[A-Z]{1,2}\d{1,7}$")
_TAX_ID = re.compile(r"^\d{1,10}$")
_EMAIL = re.compile(r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$")
_EMAIL_MOST = 120
_MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
_COMMUNE = re.compile(r"^(0[1-9]|1[0-2])\.\d{3}\.\d{2}\.(\d{2}|0)$")


class IceLength(Refusal):
    """An ICE has 15 digits."""

    code = "ice_length"


class IceWrong(Refusal):
    """The ICE's two last digits do not agree with the others."""

    code = "ice_wrong"


class RibLength(Refusal):
    """A RIB has 24 digits."""

    code = "rib_length"


class RibWrong(Refusal):
    """The RIB's key does not agree with its other digits."""

    code = "rib_wrong"


class PhoneWrong(Refusal):
    """Not a Moroccan number: ten digits that begin with 05, 06, 07 or 08."""

    code = "phone_wrong"


class RnaWrong(Refusal):
    """Not 1 to 32 Latin letters, digits, hyphens and strokes; no more is published of its form."""

    code = "rna_wrong"


class TradeRegisterWrong(Refusal):
    """A number of the trade register says nothing without the court that gave it."""

    code = "trade_register_wrong"


class TaxIdWrong(Refusal):
    """A tax identifier is 1 to 10 digits; no more is published of its form."""

    code = "tax_id_wrong"


class EmailWrong(Refusal):
    """An address has a name, one @ and a domain, and no space."""

    code = "email_wrong"


class CardLocked(Refusal):
    """Card numbers may not be kept before the authority's authorisation (law 09-08)."""

    code = "card_locked"


class CardWrong(Refusal):
    """A national card's number is one or two letters and digits."""

    code = "card_wrong"


class CommuneCodeWrong(Refusal):
    """A commune's code has the form RR.PPP.CC.MM."""

    code = "commune_code_wrong"


def check_ice(text: str) -> str:
    """Return an ICE as 15 digits.

    Raises:
        IceLength: another number of digits, or something that is no digit.
        IceWrong: the key is wrong, or it is all zeros (which passes the check).
    """
    digits = _SEPARATORS.sub("", fold(text))
    if len(digits) != _ICE_DIGITS or not digits.isdecimal():
        had = sum(one.isdecimal() for one in digits)
        raise IceLength(f"ice: {len(digits)} characters", wanted=_ICE_DIGITS, had=had)
    if int(digits) % _MODULUS or not int(digits):
        raise IceWrong("ice: its key does not hold")
    return digits


def ice_with_key(payload: str) -> str:
    """Return the ICE of 13 digits: enterprise and establishment."""
    return payload + f"{(_MODULUS - int(payload) * 100 % _MODULUS) % _MODULUS:02d}"


def check_rib(text: str) -> str:
    """Return a RIB as 24 digits, from a RIB or a Moroccan IBAN.

    Raises:
        RibLength, RibWrong: as they say.
    """
    digits = re.sub(r"^ma\d\d", "", _SEPARATORS.sub("", fold(text)))
    if len(digits) != _RIB_DIGITS or not digits.isdecimal():
        raise RibLength(f"rib: {len(digits)} characters", wanted=_RIB_DIGITS, had=len(digits))
    if int(digits[22:]) != _MODULUS - int(digits[:22]) * 100 % _MODULUS or not int(digits[:22]):
        raise RibWrong("rib: its key does not hold")
    return digits


def check_phone(text: str) -> str:
    """Return a Moroccan phone number as E.164, `+212612345678`, however it was typed.

    Raises:
        PhoneWrong: not ten national digits that begin with 05, 06, 07 or 08 0.
    """
    typed = fold(text).strip().replace("(0)", "")
    digits = _SEPARATORS.sub("", typed).lstrip("+")
    digits = digits.removeprefix("00") if digits.startswith("00212") else digits
    if digits.startswith("212"):
        digits = "0" + digits[3:].lstrip("0")
    is_known = digits[:2] in ("05", "06", "07") or digits[:3] in ("080", "089")
    if len(digits) != _NATIONAL_DIGITS or not digits.isdecimal() or not is_known:
        had = sum(one.isdecimal() for one in digits)
        raise PhoneWrong("phone: not ten national digits", wanted=_NATIONAL_DIGITS, had=had)
    return "+212" + digits[1:]


def check_rna(text: str) -> str:
    """Return a number of the national agricultural register in capitals. Raises RnaWrong."""
    typed = re.sub(r"\s", "", fold(text)).upper()
    if not _RNA.match(typed):
        raise RnaWrong(f"rna: {len(typed)} characters, or a sign that is not taken", most=32)
    return typed


def check_trade_register(text: str) -> str:
    """Return number and court as one key, `1234 Tiznit`. Raises TradeRegisterWrong."""
    # Only the digits are folded: the court keeps its script and accents.
    found = _TRADE_REGISTER.match(text.strip().translate(ARABIC_DIGITS))
    if found is None:
        raise TradeRegisterWrong("trade register: not a number and a court")
    return f"{found[1]} {' '.join(found[2].split())}"


def unmarked(text: str) -> str:
    """Return a text without the marks of direction that a keyboard leaves in it."""
    return _MARKS.sub("", text)


def check_tax_id(text: str) -> str:
    """Return a tax identifier as its digits. Raises TaxIdWrong."""
    digits = re.sub(r"[\s.\-/]", "", fold(unmarked(text)))
    if not _TAX_ID.match(digits):
        raise TaxIdWrong(f"tax id: {len(digits)} characters, or one that is no digit", most=10)
    return digits


def check_email(text: str) -> str:
    """Return an address as it was typed, without marks of direction. Raises EmailWrong."""
    typed = unmarked(text).strip()
    if len(typed) > _EMAIL_MOST or not _EMAIL.match(typed):
        raise EmailWrong(f"email: {len(typed)} characters, or not a name, @ and a domain")
    return typed


def check_card(text: str, authorisation: str) -> str:
    """Return a national card's number, `AB123456`, where it may be asked for.

    Args:
        authorisation: the reference of the authority's authorisation; empty while there is none.

    Raises:
        CardLocked: there is no authorisation; nothing may be typed, let alone kept.
        CardWrong: another form.
    """
    if not authorisation.strip():
        raise CardLocked("card: no authorisation is set")
    typed = _SEPARATORS.sub("", fold(text)).upper()
    if not _CARD.match(typed):
        raise CardWrong(f"card: {len(typed)} characters, or not letters and then digits")
    return typed


def check_commune_code(text: str) -> str:
    """Return a commune's code of the right form; whether it exists is the reference's to say.

    Raises:
        CommuneCodeWrong: another form.
    """
    if not _COMMUNE.match(text):
        raise CommuneCodeWrong("commune code: not RR.PPP.CC.MM", commune=text)
    return text
