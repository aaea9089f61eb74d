"""Pairs that a person judged: the same one or not, as far as can be seen."""

from __future__ import annotations

import pytest

from server.phrases import load_phrases
from sync.rules.duplicates import Reason, likeness

ALI = {"commune_code": "09.541.01.03", "name_fr": "Ali Aznag", "name_ar": "علي أزناك"}
COOP = {"commune_code": "09.541.01.03", "name_fr": "Coopérative Tiwizi", "ice": "999000001000075"}


def both_ways(mine, theirs):
    one = likeness(mine, theirs)
    assert one == likeness(theirs, mine)
    return one


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"name_fr": "Ali Aznag"}, {}),
        ({"name_ar": "علي أزناك", "birth_year": 1980}, {"commune_code": "09.541.01.02"}),
        ({"name_fr": "Aly Aznague", "birth_year": 1980}, {}),
        ({"name_fr": "Aznag Ali", "birth_year": 1981}, {"birth_year": 1980}),
        ({"name_fr": "Ali Aznga", "phone": "+212612345678"}, {"phone": "+212612345678"}),
        ({"name_fr": "Ali Ben Haddou Aznag", "douar": "Tamast"}, {"douar": "تماست"}),
        ({"name_fr": "A. B.", "rna": "MA-123"}, {"rna": "MA-123"}),
        ({"name_fr": "Ait Taleb Ali", "birth_year": 1980}, {"name_fr": "Aittaleb Ali"}),
    ],
)
def test_the_same_person_written_otherwise_is_worth_asking_about(mine, theirs):
    theirs = {**ALI, "birth_year": 1980, **theirs}
    assert both_ways({"commune_code": "09.541.01.03", **mine}, theirs).is_likely


@pytest.mark.parametrize(
    ("mine", "reason"),
    [
        ({"name_fr": "Fatima Bihi", "phone": "+212612345678"}, Reason.SAME_PHONE),  # a family's
        ({"name_fr": "Ali Aznag", "birth_year": 2001}, Reason.OTHER_BIRTH_YEAR),  # a grandson
        ({"name_fr": "Alia Aznag", "sex": "female"}, Reason.OTHER_SEX),
        ({"name_fr": "Omar Aznag"}, Reason.SAME_COMMUNE),
        ({"name_fr": "Ali"}, Reason.SAME_COMMUNE),
    ],
)
def test_another_person_is_not_worth_asking_about(mine, reason):
    theirs = {**ALI, "birth_year": 1965, "phone": "+212612345678", "sex": "male"}
    found = both_ways({"commune_code": "09.541.01.03", **mine}, theirs)
    assert not found.is_likely
    assert reason in found.reasons


def test_one_ice_is_one_enterprise():
    other = {"commune_code": "02.113.01.01", "name_ar": "شركة", "ice": COOP["ice"]}
    assert both_ways(COOP, other).score == 1.0
    assert both_ways(COOP, other).reasons == (Reason.SAME_ICE,)


def test_nothing_is_alike_in_what_is_missing():
    assert both_ways({}, {}).reasons == ()
    assert (
        both_ways({"name_fr": "", "phone": None, "ice": ""}, {"ice": "", "name_fr": ""}).score == 0
    )


def test_an_approximate_year_is_near_a_little_longer():
    years = {"birth_year": 1980, "birth_year_approx": True}
    assert Reason.NEAR_BIRTH_YEAR in both_ways({"birth_year": 1983}, years).reasons
    assert both_ways({"birth_year": 1983}, {"birth_year": 1980}).reasons == ()


def test_the_signs_are_given_the_strongest_first():
    found = both_ways({**ALI, "phone": "+212612345678"}, {**ALI, "phone": "+212612345678"})
    assert [one.code for one in found.reasons] == ["same_name", "same_phone", "same_commune"]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_sign_has_words(language):
    phrases = load_phrases(language)
    for reason in Reason:
        assert not phrases.say(f"duplicate.reason.{reason.code}").startswith("[")
