"""Numbers that have no public check digit, and the one that may not be asked for yet."""

from __future__ import annotations

import pytest

from sync.rules import identifiers
from sync.rules.identifiers import CardLocked, CardWrong, RnaWrong, TradeRegisterWrong
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
    for typed in (*VECTORS["CNIE"]["valid"], ""):
        with pytest.raises(CardLocked):
            identifiers.check_card(typed, authorisation)


def test_an_authorised_card_number_is_checked_by_its_form():
    for typed in VECTORS["CNIE"]["valid"]:
        assert identifiers.check_card(typed, "D-GC-1/2026") == typed
    for one in VECTORS["CNIE"]["normalise"]:
        assert identifiers.check_card(one["in"], "D-GC-1/2026") == one["out"]
    for typed in VECTORS["CNIE"]["invalid"]:
        with pytest.raises(CardWrong):
            identifiers.check_card(typed, "D-GC-1/2026")


def test_the_servers_setting_opens_it():
    from server.settings import Settings

    assert not Settings.from_env({}).card_authorisation
    set_to = Settings.from_env({"NUQTA_CARD_AUTHORISATION": " D-GC-1/2026 "})
    assert set_to.card_authorisation == "D-GC-1/2026"
