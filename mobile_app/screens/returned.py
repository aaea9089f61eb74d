"""Visits that the office sent back: who asks what until when, written or spoken; and their answers.

The same record is corrected: what it said before is in its history, and `review_state` says that
the answer is here. Nothing else closes the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.screens.voice import RETURN, Spoken, VoiceNote
from mobile_app.store.records import Record
from sync import local_time, scopes
from sync.rules.returns import PARTS

_ANSWERED_DAYS = 7
"""So long an answer stays on Today after its question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the office asks of one visit, in words.

    `field`: a field of a visit, or one of `returns.PARTS`; `label`: its name, empty for none.
    `by`: who asks; `at`: when, Unix milliseconds. `due`: until when, empty for no day.
    `recordings`: the question as it was spoken.
    """

    field: str
    label: str
    by: str
    at: int
    note: str
    due: str
    is_late: bool
    recordings: Sequence[VoiceNote]


def waiting(context: Context) -> Sequence[Record]:
    """Return this agent's visits that were sent back, what is due first first."""
    return context.opened.list(
        "visit",
        "review_state = 'returned' AND agent_id = ?",
        (context.opened.kept.agent_id,),
        order="returned_due_on IS NULL, returned_due_on, id",
    )


def answered(context: Context) -> Sequence[Record]:
    """Return those that this agent has corrected and nobody has accepted yet, of some days."""
    since = context.now_ms() - _ANSWERED_DAYS * scopes.DAY_MS
    return context.opened.list(
        "visit",
        "review_state = 'corrected' AND agent_id = ? AND returned_at >= ?",
        (context.opened.kept.agent_id, since),
        order="returned_at DESC, id",
    )


def question(context: Context, visit: Record) -> Question | None:
    """Return what is asked of a visit; None if nothing is."""
    values = visit.values
    if values.get("review_state") != "returned":
        return None
    field = str(values.get("returned_field") or "")
    asker, at = values.get("returned_by"), values.get("returned_at")
    agent = context.opened.find("agent", asker) if isinstance(asker, bytes) else None
    due, is_late = due_in_words(context, values.get("returned_due_on"))
    return Question(
        field,
        _label(context, visit, field),
        (context.name(agent)[0] if agent else "") or context.say("tablet.question.office"),
        at if isinstance(at, int) else 0,
        str(values.get("returned_note") or ""),
        due,
        is_late,
        Spoken(context, "visit", visit.record_id, RETURN).rows(),
    )


def due_in_words(context: Context, due_on: object) -> tuple[str, bool]:
    """Return by when something is to be done, in words, and whether that day is over."""
    today = local_time.day_of(context.now_ms())
    if not isinstance(due_on, int):
        return "", False
    if due_on == today:
        return context.say("tablet.due.today"), False
    is_late = due_on < today
    code = "since" if is_late else "by"
    return context.say(f"tablet.due.{code}", day=context.phrases.day(due_on, "short")), is_late


def _label(context: Context, visit: Record, field: str) -> str:
    if field in PARTS:
        return context.say(f"desk.visits.part.{field}")
    is_known = field in visit.entity.field_by_name
    return context.say(f"visit.field.{field}") if is_known else ""
