"""Moroccan identifiers, checked alike on tablet, server and portal.

Rules and test values: `server/reference/identifiers.json`. What has no public check digit is
checked by its form alone; what is only likely wrong is left to the person.
"""

from __future__ import annotations

import re

from sync import typed
from sync.errors import Refusal

_ICE_DIGITS = 15
_RIB_DIGITS = 24
_MODULUS = 97
_NATIONAL_DIGITS = 10
_SEPARATORS = re.compile(r"[ .\-/()]")
_RNA = re.compile(r"^[A-Z0-9/\-]{1,32}$")
_TRADE_REGISTER = re.compile(r"^(\d{1,9})[ ,;:/\-]+([^\W\d_].{1,28})$")
_CARD = re.compile(r"^[A-Z]{1,2}\d{1,7}$")
_TAX_ID = re.compile(r"^\d{1,10}$")
_CNSS = re.compile(r"^\d{7,10}$")
_EMAIL = re.compile(r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$")
_EMAIL_MOST = 120
_TRUNK = re.compile(r"^\(?(?:\+|00)?212\)?(?:0|\(0\))?(?=[^0)])")
"""How a number begins that is written for callers from abroad."""
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


class CnssWrong(Refusal):
    """A number at the national social security fund is 7 to 10 digits; none is a check digit."""

    code = "cnss_wrong"


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
    digits = _packed(text)
    if len(digits) != _ICE_DIGITS or not digits.isdecimal():
        had = sum(sign.isdecimal() for sign in digits)
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
    digits = re.sub(r"^MA\d\d", "", _packed(text))
    if len(digits) != _RIB_DIGITS or not digits.isdecimal():
        raise RibLength(f"rib: {len(digits)} characters", wanted=_RIB_DIGITS, had=len(digits))
    # 97 less the rest: a key from 01 to 97, never 00. An ICE's may be 00, see above.
    if int(digits[22:]) != _MODULUS - int(digits[:22]) * 100 % _MODULUS or not int(digits[:22]):
        raise RibWrong("rib: its key does not hold")
    return digits


def rib_groups(digits: str) -> str:
    """Return a RIB as banks print it: bank, locality, account, key."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:22]} {digits[22:]}".rstrip()


def check_phone(text: str) -> str:
    """Return a Moroccan phone number as E.164, `+212612345678`, however it was typed.

    Raises:
        PhoneWrong: not ten national digits that begin with 05, 06, 07 or 08 0.
    """
    digits = _packed(_TRUNK.sub("0", re.sub(r"[ .\-/]", "", typed.line(text))))
    if len(digits) == _NATIONAL_DIGITS - 1:
        digits = "0" + digits
    is_known = digits[:2] in ("05", "06", "07") or digits[:3] in ("080", "089")
    if len(digits) != _NATIONAL_DIGITS or not digits.isdecimal() or not is_known:
        had = sum(sign.isdecimal() for sign in digits)
        raise PhoneWrong("phone: not ten national digits", wanted=_NATIONAL_DIGITS, had=had)
    return "+212" + digits[1:]


def check_rna(text: str) -> str:
    """Return a number of the national agricultural register in capitals. Raises RnaWrong."""
    number = typed.line(text).replace(" ", "").upper()
    if not _RNA.match(number):
        raise RnaWrong(f"rna: {len(number)} characters, or a sign that is not taken", most=32)
    return number


def check_trade_register(text: str) -> str:
    """Return number and court as one key, `1234 Tiznit`. Raises TradeRegisterWrong."""
    found = _TRADE_REGISTER.match(typed.line(text))
    if found is None:
        raise TradeRegisterWrong("trade register: not a number and a court")
    return f"{found[1]} {found[2]}"


def check_tax_id(text: str) -> str:
    """Return a tax identifier as its digits. Raises TaxIdWrong."""
    digits = re.sub(r"[ .\-/]", "", typed.line(text))
    if not _TAX_ID.match(digits):
        raise TaxIdWrong(f"tax id: {len(digits)} characters, or one that is no digit", most=10)
    return digits


def check_cnss(text: str) -> str:
    """Return a number at the social security fund as its digits. Raises CnssWrong."""
    digits = re.sub(r"[ .\-/]", "", typed.line(text))
    if not _CNSS.match(digits):
        raise CnssWrong(f"cnss: {len(digits)} characters, or one that is no digit")
    return digits


def check_email(text: str) -> str:
    """Return an address as it was typed, without what is not seen. Raises EmailWrong."""
    address = typed.line(text)
    if len(address) > _EMAIL_MOST or not _EMAIL.match(address):
        raise EmailWrong(f"email: {len(address)} characters, or not a name, @ and a domain")
    return address


def require_authorised(reference: str) -> None:
    """Refuse to have a card's number typed, let alone kept, while the authority has not allowed it.

    Args:
        reference: of the authority's authorisation; empty while there is none.

    Raises:
        CardLocked: there is none.
    """
    if not typed.line(reference):
        raise CardLocked("card: no authorisation is set")


def check_card(text: str) -> str:
    """Return a national card's number, `AB123456`. Raises CardWrong."""
    number = _packed(text)
    if not _CARD.match(number):
        raise CardWrong(f"card: {len(number)} characters, or not letters and then digits")
    return number


def check_commune_code(text: str) -> str:
    """Return a commune's code of the right form; whether it exists is the reference's to say.

    Raises:
        CommuneCodeWrong: another form.
    """
    code = typed.line(text)
    if not _COMMUNE.match(code):
        raise CommuneCodeWrong("commune code: not RR.PPP.CC.MM", commune=code)
    return code


def _packed(text: str) -> str:
    """Return an identifier's letters and digits, in capitals."""
    return _SEPARATORS.sub("", typed.line(text)).upper()
