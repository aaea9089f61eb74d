"""The form of a service's next edition: texts beside each other, and what they are made into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.reference import files
from server.web.asked import Asked
from sync import limits, typed
from sync.rules.eligibility import PARAMETERS, RULES, Parameter

LANGUAGES = ("ar", "fr", "zgh", "en")
TEXTS = ("name", "about")
YEARS = ("least", "most")
NEW = "new"
"""Stands for the place of the condition that a form adds."""
_COUNTED = ("days", "working_days")
OFFERED = tuple(
    rule
    for rule in RULES
    if all(one is Parameter.YEARS for one in PARAMETERS.get(rule, {}).values())
)
"""Rules that a form can add: others need a bank or crops, which a file gives them."""


def declared_of(form: Asked, base: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form declares, over the edition that it began with.

    What is not asked for stays. `checking.check` says what is wrong with it.
    """
    made = {
        **base,
        "valid_from": form.get("valid_from"),
        "valid_to": form.get("valid_to") or None,
        "regions": form.several("regions"),
        **{name: _names(form, name, base[name]) for name in TEXTS},
        "documents": form.several("documents"),
        "fee": {**base["fee"], "file_mad": form.number("fee") or 0},
    }
    if base["delay"]["unit"] in _COUNTED:
        made["delay"] = {**base["delay"], "days": form.number("delay") or 0}
    made["eligibility"] = [
        _condition(form, one, str(place))
        for place, one in enumerate(base["eligibility"])
        if form.get(f"keep_{place}") == "1"
    ]
    rule = form.get(f"rule_{NEW}")
    if rule:
        begun = {"code": f"{rule}_{base['edition'] + 1}", "title": {}, "rule": rule}
        made["eligibility"].append(_condition(form, begun, NEW))
    return made


def _condition(form: Asked, base: Mapping[str, Any], place: str) -> dict[str, Any]:
    made = {**base, "title": _names(form, f"title_{place}", base["title"])}
    for name in years_of(base):
        made.pop(name, None)
        years = form.number(f"{name}_{place}")
        if years is not None:
            made[name] = years
    if place == NEW and form.get("bring_new"):
        made["bring"] = form.get("bring_new")
    return made


def years_of(condition: Mapping[str, Any]) -> list[str]:
    """Return which ages a condition can give its rule."""
    return [name for name in YEARS if name in PARAMETERS.get(condition.get("rule", ""), {})]


def _names(form: Asked, name: str, base: Mapping[str, str]) -> dict[str, str]:
    """Return texts by language in the order that they had, without those that are empty."""
    order = dict.fromkeys([*base, *LANGUAGES])
    texts = {one: typed.line(form.get(f"{name}_{one}"))[: limits.NOTE_CHARS_MAX] for one in order}
    return {language: text for language, text in texts.items() if text}


def typed_of(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs of a form show of an edition."""
    shown: dict[str, Any] = {
        "valid_to": declared["valid_to"] or "",
        "fee": str(declared["fee"]["file_mad"]),
        "delay": str(declared["delay"].get("days", "")),
        "documents": list(declared["documents"]),
        "regions": list(declared["regions"]),
    }
    for name in TEXTS:
        shown |= {f"{name}_{one}": declared[name].get(one, "") for one in LANGUAGES}
    for place, one in enumerate(declared["eligibility"]):
        shown[f"keep_{place}"] = "1"
        shown |= {f"title_{place}_{to}": one["title"].get(to, "") for to in LANGUAGES}
        shown |= {f"{name}_{place}": str(one[name]) for name in YEARS if name in one}
    return shown


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], language: str
) -> list[tuple[str, str, str]]:
    """Return what an edition says differently from another: input, was, is, as they are read.

    A text under its language; papers and regions by their names, conditions by their titles.
    """
    was, now = _read_of(before, language), _read_of(after, language)
    return [
        (name, was.get(name, ""), now.get(name, ""))
        for name in dict.fromkeys([*now, *was])
        if was.get(name, "") != now.get(name, "")
    ]


def _read_of(declared: Mapping[str, Any], language: str) -> dict[str, str]:
    papers = files.documents()
    regions = {row["code"]: row[f"name_{language}"] for row in files.rows("regions")}
    conditions = [_in_words(one, language) for one in declared["eligibility"]]
    shown = {
        "to": declared["valid_to"] or "",
        "fee": str(declared["fee"]["file_mad"]),
        "delay": str(declared["delay"].get("days", "")),
        "papers": " · ".join(papers[code][language] for code in declared["documents"]),
        "regions": " · ".join(regions[code] for code in declared["regions"]),
        "conditions": " · ".join(conditions),
    }
    for name, label in (("name", "name"), ("about", "words")):
        shown |= {f"{label} {one}": declared[name].get(one, "") for one in LANGUAGES}
    return shown


def _in_words(condition: Mapping[str, Any], language: str) -> str:
    title = str(condition["title"].get(language, condition["code"]))
    ages = [f"{condition[name]}" for name in YEARS if name in condition]
    return f"{title} ({'-'.join(ages)})" if ages else title


def missing(declared: Mapping[str, Any]) -> list[str]:
    """Return the languages in which a text of an edition is not there."""
    texts = [
        *(declared[name] for name in TEXTS),
        *(one["title"] for one in declared["eligibility"]),
    ]
    return [one for one in LANGUAGES if any(not names.get(one) for names in texts)]


def rule_titles(language: str) -> dict[str, str]:
    """Return what the rules that a form offers ask, as the services that ship put it."""
    titles = {
        one["rule"]: one["title"].get(language, one["code"])
        for declared in files.declared_services()
        for one in declared["eligibility"]
        if one.get("rule") in OFFERED
    }
    return dict(sorted(titles.items(), key=lambda pair: pair[1]))
