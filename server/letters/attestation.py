"""The attestation of a training as a paper: drawn, signed, and found again by its typed code.

Nothing of it is stored: it is made of what is known of who was there, and made again alike.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.applications.attestations import attestation_of, is_due, trained
from server.db.records import Records, Stored
from server.db.schema import proof_key, signing_key
from server.letters.pdf import Seal, draw
from server.phrases import load_phrases
from sync import local_time, proof
from sync.rules import codes
from sync.rules.scanned import PAPER_PATH


def make_attestation(records: Records, attendance: Stored, server_url: str) -> bytes:
    """Return the attestation of who was at a training, as PDF. Raises NotFound: none is due."""
    columns = []
    for column in attestation_of(records, attendance):
        say = load_phrases(column["language"].code).say
        # The sentence beside the square says how it is checked.
        columns.append({**column, "subject": say("verify.number"), "after": ""})
    titles = [load_phrases(one["language"].code).say("training.attestation") for one in columns]
    signed = proof.square(signing_key(records), server_url, proof_of(records, attendance))
    session_id = attendance.values["session_id"]
    assert isinstance(session_id, bytes)
    typed = proof.code(proof_key(records), session_id, attendance.record_id)
    return draw(columns, titles, Seal(signed, typed, f"{server_url}{PAPER_PATH.lower()[:-1]}"))


def proof_of(records: Records, attendance: Stored) -> proof.Proof:
    """Return what of an attestation is signed."""
    session, person = trained(records, attendance)
    names = person.values if person else {}
    at = session.values["starts_at"] if session else None
    subject = (session.values["title"] or session.values["topic"] or "") if session else ""
    return proof.Proof(
        step_id=attendance.record_id,
        state=proof.ATTENDED,
        day=local_time.day_of(at if isinstance(at, int) else attendance.received_at),
        number=codes.short_code(attendance.record_id),
        service=str(subject)[: proof.TEXT_CHARS_MAX],
        office="",
        latin=str(names.get("name_fr") or ""),
        arabic=str(names.get("name_ar") or ""),
    )


def holds(records: Records, attendance_id: bytes) -> bool:
    """Whether an attestation still holds: they were there, and the training was held."""
    attendance = records.find("attendance", attendance_id)
    if attendance is None or attendance.deleted_at:
        return False
    session, _ = trained(records, attendance)
    return session is not None and not session.deleted_at and is_due(attendance, session)


def find_by_code(records: Records, ref: str, seal: str) -> Stored | None:
    """Return whose attestation a typed code names; None: nobody's.

    A code begins with the training's reference: of these there are few, and none is ever merged.
    """
    sessions = records.tables.records["training_session"]
    held = sa.select(sessions.c.id).where(sessions.c.state.in_(("held", "cancelled")))
    named = [
        bytes(one)
        for one in records.connection.scalars(held)
        if codes.short_code(bytes(one)) == ref
    ]
    table, key = records.tables.records["attendance"], proof_key(records)
    present = sa.select(table.c.id).where(table.c.session_id.in_(named[:_ALIKE_MOST]))
    for attendance_id in records.connection.scalars(present) if named else ():
        if proof.is_sealed(key, bytes(attendance_id), seal):
            return records.find("attendance", bytes(attendance_id))
    return None


_ALIKE_MOST = 10
