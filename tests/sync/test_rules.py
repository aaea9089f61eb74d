"""Names, codes and identifiers, against the shared vectors and lists of variants."""

import json
from pathlib import Path

import pytest

from sync.errors import Refusal
from sync.rules import codes, identifiers, names, stops

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
    terms = names.index_terms(text).split()
    return all(
        any(term.startswith(prefix) or (sound and term.startswith(sound)) for term in terms)
        for prefix, sound in names.query_terms(query)
    )


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


def test_the_exact_name_comes_first():
    texts = ["محمد أزناك", "أحمد بلعيد", "Mohamed Aznag", "Mohammed Zaki"]
    ranked = sorted(texts, key=lambda text: -names.score("mohamed aznag", text))
    assert ranked[0] == "Mohamed Aznag"
    assert ranked[1] == "محمد أزناك"


def test_a_phone_is_found_as_it_is_said():
    assert found_by("06 12 34", "+212612345678")
    assert found_by("+212612345678", "+212612345678")


def test_valid_identifiers_pass():
    for one in VECTORS["ICE"]["valid"]:
        assert identifiers.check_ice(one["value"]) == one["value"]
    for one in VECTORS["RIB"]["valid"]:
        assert identifiers.check_rib(one["iban"]) == one["rib"]
    for one in VECTORS["PHONE"]["valid"]:
        assert identifiers.check_phone(one["in"]) == one["e164"]
    for value in VECTORS["COMMUNE"]["valid"]:
        assert identifiers.check_commune_code(value) == value


def test_wrong_identifiers_are_refused_with_a_code():
    cases = [(identifiers.check_ice, one["value"]) for one in VECTORS["ICE"]["invalid"]]
    cases += [(identifiers.check_rib, one["value"]) for one in VECTORS["RIB"]["invalid"]]
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
def test_a_stop_is_held_in_the_weeks_of_its_rhythm(said, weeks):
    dates = {name: WEDNESDAY + day for name, day in said.items() if name.startswith("valid_")}
    stop = {"weekday": "we", **said, **dates}
    held = [week for week in range(5) if stops.is_held(stop, WEDNESDAY + 7 * week)]
    assert held == weeks
    assert not any(stops.is_held({**stop, "weekday": "we"}, WEDNESDAY + one) for one in (1, 8, 16))
