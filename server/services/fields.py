"""What the form of an edition asks: each field once, with its place in the file and its choices.

Rules ask for what `sync.rules.eligibility.PARAMETERS` says; the form, what it shows and what it
says has changed all derive from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.reference import catalogue, files
from server.services.checking import AUDIENCE, BANKS, BESIDES
from sync.entities.holding import CROPS
from sync.phrases import Phrases
from sync.rules.applications import DECIDERS, STATES, Silence
from sync.rules.delays import Unit
from sync.rules.eligibility import PARAMETERS, RULES, Parameter

Options = list[tuple[str, str]]
LANGUAGES = ("ar", "fr", "zgh", "en")
DECIDER = "decider-"
"""Before the code of a decider, where a condition's rule is chosen: it is theirs to look at."""


class Kind(StrEnum):
    """How something is typed."""

    LINE = "text"
    AREA = "area"  # a line each
    WHOLE = "number"
    DAY = "date"
    ONE = "one"
    SOME = "some"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an edition or of a condition.

    Args:
        name: of the input; its words are `desk.services.NAME`, or those of its `label`.
        path: where it stands in the file.
        kind: how it is typed.
        choices: which of `options` it has, for ONE and SOME.
        is_needed: whether it can be left out.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    choices: str = ""
    is_needed: bool = False
    label: str = ""


FIELDS = (
    Field("operator", ("operator",), Kind.LINE),
    Field("audience", ("audience",), Kind.SOME, "audience", is_needed=True),
    Field("decided_by", ("decided_by",), Kind.ONE, "deciders", is_needed=True),
    Field("valid_from", ("valid_from",), Kind.DAY, is_needed=True, label="from"),
    Field("valid_to", ("valid_to",), Kind.DAY, label="to"),
    Field("regions", ("regions",), Kind.SOME, "regions"),
    Field("fee", ("fee", "file_mad"), Kind.WHOLE, is_needed=True),
    Field("besides", ("fee", "besides"), Kind.ONE, "besides"),
    Field("at_once", ("at_once",), Kind.FLAG),
    Field("unit", ("delay", "unit"), Kind.ONE, "units", is_needed=True),
    Field("delay", ("delay", "days"), Kind.WHOLE),
    Field("silence", ("delay", "silence"), Kind.ONE, "silences"),
    Field("delay_basis", ("delay", "basis"), Kind.ONE, "bases"),
    Field("appeal_days", ("delay", "appeal_days"), Kind.WHOLE),
    Field("answer_days", ("delay", "answer_days"), Kind.WHOLE),
    Field("documents", ("documents",), Kind.SOME, "papers", label="papers"),
    Field("after", ("follow_up", "after"), Kind.SOME, "states"),
    Field("after_days", ("follow_up", "days"), Kind.WHOLE),
    Field("steps", ("steps",), Kind.AREA),
    Field("source", ("source",), Kind.LINE),
)
OF_CONDITION = (
    Field("bring", ("bring",), Kind.ONE, "papers"),
    Field("way", ("way",), Kind.ONE, "services"),
    Field("is_needed", ("is_needed",), Kind.FLAG),
)
_KINDS: Mapping[Parameter, tuple[Kind, str]] = {
    Parameter.YEARS: (Kind.WHOLE, ""),
    Parameter.BANK: (Kind.ONE, "banks"),
    Parameter.BANK_CODE: (Kind.LINE, ""),
    Parameter.CROPS: (Kind.SOME, "crops"),
}


def values_of(rule: str) -> list[Field]:
    """Return the fields of what a rule reads; of an empty one those of all rules."""
    asked = [PARAMETERS.get(rule, {})] if rule else PARAMETERS.values()
    found = {name: parameter for one in asked for name, parameter in one.items()}
    return [Field(name, (name,), *_KINDS[parameter]) for name, parameter in found.items()]


def codes() -> dict[str, Sequence[str]]:
    """Return what may be chosen, by the name that `Field.choices` has."""
    return {
        "audience": AUDIENCE,
        "deciders": sorted(DECIDERS),
        "regions": [row["code"] for row in files.rows("regions")],
        "besides": BESIDES,
        "units": [one.value for one in Unit],
        "silences": [one.value for one in Silence],
        "bases": ("law", "source", "proposed"),
        "papers": list(files.documents()),
        "states": STATES,
        "services": [one.code for one in catalogue.catalogue().newest()],
        "banks": BANKS,
        "crops": CROPS,
    }


_WORDS = {
    "audience": "desk.services.audience.",
    "deciders": "service.decider.",
    "besides": "service.fee.",
    "units": "desk.services.unit.",
    "silences": "desk.services.silence.",
    "bases": "service.delay.by.",
    "states": "application.state.",
    "banks": "person.bank_status.",
    "crops": "holding.crops.",
}


def options(phrases: Phrases) -> dict[str, Options]:
    """Return the choices of all fields with their words; `rules`: what a condition may be."""
    language, known = phrases.language.code, codes()
    found = {
        name: [(code, phrases.say(f"{words}{code}")) for code in known[name]]
        for name, words in _WORDS.items()
    }
    deciders = [(f"{DECIDER}{code}", words) for code, words in found["deciders"]]
    return {
        **found,
        "regions": [(row["code"], row[f"name_{language}"]) for row in files.rows("regions")],
        "papers": [(code, names[language]) for code, names in files.documents().items()],
        "services": list(catalogue.names(language).items()),
        "rules": [*rule_titles(language).items(), *deciders],
    }


def rule_titles(language: str) -> dict[str, str]:
    """Return what each rule asks, as the services that ship put it."""
    titles = dict.fromkeys(RULES, "")
    for declared in files.declared_services():
        for one in declared["eligibility"]:
            if one.get("rule") in titles:
                titles[one["rule"]] = one["title"].get(language, one["code"])
    named = ((rule, title or rule) for rule, title in titles.items())
    return dict(sorted(named, key=lambda pair: pair[1]))


def value_at(declared: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return what stands at a place of a file; None: nothing."""
    found: Any = declared
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put_at(declared: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Put a value in its place; None, where nothing was, leaves it so."""
    *outer, last = path
    for name in outer:
        declared[name] = dict(declared.get(name) or {})
        declared = declared[name]
    if value is None and last not in declared:
        return
    declared[last] = value
