"""What an office sees: requests passed on to it, as long as a consent that names it holds.

All of it is conditions on rows, asked anew at each click: a consent that is withdrawn closes a
request to its office at once, and opens it again when it is given again.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from server.db.tables import Tables
from server.reference.catalogue import catalogue
from server.reference.offices import find_office
from sync.rules.offices import Office

SUBJECTS = ("person", "enterprise")
"""Who may ask for a service."""


def is_open(tables: Tables, entity: str, organisation: str) -> sa.ColumnElement[bool]:
    """Return the condition that a record is open to an office.

    Requests passed on to it; who asked; their steps; and of their papers those that the service
    takes, whenever they were collected: one copy serves several requests.
    """
    office, application = find_office(organisation), tables.records["application"]
    if office is None:
        return sa.false()
    reached = sa.and_(application.c.office == office.code, is_agreed(tables, office))
    if entity == "application":
        return reached
    table = tables.records[entity]
    if entity in SUBJECTS:
        return table.c.id.in_(sa.select(application.c[f"{entity}_id"]).where(reached))
    if entity == "application_step":
        return table.c.application_id.in_(sa.select(application.c.id).where(reached))
    if entity == "document":
        return _is_paper(tables, reached)
    return sa.false()


def _is_paper(tables: Tables, reached: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    document, application = tables.records["document"], tables.records["application"]
    takes = [
        sa.and_(
            application.c.service == newest.code,
            _is_under(application, number, tuple(catalogue().known(newest.code))),
            document.c.type.in_(edition.documents),
        )
        for newest in catalogue().newest()
        for number, edition in catalogue().known(newest.code).items()
        if edition.documents
    ]
    whose = [application.c[f"{one}_id"] == document.c[f"{one}_id"] for one in SUBJECTS]
    return sa.exists(
        sa.select(application.c.id).where(
            application.c.deleted_at.is_(None), reached, sa.or_(*whose), sa.or_(*takes)
        )
    )


def _is_under(
    application: sa.FromClause, number: int, known: Sequence[int]
) -> sa.ColumnElement[bool]:
    """Return the condition that a request is under an edition, as `Catalogue.of` reads it."""
    version = application.c.service_version
    if len(known) == 1:
        return sa.true()
    if number == min(known):
        return sa.or_(version == number, version.is_(None))
    return (
        sa.or_(version == number, version.not_in(known))
        if number == max(known)
        else version == number
    )


def is_agreed(tables: Tables, office: Office) -> sa.ColumnElement[bool]:
    """Return the condition that whoever made a request agreed that it goes to an office.

    Their last word of those that name it counts: given, and not withdrawn.
    """
    if not office.share:  # the programme's own: who registered agreed to that
        return sa.true()
    application, consent = tables.records["application"], tables.records["consent"]
    last = consent.alias()
    order = (last.c.given_at.desc().nulls_last(), last.c.id.desc())
    found = (
        sa.select(last.c.id)
        .where(last.c.deleted_at.is_(None), is_named(last, office), _is_of(last, application))
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
    )
    return sa.exists(
        sa.select(consent.c.id).where(
            consent.c.id == found, consent.c.given.is_(True), consent.c.withdrawn_at.is_(None)
        )
    )


def is_named(consent: sa.FromClause, office: Office) -> sa.ColumnElement[bool]:
    """Return the condition that a consent is about what is told to an office."""
    named = consent.c.recipient == office.code
    if office.is_meant_without_name:
        named = sa.or_(named, consent.c.recipient.is_(None))
    return sa.and_(consent.c.purpose == office.share, named)


def _is_of(consent: sa.FromClause, application: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.or_(
        *(
            sa.and_(
                application.c[f"{one}_id"].is_not(None),
                consent.c[f"{one}_id"] == application.c[f"{one}_id"],
            )
            for one in SUBJECTS
        )
    )
