"""The steps of a request in words, for whoever follows it: office, desk, applicant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.db.records import Stored
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
    who = names.get(step.values["created_by"], "") if step.values["created_by"] else ""  # type: ignore[call-overload]
    pieces = values["pieces"] if isinstance(values["pieces"], tuple) else ()
    receipt = values["receipt_number"]
    at = values["at"]
    title = say(f"request.step.{word}.office" if office else f"request.step.{word}", office=office)
    return {
        "title": say(f"request.step.{word}") if title.startswith("[") else title,
        "detail": phrases.facts(
            (
                phrases.moment(at, "short") if isinstance(at, int) else "",
                say("request.receipt", number=phrases.code(str(receipt))) if receipt else "",
                say(f"application_step.reason.{values['reason']}") if values["reason"] else "",
                phrases.listed(paper_name(phrases, code) for code in pieces),
                who,
            )
        ),
        "said": str(values["words"] or ""),
        "state": "attention" if state in _ATTENTION else "done",
    }
