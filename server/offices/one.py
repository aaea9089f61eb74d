"""All that an office is shown of one request: facts, papers, clock, steps, what it may answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from server.applications.beside import beside
from server.applications.clocks import bar_of, clock_of, left_words, silence_words
from server.applications.one import paper_row
from server.applications.papers import papers_of, wanted_by
from server.applications.queries import applicant_of, number_of, service_name
from server.applications.restating import restated_words
from server.applications.told import decided_facts, office_name, steps_in_words
from server.db import lookup
from server.db.records import Records, Stored
from server.exchange.passing import WAITING
from server.exchange.stepping import decided_by, steps_of
from server.exchange.steps import states_before
from server.letters.papers import printed
from server.letters.words import letter_of
from server.offices.commands import ANSWERS, why_not
from server.offices.queries import URL, actor_of, colleagues
from server.photos.queries import PAPERS_URL
from server.rights import Right
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen
from server.web.values import shown
from sync.errors import Refusal
from sync.rules.applications import (
    ASKED,
    PIECE_REASONS,
    Actor,
    AskedTwice,
    check_step,
    reasons_for,
    ways_from,
)

_FACTS = {
    "person": ("birth_year", "phone", "rna"),
    "enterprise": ("legal_form", "ice", "phone"),
}
"""What of who asked is said to an office, beside the name: what its own form would ask first."""


_KEYS = dict(zip(ANSWERS, "ARO", strict=True))
"""Answer -> the key that chooses it, by its place."""


def one_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a request shows. Raises NotFound: none that the reader may answer."""
    request = get_seen(records, reader, "application", text, Right.ANSWER_REQUESTS)
    asked_by, values = applicant_of(records, reader, request), request.values
    steps, papers = steps_of(records, request), papers_of(records, [request])[request.record_id]
    clock = clock_of(request, steps, reader.now_ms)
    url = f"{URL}/{UUID(bytes=request.record_id)}"
    return {
        "request": request,
        "url": url,
        "number": number_of(request),
        "service": service_name(reader, request),
        "latin": (asked_by.values["name_fr"] if asked_by else None) or "",
        "arabic": (asked_by.values["name_ar"] if asked_by else None) or "",
        "state": word(reader, "application", "state", values["state"]),
        "is_open": values["state"] in WAITING,
        "facts": [
            *_facts(records, reader, request, asked_by),
            *decided_facts(reader.phrases, request, steps),
        ],
        "papers": [paper_row(records, reader, paper, steps, PAPERS_URL) for paper in papers],
        "papers_here": sum(paper.is_here for paper in papers),
        "clock": clock,
        "bar": bar_of(clock, reader.now_ms),
        "left": left_words(reader.phrases, request, clock),
        "silence": silence_words(reader.phrases, request, clock),
        "restated": restated_words(records, reader.phrases, request),
        "steps": steps_in_words(reader.phrases, steps, _names(records, reader, steps)),
        "beside": beside(records, reader.phrases, request),
        "letter": _letter(request, asked_by, steps),
        "printed": printed(reader.phrases, steps, url),
        **_judging(records, reader, request, steps),
    }


def _judging(
    records: Records, reader: Reader, request: Stored, steps: Sequence[Stored]
) -> dict[str, Any]:
    """Return who holds a request, what the reader may answer, and why not."""
    values, kind, actor = request.values, decided_by(request), actor_of(reader)
    before = states_before(records, request)
    ends = {way.end for way in ways_from(values, actor, kind, before)}
    refusal, holder_id = why_not(records, reader, request), values["holder_id"]
    holder = (
        lookup.agents(records, [holder_id]).get(holder_id) if isinstance(holder_id, bytes) else None
    )
    is_mine = holder_id == reader.session.agent_id
    is_free = holder_id is None
    may = refusal is None and (is_mine or is_free)
    return {
        "why_not": reader.phrases.sentence(refusal.code, refusal.values) if refusal else "",
        "is_judge": refusal is None,
        "is_family": refusal is not None and refusal.code == "request_of_family",
        "holder": name_of(holder, reader.language),
        "is_mine": is_mine,
        "is_free": is_free,
        "answers": [
            (state, reader.phrases.say(f"desk.queue.answer.{state}"), "", "", _KEYS[state])
            for state in ANSWERS
            if may and state in ends
        ],
        "piece_reasons": [
            (code, reader.phrases.say(f"application_step.piece.{code}")) for code in PIECE_REASONS
        ],
        "may_deliver": may and "delivered" in ends,
        "may_ask": may and ASKED in ends and bool(wanted_by(request)),
        "asks_once": any(kind in way.once_for for way in ways_from(values, actor, kind)),
        "asked_on": _asked_on(request, actor, steps, before),
        "reasons": [
            (code, reader.phrases.say(f"application_step.reason.{code}"))
            for code in reasons_for(kind)
        ],
        "colleagues": colleagues(records, reader),
        "wants_amount": bool(values["amount_asked"]),
    }


def _asked_on(
    request: Stored, actor: Actor, steps: Sequence[Stored], before: Sequence[str]
) -> int | None:
    """Return when papers were asked for, where law lets nobody ask again; else None."""
    kind = decided_by(request)
    try:
        check_step(request.values, ASKED, before=before, decided_by=kind, actor=actor)
    except AskedTwice:
        asked = [step for step in steps if step.values["state"] == ASKED]
        at = asked[0].values["at"] if asked else None
        return at if isinstance(at, int) else 0
    except Refusal:
        return None
    return None


def _facts(
    records: Records, reader: Reader, request: Stored, asked_by: Stored | None
) -> list[tuple[str, ...]]:
    say, values = reader.phrases.say, request.values
    places = lookup.commune_names(records, reader.language)
    agents = lookup.agents(records, [values["agent_id"]])
    found: list[tuple[str, ...]] = [
        (say("desk.visits.commune"), places.get(str(values["commune_code"]), ""))
    ]
    if asked_by is not None:
        entity = asked_by.entity
        found += [
            (
                say(f"{entity.name}.field.{name}"),
                shown(reader, entity, name, asked_by.values[name]),
            )
            for name in _FACTS[entity.name]
            if asked_by.values[name] is not None
        ]
    for name in ("amount_asked", "amount_granted", "submitted_at"):
        if values[name] is not None:
            found.append(
                (
                    say(f"application.field.{name}"),
                    shown(reader, request.entity, name, values[name]),
                )
            )
    agent_id = values["agent_id"]
    if isinstance(agent_id, bytes) and agent_id in agents:
        found.append((say("desk.queue.agent"), name_of(agents[agent_id], reader.language)))
    found.append((say("application.field.office"), office_name(reader.phrases, values["office"])))
    return found


def _letter(
    request: Stored, asked_by: Stored | None, steps: Sequence[Stored]
) -> list[dict[str, Any]]:
    """Return the letter of the last answer; nothing while there is none."""
    for step in reversed(steps):
        state, at = str(step.values["state"]), step.values["at"]
        if state in ANSWERS and isinstance(at, int):
            return letter_of(request, asked_by, state, step.values, at)
    return []


def _names(records: Records, reader: Reader, steps: Sequence[Stored]) -> dict[bytes, str]:
    ids = {one for step in steps if isinstance(one := step.values["created_by"], bytes)}
    found = lookup.agents(records, ids)
    return {one: name_of(agent, reader.language) for one, agent in found.items()}
