"""What a receipt or a letter says: in Arabic and French beside each other.

A letter says what the office said, and how one appeals. The office's own words stand as they were
typed: nobody's reasons are translated by a machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.applications.queries import number_of
from server.applications.told import office_name, reason_words
from server.db.records import Stored
from server.exchange.delays import appeal_day
from server.exchange.stepping import pieces_in_words
from server.phrases import SPOKEN, load_phrases
from server.reference import catalogue
from server.web.reader import name_in
from sync import local_time
from sync.phrases import Phrases
from sync.rules.applications import ASKED, FILED, REJECTED
from sync.spec import Value


def letter_of(
    request: Stored, asked_by: Stored | None, state: str, said: Mapping[str, Value], at: int
) -> list[dict[str, Any]]:
    """Return the letter in each language, Arabic first.

    Args:
        asked_by: who made the request; None where the reader may not know.
        said: what the answer's step says.
        at: when it was answered, Unix ms.
    """
    return [
        _in_language(load_phrases(language), request, asked_by, (state, said, at))
        for language in SPOKEN
    ]


def _in_language(
    phrases: Phrases,
    request: Stored,
    asked_by: Stored | None,
    answer: tuple[str, Mapping[str, Value], int],
) -> dict[str, Any]:
    state, said, at = answer
    language, say = phrases.language, phrases.say
    service = catalogue.name_of(request.values, language.code)
    values = asked_by.values if asked_by else {}
    who = name_in(language.code, values.get("name_fr"), values.get("name_ar"))
    reason, amount, decided = said.get("reason"), said.get("amount"), said.get("decided_on")
    return {
        "language": language,
        "office": office_name(phrases, request.values["office"]),
        "on": phrases.day(local_time.day_of(at), "long"),
        "subject": say("letter.subject"),
        "number": number_of(request),
        "greeting": say("letter.greeting", name=who) if who else say("letter.greeting.nobody"),
        "body": say(f"letter.body.{state}", service=service),
        "decided": say("letter.decided_on", day=phrases.day(decided, "long"))
        if isinstance(decided, int)
        else "",
        "reason": say("letter.reason", reason=reason_words(phrases, reason)) if reason else "",
        "amount": say("letter.amount", amount=phrases.scaled(amount, 2))
        if isinstance(amount, int)
        else "",
        "pieces": pieces_in_words(phrases, said),
        "words": str(said.get("words") or ""),
        "after": _after(phrases, request, state, at),
    }


def _after(phrases: Phrases, request: Stored, state: str, at: int) -> str:
    """Return what one may do about an answer, and until when."""
    if state == ASKED:
        return phrases.say("letter.bring")
    due = request.values["due_on"]
    if state == FILED and isinstance(due, int):
        return phrases.say("letter.due", day=phrases.day(due, "long"))
    if state != REJECTED:
        return ""
    until = appeal_day(request, at)
    if until is None:
        return phrases.say("letter.appeal")
    return phrases.say("letter.appeal.until", day=phrases.day(until, "long"))
