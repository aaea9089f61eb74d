"""My requests: whose they are, each with what comes next, and who is near."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.accounts.visitors import Visitor
from server.applications.clocks import bar_of, clock_of, left_words, silence_words
from server.applications.queries import number_of
from server.applications.told import steps_in_words
from server.db import lookup
from server.db.records import Records, Stored
from server.exchange.stepping import asked_pieces, pieces_in_words, steps_of_each
from server.portal.file import agents_of, complaints_by, points_near, stops_near
from server.portal.queries import (
    applications_of,
    audience_of,
    catalogue,
    own_and_others,
    own_or_other,
)
from server.portal.requests import URL, holder_of
from server.reference import catalogue as services
from server.web.reader import name_of
from sync.phrases import Phrases
from sync.rules.applications import ASKED, ENDED
from sync.rules.codes import short_code

_WAITING = ("draft", "ready", ASKED)
"""States in which something waits for who made a request: such come first."""
_COMPLAINTS_SHOWN = 3
"""The last ones: their words, and those before, are on the page of one's file."""


def people_of(records: Records, visitor: Visitor, phrases: Phrases) -> list[dict[str, Any]]:
    """Return for whom a visitor speaks, to choose from: the own ones first."""
    own, others = own_and_others(records, visitor)
    return [
        {
            "of": str(UUID(bytes=one.record_id)),
            "name": name_of(one, phrases.language.code),
            "sign": "user" if one.entity.name == "person" else "building-store",
            "about": phrases.say(
                "portal.proxy.for.self" if number < len(own) else "portal.proxy.for.other"
            ),
        }
        for number, one in enumerate((*own, *others))
    ]


def my_page(
    records: Records, visitor: Visitor, of: bytes, phrases: Phrases, now_ms: int
) -> dict[str, Any]:
    """Return what the page of somebody's requests shows. Raises NotFound: not of this phone."""
    subject, is_own = own_or_other(records, visitor, of)
    language, commune = phrases.language.code, str(subject.values["commune_code"])
    requests = applications_of(records, subject)
    going = {str(one.values["service"]) for one in requests if one.values["state"] not in ENDED}
    waiting, steps = sum(_waits(one) for one in requests), steps_of_each(records, requests)
    return {
        "of": str(UUID(bytes=subject.record_id)),
        "name": name_of(subject, language),
        "ref": short_code(subject.record_id),
        "place": lookup.commune_names(records, language).get(commune, ""),
        "is_person": subject.entity.name == "person",
        "is_own": is_own,
        "waiting": waiting,
        "cards": [
            card_of(phrases, one, steps[one.record_id], now_ms)
            for one in sorted(requests, key=lambda one: (not _waits(one), one.record_id))
        ],
        "complaints": complaints_by(records, subject, phrases)[:_COMPLAINTS_SHOWN],
        "agents": agents_of(records, commune, language, now_ms),
        "points": points_near(records, commune, phrases),
        "stops": stops_near(records, commune, phrases, now_ms),
        "may_ask": bool(catalogue(language, audience_of(subject)).keys() - going),
    }


def _waits(request: Stored) -> bool:
    return (request.values["state"] or "draft") in _WAITING


def card_of(phrases: Phrases, request: Stored, steps: list[Stored], now_ms: int) -> dict[str, Any]:
    """Return a request as a card shows it: what comes next, how long, who has it."""
    clock, state = clock_of(request, steps, now_ms), str(request.values["state"] or "draft")
    return {
        "url": f"{URL}/{UUID(bytes=request.record_id)}",
        "number": number_of(request),
        "service": services.name_of(request.values, phrases.language.code),
        "state": phrases.say(f"application.state.{state}"),
        "holder": holder_of(phrases, request),
        "is_asked": state == ASKED,
        "is_waiting": _waits(request),
        "asked": pieces_in_words(phrases, steps[-1].values) if asked_pieces(steps) else [],
        "asked_words": str(steps[-1].values["words"] or "") if state == ASKED and steps else "",
        "clock": clock,
        "left": left_words(phrases, request, clock),
        "silence": silence_words(phrases, request, clock),
        "bar": bar_of(clock, now_ms),
        "last": steps_in_words(phrases, steps)[-1:],
    }
