"""The public page that tells whether a receipt or a letter is genuine."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.accounts import throttle
from server.applications.told import office_name
from server.db.records import Records
from server.letters import check
from server.reference import catalogue
from server.rights import Right
from server.web.site import Site
from sync import proof
from sync.entities.training import TRAINING_SESSION
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.applications import FILED
from sync.rules.scanned import PAPER_PATH
from sync.wording import in_words

URL = "/verify"
_TEMPLATE, _FRAME = "letters/verify.html", {"back_url": "/"}


def routes(site: Site) -> list[Any]:
    """Return the page, what a square leads to, and what a typed code is answered."""

    def told(request: Request[Any, Any, Any], found: check.Checked) -> Any:
        phrases = site.pages.phrases(site.language(request))
        return site.public(
            request,
            _TEMPLATE,
            frame=_FRAME,
            problem="",
            verdict=found.verdict.value,
            facts=facts_of(phrases, found.proof),
        )

    def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Any:
        is_forged = isinstance(refusal, proof.ProofForged)
        verdict = "changed" if is_forged else ""
        return site.refused(request, refusal, _TEMPLATE, frame=_FRAME, verdict=verdict, facts=[])

    @get(URL, right=Right.OPEN)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        return site.public(request, _TEMPLATE, frame=_FRAME, problem="", verdict="", facts=[])

    # A square is in capitals throughout; who types its address types small letters.
    @get([f"{URL}/{{square:str}}", PAPER_PATH + "{square:str}"], right=Right.OPEN)
    @site.threaded
    def squared(request: Request[Any, Any, Any], square: str) -> Any:
        try:
            return told(request, site.read(lambda records: check.check_square(records, square)))
        except Refusal as refusal:
            return refused(request, refusal)

    @post(URL, right=Right.OPEN)
    async def typed(request: Request[Any, Any, Any]) -> Any:
        code = (await site.form(request)).get("code")
        tried = [throttle.Count(throttle.Limit.VERIFY_FROM, site.address_of(request))]

        def answer() -> Any:
            try:
                return told(request, site.read(lambda records: _checked(records, code)))
            except Refusal as refusal:
                return refused(request, refusal)

        try:
            # Counted first: who guesses pays for the try.
            await site.store(lambda work: throttle.take(work, tried))
        except Refusal as refusal:
            return refused(request, refusal)
        return await site.run(answer)

    return [page, squared, typed]


def _checked(records: Records, text: str) -> check.Checked:
    """Return what was typed or scanned: also what a reader of squares put into the field."""
    if proof.is_square(text):
        return check.check_square(records, text)
    return check.check_code(records, text)


def facts_of(phrases: Phrases, said: proof.Proof) -> list[tuple[str, str]]:
    """Return what a paper must say, to be compared with it."""
    if said.state == proof.ATTENDED:
        return _of_training(phrases, said)
    services = catalogue.names(phrases.language.code)
    paper = "receipt" if said.state == FILED else "letter"
    found = [
        (phrases.say("verify.paper"), phrases.say(f"letter.title.{paper}")),
        (phrases.say("verify.number"), phrases.code(said.number)),
        (phrases.say("verify.name"), phrases.facts((said.latin, said.arabic))),
        (phrases.say("verify.service"), services.get(said.service, said.service)),
        (phrases.say("verify.state"), phrases.say(f"application.state.{said.state}")),
        (phrases.say("verify.office"), office_name(phrases, said.office)),
        (phrases.say("verify.day"), phrases.day(said.day, "long")),
    ]
    return [fact for fact in found if fact[1]]


def _of_training(phrases: Phrases, said: proof.Proof) -> list[tuple[str, str]]:
    found = [
        (phrases.say("verify.paper"), phrases.say("training.attestation")),
        (phrases.say("verify.number"), phrases.code(said.number)),
        (phrases.say("verify.name"), phrases.facts((said.latin, said.arabic))),
        (
            phrases.say("training_session.field.topic"),
            in_words(phrases, TRAINING_SESSION, "topic", said.service),
        ),
        (phrases.say("verify.day"), phrases.day(said.day, "long")),
    ]
    return [fact for fact in found if fact[1]]
