"""What somebody can get, and why not yet: the conditions of services, asked of what is known.

The same on tablet (offline), portal and desk. A condition is met, not yet met, unknown, or its
decider's to look at. Nobody is told that they are not eligible: only a decider says so, and whoever
files all the same does. What is not noted is unknown, never refused.

A rule is a function of facts, the values of its condition and the edition. It returns an outcome
and, where several sentences fit one outcome, which: the words are `eligibility.RULE.WHICH`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sync.phrases import Phrases
from sync.rules.applications import ENDED
from sync.rules.codes import is_rural
from sync.rules.delays import season_on
from sync.rules.editions import Condition, Edition
from sync.rules.seasons import season_of
from sync.spec import Value, Values

_EPOCH = date(1970, 1, 1)
_REGION_CHARS = 2
_APPROX_YEARS = 5
"""How far a year of birth may be off that is only about right."""
_INFORMAL = "informal_group"
_GROUPS = ("cooperative", "coop_union")
_NUMBERS = ("ice", "trade_register", "cooperative_number")


class Outcome(StrEnum):
    """What is known of a condition."""

    MET = "met"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"
    DECIDER = "decider"


class Parameter(StrEnum):
    """What a value is that a condition gives its rule."""

    YEARS = "years"
    BANK = "bank"
    BANK_CODE = "bank_code"
    CROPS = "crops"


class Verdict(StrEnum):
    """What all conditions of a service come to: `may`, as far as it is ours to know."""

    MAY = "may"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of who asks.

    Args:
        entity: `person` or `enterprise`.
        values: of their record.
        today: the day, since 1970.
        holdings: the values of each.
        papers: codes of those on file.
        going: codes of services with a request of theirs that has not ended.
        has_signatory: whether somebody holds a mandate to act for the enterprise.
    """

    entity: str
    values: Mapping[str, Value]
    today: int
    holdings: Sequence[Mapping[str, Value]] = ()
    papers: frozenset[str] = frozenset()
    going: frozenset[str] = frozenset()
    has_signatory: bool = False

    @property
    def is_rural(self) -> bool | None:
        """Whether they live in a rural commune; None: nobody knows where."""
        commune = str(self.values.get("commune_code") or "")
        return is_rural(commune) if commune else None

    @property
    def region(self) -> str:
        """Return the code of the region they live in."""
        return str(self.values.get("commune_code") or "")[:_REGION_CHARS]

    @property
    def is_person(self) -> bool:
        """Whether it is a person who asks, and not an enterprise."""
        return self.entity == "person"

    @property
    def audience(self) -> str:
        """Return for whom services are that they may ask for."""
        if self.is_person:
            return "farmer" if self.values.get("is_farmer") else "person"
        return "cooperative" if self.values.get("legal_form") in _GROUPS else "enterprise"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a condition.

    `which`: the code of the sentence; `words`: what stands in it, a day as a number of days.
    """

    condition: Condition
    outcome: Outcome
    which: str
    words: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody can get of one service: every condition with what was found of it."""

    edition: Edition
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """Return what the needed conditions come to."""
        found = {one.outcome for one in self.findings if one.condition.is_needed}
        if Outcome.NOT_YET in found:
            return Verdict.NOT_YET
        return Verdict.UNKNOWN if Outcome.UNKNOWN in found else Verdict.MAY

    @property
    def counted(self) -> tuple[int, int]:
        """Return how many of the needed conditions are met, and how many there are.

        Those that a decider looks at are in neither.
        """
        ours = [
            one
            for one in self.findings
            if one.condition.is_needed and one.outcome is not Outcome.DECIDER
        ]
        return sum(one.outcome is Outcome.MET for one in ours), len(ours)

    @property
    def telling(self) -> tuple[Finding, ...]:
        """Return the needed conditions that make the verdict what it is; of `may` none."""
        outcome = {Verdict.NOT_YET: Outcome.NOT_YET, Verdict.UNKNOWN: Outcome.UNKNOWN}
        wanted = outcome.get(self.verdict)
        return tuple(
            one for one in self.findings if one.condition.is_needed and one.outcome is wanted
        )

    @property
    def first_way(self) -> str:
        """Return the code of the service to begin with; empty for none."""
        return next(
            (
                one.condition.way
                for one in self.findings
                if one.outcome is Outcome.NOT_YET and one.condition.is_needed and one.condition.way
            ),
            "",
        )


