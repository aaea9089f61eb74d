"""Take a step of a request at the server: a record of its own, and the request says its state.

Whoever leads a request on, an office, the desk, the applicant at the portal, does it here; a
tablet's steps come as they were captured. What belongs to a step is done with it: the day by which
an answer is due, and what is to be brought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import follow_ups
from server.exchange.consents import at_of
from server.exchange.delays import delay_of, due_on, steps_by_request
from server.exchange.notices import tell_back, tell_step
from server.exchange.steps import states_before
from server.reference import catalogue, files
from sync.phrases import Phrases
from sync.rules.applications import (
    ASKED,
    FILED,
    GRANTED,
    REJECTED,
    REVIEWED,
    Actor,
    Way,
    check_step,
    piece_reasons,
)
from sync.rules.delays import Unit
from sync.spec import Value, Values

_SAME_MS = 60_000
"""A step and the change of its request are captured together: so near in time they are one."""
_HELD = ("acknowledged", REVIEWED, ASKED)
_DECISIONS = (GRANTED, REJECTED, "referred")


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is taken now. `by`: whose account; `said`: more fields of its record."""

    state: str
    actor: Actor
    by: bytes | None = None
    source: str = "web"
    said: Values = field(default_factory=Values)


def take(work: Work, application: Stored, step: Step) -> Stored:
    """Take a step of a request that is locked. Returns its record.

    Raises:
        StepNotAllowed, StepLacks, AskedTwice: the table has no such way; nothing is changed.
    """
    values, author = application.values, Author(step.by, source=step.source)
    way, changes = _way(work, application, step)
    record = work.insert(
        "application_step",
        {
            "commune_code": values.get("commune_code"),
            "application_id": application.record_id,
            "state": step.state,
            "at": work.now_ms,
            "actor": step.actor.value,
            "office": values.get("office"),
            "edition": values.get("service_version"),
            "appealed": way.is_appeal or None,
            **step.said,
        },
        author,
    )
    work.change("application", application.record_id, changes, author)
    keep_due(work, application)
    follow_ups.make(work, application, step.state)
    tell_step(work, application, record)
    return record


def take_back(work: Work, application: Stored, by: bytes | None, actor: Actor) -> None:
    """Note that a locked request stands again where it was before a step that an agent had wrong.

    The step stays, and this one beside it; the clock runs as if it had not been.
    """
    values, author = application.values, Author(by, source="web")
    work.insert(
        "application_step",
        {
            "commune_code": values.get("commune_code"),
            "application_id": application.record_id,
            "state": values.get("state"),
            "at": work.now_ms,
            "actor": actor.value,
            "office": values.get("office"),
            "edition": values.get("service_version"),
        },
        author,
    )
    if values.get("decided_at") is not None and values.get("state") in (FILED, *_HELD):
        gone = Values(decided_at=None, reason=None, decision_reason=None, amount_granted=None)
        work.change("application", application.record_id, gone, author)
    keep_due(work, application)
    tell_back(work, application)


def check(work: Work, application: Stored, step: Step) -> None:
    """Do nothing if a step may be taken now. Raises as `take`, which changes what it is of."""
    _way(work, application, step)


def _way(work: Work, application: Stored, step: Step) -> tuple[Way, Values]:
    """Return the way of a step, and what changes with it in the request. Raises as `take`."""
    values, changes = application.values, Values({"state": step.state, **_beside(work, step)})
    way = check_step(
        {**values, **changes, "state": values.get("state")},
        step.state,
        before=states_before(work, application),
        decided_by=decided_by(application),
        actor=step.actor,
        step=step.said,
    )
    return way, changes


def keep_due(work: Work, application: Stored) -> None:
    """Keep with a request by which day it is to be answered, as its steps stand now.

    Of a service whose delay nobody publishes the day is what the applicant was told: it stays.
    """
    if delay_of(application).unit is Unit.NONE:
        return
    day = due_on(application, steps_of(work, application), work.now_ms)
    if day != application.values.get("due_on"):
        work.change("application", application.record_id, {"due_on": day}, Author(None))


def note_captured(work: Work, steps: Sequence[tuple[bytes, str, int]], author: Author) -> None:
    """Make the records of steps that a tablet took, where its app knows of no such records.

    Args:
        steps: id of the request, state, when, as they were captured.
        author: whose tablet it is.
    """
    changed = {one.record_id: one for one in work.changed("application")}
    for record_id, state, at in steps:
        application = changed.get(record_id)
        if application is None:  # what was held after all is no step
            continue
        known = [one for one in steps_of(work, application) if one.values.get("state") == state]
        if any(abs(order_of(one)[0] - at) < _SAME_MS for one in known):
            continue
        values = {
            "commune_code": application.values.get("commune_code"),
            "application_id": record_id,
            "state": state,
            "at": at,
            "actor": Actor.AGENT.value,
            "edition": application.values.get("service_version"),
        }
        if state == FILED:
            values["receipt_number"] = application.values.get("receipt_number")
        work.insert("application_step", values, author)
    for record_id in {record_id for record_id, _, _ in steps} & changed.keys():
        keep_due(work, changed[record_id])


def _beside(work: Work, step: Step) -> Values:
    """Return what the request itself says of a step, for lists and for tablets of before."""
    said, beside = step.said, Values()
    if step.state == FILED:
        beside["submitted_at"] = work.now_ms
        if "receipt_number" in said:
            beside["receipt_number"] = said["receipt_number"]
    if step.state in _DECISIONS:
        beside |= {"decided_at": work.now_ms, "decision_reason": said.get("words")}
        beside |= {"reason": said.get("reason"), "amount_granted": said.get("amount")}
    return beside


def steps_of(records: Records, application: Stored) -> list[Stored]:
    """Return the steps of a request in their order, those of this work among them."""
    steps = records.having("application_step", application_id=application.record_id)
    return sorted(steps, key=order_of)


def steps_of_each(records: Records, applications: Sequence[Stored]) -> dict[bytes, list[Stored]]:
    """Return the stored steps of each request by its id, in their order."""
    found = steps_by_request(records, applications)
    return {of: sorted(steps, key=order_of) for of, steps in found.items()}


def order_of(step: Stored) -> tuple[int, bytes]:
    """Return by what steps are sorted: when they were taken."""
    return at_of(step, "at")


def decided_by(application: Stored) -> str:
    """Return who decides a request, as the catalogue says it; of an unknown service nothing."""
    return catalogue.decider_of(application.values)


def asked_pieces(steps: list[Stored]) -> tuple[str, ...]:
    """Return the codes of the papers that were asked for last, and are waited for."""
    if not steps or steps[-1].values.get("state") != ASKED:
        return ()
    return pieces_in(steps[-1].values)


def pieces_in_words(phrases: Phrases, said: Mapping[str, Value]) -> list[str]:
    """Return the papers that a step names, each with why it is asked for, if that is said."""
    names, reasons = files.documents(), piece_reasons(said)
    language, found = phrases.language.code, list[str]()
    for code in pieces_in(said):
        name = names.get(code, {}).get(language, code)
        why = phrases.say(f"application_step.piece.{reasons[code]}") if code in reasons else ""
        found.append(phrases.say("request.piece", paper=name, why=why) if why else name)
    return found


def pieces_in(said: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the codes of the papers that a step names."""
    pieces = said.get("pieces")
    return tuple(map(str, pieces)) if isinstance(pieces, tuple) else ()
