"""Pass a filed request on to the office that decides it, as soon as a consent names that office.

Called before a work is flushed, whoever brought what changed: a request that is filed, a consent
that comes later. What is passed on is written down, with the consent and the papers as they were:
a withdrawal closes the request to the office (`server.accounts.passed_on`), and the list stays.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.accounts.passed_on import SUBJECTS
from server.db.indexed import OPEN
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange.consents import last_answer
from server.reference.offices import find_office, office_for
from sync.rules.offices import Office

WAITING = OPEN["application"]
"""States of a request that its office has to do with."""


def pass_on(work: Work) -> None:
    """Pass on what this work filed, or whose consent it brought."""
    for record_id in sorted(_in_question(work)):
        application = work.lock("application", record_id)
        if application is not None:
            pass_one(work, application)


def pass_one(work: Work, application: Stored) -> bool:
    """Pass a request on, if it is to be and may be. Returns whether it was."""
    values = application.values
    if (
        application.deleted_at is not None
        or values.get("office")
        or values.get("state") not in WAITING
    ):
        return False
    office = office_for(
        values.get("service"), values.get("commune_code"), values.get("service_version")
    )
    if office is None:
        return False
    consent = consent_for(work, application, office)
    if office.share and consent is None:
        return False
    work.change("application", application.record_id, {"office": office.code}, Author(None))
    work.connection.execute(
        sa.insert(work.tables.passing).values(
            id=work.ids(),
            application_id=application.record_id,
            office=office.code,
            at=work.now_ms,
            consent_id=consent.record_id if consent else None,
        )
    )
    return True


def consent_for(records: Records, application: Stored, office: Office) -> Stored | None:
    """Return the consent under which an office may know of a request; None: there is none."""

    def is_named(consent: Stored) -> bool:
        return office.is_named_by(consent.values.get("recipient"))

    last = last_answer(records, application.values, office.share, is_named)
    if last is None or not last.values.get("given") or last.values.get("withdrawn_at") is not None:
        return None
    return last


def _in_question(work: Work) -> set[bytes]:
    found = {one.record_id for one in work.changed("application")}
    for consent in work.changed("consent"):
        if consent.values.get("given"):
            found |= _requests_of(work, consent)
    return found


def _requests_of(work: Work, consent: Stored) -> set[bytes]:
    table = work.tables.records["application"]
    whose = [
        table.c[f"{one}_id"] == consent.values.get(f"{one}_id")
        for one in SUBJECTS
        if consent.values.get(f"{one}_id") is not None
    ]
    if not whose:
        return set()
    query = sa.select(table.c.id).where(
        table.c.office.is_(None), table.c.state.in_(WAITING), sa.or_(*whose)
    )
    return {bytes(one) for one in work.connection.scalars(query)}


def waits_for(records: Records, application: Stored) -> Office | None:
    """Return the office that a filed request is not passed on to, as no consent names it.

    Also of one that was passed on, and is closed to the office since the consent was withdrawn.
    """
    office = asked_of(application)
    return office if office and consent_for(records, application, office) is None else None


def asked_of(application: Stored) -> Office | None:
    """Return the office that a filed request is for, and that a consent must name to be told."""
    values = application.values
    if values.get("state") not in WAITING:
        return None
    office = office_for(
        values.get("service"), values.get("commune_code"), values.get("service_version")
    )
    if values.get("office"):
        office = find_office(values.get("office"))
    return office if office is not None and office.share else None


def passings_of(records: Records, application: Stored) -> list[tuple[str, int, int | None]]:
    """Return what was passed on: to which office, when, and when that was withdrawn, if it was."""
    table, consent = records.tables.passing, records.tables.records["consent"]
    query = (
        sa.select(table.c.office, table.c.at, consent.c.withdrawn_at)
        .outerjoin(consent, consent.c.id == table.c.consent_id)
        .where(table.c.application_id == application.record_id)
        .order_by(table.c.at, table.c.id)
    )
    return [(row.office, row.at, row.withdrawn_at) for row in records.connection.execute(query)]
