"""What the attestation of a training says: in Arabic and French beside each other."""

from __future__ import annotations

from typing import Any

from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.phrases import SPOKEN, load_phrases
from server.web.reader import name_of
from sync import local_time
from sync.phrases import Phrases
from sync.rules.codes import short_code
from sync.wording import in_words


def is_due(attendance: Stored, session: Stored | None) -> bool:
    """Whether somebody may have an attestation: they were there, and the session was held."""
    was_there = attendance.values["state"] == "present"
    return was_there and session is not None and session.values["state"] == "held"


def trained(records: Records, attendance: Stored) -> tuple[Stored | None, Stored | None]:
    """Return the session that somebody was at, and them."""
    session_id, person_id = attendance.values["session_id"], attendance.values["person_id"]
    return (
        records.find("training_session", session_id) if isinstance(session_id, bytes) else None,
        records.find("person", person_id) if isinstance(person_id, bytes) else None,
    )


def attestation_of(records: Records, attendance: Stored) -> list[dict[str, Any]]:
    """Return the attestation in each language, Arabic first. Raises NotFound: none is due."""
    session, person = trained(records, attendance)
    if session is None or person is None or not is_due(attendance, session):
        raise NotFound("attestation: none is due", entity="attendance")
    found = []
    for language in SPOKEN:
        phrases = load_phrases(language)
        places = lookup.commune_names(records, language)
        found.append(_in_language(phrases, attendance, session, person, places))
    return found


def title_of(phrases: Phrases, session: Stored) -> str:
    """Return what a session is about."""
    topic = in_words(phrases, session.entity, "topic", session.values["topic"])
    return (
        str(session.values["title"] or "") or topic or phrases.say("desk.entity.training_session")
    )


def _in_language(
    phrases: Phrases, attendance: Stored, session: Stored, person: Stored, places: dict[str, str]
) -> dict[str, Any]:
    say, values, at = phrases.say, attendance.values, session.values["starts_at"]
    day = local_time.day_of(at if isinstance(at, int) else session.received_at)
    commune = places.get(str(session.values["commune_code"]), "")
    where = phrases.listed(str(one) for one in (session.values["place"], commune) if one)
    scores = [
        say(f"training.attestation.{name}", percent=phrases.percent(of / 100, 0))
        for name in ("before", "after")
        if isinstance(of := values[f"score_{name}_percent"], int)
    ]
    return {
        "language": phrases.language,
        "office": say("training.programme"),
        "on": phrases.day(day, "long"),
        "subject": say("training.attestation"),
        "number": short_code(attendance.record_id),
        "greeting": name_of(person, phrases.language.code),
        "body": say(
            "training.attestation.body",
            title=title_of(phrases, session),
            day=phrases.day(day, "long"),
            place=where,
        ),
        "decided": "",
        "reason": " ".join(scores),
        "amount": "",
        "pieces": [],
        "words": "",
        "after": say("training.attestation.checked"),
    }
