"""What people type is read as they wrote it, or refused: never as something else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import typed
from sync.errors import Refusal, SpecError
from sync.languages import LANGUAGES
from sync.phrases import Phrases
from sync.spec import decimal

WHOLE = [
    ("1500", 1500),
    ("1.500", 1500),
    ("1,500", 1500),
    ("1 500", 1500),
    ("1\u00a0500", 1500),
    ("1\u202f500", 1500),
    ("1٬500", 1500),
    ("1.234.567", 1_234_567),
    ("١٢", 12),
    ("۱۹۸۵", 1985),
    ("١.٥٠٠", 1500),
    (" \u200f+12\u200b\0 ", 12),
    ("\u2066−5\u2069", -5),
    ("007", 7),
    ("0", 0),
]
NOT_WHOLE = [
    "", "1.5", "1985.6", "1e3", "1٫500", "1.50.000", "1.500,000", "0.500", "0,500", "1.5000",
    "1 50", "12 5000", "1_500", "1500.", "nan", "inf", "-", "+", "+-5", "--5", "5-", "٫", "½",
    "0x10", "5²", "①②", "1 500,000", "9" * 5000, "\0", "\ud800", "1 000 hommes", "1.500 ,",
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), WHOLE)
def test_a_whole_number_is_read_as_it_is_written(text, number):
    assert typed.whole(text) == number


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(Refusal):
        typed.whole(text)


@pytest.mark.parametrize(
    ("text", "places", "number"),
    [
        ("1234,5", 2, 123450),
        ("1234.5", 2, 123450),
        ("1.500,25", 2, 150025),
        ("1,500.25", 2, 150025),
        ("1 500,25", 2, 150025),
        ("١٢٫٥", 2, 1250),
        ("١٬٢٣٤٫٥", 2, 123450),
        ("0.500", 2, 50),
        ("0,500", 2, 50),
        (",5", 1, 5),
        ("-8,730000", 6, -8_730_000),
        ("31.629472", 6, 31_629_472),
        ("1.500.000", 2, 150_000_000),
        ("12", 2, 1200),
        ("1 500", 2, 150_000),
        ("9" * 100, 1, int("9" * 100 + "0")),
    ],
)
def test_a_number_with_decimals_is_read_as_it_is_written(text, places, number):
    assert typed.decimal(text, places) == number


@pytest.mark.parametrize("text", ["1.500", "1,500", "12.500", "١.٥٠٠", "-1.500"])
def test_what_may_be_read_in_two_ways_is_asked_again(text):
    with pytest.raises(typed.NumberUnclear) as refused:
        typed.decimal(text, 2)
    assert refused.value.values["whole"].endswith("500")
    assert refused.value.values["decimal"].endswith(",5")


@pytest.mark.parametrize(
    "text",
    ["1,255", "1,5,5", "1.5.5", "1e3", "nan", "inf", "1.50.000,5", "1.500.25", ",", "5,", ""],
)
def test_a_decimal_that_is_none_is_refused(text):
    with pytest.raises(Refusal):
        typed.decimal(text, 2)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda one: one.code)
@given(number=st.integers(-(10**15), 10**15), places=st.sampled_from((1, 2, 4, 5, 6)))
def test_what_a_language_prints_is_read_back(language, number, places):
    phrases = Phrases(language, {})
    assert typed.whole(phrases.number(number)) == number
    assert typed.decimal(phrases.scaled(number, places), places) == number


def test_no_field_has_three_decimals():
    with pytest.raises(SpecError):
        decimal("weight", places=3, low=0, high=10)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda one: one.code)
@given(day=st.integers(-100_000, 100_000))
def test_a_day_that_a_language_prints_in_digits_is_read_back(language, day):
    assert typed.day(Phrases(language, {}).day(day, "digits")) == day


def test_a_day_is_read_with_its_year_first_too():
    assert typed.day("٢٠٢٦/١١/٣٠") == typed.day("2026-11-30") == typed.day("30/11/2026")


@pytest.mark.parametrize("text", ["", "31/02/2026", "2026", "20260101", "0/0/0000", "1/1/26", "١٢"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(typed.DayWrong):
        typed.day(text)


def test_a_line_is_compared_by_what_it_says():
    for text in (
        "338024", "٣٣٨٠٢٤", "۳۳۸۰۲۴", "\u200f338024\u200e", "338\u200b024", "338\u00ad024",
        " 338024\u00a0", "\u2066338024\u2069", "\ufeff338024", "３３８０２４",
    ):  # fmt: skip
        assert typed.line(text) == "338024", ascii(text)
    for hyphen in "-\u2010\u2011\u2012\u2013\u2212":
        assert typed.line(f"12{hyphen}34") == "12-34"
    assert typed.line("أ  ب\u202fc") == "أ ب c"


@given(st.text())
def test_a_line_made_once_stays(text):
    assert typed.line(typed.line(text)) == typed.line(text)


@given(st.text())
def test_a_text_made_once_stays_and_loses_nothing_that_is_seen(text):
    kept = typed.text(text)
    assert typed.text(kept) == kept
    meant = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert "".join(kept.split()) in "".join(meant.split())


@pytest.mark.parametrize(
    "text",
    ["\u200b", " \u200f\u00a0", "\u2800", "\u3164", "\ufe0f", "\u200d", "\u00ad\ufeff", "\n"],
)
def test_a_text_in_which_nothing_is_seen_is_empty(text):
    assert typed.text(text) == ""


def test_a_text_is_kept_as_it_is_written():
    assert typed.text(" Ai\u0308cha\r\nEl\u200cX \u200f") == "Aïcha\nEl\u200cX"
    assert typed.text("ه\u200d ") == "ه\u200d"
    assert typed.text("مر\ud83d") == "مر\ufffd"


def test_a_password_is_one_however_its_letters_are_composed():
    composed, apart = "pass\u00e9 mot", "passe\u0301\u00a0mot"
    assert typed.secret(composed) == typed.secret(apart)
    assert typed.secret(" a ") == " a "
    assert typed.secret("\ufb01") != typed.secret("fi")
    assert "passe\u0301 mot" in typed.secrets(composed)
    assert typed.secrets("plain") == ("plain",)
