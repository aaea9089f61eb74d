"""Numbers that have no public check digit, and the one that may not be asked for yet."""

from __future__ import annotations

import pytest

from sync.rules import codes, identifiers
from sync.rules.identifiers import CardLocked, CardWrong, RnaWrong, TradeRegisterWrong
from sync.typed import digits as digits_of
from tests.sync.test_rules import VECTORS


@pytest.mark.parametrize(
    ("typed", "kept"), [("ma-12/34", "MA-12/34"), ("١٢٣ ٤", "1234"), ("A" * 32, "A" * 32)]
)
def test_a_number_of_the_agricultural_register_is_kept_in_capitals(typed, kept):
    assert identifiers.check_rna(typed) == kept


@pytest.mark.parametrize("typed", ["", "A" * 33, "12_3", "رقم"])
def test_what_cannot_be_such_a_number_is_refused(typed):
    with pytest.raises(RnaWrong):
        identifiers.check_rna(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1234 Tiznit", "1234 Tiznit"),
        (" ٥٦/ تيزنيت ", "56 تيزنيت"),
        ("7 - Aït Melloul", "7 Aït Melloul"),
    ],
)
def test_a_number_of_the_trade_register_has_its_court(typed, kept):
    assert identifiers.check_trade_register(typed) == kept


@pytest.mark.parametrize("typed", ["1234", "Tiznit", "", "Tiznit 1234"])
def test_without_a_court_it_is_refused(typed):
    with pytest.raises(TradeRegisterWrong):
        identifiers.check_trade_register(typed)


@pytest.mark.parametrize("authorisation", ["", "  "])
def test_a_card_number_is_locked_until_it_is_authorised(authorisation):
    with pytest.raises(CardLocked):
        identifiers.require_authorised(authorisation)


def test_an_authorised_card_number_is_checked_by_its_form():
    identifiers.require_authorised("D-GC-1/2026")
    for typed in VECTORS["CNIE"]["valid"]:
        assert identifiers.check_card(typed) == typed
    for one in VECTORS["CNIE"]["normalise"]:
        assert identifiers.check_card(one["in"]) == one["out"]
    for typed in VECTORS["CNIE"]["invalid"]:
        with pytest.raises(CardWrong):
            identifiers.check_card(typed)


def test_the_servers_setting_opens_it():
    from server.settings import Settings

    assert not Settings.from_env({}).card_authorisation
    set_to = Settings.from_env({"NUQTA_CARD_AUTHORISATION": " D-GC-1/2026 "})
    assert set_to.card_authorisation == "D-GC-1/2026"


PASTED = (
    "{}", "\u2066{}\u2069", "\u202a{}\u202c", "\u200f{}\u200b", "\ufeff{} ", "\u00a0{}\n",
)  # fmt: skip
"""How a number comes from a message or a page."""
HYPHENS = "-\u2010\u2011\u2013\u2212"
EASTERN = (str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"), str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


@pytest.mark.parametrize(
    ("check", "typed", "kept"),
    [
        (identifiers.check_ice, "999 0000 0100-0075", "999000001000075"),
        (identifiers.check_rna, "MA-12/34", "MA-12/34"),
        (identifiers.check_trade_register, "1234 Tiznit", "1234 Tiznit"),
        (identifiers.check_tax_id, "40-123-456", "40123456"),
        (identifiers.check_email, "amal-1@coop.ma", "amal-1@coop.ma"),
        (identifiers.check_commune_code, "09.541.01.03", "09.541.01.03"),
        (identifiers.check_card, "ab-12 3456", "AB123456"),
        (identifiers.check_phone, "06-12-34-56-78", "+212612345678"),
        (codes.parse_short_code, codes.short_code(b"r" * 16), None),
        (codes.parse_rescue_code, codes.rescue_code(b"k" * 32, 1), None),
        (digits_of, "338024", "338024"),
    ],
)
def test_what_is_not_seen_and_whose_digits_they_are_makes_no_difference(check, typed, kept):
    kept = kept or check(typed)
    for form in PASTED:
        for hyphen in HYPHENS:
            text = form.format(typed.replace("-", hyphen))
            text = text[:4] + "\u200b\u00ad\u200e" + text[4:]
            for one in (text, *(text.translate(digits) for digits in EASTERN)):
                assert check(one) == kept, ascii(one)


@pytest.mark.parametrize(
    "typed",
    [
        "0612345678", "612345678", "(06) 12-34-56-78", "+212 (0)6 12 34 56 78", "+212612345678",
        "+212 06 12 34 56 78", "00212 612 345 678", "00212 (0) 612345678", "(+212) 612.34.56.78",
        "212612345678", "(00212)0612345678", "٠٦ ١٢ ٣٤ ٥٦ ٧٨", "06/12/34/56/78",
    ],
)  # fmt: skip
def test_a_phone_is_read_however_it_is_written(typed):
    assert identifiers.check_phone(typed) == "+212612345678"


@pytest.mark.parametrize(
    "typed",
    [
        "+33 6 12 34 56 78", "0033612345678", "+612345678", "+0612345678", "06123456789", "()",
        "212345678", "+212 00612345678", "0612345678 0712345678", "06 12 34 56 7x", "+", "",
    ],
)  # fmt: skip
def test_a_phone_of_elsewhere_or_of_nowhere_is_refused(typed):
    with pytest.raises(identifiers.PhoneWrong):
        identifiers.check_phone(typed)
