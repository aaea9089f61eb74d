"""Requests that went on to their office, by a consent that names it, and what came of each so far.

An agent files for somebody, the office answers by the commands that its pages call: so each office
has something to take, something that waits for a paper, something late and something answered.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple
from uuid import UUID

from server.accounts import commands as accounts
from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange import passing
from server.exchange.stepping import Step, decided_by, take
from server.offices import commands
from server.pilot.team import CONSENT_TEXT, Team
from server.portal.requests import receipt_of
from server.reference.offices import office_for
from sync.rules.applications import FILED, RECEIPTED, Actor
from sync.spec import Values

_CARD = {"reason": "papers_not_valid", "words": "La carte nationale a expiré en septembre."}
_PLOT = {"reason": "not_eligible", "words": "القطعة مسجلة باسم فلاح آخر."}


class Case(NamedTuple):
    """A request: how many days ago it was filed, and what its office did on days after."""

    service: str
    filed: int
    clerk: str
    done: tuple[tuple[int, str, dict[str, str]], ...] = ()


_CASES = (
    Case("bank-account", 1, "banque"),
    Case("bank-account", 4, "banque", ((2, "take", {}),)),
    Case("bank-account", 6, "banque"),
    Case("credit", 9, "banque", ((6, "ask", {"pieces": "QUOTE", "why_QUOTE": "lacking"}),)),
    Case("bank-account", 11, "banque", ((8, "approved", {}), (7, "deliver", {}))),
    Case("mobile-banking", 10, "banque2", ((5, "rejected", _CARD),)),
    Case("crop-insurance", 3, "assurance"),
    Case("crop-insurance", 11, "assurance", ((6, "approved", {}),)),
    Case("rna", 2, "dpa.taroudant"),
    Case("rna", 12, "dpa.taroudant", ((9, "approved", {}),)),
    Case("rna", 10, "dpa.taroudant", ((4, "rejected", _PLOT),)),
    Case("fda-subsidy", 8, "dpa.taroudant", ((5, "ask", {"pieces": "RIB", "why_RIB": "lacking"}),)),
    Case("e-admin", 3, "guichet"),
    Case("amo", 5, "cnss"),
    Case("m-wallet", 2, "paiement"),
    Case("m-wallet", 9, "paiement", ((8, "approved", {}),)),
    Case("advisory", 2, "conseil"),
    Case("advisory", 10, "conseil"),  # late by now
    Case("advisory", 9, "conseil", ((7, "approved", {}),)),
    Case("training", 3, ""),
)  # fmt: skip
"""Of Taroudant. What the programme's own desk answers names no clerk: it waits."""
_MEMBERS = (1, 2, 3, 4)
"""The agents whose people ask, in turn."""


class Answering:
    """The offices' part of the days."""

    def __init__(self, team: Team) -> None:
        """Nothing has happened yet."""
        self.team, self.stage = team, team.stage

    def plan(self) -> None:
        """Plan all of it."""
        for number, case in enumerate(_CASES):
            member = self.team.members[_MEMBERS[number % len(_MEMBERS)]]
            # From the end, past those of whom another scene tells.
            person = member.people[-20 - number // len(_MEMBERS)]
            at = self.stage.moment(case.filed, 10, 3 * number)
            request_id = self.stage.new_id(at)
            file = partial(_file, request_id, case.service, person, member.agent.agent_id)
            self.stage.office(at, file)
            for days_ago, act, said in case.done:
                at = self.stage.moment(days_ago, 11, 3 * number)
                self.stage.office(at, partial(self._act, request_id, case.clerk, act, said))

    def _act(
        self, request_id: bytes, clerk: str, act: str, said: dict[str, str], work: Work
    ) -> None:
        request = work.load("application", [request_id])[request_id]
        form = {"seen_rev": str(request.rev), **said}
        text, by = str(UUID(bytes=request_id)), accounts.agent_of(work, clerk)
        if act in commands.ANSWERS:
            form["state"] = act
        reader, sent = self.team.at_the_desk(work, by, **form)
        if act == "take":
            commands.take_up(work, reader, text)
        else:
            command = {"ask": commands.ask, "deliver": commands.deliver}.get(act, commands.answer)
            command(work, reader, text, sent)


def _file(request_id: bytes, service: str, person: Stored, agent_id: bytes, work: Work) -> None:
    """File somebody's request with an agent, who asked them whether the office may know of it."""
    author, code = Author(agent_id), person.values["commune_code"]
    whose: Values = {"commune_code": code, "person_id": person.record_id}
    asked: Values = {**whose, "service": service, "agent_id": agent_id, "state": "draft"}
    request = work.insert("application", asked, author, record_id=request_id)
    office = office_for(service, code)
    if office is not None and office.share:
        consent: Values = {
            "purpose": office.share,
            "recipient": office.code,
            "ground": "consent",
            "text_version": CONSENT_TEXT,
            "language": "ary",
            "given": True,
            "method": "finger_signature",
            "given_at": work.now_ms,
        }
        work.insert("consent", {**whose, **consent}, author)
    take(work, request, Step("ready", Actor.AGENT, agent_id))
    is_receipted = decided_by(request) in RECEIPTED
    said: Values = (
        {"receipt_number": receipt_of(request, work.now_ms)} if is_receipted else Values()
    )
    take(work, request, Step(FILED, Actor.AGENT, agent_id, said=said))
    passing.pass_on(work)
