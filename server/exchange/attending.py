"""Who was there has had what they asked for: of a training its attendance, else the assessment."""

from __future__ import annotations

from server.db.records import Stored
from server.db.work import Work
from server.exchange.stepping import Step, take
from sync.merge import last_writer
from sync.rules.applications import GRANTED, Actor


def end_attended(work: Work) -> None:
    """Say delivered the requests whose people were there, once the session was held."""
    found = {one.record_id: one for one in work.changed("attendance")}
    for session in work.changed("training_session"):
        if session.values.get("state") == "held":
            table = work.tables.records["attendance"]
            of_it = work.list("attendance", table.c.session_id == session.record_id)
            found |= {one.record_id: one for one in of_it if one.record_id not in found}
    for attendance in found.values():
        if attendance.values.get("state") == "present" and _is_held(work, attendance):
            _end(work, attendance)


def end_assessed(work: Work) -> None:
    """Say delivered the requests for an assessment of whom this work brings one."""
    table = work.tables.records["application"]
    for assessment in work.changed("maturity_assessment"):
        for entity in ("person", "enterprise"):
            subject_id = assessment.values.get(f"{entity}_id")
            if assessment.rev > 1 or not isinstance(subject_id, bytes):
                continue
            granted = work.list(
                "application",
                table.c[f"{entity}_id"] == subject_id,
                table.c.service == "maturity",
                table.c.state == GRANTED,
            )
            for one in granted:
                _deliver(work, one.record_id, assessment.values.get("created_by"))


def _is_held(work: Work, attendance: Stored) -> bool:
    session_id = attendance.values.get("session_id")
    mine = [one for one in work.changed("training_session") if one.record_id == session_id]
    session = mine[0] if mine else None
    if session is None and isinstance(session_id, bytes):
        session = work.find("training_session", session_id)
    return session is not None and session.values.get("state") == "held"


def _end(work: Work, attendance: Stored) -> None:
    of = attendance.values.get("application_id")
    request = work.lock("application", of) if isinstance(of, bytes) else None
    if request is None or request.values.get("person_id") not in (
        None,  # an enterprise's: whoever it sent
        attendance.values.get("person_id"),
    ):
        return
    by = last_writer(attendance.entity, attendance.writers, "state").agent_id
    _deliver(work, request.record_id, by)


def _deliver(work: Work, record_id: bytes, by: object) -> None:
    request = work.lock("application", record_id)
    if request is not None and request.values.get("state") == GRANTED:
        agent_id = by if isinstance(by, bytes) else None
        take(work, request, Step("delivered", Actor.AGENT, agent_id, "tablet"))
