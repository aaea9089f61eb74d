"""What an applicant can get, without a network: may, to be checked, not yet, and why."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.store.facts import facts_of
from mobile_app.store.records import Record
from sync.rules import eligibility
from sync.rules.eligibility import Answer, Finding, Outcome, Verdict

GROUPS = (Verdict.MAY, Verdict.UNKNOWN, Verdict.NOT_YET)
"""Verdicts in the order in which services are shown."""
_SIGNS = {
    Outcome.MET: "check",
    Outcome.NOT_YET: "circle-dashed",
    Outcome.UNKNOWN: "help",
    Outcome.DECIDER: "eye",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in words. `way`: code of the service to begin with, and its name; or empty."""

    sign: str
    title: str
    reason: str
    way: str = ""
    way_name: str = ""


def answers_of(context: Context, subject: Record) -> list[Answer]:
    """Return an answer for each service for an applicant: those that they may ask for first."""
    facts = facts_of(context.opened, subject, context.now_ms())
    found = eligibility.answers(list(context.reference.editions.values()), facts)
    return sorted(found, key=lambda one: GROUPS.index(one.verdict))


def answer_of(context: Context, subject: Record, service: str) -> Answer:
    """Return the answer for one service, whoever it is for."""
    facts = facts_of(context.opened, subject, context.now_ms())
    return eligibility.answer(context.reference.edition(service), facts)


def gist_of(context: Context, found: Answer) -> str:
    """Return in a line why an answer is what it is; nothing of one that stands against nothing."""
    if found.verdict is Verdict.MAY:
        return ""
    return eligibility.gist_of(context.phrases, found)


def told_of(context: Context, found: Answer) -> list[Told]:
    """Return each condition with its reason and its way."""
    return [_told(context, one) for one in found.findings]


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
