"""What an applicant can get, without a network: may, to be checked, not yet, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mobile_app.screens.context import Context
from mobile_app.store.facts import facts_of
from mobile_app.store.records import Record
from sync.rules import eligibility
from sync.rules.eligibility import Answer, Finding, Outcome, Verdict

_GROUPS = (Verdict.MAY, Verdict.UNKNOWN, Verdict.NOT_YET)
"""Verdicts in the order in which services are shown."""
_SIGNS = {
    Outcome.MET: "check",
    Outcome.NOT_YET: "circle-dashed",
    Outcome.UNKNOWN: "help",
    Outcome.DECIDER: "eye",
}


Offered: TypeAlias = list[tuple[Verdict, list[tuple[str, str, str]]]]
"""Verdicts, each with its services: code, name, and why not yet; nothing where one may."""


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in words. `way`: code of the service to begin with, and its name; or empty."""

    sign: str
    title: str
    reason: str
    way: str = ""
    way_name: str = ""


def offered_to(context: Context, subject: Record) -> Offered:
    """Return the services for an applicant, those first that they may ask for."""
    facts = facts_of(context.opened, subject, context.now_ms())
    found = eligibility.answers(context.catalogue.on(facts.today, facts.region), facts)
    return [
        (verdict, [_row(context, one) for one in found if one.verdict is verdict])
        for verdict in _GROUPS
    ]


def _row(context: Context, found: Answer) -> tuple[str, str, str]:
    is_open = found.verdict is not Verdict.MAY
    why = eligibility.gist_of(context.phrases, found) if is_open else ""
    return found.edition.code, context.service(found.edition.code), why


def told_of(context: Context, subject: Record, service: str) -> tuple[Verdict, list[Told]]:
    """Return what the conditions of a service come to, and each with its reason and its way."""
    facts = facts_of(context.opened, subject, context.now_ms())
    found = eligibility.answer(context.terms(service, subject.values["commune_code"]), facts)
    return found.verdict, [_told(context, one) for one in found.findings]


def _told(context: Context, finding: Finding) -> Told:
    condition = finding.condition
    reason = eligibility.reason_of(context.phrases, finding)
    if finding.outcome is not Outcome.MET and condition.bring:
        paper = context.reference.name("documents", condition.bring, context.script)
        reason = f"{reason} {context.say('eligibility.bring', paper=paper)}"
    way = condition.way if finding.outcome is Outcome.NOT_YET else ""
    return Told(
        _SIGNS[finding.outcome],
        eligibility.title_of(finding, context.script),
        reason,
        way,
        context.service(way) if way else "",
    )
