"""One request as coordinators see it: facts, papers, clock, steps, holder, what was shared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.accounts import proxies
from server.applications.beside import attendance_of, beside
from server.applications.clocks import bar_of, clock_of, left_words, silence_words
from server.applications.papers import Paper, erased_words, papers_of
from server.applications.queries import applicant_of, flag_of, number_of, service_name
from server.applications.restating import restated_words
from server.applications.told import (
    act_words,
    decided_facts,
    office_name,
    paper_name,
    steps_in_words,
    tellers,
    tellings_in_words,
    why_asked,
)
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import passing, telling
from server.exchange.publishing import INNOVATION
from server.exchange.stepping import Step, asked_pieces, decided_by, steps_of, take
from server.exchange.steps import states_before
from server.photos.queries import PAPERS_URL, papers_shown
from server.photos.queries import URL as PHOTOS_URL
from server.reference.offices import DESK_KINDS, find_office
from server.rights import Reach, Right
from server.web.asked import Asked
from server.web.named import page_of
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen
from server.web.shell import DESK
from server.web.values import shown
from sync import typed
from sync.checks import TooLong
from sync.limits import NOTE_CHARS_MAX
from sync.rules.applications import CLOSED, GRANTED, Actor, ways_from

DESK_STEPS = (CLOSED, "expired", "draft")
"""Steps that the desk takes itself, beside the answers of its own offices."""
_FACTS = ("amount_asked", "amount_granted", "submitted_at", "receipt_number", "receipt_authority")


def request_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a request shows. Raises NotFound: none that the reader may see."""
    request = get_seen(records, reader, "application", text)
    asked_by, values = applicant_of(records, reader, request), request.values
    steps, papers = steps_of(records, request), papers_of(records, [request])[request.record_id]
    clock = clock_of(request, steps, reader.now_ms)
    waits, phrases = passing.waits_for(records, request), reader.phrases
    by = {one for step in steps if isinstance(one := step.values["created_by"], bytes)}
    tellings = telling.tasks_of(records, request)
    people = lookup.agents(records, by | _agents_of(request) | tellers(tellings))
    names = {one: name_of(agent, reader.language) for one, agent in people.items()}
    return {
        "request": request,
        "url": f"{DESK}/requests/{UUID(bytes=request.record_id)}",
        "history_url": f"{DESK}/history/application/{UUID(bytes=request.record_id)}",
        "answer_url": _answer_url(reader, request),
        "flag_url": flag_of(records, reader, request),
        "number": number_of(request),
        "service": service_name(reader, request),
        "latin": (asked_by.values["name_fr"] if asked_by else None) or "",
        "arabic": (asked_by.values["name_ar"] if asked_by else None) or "",
        "subject_url": page_of(asked_by.entity.name, asked_by.record_id)
        if asked_by and reader.may(Right.SEE_PEOPLE)
        else "",
        "state": word(reader, "application", "state", values["state"] or "draft"),
        "facts": [
            *_facts(records, reader, request, names),
            *decided_facts(phrases, request, steps),
        ],
        "papers": [_paper(records, reader, paper, steps) for paper in papers],
        "papers_here": sum(paper.is_here for paper in papers),
        "clock": clock,
        "bar": bar_of(clock, reader.now_ms),
        "left": left_words(phrases, request, clock),
        "silence": silence_words(phrases, request, clock),
        "restated": restated_words(records, phrases, request),
        "steps": steps_in_words(phrases, steps, names),
        "spoken": _spoken(records, reader, request, asked_by),
        "tellings": tellings_in_words(phrases, tellings, names),
        "beside": beside(records, phrases, request),
        "result": _result_form(reader, request, steps),
        "place_url": _place_url(records, reader, request),
        "waits": office_name(phrases, waits.code) if waits else "",
        "passings": [
            (office_name(phrases, code), at, withdrawn_at)
            for code, at, withdrawn_at in passing.passings_of(records, request)
        ],
        "desk_steps": [
            (way.end, phrases.say(f"desk.requests.step.{way.end}"))
            for way in _ways(records, reader, request)
            if way.end != "expired" or (clock is not None and clock.is_over)
        ],
    }


def _spoken(
    records: Records, reader: Reader, request: Stored, asked_by: Stored | None
) -> list[tuple[str, int]]:
    """Return what who speaks for the applicant did of a request: in words, when."""
    if asked_by is None:
        return []
    name = name_of(asked_by, reader.language)
    return [
        (act_words(reader.phrases, one, name), one.at)
        for one in proxies.acts_of(records, asked_by, request.record_id)
    ]


def _agents_of(request: Stored) -> set[bytes]:
    both = (request.values["agent_id"], request.values["holder_id"])
    return {one for one in both if isinstance(one, bytes)}


def _answer_url(reader: Reader, request: Stored) -> str:
    """Return where the reader answers a request; empty where that is not theirs."""
    reach, office = reader.session.standing.reach(Right.ANSWER_REQUESTS), request.values["office"]
    found = find_office(office)
    is_ours = found is not None and (reach is Reach.ORGANISATION or found.kind in DESK_KINDS)
    if reach is Reach.NONE or not is_ours:
        return ""
    return f"{DESK}/queue/{UUID(bytes=request.record_id)}"


