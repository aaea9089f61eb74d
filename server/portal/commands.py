"""An enterprise registers itself: a phone, a code, who it is, what it wants, its consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.visitors import Visitor
from server.db.records import Records, Stored
from server.db.work import Author, Work
from sync import typed
from sync.errors import Refusal
from sync.rules.identifiers import check_ice
from sync.spec import Values

_CLOSED = ("refused",)


class ConsentMissing(Refusal):
    """Without consent to keep the registration there can be none."""

    code = "consent_missing"


class CommuneUnknown(Refusal):
    """No commune has this code."""

    code = "commune_unknown"


class ServiceMissing(Refusal):
    """No service was chosen, or one that is not in the catalogue."""

    code = "service_missing"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the form says, checked."""

    name: str
    legal_form: str
    ice: str
    commune_code: str
    services: tuple[str, ...]
    language: str


def registration_of(records: Records, phone: str) -> Stored | None:
    """Return the enterprise that registered with a phone, or None; the first if there are more."""
    table = records.tables.records["enterprise"]
    found = records.list(
        "enterprise",
        table.c.phone == phone,
        sa.or_(table.c.status.is_(None), table.c.status.not_in(_CLOSED)),
        order=(table.c.received_at, table.c.id),
        limit=1,
    )
    return found[0] if found else None


def applications_of(records: Records, enterprise_id: bytes) -> list[Stored]:
    """Return the services an enterprise applied for."""
    table = records.tables.records["application"]
    return records.list("application", table.c.enterprise_id == enterprise_id)


def register(work: Work, visitor: Visitor, wanted: Registration) -> Stored:
    """Store an enterprise, an application for each service, and its consent, all at once.

    One that comes back finds its registration: only services it had not asked for are added. Two
    forms of one phone at the same time wait for one another.

    Raises:
        CommuneUnknown: no such commune.
    """
    work.lock("registration", visitor.phone)
    author = Author(None, source="portal")
    known = registration_of(work, visitor.phone)
    if known is None:
        _require_commune(work, wanted.commune_code)
        values: Values = {
            "commune_code": wanted.commune_code,
            ("name_ar" if _is_arabic(wanted.name) else "name_fr"): wanted.name,
            "legal_form": wanted.legal_form,
            "ice": wanted.ice or None,
            "phone": visitor.phone,
            "status": "submitted",
        }
        known = work.insert("enterprise", values, author)
        work.insert(
            "consent",
            {
                "commune_code": wanted.commune_code,
                "enterprise_id": known.record_id,
                "purpose": "programme_record",
                "ground": "consent",
                "text_version": "portal-1",
                "language": wanted.language,
                "given": True,
                "method": "web_form",
                "given_at": work.now_ms,
            },
            author,
        )
    asked = {one.values["service"] for one in applications_of(work, known.record_id)}
    for service in wanted.services:
        if service not in asked:
            work.insert(
                "application",
                {
                    "commune_code": known.values["commune_code"],
                    "service": service,
                    "service_version": 1,
                    "enterprise_id": known.record_id,
                    "state": "draft",
                },
                author,
            )
    return known


def _require_commune(work: Work, code: str) -> None:
    commune = work.tables.records["commune"]
    if not work.list("commune", commune.c.code == code, limit=1):
        raise CommuneUnknown("portal: no such commune", field="commune_code", commune=code)


def check_registration(
    *,
    name: str,
    legal_form: str,
    ice: str,
    commune_code: str,
    services: Sequence[str],
    catalogue: Sequence[str],
    is_agreed: bool,
    language: str,
) -> Registration:
    """Return a form's answers, checked.

    Raises:
        IceLength, IceWrong, ServiceMissing, ConsentMissing: as they say.
    """
    name, ice = typed.text(name), typed.line(ice)
    if ice:
        ice = check_ice(ice)
    chosen = tuple(dict.fromkeys(one for one in services if one in catalogue))
    if not chosen:
        raise ServiceMissing("portal: no service chosen", field="services")
    if not is_agreed:
        raise ConsentMissing("portal: no consent", field="consent")
    return Registration(name, legal_form, ice, commune_code, chosen, language)


def _is_arabic(text: str) -> bool:
    return any("\u0600" <= one <= "\u06ff" for one in text)
