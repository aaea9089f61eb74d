"""What a phone has registered, what it may ask for, and the communes to choose from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.reference.catalogue import catalogue
from server.reference.catalogue import name_of as name_of_service
from server.web.order import by_name
from server.web.reader import name_of
from sync import local_time
from sync.rules.applications import ENDED
from sync.rules.codes import short_code

_CLOSED = ("refused",)
_AUDIENCE = frozenset({"enterprise", "cooperative"})
_MESSAGES_MAX = 50


def services_on(day: int, language: str) -> dict[str, str]:
    """Return the services that an enterprise may ask for on a day: their names, by code."""
    return {
        service.code: service.name(language)
        for service in catalogue().on(day)
        if _AUDIENCE & set(service.audience)
    }


def registrations_of(records: Records, phone: str) -> list[Stored]:
    """Return the enterprises that registered with a phone, the first first.

    Of one that was merged the phone leads to the enterprise that stands for it.
    """
    table = records.tables.records["enterprise"]
    survivors = sa.select(table.c.survivor_id).where(
        table.c.phone == phone, table.c.survivor_id.is_not(None)
    )
    return records.list(
        "enterprise",
        sa.or_(table.c.phone == phone, table.c.id.in_(survivors)),
        table.c.survivor_id.is_(None),
        sa.or_(table.c.status.is_(None), table.c.status.not_in(_CLOSED)),
        order=(table.c.received_at, table.c.id),
    )


def registration_of(records: Records, phone: str, enterprise_id: bytes) -> Stored:
    """Return an enterprise that registered with a phone, by its id or one merged into it.

    Raises:
        NotFound: none of this phone.
    """
    named = records.load("enterprise", [enterprise_id]).get(enterprise_id)
    enterprise_id = (named and named.values["survivor_id"]) or enterprise_id  # type: ignore[assignment]
    for enterprise in registrations_of(records, phone):
        if enterprise.record_id == enterprise_id:
            return enterprise
    raise NotFound("portal: not of this phone", entity="enterprise")


def applications_of(records: Records, enterprise_id: bytes) -> list[Stored]:
    """Return the services an enterprise applied for."""
    table = records.tables.records["application"]
    return records.list("application", table.c.enterprise_id == enterprise_id)


def on_their_way(records: Records, enterprise_id: bytes) -> set[str]:
    """Return the codes of the services that an enterprise asked for and that have not ended."""
    return {
        str(application.values["service"])
        for application in applications_of(records, enterprise_id)
        if application.values["state"] not in ENDED
    }


def status_of(records: Records, phone: str, language: str, now_ms: int) -> list[dict[str, Any]]:
    """Return the enterprises of a phone, each with what it asked for."""
    places = lookup.commune_names(records, language)
    open_now = services_on(local_time.day_of(now_ms), language).keys()
    return [
        {
            "id": str(UUID(bytes=enterprise.record_id)),
            "name": name_of(enterprise, language),
            "ref": short_code(enterprise.record_id),
            "place": places.get(str(enterprise.values["commune_code"]), ""),
            "services": [
                {
                    "name": name_of_service(asked.values, language),
                    "state": "application.state." + str(asked.values["state"] or "draft"),
                    "url": f"/portal/requests/{UUID(bytes=asked.record_id)}",
                    "is_waiting": not _waits_for_others(asked),
                }
                for asked in sorted(
                    applications_of(records, enterprise.record_id), key=_waits_for_others
                )
            ],
            "may_ask": bool(open_now - on_their_way(records, enterprise.record_id)),
        }
        for enterprise in registrations_of(records, phone)
    ]


def _waits_for_others(request: Stored) -> bool:
    """Whether nothing of a request waits for who made it: such come last."""
    return request.values["state"] not in ("draft", "ready", "info_requested")


def communes_by_province(
    records: Records, language: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the communes by province, both by name: ten communes share a name with another."""
    tables = records.tables.records
    name = "name_ar" if language == "ar" else "name_fr"
    province = tables["province"]
    named = records.connection.execute(sa.select(province.c.code, province.c[name]))
    names = {row[0]: row[1] for row in named}
    commune = tables["commune"]
    groups: dict[str, dict[str, str]] = {}
    rows = records.connection.execute(
        sa.select(commune.c.code, commune.c[name], commune.c.province_code)
    )
    for code, label, parent in rows:
        groups.setdefault(parent, {})[code] = label
    provinces = {code: names.get(code, code) for code in groups}
    # In the order of the reader's language: É beside E, and Arabic as its dictionaries have it.
    return [(name, by_name(language, groups[code])) for code, name in by_name(language, provinces)]


def messages(records: Records) -> list[Any]:
    """Return what was sent to phones, the latest first: for a demo, where no phone rings."""
    table = records.tables.outbox
    query = sa.select(table).order_by(table.c.id.desc()).limit(_MESSAGES_MAX)
    return list(records.connection.execute(query).all())
