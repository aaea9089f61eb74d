"""A message costs as many segments as phones and centres count: by alphabet, in septets."""

import pytest

from server.sms.segments import count, plain, segments


@pytest.mark.parametrize(
    ("letter", "number", "cost"),
    [
        ("a", 160, 1),
        ("a", 161, 2),
        ("a", 306, 2),
        ("a", 307, 3),
        ("€", 80, 1),  # of the extension: two septets
        ("€", 81, 2),
        ("ب", 70, 1),
        ("ب", 71, 2),
        ("ب", 134, 2),
        ("ب", 135, 3),
        ("ⵣ", 70, 1),
        ("😀", 35, 1),
        ("😀", 36, 2),
    ],
)
def test_a_text_is_cut_where_its_alphabet_is_full(letter, number, cost):
    assert count(letter * number) == cost


def test_no_part_ends_within_a_letter():
    gsm = segments("a" + "€" * 100)
    assert not gsm.is_wide
    assert all(not part.endswith(b"\x1b") and len(part) <= 153 for part in gsm.parts)
    wide = segments("ب" + "😀" * 60)
    assert "".join(part.decode("utf-16-be") for part in wide.parts) == "ب" + "😀" * 60


def test_one_arabic_letter_makes_all_of_it_wide():
    assert (segments("a" * 70).is_wide, segments("a" * 70 + "ب").is_wide) == (False, True)


def test_french_is_sent_in_the_letters_that_cost_less():
    assert plain("Ça a été prêt… « d’œuvre »") == 'Ça a été pret... " d\'oeuvre "'
    assert count(plain("ê" * 160)) == 1


def test_arabic_stays_as_it_is_but_for_marks_of_direction():
    assert plain("\u2068طلبك\u2069 prêt") == "طلبك prêt"
