"""One request as its applicant follows it, and what they may do: file, withdraw, appeal, share.

Whose a request is, the phone says: that of who registered with it.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from server.accounts import proxies
from server.accounts.visitors import Visitor
from server.applications.beside import beside
from server.applications.clocks import Clock, bar_of, clock_of, left_words, silence_words
from server.applications.papers import PHONE, Paper, erased_words, papers_of
from server.applications.queries import number_of
from server.applications.restating import restated_words
from server.applications.told import (
    act_words,
    decided_facts,
    office_name,
    paper_name,
    reason_words,
    steps_in_words,
    why_asked,
)
from server.complaints import commands as complaints
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import bringing, passing
from server.exchange.complaints import KIND
from server.exchange.delays import appeal_day
from server.exchange.stepping import Step, asked_pieces, decided_by, steps_of, take
from server.exchange.steps import states_before
from server.letters.papers import printed
from server.phrases import load_phrases
from server.portal import proposals
from server.portal.file import complaint_shown
from server.portal.queries import registration_of
from server.reference import catalogue
from server.reference.offices import office_for
from server.web.asked import Asked
from server.web.reader import name_of
from server.web.seen import read_id
from sync import local_time
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.applications import (
    ASKED,
    FILED,
    GRANTED,
    RECEIPTED,
    REJECTED,
    REVIEWED,
    SELF,
    Actor,
    require_papers,
    ways_from,
)
from sync.rules.codes import short_code
from sync.rules.offices import Office
from sync.spec import Values

URL = "/portal/requests"
ACTS = (
    "file", "withdraw", "appeal", "done", "unshare", "unlisted", "given", "late", *proposals.ACTS,
)  # fmt: skip
"""What an applicant may do to a request."""
_EPOCH = date(1970, 1, 1).toordinal()
_SERVICE_URLS = {"market": "/portal/market/mine?of={of}"}
"""Service -> where its own way goes on."""
_AUTHOR = Author(None, source="portal")
_TEXT_VERSION = "portal-2"
"""Of the sentence `portal.request.share.text`; raised with every change of its meaning."""


class ShareRefused(Refusal):
    """A request goes to no office without the applicant's consent."""

    code = "share_refused"


class ActGone(Refusal):
    """What was wanted cannot be done any more: the request stands elsewhere by now."""

    code = "act_gone"


def find(records: Records, visitor: Visitor, text: str) -> tuple[Stored, Stored]:
    """Return a request of the visitor's phone, and who asks. Raises NotFound: any other."""
    request = records.find("application", read_id("application", text))
    if request is not None:
        # Of an enterprise that a person asks for, the enterprise's phone leads here alone.
        for name in ("enterprise_id", "person_id"):
            if isinstance(subject_id := request.values[name], bytes):
                return request, registration_of(records, visitor, subject_id)
    raise NotFound("portal: no such request", entity="application")


def request_page(
    records: Records, visitor: Visitor, text: str, phrases: Phrases, now_ms: int
) -> dict[str, Any]:
    """Return what the page of a request shows. Raises NotFound: not of this phone."""
    request, subject = find(records, visitor, text)
    language, values = phrases.language.code, request.values
    steps, papers = steps_of(records, request), papers_of(records, [request])[request.record_id]
    clock = clock_of(request, steps, now_ms)
    office, waits = _office_of(request), passing.asked_of(request)
    offices = {one.code: one for one in (office, waits) if one is not None}
    told = {code for code, one in offices.items() if _is_shared(records, request, one)}
    is_shared = office is not None and office.code in told
    asked, refusal = asked_pieces(steps), _refusal(phrases, request, steps)
    url = f"{URL}/{UUID(bytes=request.record_id)}"
    return {
        "id": str(UUID(bytes=request.record_id)),
        "url": url,
        "number": number_of(request),
        "service": catalogue.name_of(values, language),
        "who": name_of(subject, language),
        "of": str(UUID(bytes=subject.record_id)),
        "decided": decided_facts(phrases, request, steps),
        "state": phrases.say("application.state." + str(values["state"] or "draft")),
        "clock": clock,
        "bar": bar_of(clock, now_ms),
        "left": left_words(phrases, request, clock),
        "silence": silence_words(phrases, request, clock),
        "holder": holder_of(phrases, request),
        "restated": restated_words(records, phrases, request),
        "steps": steps_in_words(phrases, steps),
        "printed": printed(phrases, steps, url),
        "is_asked": bool(asked),
        "asked_words": str(steps[-1].values["words"] or "") if asked else "",
        "papers": [_paper(phrases, one, steps) for one in papers],
        "is_complete": all(one.is_here for one in papers),
        "refusal": refusal,
        "waits": office_name(phrases, waits.code) if waits and waits.code not in told else "",
        "share": office_name(phrases, office.code) if office and office.share else "",
        "is_shared": is_shared,
        "passings": [
            (office_name(phrases, code), at, withdrawn_at)
            for code, at, withdrawn_at in passing.passings_of(records, request)
        ],
        "acts": _acts(records, request, subject, office, is_shared=is_shared)
        | _late(request, clock),
        "spoken": [
            (act_words(phrases, one, name_of(subject, language)), one.at)
            for one in proxies.acts_of(records, subject, request.record_id)
        ],
        "complaints": complaints_of(records, request, phrases),
        "idea": str(values["notes"] or ""),
        "beside": beside(records, phrases, request),
        "service_code": str(values["service"]),
        "service_url": _SERVICE_URLS.get(str(values["service"]), "").format(
            of=UUID(bytes=subject.record_id)
        ),
    }


