"""Digital maturity: two questionnaires, one rule of scores, and what could come next.

The questions are `sync/forms/maturity.csv`, written for this programme; whoever reads the file
passes its text in. Each is answered by a step of one scale, 0 (never) to 4 (regularly, and I help
others), read aloud where needed. A score is the mean of the answered steps of a dimension over 4;
it says nothing where fewer than three quarters of the questions were answered. A plan is a
proposal: the person chooses what of it is agreed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from sync.errors import Refusal

FORM_VERSION = "1"
"""Of the questions and the rule together; only answers to one version are compared."""
STEP_MAX = 4
PLAN_MAX = 3
_ANSWERED_LEAST = 0.75
_LEVELS = ((80, "advanced"), (60, "practising"), (40, "developing"), (20, "beginner"))
_FORMS = {"E": "enterprise", "F": "farmer"}


class StepWrong(Refusal):
    """An answer to a question that the form does not have, or of a step that the scale lacks."""

    code = "maturity_step_wrong"


@dataclass(frozen=True, slots=True)
class Item:
    """A question. `words`, `action`: by language, `fr` and `ar`; `service`: of the catalogue."""

    code: str
    dimension: str
    words: Mapping[str, str]
    action: Mapping[str, str]
    service: str


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire. `scale`: the words of each step by language, from 0 on."""

    name: str
    items: tuple[Item, ...]
    scale: tuple[Mapping[str, str], ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Return the dimensions in the order of their questions."""
        return tuple(dict.fromkeys(item.dimension for item in self.items))


@dataclass(frozen=True, slots=True)
class Scores:
    """Percentages, 0 to 100; None where too little was answered. `level` is empty with `total`."""

    by_dimension: Mapping[str, int | None]
    total: int | None
    level: str


def read_forms(text: str) -> dict[str, Form]:
    """Return the forms, `enterprise` and `farmer`, that a file's text declares."""
    rows = list(csv.DictReader(StringIO(text)))
    scale = tuple(_words(row, "") for row in rows if row["form"] == "SCALE")
    return {
        name: Form(name, tuple(_item(row) for row in rows if row["form"] == letter), scale)
        for letter, name in _FORMS.items()
    }


def score(form: Form, answers: Mapping[str, int]) -> Scores:
    """Score answers, of item and step. Raises StepWrong."""
    _require_steps(form, answers)
    by_dimension = {one: _percent(form, one, answers) for one in form.dimensions}
    known = [percent for percent in by_dimension.values() if percent is not None]
    total = _rounded(sum(known) / len(known)) if len(known) == len(by_dimension) else None
    return Scores(by_dimension, total, "" if total is None else level(total))


def level(total: int) -> str:
    """Return the level of a total in percent."""
    return next((name for least, name in _LEVELS if total >= least), "not_started")


def plan(form: Form, answers: Mapping[str, int], *, most: int = PLAN_MAX) -> list[Item]:
    """Return what could come next: the lowest answers, those of the weakest dimension first.

    What is done alone and regularly needs no action. Raises StepWrong.
    """
    by_dimension = score(form, answers).by_dimension
    low = [item for item in form.items if answers.get(item.code, STEP_MAX) < STEP_MAX - 1]
    low.sort(key=lambda item: (answers[item.code], by_dimension[item.dimension] or 0))
    return low[:most]


def pack(answers: Mapping[str, int]) -> tuple[str, ...]:
    """Return answers as the record keeps them: `A1:3`, sorted."""
    return tuple(sorted(f"{item}:{step}" for item, step in answers.items()))


def unpack(kept: tuple[str, ...]) -> dict[str, int]:
    """Return the answers of a record; what an unknown version wrote otherwise is left out."""
    parts = (answer.partition(":") for answer in kept)
    return {item: int(step) for item, _, step in parts if step.isascii() and step.isdigit()}


def _percent(form: Form, dimension: str, answers: Mapping[str, int]) -> int | None:
    asked = [item.code for item in form.items if item.dimension == dimension]
    steps = [answers[code] for code in asked if code in answers]
    if len(steps) < math.ceil(_ANSWERED_LEAST * len(asked)):
        return None
    return _rounded(100 * sum(steps) / (STEP_MAX * len(steps)))


def _rounded(number: float) -> int:
    # Half goes up, always: `round` makes 62 of 62.5, but 64 of 63.5.
    return math.floor(number + 0.5)


def _require_steps(form: Form, answers: Mapping[str, int]) -> None:
    known = {item.code for item in form.items}
    for code, step in answers.items():
        if code not in known or not 0 <= step <= STEP_MAX:
            raise StepWrong(f"maturity: {code!r} {step} of form {form.name}", item=code)


def _item(row: Mapping[str, str]) -> Item:
    return Item(
        row["item"], row["dimension"], _words(row, ""), _words(row, "action_"), row["service"]
    )


def _words(row: Mapping[str, str], before: str) -> dict[str, str]:
    return {language: row[before + language] for language in ("fr", "ar")}