Found = tuple[Outcome, str, Values]
Rule = Callable[[Facts, Condition, Edition], Found]


def _found(outcome: Outcome, which: str = "", **words: Value) -> Found:
    return outcome, which or outcome.value, words


def _known(value: object, *, is_met: bool) -> Found:
    """Return that a condition is met or not; unknown where there is no value."""
    if value is None:
        return _found(Outcome.UNKNOWN)
    return _found(Outcome.MET if is_met else Outcome.NOT_YET)


def _shown(*, is_shown: bool) -> Found:
    """Return that a condition is met by what is noted; unknown where nothing is."""
    return _found(Outcome.MET if is_shown else Outcome.UNKNOWN)


def _age(facts: Facts, condition: Condition, _: Edition) -> Found:
    """The year of birth is known, never the day: in the year of a birthday it is unknown."""
    born, bounds = facts.values.get("birth_year"), condition.values
    least, most = int(str(bounds.get("least") or 0)), int(str(bounds.get("most") or 999))
    if not isinstance(born, int):
        return _found(Outcome.UNKNOWN, least=least, most=most)
    margin = _APPROX_YEARS if facts.values.get("birth_year_approx") else 0
    years = (_EPOCH + timedelta(days=facts.today)).year - born
    younger, older = years - 1 - margin, years + margin
    if older < least or younger > most:
        which = "not_yet" if older < least else "older"
        return _found(Outcome.NOT_YET, which, least=least, most=most)
    if younger < least or older > most:
        return _found(Outcome.UNKNOWN, "near", least=least, most=most)
    return _found(Outcome.MET, least=least, most=most)


def _capacity(facts: Facts, condition: Condition, edition: Edition) -> Found:
    if facts.is_person:
        outcome, which, words = _age(facts, condition, edition)
        return outcome, f"person_{which}", words
    form = facts.values.get("legal_form")
    return _known(form, is_met=form != _INFORMAL)


def _own_phone(facts: Facts, _condition: Condition, _: Edition) -> Found:
    values = facts.values
    if not facts.is_person:
        return _shown(is_shown=bool(values.get("phone")))
    if values.get("phone_type") == "none":
        return _found(Outcome.NOT_YET)
    if not values.get("phone"):
        return _found(Outcome.UNKNOWN)
    owner = values.get("phone_owner")
    return _known(owner, is_met=owner == "self")


