"""What a service's own way shows beside its request: to who made it, and at the desk, alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.applications.attestations import is_due, title_of
from server.db import lookup
from server.db.records import Records, Stored
from server.reference import files
from server.web.reader import name_of
from sync import local_time
from sync.entities import maturity_words
from sync.phrases import Phrases
from sync.wording import in_words


@dataclass(frozen=True, slots=True)
class Beside:
    """A card of a request's page.

    Args:
        title: of the card, a code of words.
        facts: label and value, in words.
        lines: what is to be done, one under the other.
        attestation: the attendance of which an attestation can be had.
    """

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    attestation: Stored | None = None


def beside(records: Records, phrases: Phrases, request: Stored) -> Beside | None:
    """Return what stands beside a request; None: its service has nothing, or not yet."""
    find = _FOUND.get(str(request.values["service"]))
    return find(records, phrases, request) if find else None


def attendance_of(records: Records, request: Stored) -> Stored | None:
    """Return the place in a training that a request has; None: none yet."""
    table = records.tables.records["attendance"]
    where = table.c.application_id == request.record_id
    # The last that was given: who was absent may have had one before.
    found = records.list("attendance", where, order=(table.c.id.desc(),), limit=1)
    return found[0] if found else None


def _training(records: Records, phrases: Phrases, request: Stored) -> Beside | None:
    attendance = attendance_of(records, request)
    if attendance is None:
        return None
    session_id, person_id = attendance.values["session_id"], attendance.values["person_id"]
    session = (
        records.find("training_session", session_id) if isinstance(session_id, bytes) else None
    )
    person = records.find("person", person_id) if isinstance(person_id, bytes) else None
    if session is None:
        return None
    say, language = phrases.say, phrases.language.code
    places, at = lookup.commune_names(records, language), session.values["starts_at"]
    commune = places.get(str(session.values["commune_code"]), "")
    where = phrases.listed(str(one) for one in (session.values["place"], commune) if one)
    facts = [
        (say("training.session"), title_of(phrases, session)),
        (say("training.who"), name_of(person, language)),
        (
            say("training_session.field.starts_at"),
            phrases.moment(at) if isinstance(at, int) else "",
        ),
        (say("training_session.field.place"), where),
        (
            say("attendance.field.state"),
            in_words(phrases, attendance.entity, "state", attendance.values["state"]),
        ),
        *(
            (say(f"attendance.field.{name}"), phrases.percent(of / 100, 0))
            for name in ("score_before_percent", "score_after_percent")
            if isinstance(of := attendance.values[name], int)
        ),
    ]
    due = attendance if is_due(attendance, session) else None
    return Beside("training.place", [fact for fact in facts if fact[1]], attestation=due)


def maturity_of(records: Records, phrases: Phrases, subject: Stored) -> Beside | None:
    """Return how far a person or an enterprise has come, beside the time before, and their plan."""
    table = records.tables.records["maturity_assessment"]
    found = records.list(
        "maturity_assessment",
        table.c[f"{subject.entity.name}_id"] == subject.record_id,
        order=(table.c.created_at, table.c.id),
    )
    last, before = maturity_words.last_two([one.values for one in found])
    if last is None:
        return None
    script, at = phrases.language.code, last.get("created_at")
    day = phrases.day(local_time.day_of(at)) if isinstance(at, int) else ""
    facts = [
        (phrases.say("maturity_assessment.field.level"), maturity_words.level(phrases, last)),
        (phrases.say("maturity.on"), day),
        *maturity_words.results(phrases, last, before),
    ]
    plan = maturity_words.actions(files.maturity_forms(), last, script)
    return Beside("maturity.plan", [fact for fact in facts if fact[1]], plan)


def _maturity(records: Records, phrases: Phrases, request: Stored) -> Beside | None:
    for entity in ("person", "enterprise"):
        subject_id = request.values[f"{entity}_id"]
        subject = records.find(entity, subject_id) if isinstance(subject_id, bytes) else None
        if subject is not None:
            return maturity_of(records, phrases, subject)
    return None


def _innovation(_records: Records, phrases: Phrases, request: Stored) -> Beside | None:
    notes, result = request.values["notes"], request.values["result"]
    facts = [
        (phrases.say("innovation.idea"), str(notes or "")),
        (phrases.say("application.field.result"), str(result or "")),
    ]
    known = [fact for fact in facts if fact[1]]
    return Beside("innovation.proposal", known) if known else None


_FOUND: Mapping[str, Callable[[Records, Phrases, Stored], Beside | None]] = {
    "innovation": _innovation,
    "maturity": _maturity,
    "training": _training,
}
"""Service -> what finds it."""
