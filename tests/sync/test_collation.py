"""Names stand where the readers of a language look for them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reference import files
from sync.rules.collation import order_of

SORTED = {
    "fr": [
        "Aïn Aouda", "Aïn-Chock", "Aïn Harrouda", "Ait Baha", "Aït Baha", "Al Hoceima", "Azilal",
        "cote", "coté", "Coté", "côte", "côté", "El Jadida", "Oeuf", "œuvre", "Oujda", "Tata",
        "Témara", "Tétouan", "Tiznit", "Zagora", "أكادير", "تطوان",
    ],
    "ar": [
        "آسفي", "اكادير", "أكادير", "أكلو", "إنزكان", "بركان", "تازة", "تطوان", "تيزنيت", "جرادة",
        "سلا", "سيدي قاسم", "طاطا", "فاس", "كلميم", "ڭلميم", "مراكش", "وجدة", "ورزازات", "Tiznit",
    ],
    "zgh": ["ⴰⴳⴰⴷⵉⵔ", "ⴱⵔⴽⴰⵏ", "ⵜⵉⵥⵏⵉⵜ", "ⵥⴰⴳⵓⵔⴰ", "Agadir", "Tétouan", "أكادير"],
}  # fmt: skip
SORTED["en"] = SORTED["fr"]


@pytest.mark.parametrize("language", SORTED)
def test_names_stand_in_the_order_of_their_language(language):
    wanted = SORTED[language]
    for seed in range(20):
        mixed = random.Random(seed).sample(wanted, len(wanted))
        assert sorted(mixed, key=order_of(language)) == wanted


@pytest.mark.parametrize("language", ["fr", "ar", "zgh", "en"])
def test_any_two_different_names_have_one_order(language):
    @given(st.text(), st.text())
    def holds(one, other):
        key = order_of(language)
        assert (key(one) == key(other)) == (one == other)

    holds()


def test_tetouan_stands_before_tiznit_among_all_provinces():
    names = sorted((one["name_fr"] for one in files.rows("provinces")), key=order_of("fr"))
    assert names.index("Tétouan") < names.index("Tiznit")
