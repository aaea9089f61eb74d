"""The form of a visit to be filled in on paper, where there is no tablet."""

from __future__ import annotations

from typing import Any

from server.web.reader import Reader
from sync.entities.visit import VISIT
from sync.rules import paper

_BLANKS = (
    "person.field.name_ar",
    "person.field.phone",
    "person.field.douar",
    "desk.paper.day",
    "visit.field.notes",
    "tablet.visit.signature",
)


def paper_questions(reader: Reader) -> dict[str, Any]:
    """Return the paper form: lines to fill in, and questions with their answers' codes."""
    say = reader.phrases.say
    questions = [
        (
            question.letter,
            say(f"visit.field.{question.field}"),
            [
                (f"{question.letter}{number}", say(f"visit.{question.field}.{answer!s}"))
                for number, answer in enumerate(question.answers, 1)
            ],
        )
        for question in paper.questions(VISIT)
    ]
    return {"questions": questions, "blanks": [say(code) for code in _BLANKS]}
