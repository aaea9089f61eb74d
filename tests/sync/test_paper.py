"""The codes of the paper form: printed and read by one declaration."""

import pytest

from sync.entities.visit import NEEDS, OUTCOMES, VISIT, VISIT_TYPES
from sync.rules import paper


def test_every_answer_of_the_form_is_read_as_it_is_printed():
    for question in paper.questions(VISIT):
        for number, answer in enumerate(question.answers, 1):
            read = paper.read(VISIT, f"{question.letter}{number}")
            wanted = (answer,) if question.takes_several else answer
            assert read == {question.field: wanted}


def test_a_line_is_read_however_it_is_written():
    wanted = {
        "channel": "home_farm",
        "type": VISIT_TYPES[4],
        "needs": (NEEDS[1], NEEDS[2]),
        "outcome": OUTCOMES[0],
    }
    for text in ("A1 B5 C2 C3 D1", "a1b5c2c3d1", "A 1, B 5; C2 - C3\nD١", "A1 A1 B5 C2 C3 C3 D1"):
        assert paper.read(VISIT, text) == wanted, text


@pytest.mark.parametrize("text", ["Z1", "A9", "B0", "hello", "A1 B5 x", "12"])
def test_what_is_no_code_is_said(text):
    with pytest.raises(paper.PaperCodeUnknown):
        paper.read(VISIT, text)


def test_two_answers_to_one_question_are_said():
    with pytest.raises(paper.PaperCodeTwice):
        paper.read(VISIT, "D1 D2")


def test_letters_do_not_change():
    assert list(paper.LETTERS.items())[:6] == [
        ("A", "channel"), ("B", "type"), ("C", "needs"), ("D", "outcome"),
        ("E", "satisfaction"), ("F", "language"),
    ]  # fmt: skip
