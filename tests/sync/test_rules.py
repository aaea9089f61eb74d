"""Names, codes and identifiers, against the shared vectors and lists of variants."""

import json
from pathlib import Path

import pytest

from sync.entities.person import PERSON
from sync.errors import Refusal
from sync.rules import codes, identifiers, names, search, stops

VECTORS = json.loads(
    (Path(__file__).parents[2] / "server" / "reference" / "identifiers.json").read_text()
)
VARIANTS = [
    "محمد Mohamed Mohammed M'hamed Mhamed Mohamad",
    "فاطمة Fatima Fatma Fatema",
    "الحسين Houcine Hssain Hussein Lhoussaine",
    "الحسن Lahcen Hassan Lhassan",
    "إبراهيم Brahim Ibrahim",
    "يوسف Youssef Yousef Yusuf",
    "خديجة Khadija Khadidja",
    "عائشة Aicha Aïcha",
    "رقية Rkia Roqia Rokia",
    "الزهراء Zahra Zohra",
    "مبارك Mbarek Mubarak M'barek",
    "رشيد Rachid Rashid",
    "سعيد Said Saïd",
    "عمر Omar Oumar",
    "علي Ali",
    "بلقاسم Belkacem Belkassem",
    "نعيمة Naima Naïma",
    "الشرقاوي Cherkaoui Charkaoui",
    "خالد Khalid Khaled",
    "مصطفى Mustapha Mostafa Moustafa",
    "حميد Hamid Hamide",
    "كريم Karim",
    "لطيفة Latifa",
    "زينب Zineb Zaynab",
    "مريم Meryem Mariam Maryam",
    "سعاد Souad Suad",
    "إيمان Imane Iman",
    "حسناء Hasna Hasnae",
    "نادية Nadia",
    "رضوان Redouane Radouan",
    "جمال Jamal Djamal",
    "عزيز Aziz",
    "طارق Tarik Tariq",
    "أمينة Amina",
    "صالح Salah Saleh",
]


def found_by(query, text):
    terms = search.terms(PERSON, bytes(16), {"name_fr": text})
    read = search.read(query)
    met = {
        place
        for token in read.tokens
        for place in range(token.first, token.last + 1)
        if terms.intersection(token.others)
        or any(
            term == way.term or (way.beginning and term.startswith(way.term))
            for way in token.ways
            for term in terms
        )
    }
    return bool(read.wanted) and read.wanted <= met


def test_a_name_is_found_in_either_script_and_spelling(capsys):
    pairs = [(a, b) for group in VARIANTS for a in group.split() for b in group.split() if a != b]
    recall = sum(found_by(a, b) for a, b in pairs) / len(pairs)
    heads = [group.split()[0] for group in VARIANTS]
    others = [(a, b) for a in heads for b in heads if a != b]
    wrong = sum(found_by(a, b) for a, b in others) / len(others)
    with capsys.disabled():
        print(f"names: recall {recall:.3f} of {len(pairs)} pairs, {wrong:.3f} of others found too")
    assert recall >= 0.95
    assert wrong <= 0.03


def test_of_those_who_sound_alike_the_nearest_in_letters_comes_first():
    typed = search.read("mohamed salmi")
    nearer = [["mohamed", "salmi"], ["mhamed", "slimi"], ["mahmoud", "soulaimi"]]
    assert sorted(nearer, key=typed.finer, reverse=True) == nearer
    assert typed.finer(["mohamed", "salmi", "ali"]) < typed.finer(["mohamed", "salmi"])


def test_a_phone_is_found_as_it_is_said():
    assert found_by("06 12 34", "+212612345678")
    assert found_by("+212612345678", "+212612345678")
    assert not found_by("+212612345679", "+212612345678")


def test_what_is_no_name_sounds_like_nobody():
    for typed in ("y2t4", "12", "aa11", "é1"):
        assert not names.other_sounds(names.fold(typed))
        assert all(not token.others for token in search.read(typed).tokens)


def test_what_says_what_one_is_is_not_wanted_beside_what_says_which():
    def wanted(text):
        query = search.read(text)
        return [query.words[at] for at in sorted(query.wanted)]

    assert wanted("taawounia tislit") == ["tislit"]
    assert wanted("haj ali") == ["ali"]
    assert wanted("alaoui moulay ahmed") == ["alaoui", "ahmed"]
    assert wanted("ait el haj") == ["ait", "haj"]
    assert wanted("coop miel") == ["miel"]
    assert wanted("coopérative agricole") == ["cooperative", "agricole"]
    assert wanted("moulay") == ["moulay"]


