"""The steps of a request in words, for whoever follows it: office, desk, applicant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.db.records import Stored
from server.exchange.stepping import pieces_in
from server.reference import files
from server.reference.offices import find_office
from sync.phrases import Phrases
from sync.rules.applications import ASKED, REJECTED

_ATTENTION = (ASKED, REJECTED, "expired")


def office_name(phrases: Phrases, code: object) -> str:
    """Return what an office is called; of none, or one that is gone, its code."""
    office = find_office(code)
    return office.names[phrases.language.code] if office else str(code or "")


def paper_name(phrases: Phrases, code: str) -> str:
    """Return what a paper is called; one of a newer catalogue by its code."""
    return files.documents().get(code, {}).get(phrases.language.code, code)


def reason_words(phrases: Phrases, code: object) -> str:
    """Return why a request was refused, in words of the list; of none nothing."""
    return phrases.say(f"application_step.reason.{code}") if isinstance(code, str) else ""


def steps_in_words(
    phrases: Phrases, steps: Sequence[Stored], names: Mapping[bytes, str] | None = None
) -> list[dict[str, Any]]:
    """Return steps as `kit.history` draws them, the first first.

    Args:
        names: of accounts, where the reader may know who it was.
    """
    shown = [_step(phrases, step, names or {}) for step in steps]
    if shown and shown[-1]["state"] == "done":
        shown[-1]["state"] = "now"
    return shown


def _step(phrases: Phrases, step: Stored, names: Mapping[bytes, str]) -> dict[str, Any]:
    values, say = step.values, phrases.say
    state = str(values["state"])
    office = office_name(phrases, values["office"])
    word = "appealed" if values["appealed"] else state
    by, receipt, at = values["created_by"], values["receipt_number"], values["at"]
    who = names.get(by, "") if isinstance(by, bytes) else ""
    title = say(f"request.step.{word}.office" if office else f"request.step.{word}", office=office)
    return {
        "title": say(f"request.step.{word}") if title.startswith("[") else title,
        "detail": phrases.facts(
            (
                phrases.moment(at, "short") if isinstance(at, int) else "",
                say("request.receipt", number=phrases.code(str(receipt))) if receipt else "",
                phrases.say("request.decided_on", day=phrases.day(decided))
                if isinstance(decided := values["decided_on"], int)
                else "",
                reason_words(phrases, values["reason"]),
                phrases.listed(paper_name(phrases, code) for code in pieces_in(values)),
                who,
            )
        ),
        "said": str(values["words"] or ""),
        "state": "attention" if state in _ATTENTION else "done",
    }
