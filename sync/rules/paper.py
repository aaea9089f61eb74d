"""The paper form of a visit: questions with letters, answers with numbers, for a tablet that died.

The agent circles `B5` on paper and copies the codes on one line; whoever enters the form later
types that line. Print and entry are made of the same declaration, so no list can differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sync import typed
from sync.errors import Refusal
from sync.spec import Entity, Kind, Value, Values

LETTERS = {
    "A": "channel",
    "B": "type",
    "C": "needs",
    "D": "outcome",
    "E": "satisfaction",
    "F": "language",
}
"""Letter -> field of a visit. A letter is never given to another field."""
_CODE = re.compile(r"([a-z])\s*(\d{1,2})")


class PaperCodeUnknown(Refusal):
    """A code that the form does not have."""

    code = "paper_code_unknown"


class PaperCodeTwice(Refusal):
    """Two answers to a question that takes one."""

    code = "paper_code_twice"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the form. `answers`: what is stored, in the order of the numbers from 1."""

    letter: str
    field: str
    answers: tuple[Value, ...]
    takes_several: bool


def questions(visit: Entity) -> Sequence[Question]:
    """Return the questions in their order. `visit`: as declared."""
    found = []
    for letter, name in LETTERS.items():
        spec = visit.field_by_name[name]
        answers: tuple[Value, ...] = spec.choices
        if spec.kind is Kind.INTEGER:
            answers = tuple(range(spec.low or 0, (spec.high or 0) + 1))
        found.append(Question(letter, name, answers, spec.kind is Kind.CHOICES))
    return found


def read(visit: Entity, text: str) -> Values:
    """Return the values of a line of codes, `A1 B5 C2 C3 D1`; spaces and case do not matter.

    Raises:
        PaperCodeUnknown: a code that the form does not have, or something that is none.
        PaperCodeTwice: two answers to a question that takes one.
    """
    plain = typed.line(text).casefold()
    if left := _CODE.sub("", plain).strip(" ,;.-\n\t"):
        raise PaperCodeUnknown(f"paper: {left!r} is no code", code=left[:10])
    asked = {question.letter: question for question in questions(visit)}
    values: Values = {}
    for letter, number in _CODE.findall(plain):
        code = f"{letter.upper()}{int(number)}"
        question = asked.get(letter.upper())
        if question is None or not 1 <= int(number) <= len(question.answers):
            raise PaperCodeUnknown(f"paper: no code {code}", code=code)
        answer = question.answers[int(number) - 1]
        before = values.get(question.field)
        if question.takes_several:
            chosen = before if isinstance(before, tuple) else ()
            values[question.field] = (*chosen, *((str(answer),) if answer not in chosen else ()))
        elif before not in (None, answer):
            raise PaperCodeTwice(f"paper: {code} after another", code=code)
        else:
            values[question.field] = answer
    return values