@pytest.mark.parametrize("typed", ["", " ", "\x00", "()", "\u200f", "-", "'", "%"])
def test_where_nothing_is_asked_nothing_is_wanted(typed):
    query = search.read(typed)
    assert (query.words, query.wanted) == ((), frozenset())


def test_valid_identifiers_pass():
    for one in VECTORS["ICE"]["valid"]:
        assert identifiers.check_ice(one["value"]) == one["value"]
    for one in VECTORS["RIB"]["valid"]:
        assert identifiers.check_rib(one["iban"]) == one["rib"]
    for one in VECTORS["RIB"]["normalise"]:
        assert identifiers.check_rib(one["in"]) == one["out"]
        assert identifiers.rib_groups(one["out"]) == one["in"]
    for one in VECTORS["CNSS"]["valid"]:
        assert identifiers.check_cnss(one["in"]) == one["out"]
    for one in VECTORS["PHONE"]["valid"]:
        assert identifiers.check_phone(one["in"]) == one["e164"]
    for value in VECTORS["COMMUNE"]["valid"]:
        assert identifiers.check_commune_code(value) == value


def test_wrong_identifiers_are_refused_with_a_code():
    cases = [(identifiers.check_ice, one["value"]) for one in VECTORS["ICE"]["invalid"]]
    cases += [(identifiers.check_rib, one["value"]) for one in VECTORS["RIB"]["invalid"]]
    cases += [(identifiers.check_cnss, one["value"]) for one in VECTORS["CNSS"]["invalid"]]
    cases += [(identifiers.check_phone, "060000000"), (identifiers.check_phone, "0412345678")]
    cases += [(identifiers.check_commune_code, one) for one in VECTORS["COMMUNE"]["invalid"]]
    for check, value in cases:
        with pytest.raises(Refusal) as refused:
            check(value)
        assert refused.value.code != "refused"


def test_every_single_wrong_digit_of_an_ice_is_caught():
    good = "999000001000075"
    for place in range(15):
        for digit in "0123456789":
            wrong = good[:place] + digit + good[place + 1 :]
            if wrong != good:
                with pytest.raises(Refusal):
                    identifiers.check_ice(wrong)


def test_a_short_code_catches_a_mistyped_character():
    code = codes.short_code(b"r" * 16)
    assert codes.parse_short_code(code.lower().replace("-", " ")) == code
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    with pytest.raises(codes.CodeWrong):
        codes.parse_short_code(wrong)


def test_an_enrolment_code_is_read_however_it_is_typed():
    code = codes.enrol_code(bytes(range(8)))
    assert len(code) == 10
    assert codes.normal_code(f"{code[:5].lower()}-{code[5:]} ") == code


WEDNESDAY = 20_425  # 2025-12-03


@pytest.mark.parametrize(
    ("said", "weeks"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"every_weeks": 2}, [0, 1, 2, 3, 4]),  # since when?
        ({"every_weeks": 1, "valid_from": 7}, [1, 2, 3, 4]),
        ({"every_weeks": 2, "valid_from": 0}, [0, 2, 4]),
        ({"every_weeks": 2, "valid_from": 2}, [2, 4]),  # that week's Wednesday was over
        ({"every_weeks": 2, "valid_from": -2}, [0, 2, 4]),
        ({"every_weeks": 3, "valid_from": 7, "valid_to": 28}, [1, 4]),
        ({"valid_to": 14}, [0, 1, 2]),
        ({"weekday": "th"}, []),
    ],
)
def test_a_stop_takes_place_in_the_weeks_of_its_rhythm(said, weeks):
    dates = {name: WEDNESDAY + day for name, day in said.items() if name.startswith("valid_")}
    stop = {"weekday": "we", **said, **dates}
    found = [week for week in range(5) if stops.takes_place(stop, WEDNESDAY + 7 * week)]
    assert found == weeks
    assert not any(
        stops.takes_place({**stop, "weekday": "we"}, WEDNESDAY + one) for one in (1, 8, 16)
    )
