"""An answer about a service as pages show it: the verdict, why, and each condition with its way."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from server.reference import catalogue, files
from sync.phrases import Phrases
from sync.rules import eligibility
from sync.rules.applications import Silence
from sync.rules.delays import Unit, season_on
from sync.rules.editions import Edition
from sync.rules.eligibility import Answer, Facts, Finding, Outcome, Verdict

SIGNS: Mapping[str, str] = {
    "digital-id": "id-badge-2",
    "e-admin": "file-certificate",
    "rna": "plant",
    "amo": "heartbeat",
    "bank-account": "building-bank",
    "m-wallet": "wallet",
    "mobile-banking": "device-mobile",
    "credit": "cash",
    "fda-subsidy": "tractor",
    "crop-insurance": "umbrella",
    "tax-einvoice": "receipt",
    "enterprise-registration": "building-community",
    "sme-onboarding": "building-store",
    "maturity": "gauge",
    "training": "school",
    "advisory": "seedling",
    "market": "basket",
    "young-entrepreneur": "bulb",
    "innovation": "star",
}
_SIGN_OF = {
    Outcome.MET: "check",
    Outcome.NOT_YET: "circle-dashed",
    Outcome.UNKNOWN: "help",
    Outcome.DECIDER: "eye",
}
_TONE_OF = {Verdict.MAY: "done", Verdict.NOT_YET: "neutral", Verdict.UNKNOWN: "neutral"}


def named(names: Mapping[str, str], language: str) -> str:
    """Return a name in a language, in French where it has none."""
    return names.get(language) or names.get("fr", "")


def sign_of(service: str) -> str:
    """Return the sign of a service; one that this program does not know is a paper."""
    return SIGNS.get(service, "file-text")


def row_of(phrases: Phrases, found: Answer, language: str) -> dict[str, Any]:
    """Return an answer in a line: service, verdict and what makes it."""
    return {
        "code": found.edition.code,
        "name": found.edition.name(language),
        "sign": sign_of(found.edition.code),
        "verdict": found.verdict.value,
        "word": phrases.say(f"eligibility.verdict.{found.verdict.value}"),
        "tone": _TONE_OF[found.verdict],
        "gist": eligibility.gist_of(phrases, found),
        "way": found.first_way,
        "way_name": _name(found.first_way, language),
    }


def _name(service: str, language: str) -> str:
    return catalogue.names(language).get(service, service) if service else ""


def conditions_of(phrases: Phrases, found: Answer, language: str) -> list[dict[str, Any]]:
    """Return each condition of an answer, with its reason and its way."""
    return [_condition(phrases, one, language) for one in found.findings]


def _condition(phrases: Phrases, finding: Finding, language: str) -> dict[str, Any]:
    condition, is_open = finding.condition, finding.outcome is not Outcome.MET
    way = condition.way if finding.outcome is Outcome.NOT_YET else ""
    paper = files.documents().get(condition.bring) if is_open else None
    return {
        "title": eligibility.title_of(finding, language),
        "reason": eligibility.reason_of(phrases, finding),
        "outcome": finding.outcome.value,
        "sign": _SIGN_OF[finding.outcome],
        "way": way,
        "way_name": _name(way, language),
        "paper": named(paper, language) if paper else "",
    }


def papers_in_words(phrases: Phrases, edition: Edition, there: Container[str]) -> str:
    """Return how many papers a service takes, and how many of them are on file."""
    count = len(edition.documents)
    if not count:
        return phrases.say("portal.service.papers.none")
    on_file = sum(code in there for code in edition.documents)
    said = [phrases.count("portal.papers", count)]
    return phrases.listed(
        [*said, phrases.count("portal.papers.there", on_file)] if on_file else said
    )


def cost_of(phrases: Phrases, edition: Edition) -> tuple[str, str]:
    """Return what a request costs, and what comes beside it."""
    fee = edition.fee
    file = (
        phrases.say("service.fee.file", sum=phrases.number(fee.file_mad))
        if fee.file_mad
        else phrases.say("service.fee.free")
    )
    beside = f"service.fee.{fee.besides}" if fee.besides else "service.fee.nobody"
    return file, phrases.say(beside)


def delay_in_words(phrases: Phrases, edition: Edition, facts: Facts) -> tuple[str, str]:
    """Return how long an answer may take, and who promises it."""
    delay = edition.delay
    if edition.is_at_once:
        return phrases.say("service.delay.at_once"), ""
    if delay.unit is Unit.NONE:
        return phrases.say("service.delay.none"), phrases.say("service.delay.none.about")
    by = phrases.say(f"service.delay.by.{delay.basis or 'proposed'}")
    if delay.unit is Unit.SEASON:
        span = season_on(delay, facts.today, facts.region)
        return (phrases.say("service.delay.until", day=phrases.day(span[1])) if span else "", by)
    if delay.silence is Silence.ACCEPTANCE:
        by = f"{by} {phrases.say('service.delay.acceptance')}"
    return phrases.count(f"service.delay.{delay.unit.value}", delay.days), by