def _paper(phrases: Phrases, paper: Paper, steps: list[Stored]) -> dict[str, Any]:
    """Return how a paper stands: here, lacking, asked for and why; `path` below the request's."""
    asked = asked_pieces(steps)
    return {
        "why": why_asked(phrases, steps, paper.code),
        "name": paper_name(phrases, paper.code),
        "is_here": paper.is_here and paper.code not in asked,
        "is_unclear": paper.is_unclear,
        "erased": erased_words(phrases, paper),
        "count": phrases.count("desk.queue.pages", len(paper.pages)) if paper.pages else "",
        "path": "" if paper.code == PHONE else f"/papers/{paper.code}",
    }


def _is_shared(records: Records, request: Stored, office: Office | None) -> bool:
    if office is None:
        return False
    return not office.share or passing.consent_for(records, request, office) is not None


def holder_of(phrases: Phrases, request: Stored) -> str:
    """Return who has a request in hands now, for who follows it."""
    office = _office_of(request)
    state = request.values["state"] or "draft"
    if state in ("draft", "ready", "info_requested"):
        return phrases.say("portal.request.holder.you")
    if state in passing.WAITING and request.values["office"]:
        return office_name(phrases, request.values["office"])
    if state in passing.WAITING and office is not None:
        return phrases.say("portal.request.holder.programme")
    return ""


def _refusal(phrases: Phrases, request: Stored, steps: list[Stored]) -> dict[str, Any] | None:
    """Return why a request was refused, and until when one may appeal; None: it is not refused."""
    if request.values["state"] != REJECTED:
        return None
    found = [step for step in steps if step.values["state"] == REJECTED]
    values = found[-1].values if found else request.values
    at = request.values["decided_at"]
    return {
        "reason": reason_words(phrases, values.get("reason") or request.values["reason"]),
        "words": str(values.get("words") or request.values["decision_reason"] or ""),
        "until": appeal_day(request, at) if isinstance(at, int) else None,
    }


def _acts(
    records: Records, request: Stored, subject: Stored, office: Office | None, *, is_shared: bool
) -> set[str]:
    """Return what the applicant may do now. `is_shared`: the office may know of it."""
    before, kind = states_before(records, request), decided_by(request)
    ways = ways_from(request.values, Actor.APPLICANT, kind, before)
    ends = {way.end for way in ways}
    found = set()
    if "ready" in ends or FILED in ends:
        found.add("file")
    if "withdrawn" in ends:
        found.add("withdraw")
    if any(way.is_appeal for way in ways):
        found.add("appeal")
    if kind in SELF and ends & {GRANTED, "delivered"}:
        found.add("done")
    if office is not None and office.share and is_shared:
        found.add("unshare")
    if request.values["state"] in passing.WAITING:
        found.add("unlisted")
    if request.values["state"] == ASKED:
        found.add("given")
    return found | proposals.acts_of(records, request, subject)


def _late(request: Stored, clock: Clock | None) -> set[str]:
    """Return the way that somebody has whom nobody answered in time: to complain of it."""
    is_late = clock is not None and clock.is_over and request.values["state"] in passing.WAITING
    return {"late"} if is_late else set()


def act(work: Work, visitor: Visitor, text: str, form: Asked, language: str) -> None:
    """Do what an applicant wants with a request.

    Raises:
        NotFound: not of this phone.
        ActGone, ShareRefused, PapersLacking, StepNotAllowed: as they say.
    """
    seen, subject = find(work, visitor, text)
    request = work.lock("application", seen.record_id)
    assert request is not None
    office = _office_of(request)
    wanted = form.one_of("act", ACTS)
    steps, is_shared = steps_of(work, request), _is_shared(work, request, office)
    clock = clock_of(request, steps, work.now_ms)
    may = _acts(work, request, subject, office, is_shared=is_shared) | _late(request, clock)
    may_share = wanted == "file" and office and request.values["state"] in passing.WAITING
    if wanted not in may and not may_share:
        raise ActGone(f"portal: {wanted} no more")
    if wanted == "unshare":
        assert office is not None
        _withdraw_share(work, request, office)
    elif wanted in _COMPLAINTS:
        phrases = load_phrases(language)
        evidence = (
            silence_words(phrases, request, clock)
            if wanted == "late"
            else _of_papers(work, request, steps, phrases)
        )
        complaints.make(work, subject, _COMPLAINTS[wanted], evidence, request)
        proxies.note(work, visitor.phone, subject, "complain", request.record_id)
        return
    elif wanted in proposals.ACTS:
        proposals.act(work, request, subject, wanted, form, language=language)
    elif wanted == "file":
        _file(work, request, None if is_shared else office, form, language)
    else:
        state = {"withdraw": "withdrawn", "appeal": REVIEWED}.get(wanted) or _done(request)
        take(work, request, Step(state, Actor.APPLICANT, source="portal"))
        bringing.close_tasks(work, request)
    proxies.note(work, visitor.phone, subject, wanted, request.record_id)
    passing.pass_on(work)


