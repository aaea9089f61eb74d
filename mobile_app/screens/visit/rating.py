"""The maturity of whom a visit is about: scored, put into words, stored."""

from __future__ import annotations

from collections.abc import Mapping

from mobile_app.screens.context import Context
from sync.rules import maturity
from sync.rules.maturity import Form
from sync.spec import Values


def result(context: Context, form: Form, answers: Mapping[str, int]) -> str:
    """Return the level and score in words, or that too little is answered."""
    scores = maturity.score(form, answers)
    if scores.total is None:
        return context.say("tablet.maturity.more")
    return context.say(
        "tablet.maturity.score",
        level=context.choice("maturity_assessment", "level", scores.level),
        percent=context.phrases.percent(scores.total / 100, 0),
    )


def proposed(context: Context, form: Form, answers: Mapping[str, int]) -> list[str]:
    """Return what could come next, in words; the person chooses."""
    if maturity.score(form, answers).total is None:
        return []
    return [one.action[context.script] for one in maturity.plan(form, answers)]


def values(form: Form, answers: Mapping[str, int]) -> Values:
    """Return what is stored of the answers."""
    scores = maturity.score(form, answers)
    return {
        "form": form.name,
        "form_version": maturity.FORM_VERSION,
        "answers": maturity.pack(answers),
        **{f"{name}_percent": percent for name, percent in scores.by_dimension.items()},
        "total_percent": scores.total,
        "level": scores.level or None,
        "actions": tuple(one.code for one in maturity.plan(form, answers)) or None,
    }
