"""The steps of a request in words, for whoever follows it: office, desk, applicant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.db.records import Stored
from server.exchange.stepping import asked_pieces, pieces_in_words
from server.exchange.steps import OF_OFFICE
from server.reference import files
from server.reference.offices import find_office
from sync.merge import last_writer
from sync.phrases import Phrases
from sync.rules.applications import ASKED, REJECTED, Actor, piece_reasons

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


def why_asked(phrases: Phrases, steps: Sequence[Stored], code: str) -> str:
    """Return why a paper is asked for now, in words; empty: it is not, or nobody said."""
    if code not in asked_pieces(list(steps)):
        return ""
    reason = piece_reasons(steps[-1].values).get(code, "")
    return phrases.say(f"application_step.piece.{reason}") if reason else ""


def decided_facts(
    phrases: Phrases, request: Stored, steps: Sequence[Stored]
) -> list[tuple[str, str, str]]:
    """Return (label, value, field): when the office decided what stands, if it told of it later."""
    last = steps[-1].values if steps else {}
    decided = last.get("decided_on")
    if last.get("state") != request.values["state"] or not isinstance(decided, int):
        return []
    label = phrases.say("application_step.field.decided_on")
    return [(label, phrases.day(decided), "decided_at")]


def tellings_in_words(
    phrases: Phrases, tasks: Sequence[Stored], names: Mapping[bytes, str]
) -> list[dict[str, str]]:
    """Return what agents told the applicant: title and detail; who, how, when, or until when."""
    rows = []
    for task in tasks:
        values, say = task.values, phrases.say
        is_done, told, due = values["state"] == "done", values["told"], values["due_on"]
        stage = "done" if is_done else "dropped" if values["state"] == "dropped" else "waits"
        by = last_writer(task.entity, task.writers, "state").agent_id if is_done else None
        who = names.get(by or values["owner_id"] or b"", "")  # type: ignore[arg-type]
        at = values["done_at"]
        when = phrases.moment(at, "short") if is_done and isinstance(at, int) else ""
        if stage == "waits" and isinstance(due, int):
            when = say("request.told.until", day=phrases.day(due, "short"))
        how = say(f"task.told.{told}") if isinstance(told, str) else ""
        rows.append(
            {"title": say(f"request.told.{stage}"), "detail": phrases.facts((how, who, when))}
        )
    return rows


def tellers(tasks: Sequence[Stored]) -> set[bytes]:
    """Return who told, or is to tell."""
    found = {task.values["owner_id"] for task in tasks}
    found |= {last_writer(task.entity, task.writers, "state").agent_id for task in tasks}
    return {one for one in found if isinstance(one, bytes)}


def act_words(phrases: Phrases, row: Any, for_name: str) -> str:
    """Return what a proxy did: who, for whom, what."""
    said = phrases.say("portal.proxy.did", name=row.name, of=for_name)
    act = f"portal.proxy.act.{row.act}"
    return phrases.facts((said, phrases.say(act)) if phrases.message(act) else (said,))


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


def _is_seen(values: Mapping[str, object]) -> bool:
    """Whether an agent wrote a step that is an office's to take: they saw it at the counter."""
    return values["actor"] == Actor.AGENT and values["state"] in OF_OFFICE


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
                say("request.step.seen") if _is_seen(values) else "",
                reason_words(phrases, values["reason"]),
                phrases.listed(pieces_in_words(phrases, values)),
                who,
            )
        ),
        "said": str(values["words"] or ""),
        "state": "attention" if state in _ATTENTION else "done",
    }
