"""Whom a phone speaks for, what they may ask for, and the communes to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from server.accounts import proxies
from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.reference import catalogue as services
from server.web.asked import Asked
from server.web.order import by_name
from sync.rules.applications import ENDED
from sync.rules.eligibility import Facts

_FOUND: WeakKeyDictionary[Records, dict[Visitor, tuple[list[Stored], list[Stored]]]] = (
    WeakKeyDictionary()
)
_CLOSED: Mapping[str, tuple[str, ...]] = {"enterprise": ("refused",), "person": ("deceased",)}
_MESSAGES_MAX = 50


def catalogue(language: str, audience: str) -> dict[str, str]:
    """Return the services that some may ask for (`Facts.audience`): their names, by code."""
    return {
        service.code: service.name(language)
        for service in services.catalogue().newest()
        if audience in service.audience
    }


def audience_of(subject: Stored) -> str:
    """Return for whom services are that a person or an enterprise may ask for."""
    return Facts(subject.entity.name, subject.values, today=0).audience


def registrations_of(records: Records, visitor: Visitor) -> list[Stored]:
    """Return the people and enterprises for whom a visitor speaks, their own first.

    Of one that was merged the phone leads to the record that stands for it. A person who is reached
    at somebody else's phone has told no portal so: whoever has that phone does not read their file.
    """
    own, others = own_and_others(records, visitor)
    return [*own, *others]


def own_and_others(records: Records, visitor: Visitor) -> tuple[list[Stored], list[Stored]]:
    """Return whose own phone a visitor's is, and those beside who let it speak for them."""
    # A page asks several times within one reading; who writes may have changed the answer.
    kept = {} if isinstance(records, Work) else _FOUND.setdefault(records, {})
    if visitor not in kept:
        own = own_of(records, visitor.phone)
        known = {one.record_id for one in own}
        others = [one for one in _spoken_for(records, visitor) if one.record_id not in known]
        kept[visitor] = own, others
    return kept[visitor]


def own_of(records: Records, phone: str) -> list[Stored]:
    """Return the people and enterprises whose own phone one is, the first first."""
    found = [one for entity in _CLOSED for one in _of_phone(records, entity, phone)]
    return sorted(found, key=lambda one: (one.received_at, one.record_id))


def _spoken_for(records: Records, visitor: Visitor) -> list[Stored]:
    """Return those who let a visitor speak for them now; of one merged, who stands for it."""
    found = []
    for proxy in proxies.of_phone(records, visitor.phone, visitor.at):
        subject = records.find(proxy.entity, proxy.subject_id)
        if subject and isinstance(survivor := subject.values["survivor_id"], bytes):
            subject = records.find(proxy.entity, survivor)
        if subject and subject.values["status"] not in _CLOSED[proxy.entity]:
            found.append(subject)
    return found


def _of_phone(records: Records, entity: str, phone: str) -> list[Stored]:
    rows = records.connection.execute(
        _whose_phone(records.tables.records[entity]), {"phone": phone}
    )
    return [records.from_row(entity, row) for row in rows.all()]


@cache
def _whose_phone(table: sa.Table) -> sa.Select[Any]:
    """Ask for those whose own phone is the one that is given, of one merged who stands for it."""
    own: list[sa.ColumnElement[bool]] = [table.c.phone == sa.bindparam("phone")]
    if table.name == "person":
        own.append(sa.or_(table.c.phone_owner == "self", table.c.source == "portal"))
    # One list of ids, for PostgreSQL goes through everybody where one is of this list or that.
    ids = sa.union(
        sa.select(table.c.id).where(*own),
        sa.select(table.c.survivor_id).where(*own, table.c.survivor_id.is_not(None)),
    )
    is_open = sa.or_(
        table.c.status.is_(None), *(table.c.status != one for one in _CLOSED[table.name])
    )
    where = (table.c.id.in_(ids), table.c.survivor_id.is_(None), table.c.deleted_at.is_(None))
    return sa.select(table).where(*where, is_open).order_by(table.c.id)


def registration_of(records: Records, visitor: Visitor, record_id: bytes) -> Stored:
    """Return whom a visitor speaks for, by their id or that of one merged into them.

    Raises:
        NotFound: they speak for no such one.
    """
    subject, _ = own_or_other(records, visitor, record_id)
    return subject


def own_or_other(records: Records, visitor: Visitor, record_id: bytes) -> tuple[Stored, bool]:
    """Return the same, and whether the phone is their own. Raises NotFound."""
    own, others = own_and_others(records, visitor)
    known = {one.record_id: (one, True) for one in own}
    known |= {one.record_id: (one, False) for one in others}
    if record_id in known:
        return known[record_id]
    for entity in _CLOSED:
        merged = records.load(entity, [record_id]).get(record_id)
        survivor_id = merged.values["survivor_id"] if merged else None
        if isinstance(survivor_id, bytes) and survivor_id in known:
            return known[survivor_id]
    raise NotFound("portal: not of this phone", entity="enterprise")


def named_in(asked: Asked) -> bytes:
    """Return the id of whom an address or a form names. Raises NotFound: nobody."""
    found = asked.record_id("of")
    if found is None:
        raise NotFound("portal: nobody named", entity="enterprise")
    return found


def enterprise_of(records: Records, visitor: Visitor, record_id: bytes) -> Stored:
    """Return an enterprise that a visitor speaks for. Raises NotFound: none, or a person."""
    found = registration_of(records, visitor, record_id)
    if found.entity.name != "enterprise":
        raise NotFound("portal: a person", entity="enterprise")
    return found


def applications_of(records: Records, subject: Stored) -> list[Stored]:
    """Return the services that a person or an enterprise applied for."""
    table = records.tables.records["application"]
    mine = [table.c[f"{subject.entity.name}_id"] == subject.record_id]
    if subject.entity.name == "person":  # what a person asks for an enterprise is that one's
        mine.append(table.c.enterprise_id.is_(None))
    return records.list("application", *mine)


def on_their_way(records: Records, subject: Stored) -> set[str]:
    """Return the codes of the services that somebody asked for and that have not ended."""
    return {
        str(application.values["service"])
        for application in applications_of(records, subject)
        if application.values["state"] not in ENDED
    }


def provinces(records: Records, language: str) -> list[tuple[str, str]]:
    """Return the provinces as (code, name), by name."""
    return _named(records, "province", language, sa.true())


def communes(records: Records, language: str, province: str) -> list[tuple[str, str]]:
    """Return the communes of a province as (code, name), by name."""
    table = records.tables.records["commune"]
    return _named(records, "commune", language, table.c.province_code == province)


def _named(
    records: Records, entity: str, language: str, within: sa.ColumnElement[bool]
) -> list[tuple[str, str]]:
    table = records.tables.records[entity]
    name = table.c["name_ar" if language == "ar" else "name_fr"]
    rows = records.connection.execute(sa.select(table.c.code, name).where(within))
    # In the order of the reader's language: É beside E, and Arabic as its dictionaries have it.
    return by_name(language, {code: label or code for code, label in rows})


def messages(records: Records) -> list[Any]:
    """Return what was sent to phones, the latest first: for a demo, where no phone rings."""
    table = records.tables.outbox
    query = sa.select(table).order_by(table.c.id.desc()).limit(_MESSAGES_MAX)
    return list(records.connection.execute(query).all())