def _result_form(reader: Reader, request: Stored, steps: list[Stored]) -> str | None:
    """Return what a result begins with that is to be published; None: there is none to write."""
    is_over = request.values["state"] in ("delivered", CLOSED)
    if request.values["service"] != INNOVATION or not is_over or not reader.may(Right.DECIDE):
        return None
    told = [step.values["words"] for step in steps if step.values["state"] == "delivered"]
    return str(request.values["result"] or (told[-1] if told else "") or "")


def write_result(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Store what everybody may read of a pilot, once who proposed it agrees; empty: nothing.

    Raises:
        NotFound: no request that the reader decides of, or of another service.
        TooLong: of the words.
    """
    seen = get_seen(work, reader, "application", text, Right.DECIDE)
    if seen.values["service"] != INNOVATION or seen.values["state"] not in ("delivered", CLOSED):
        raise NotFound("application: no result to write", entity="application")
    words = typed.text(form.get("result"))
    if (over := len(words) - NOTE_CHARS_MAX) > 0:
        raise TooLong("application: result", field="result", most=NOTE_CHARS_MAX, over=over)
    author = Author(reader.session.agent_id)
    work.change("application", seen.record_id, {"result": words or None}, author)


def _place_url(records: Records, reader: Reader, request: Stored) -> str:
    """Return where a request for a training gets its place; empty where it has one, or may not."""
    is_open = request.values["state"] in (*passing.WAITING, GRANTED)
    if request.values["service"] != "training" or not is_open or not _answer_url(reader, request):
        return ""
    given = attendance_of(records, request)
    if given is not None and given.values["state"] != "absent":
        return ""
    return f"{DESK}/requests/{UUID(bytes=request.record_id)}/place"


def _ways(records: Records, reader: Reader, request: Stored) -> list[Any]:
    if not reader.may(Right.DECIDE):
        return []
    before = states_before(records, request)
    ways = ways_from(request.values, _actor(reader), decided_by(request), before)
    return [way for way in ways if way.end in DESK_STEPS]


def _actor(reader: Reader) -> Actor:
    is_manager = reader.session.standing.role == "programme_manager"
    return Actor.PROGRAMME if is_manager else Actor.COORDINATOR


def step_on(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Take a step of the desk's own: close what has ended, for one.

    Raises:
        NotFound: no request that the reader decides of.
        StepNotAllowed: the table has no such way; somebody else was faster, for one.
    """
    seen = get_seen(work, reader, "application", text, Right.DECIDE)
    request = work.lock("application", seen.record_id)
    if request is None or request.deleted_at is not None:
        raise NotFound("application: deleted", entity="application")
    state = form.one_of("state", DESK_STEPS) or CLOSED
    take(work, request, Step(state, _actor(reader), reader.session.agent_id))


def _facts(
    records: Records, reader: Reader, request: Stored, names: dict[bytes, str]
) -> list[tuple[str, str, str]]:
    """Return (label, value, field) of what is known; what was not said is not."""
    say, values = reader.phrases.say, request.values
    places = lookup.commune_names(records, reader.language)
    known = {name: shown(reader, request.entity, name, values[name]) for name in _FACTS}
    known["commune_code"] = places.get(str(values["commune_code"]), "")
    known["office"] = office_name(reader.phrases, values["office"])
    for name in ("agent_id", "holder_id"):
        agent_id = values[name]
        known[name] = names.get(agent_id, "") if isinstance(agent_id, bytes) else ""
    order = ("commune_code", "office", "holder_id", "agent_id", *_FACTS)
    found = []
    for name in order:
        label = say(
            "desk.visits.commune" if name == "commune_code" else f"application.field.{name}"
        )
        if known[name] and values[name] is not None:
            found.append((label, known[name], name))
    return found


def _paper(records: Records, reader: Reader, paper: Paper, steps: list[Stored]) -> dict[str, Any]:
    url = PHOTOS_URL if reader.may(Right.SEE_VISITS) else PAPERS_URL
    return paper_row(records, reader, paper, steps, url)


def paper_row(
    records: Records, reader: Reader, paper: Paper, steps: list[Stored], url: str
) -> dict[str, Any]:
    """Return a paper as pages show it: whether it is there, and its pages at an address."""
    pages = papers_shown(records, reader, paper.pages, url)
    kind = "lacking" if not paper.is_here else "unclear" if paper.is_unclear else "here"
    kind = "erased" if kind == "lacking" and paper.erased_at else kind
    kind = "asked" if paper.code in asked_pieces(steps) else kind
    return {
        "code": paper.code,
        "name": paper_name(reader.phrases, paper.code),
        "pages": pages,
        "taken_at": paper.pages[-1].values["taken_at"] if paper.pages else None,
        "kind": kind,
        "words": erased_words(reader.phrases, paper)
        if kind == "erased"
        else reader.phrases.say(f"desk.queue.paper.{kind}"),
        "why": why_asked(reader.phrases, steps, paper.code),
        "count": reader.phrases.count("desk.queue.pages", len(pages)) if pages else "",
    }
