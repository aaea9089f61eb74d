"""Opening hours: what can be read, over midnight too, and how they are said in words."""

from __future__ import annotations

import pytest

from mobile_app.i18n import load_phrases
from sync.entities.contact_point import CONTACT_POINT
from sync.rules.hours import HoursWrong, Opening, check_hours, hours_in_words, read_hours
from sync.wording import in_words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mo-Fr 08:30-16:30", "Mo-Fr 08:30-16:30"),
        ("mo - fr 8:30–12:00 ,14:00-16:30 ;Sa 9:00-12:00;", None),
        ("Th 21:00-01:00", "Th 21:00-01:00"),
        ("Fr 00:00-24:00", "Fr 00:00-24:00"),
        ("Sa-Mo 22:00-24:00", "Sa-Mo 22:00-24:00"),
        ("Mo-Su ٢٠:٣٠-٠٢:٠٠", "Mo-Su 20:30-02:00"),
        ("", ""),
    ],
)
def test_hours_are_kept_in_one_form(text, kept):
    kept = "Mo-Fr 08:30-12:00, 14:00-16:30; Sa 09:00-12:00" if kept is None else kept
    assert check_hours(text) == kept
    assert check_hours(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Mo 08:99-10:00", "Mo 08:00-10:60", "Mo 25:00-26:00", "Mo 24:00-02:00", "Mo 08:00-24:01",
        "Mo 08:00-08:00", "Xx 08:00-10:00", "Mo-Xx 08:00-10:00", "Mo 08:00", "08:00-10:00",
        "de 8h à 16h", "Mo 08:00-10:00 Tu 08:00-10:00", "Mo 008:00-10:00", "Mo -8:00-10:00",
    ],
)  # fmt: skip
def test_what_no_clock_shows_is_refused(text):
    with pytest.raises(HoursWrong):
        read_hours(text)


def test_a_night_ends_after_midnight():
    assert read_hours("Th-Fr 21:00-01:00") == [Opening((3, 4), ((1260, 1500),))]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "lundi – vendredi 08:30–16:30 · jeudi 21:00–01:00"),
        ("ar", "الإثنين – الجمعة 08:30–16:30 · الخميس 21:00–01:00"),
        ("en", "Monday – Friday 08:30–16:30 · Thursday 21:00–01:00"),
    ],
)
def test_hours_are_said_in_words(language, said):
    phrases, text = load_phrases(language), "Mo-Fr 08:30-16:30; Th 21:00-01:00"
    unmarked = str.maketrans(dict.fromkeys("\u200f\u2066\u2069"))
    assert hours_in_words(phrases, text).translate(unmarked) == said
    for name in ("hours", "ramadan_hours"):
        assert in_words(phrases, CONTACT_POINT, name, text).translate(unmarked) == said
    assert hours_in_words(phrases, "sur demande") == "sur demande"