_COMPLAINTS = {"unlisted": "paper", "given": "given", "late": "delay"}
"""What an applicant complains of with one touch -> what it is about, of `ABOUTS`."""


def _of_papers(records: Records, request: Stored, steps: list[Stored], phrases: Phrases) -> str:
    """Return what a complaint of papers rests on: the list under which it was filed, what is here.

    A paper may have been asked for that is not on the list, or was given already.
    """
    asked = asked_pieces(steps)
    (papers,) = papers_of(records, [request]).values()
    lines = [
        phrases.say(
            "portal.complaint.list",
            edition=request.values["service_version"] or 1,
            papers=phrases.listed(paper_name(phrases, one.code) for one in papers),
        ),
        phrases.say(
            "portal.complaint.here",
            papers=phrases.listed(paper_name(phrases, one.code) for one in papers if one.is_here)
            or "—",
        ),
    ]
    if asked:
        named = phrases.listed(paper_name(phrases, code) for code in asked)
        lines.append(phrases.say("portal.complaint.asked", papers=named))
    return "\n".join(lines)


def complaints_of(records: Records, request: Stored, phrases: Phrases) -> list[dict[str, Any]]:
    """Return the complaints about a request, as who made it follows them."""
    table = records.tables.records["task"]
    found = records.list(
        "task",
        table.c.application_id == request.record_id,
        table.c.kind == KIND,
        order=(table.c.id.desc(),),
    )
    appealed = {one.values["appeal_of"] for one in found}
    return [
        complaint_shown(records, phrases, one, is_appealed=one.record_id in appealed)
        for one in found
    ]


def _done(request: Stored) -> str:
    return "delivered" if request.values["state"] == GRANTED else GRANTED


def _file(work: Work, request: Stored, untold: Office | None, form: Asked, language: str) -> None:
    """File a request; or, of one that is filed and waits for a consent, give that alone.

    Args:
        untold: the office that may not know of it yet.
    """
    if untold is not None:
        if form.get("share") != "yes":
            raise ShareRefused("portal: no consent to share", field="share")
        _consent(work, request, untold, language)
    if request.values["state"] not in ("draft", "ready", None):
        return
    (papers,) = papers_of(work, [request]).values()
    require_papers([one.code for one in papers], [one.code for one in papers if one.is_here])
    if request.values["state"] != "ready":
        take(work, request, Step("ready", Actor.APPLICANT, source="portal"))
    said = Values()
    if decided_by(request) in RECEIPTED:
        said["receipt_number"] = receipt_of(request, work.now_ms)
    take(work, request, Step(FILED, Actor.APPLICANT, source="portal", said=said))


def receipt_of(request: Stored, now_ms: int) -> str:
    """Return the number of the receipt that the programme gives for what is filed with it."""
    day = date.fromordinal(_EPOCH + local_time.day_of(now_ms))
    return f"{day.year}-{short_code(request.record_id)}"


def _consent(work: Work, request: Stored, office: Office, language: str) -> None:
    values = request.values
    work.insert(
        "consent",
        {
            "commune_code": values["commune_code"],
            "person_id": values["person_id"],
            "enterprise_id": values["enterprise_id"],
            "purpose": office.share,
            "recipient": office.code,
            "ground": "consent",
            "text_version": _TEXT_VERSION,
            "language": language,
            "given": True,
            "method": "web_form",
            "given_at": work.now_ms,
        },
        _AUTHOR,
    )


def _withdraw_share(work: Work, request: Stored, office: Office) -> None:
    consent = passing.consent_for(work, request, office)
    if consent is None:
        raise ActGone("portal: nothing shared")
    withdrawn: Values = {"withdrawn_at": work.now_ms, "withdrawn_via": "web"}
    work.change("consent", consent.record_id, withdrawn, _AUTHOR)


def _office_of(request: Stored) -> Office | None:
    values = request.values
    return office_for(values["service"], values["commune_code"], values["service_version"])