def _phone(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if facts.values.get("phone"):
        return _found(Outcome.MET)
    has_none = facts.values.get("phone_type") == "none"
    return _found(Outcome.NOT_YET if has_none else Outcome.UNKNOWN)


def _smartphone(facts: Facts, _condition: Condition, _: Edition) -> Found:
    kind, owner = facts.values.get("phone_type"), facts.values.get("phone_owner")
    if kind is not None and kind != "smart":
        return _found(Outcome.NOT_YET)
    if kind == "smart" and owner in ("family", "neighbour"):
        return _found(Outcome.NOT_YET, "shared")
    return _shown(is_shown=kind == "smart" and owner == "self")


def _account(facts: Facts, condition: Condition, _: Edition) -> Found:
    if not facts.is_person:
        rib, bank = facts.values.get("rib"), str(condition.values["bank_code"])
        return _known(rib, is_met=str(rib).startswith(bank))
    status = facts.values.get("bank_status")
    return _known(status, is_met=status == condition.values["bank"])


def _farms(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if facts.holdings:
        return _found(Outcome.MET)
    if facts.is_person and facts.values.get("is_farmer") is False:
        return _found(Outcome.NOT_YET)
    return _found(Outcome.UNKNOWN)


def _farmer(facts: Facts, _condition: Condition, _: Edition) -> Found:
    is_farmer = facts.values.get("is_farmer")
    return _known(is_farmer, is_met=bool(is_farmer))


def _not_covered(facts: Facts, _condition: Condition, _: Edition) -> Found:
    cover = facts.values.get("health_cover")
    return _known(cover, is_met=cover == "none")


def _no_open_request(facts: Facts, _condition: Condition, edition: Edition) -> Found:
    return _found(Outcome.NOT_YET if edition.code in facts.going else Outcome.MET)


def _rural(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if facts.is_rural or facts.holdings or facts.values.get("is_farmer"):
        return _found(Outcome.MET)
    return _found(Outcome.UNKNOWN if facts.is_rural is None else Outcome.NOT_YET)


def _holding_here(facts: Facts, _condition: Condition, edition: Edition) -> Found:
    regions = {str(one.get("commune_code") or "")[:_REGION_CHARS] for one in facts.holdings}
    if not regions:
        return _found(Outcome.UNKNOWN)
    is_met = not edition.regions or bool(regions & set(edition.regions))
    return _found(Outcome.MET if is_met else Outcome.NOT_YET)


def _rna(facts: Facts, _condition: Condition, _: Edition) -> Found:
    noted = (facts.values, *facts.holdings)
    is_met = "RNA" in facts.papers or any(one.get("rna") for one in noted)
    return _found(Outcome.MET if is_met else Outcome.NOT_YET)


def _contributions(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if "CNSS" in facts.papers:
        return _found(Outcome.MET)
    if facts.values.get("health_cover") == "none":
        return _found(Outcome.NOT_YET)
    return _found(Outcome.UNKNOWN)


def _grows(facts: Facts, condition: Condition, _: Edition) -> Found:
    """Whether a crop of some grows there; crops of a season that is over are not this one's."""
    wanted, now = condition.values["crops"], season_of(facts.today)
    assert isinstance(wanted, (list, tuple))
    current = [
        one
        for one in facts.holdings
        if one.get("crops")
        and (season := one.get("season")) is not None
        and int(str(season)) >= now
    ]
    if not current:
        return _found(Outcome.UNKNOWN)
    grown: set[str] = set()
    for one in current:
        crops = one["crops"]
        grown |= set(crops) if isinstance(crops, tuple) else set()  # type: ignore[arg-type]
    return _found(Outcome.MET if grown & set(wanted) else Outcome.NOT_YET)


def _season(facts: Facts, _condition: Condition, edition: Edition) -> Found:
    span = season_on(edition.delay, facts.today, facts.region)
    if span is None:
        return _found(Outcome.UNKNOWN)
    if span[0] <= facts.today <= span[1]:
        return _found(Outcome.MET, day=span[1])
    return _found(Outcome.NOT_YET, day=span[0])


def _legal_entity(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if any(facts.values.get(name) for name in _NUMBERS):
        return _found(Outcome.MET)
    form = facts.values.get("legal_form")
    return _known(form, is_met=form != _INFORMAL)


def _founders(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if facts.is_person:
        return _shown(is_shown="CNIE" in facts.papers)
    return _signatory(facts, _condition, _)


def _register_number(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if any(facts.values.get(name) for name in _NUMBERS):
        return _found(Outcome.MET)
    is_informal = facts.values.get("legal_form") == _INFORMAL
    return _found(Outcome.NOT_YET if is_informal else Outcome.UNKNOWN)


def _signatory(facts: Facts, _condition: Condition, _: Edition) -> Found:
    return _shown(is_shown=facts.has_signatory or bool(facts.values.get("contact_name")))


def _registered(facts: Facts, _condition: Condition, _: Edition) -> Found:
    if facts.is_person:
        return _found(Outcome.MET)
    is_met = facts.values.get("status") in ("verified", "active")
    return _found(Outcome.MET if is_met else Outcome.NOT_YET)


def _language(facts: Facts, _condition: Condition, _: Edition) -> Found:
    return _shown(is_shown=bool(facts.values.get("service_language")))


def _products(facts: Facts, _condition: Condition, _: Edition) -> Found:
    grown = any(one.get("crops") for one in facts.holdings)
    has = grown or bool(facts.values.get("value_chains")) or "PRODUCT_PHOTOS" in facts.papers
    return _shown(is_shown=has)


def _sanitary(facts: Facts, _condition: Condition, _: Edition) -> Found:
    noted = facts.values.get("sanitary_authorisation")
    return _shown(is_shown=bool(noted) or "HEALTH_OK" in facts.papers)


def _paper(facts: Facts, condition: Condition, _: Edition) -> Found:
    return _found(Outcome.MET if condition.bring in facts.papers else Outcome.NOT_YET)


RULES: Mapping[str, Rule] = {
    "age": _age,
    "capacity": _capacity,
    "own_phone": _own_phone,
    "phone": _phone,
    "smartphone": _smartphone,
    "account": _account,
    "farms": _farms,
    "farmer": _farmer,
    "not_covered": _not_covered,
    "no_open_request": _no_open_request,
    "rural": _rural,
    "holding_here": _holding_here,
    "rna": _rna,
    "contributions": _contributions,
    "grows": _grows,
    "season": _season,
    "legal_entity": _legal_entity,
    "founders": _founders,
    "register_number": _register_number,
    "signatory": _signatory,
    "registered": _registered,
    "language": _language,
    "products": _products,
    "sanitary": _sanitary,
    "paper": _paper,
}
"""Name of a rule -> what it finds. An edition that names another is asked of its decider."""

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "age": {"least": Parameter.YEARS, "most": Parameter.YEARS},
    "capacity": {"least": Parameter.YEARS, "most": Parameter.YEARS},
    "account": {"bank": Parameter.BANK, "bank_code": Parameter.BANK_CODE},
    "grows": {"crops": Parameter.CROPS},
}
"""Rule -> the values that it reads of its condition, and what each is; of others there are none."""


def answer(edition: Edition, facts: Facts) -> Answer:
    """Return what somebody can get of a service, condition by condition."""
    return Answer(edition, tuple(_finding(one, facts, edition) for one in edition.conditions))


def _finding(condition: Condition, facts: Facts, edition: Edition) -> Finding:
    rule = RULES.get(condition.rule)
    if rule is None:  # a decider's, or a rule that a later program has
        return Finding(condition, Outcome.DECIDER, condition.decider or edition.decided_by)
    outcome, which, words = rule(facts, condition, edition)
    return Finding(condition, outcome, which, words)


def answers(editions: Sequence[Edition], facts: Facts) -> tuple[Answer, ...]:
    """Return what somebody can get: an answer for each service that is for them, and open there."""
    return tuple(
        answer(one, facts)
        for one in editions
        if facts.audience in one.audience and one.is_open_in(facts.region, facts.today)
    )


def facts_of(
    entity: str,
    values: Mapping[str, Value],
    today: int,
    read: Callable[[str], Sequence[Mapping[str, Value]]],
) -> Facts:
    """Return what is known of a person or an enterprise.

    Args:
        entity: `person` or `enterprise`.
        values: of their record.
        read: entity -> the values of its records that are about them and may be known.
    """
    return Facts(
        entity,
        values,
        today,
        read("holding"),
        frozenset(str(one["type"]) for one in read("document") if one["type"]),
        frozenset(str(one["service"]) for one in read("application") if one["state"] not in ENDED),
        entity == "enterprise" and any(is_in_force(one, today) for one in read("mandate")),
    )


def is_in_force(mandate: Mapping[str, Value], day: int) -> bool:
    """Whether a mandate holds on a day."""
    first, last = mandate.get("valid_from"), mandate.get("valid_to")
    return not (isinstance(first, int) and day < first) and not (
        isinstance(last, int) and last < day
    )


def title_of(finding: Finding, language: str) -> str:
    """Return what a condition asks, in a few words."""
    title = finding.condition.title
    return title.get(language) or title.get("fr") or finding.condition.code


def reason_of(phrases: Phrases, finding: Finding) -> str:
    """Return why a condition has its outcome, and what to do, in a sentence."""
    if finding.outcome is Outcome.DECIDER:
        return phrases.say(f"eligibility.decider.{finding.which}")
    words = {
        name: phrases.day(value) if name == "day" and isinstance(value, int) else value
        for name, value in finding.words.items()
    }
    return phrases.say(f"eligibility.{finding.condition.rule}.{finding.which}", **words)


def gist_of(phrases: Phrases, found: Answer) -> str:
    """Return in short why an answer is what it is: the reason of each condition that tells."""
    if found.verdict is Verdict.MAY:
        return phrases.say("eligibility.may")
    return " ".join(reason_of(phrases, one) for one in found.telling)
