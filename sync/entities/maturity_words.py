"""An assessment of digital maturity in words, beside the one before: tablet, desk and portal alike.

Only answers to one form in one version are compared; to another, the numbers stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.entities.maturity import MATURITY_ASSESSMENT
from sync.phrases import Phrases
from sync.rules.maturity import Form
from sync.spec import Value
from sync.wording import in_words

_PERCENTS = tuple(one.name for one in MATURITY_ASSESSMENT.fields if one.name.endswith("_percent"))
Values = Mapping[str, Value]


def level(phrases: Phrases, values: Values) -> str:
    """Return the level; empty where too little was answered."""
    return in_words(phrases, MATURITY_ASSESSMENT, "level", values.get("level"))


def results(
    phrases: Phrases, values: Values, before: Values | None = None
) -> list[tuple[str, str]]:
    """Return each dimension and the total: label, and percent with how far it moved.

    Args:
        before: the assessment before this one; None: there was none.
    """
    is_like = before is not None and all(
        before.get(name) == values.get(name) for name in ("form", "form_version")
    )
    found = []
    for name in _PERCENTS:
        percent, was = values.get(name), before.get(name) if before and is_like else None
        if not isinstance(percent, int):
            continue
        words = phrases.percent(percent / 100, 0)
        if isinstance(was, int):
            words = phrases.say(
                _moved(percent - was), now=words, n=phrases.number(abs(percent - was))
            )
        found.append((phrases.say(f"maturity_assessment.field.{name}"), words))
    return found


def _moved(by: int) -> str:
    return "maturity.more" if by > 0 else "maturity.less" if by < 0 else "maturity.same"


def actions(forms: Mapping[str, Form], values: Values, script: str) -> list[str]:
    """Return what was agreed to be worked on, in the script of a language: `fr` or `ar`."""
    form, agreed = forms.get(str(values.get("form"))), values.get("actions")
    words = {item.code: item.action[script] for item in form.items} if form else {}
    return [words.get(code, code) for code in map(str, agreed)] if isinstance(agreed, tuple) else []


def last_two(values: list[Values]) -> tuple[Values | None, Values | None]:
    """Return the last of assessments and the one before it, of them in their order."""
    last = values[-1] if values else None
    return last, values[-2] if len(values) > 1 else None
