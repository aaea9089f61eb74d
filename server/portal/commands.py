"""An enterprise registers itself: a phone, a code, who it is, what it wants, its consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.exchange.push import CommuneUnknown
from sync import typed
from sync.entities.enterprise import ENTERPRISE
from sync.errors import Refusal
from sync.phrases import has_arabic
from sync.reading import read_typed
from sync.rules.applications import ENDED
from sync.rules.names import fold
from sync.spec import Values

_CLOSED = ("refused",)
_NAMES = ("name_ar", "name_fr")
_AUTHOR = Author(None, source="portal")


class ConsentMissing(Refusal):
    """Without consent to keep the registration there can be none."""

    code = "consent_missing"


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


def registrations_of(records: Records, phone: str) -> list[Stored]:
    """Return the enterprises that registered with a phone, the first first."""
    table = records.tables.records["enterprise"]
    return records.list(
        "enterprise",
        table.c.phone == phone,
        sa.or_(table.c.status.is_(None), table.c.status.not_in(_CLOSED)),
        order=(table.c.received_at, table.c.id),
    )


def registration_of(records: Records, phone: str, enterprise_id: bytes) -> Stored:
    """Return an enterprise that registered with a phone. Raises NotFound."""
    for one in registrations_of(records, phone):
        if one.record_id == enterprise_id:
            return one
    raise NotFound("portal: not of this phone", entity="enterprise")


def applications_of(records: Records, enterprise_id: bytes) -> list[Stored]:
    """Return the services an enterprise applied for."""
    table = records.tables.records["application"]
    return records.list("application", table.c.enterprise_id == enterprise_id)


def register(work: Work, visitor: Visitor, wanted: Registration) -> Stored:
    """Store an enterprise, an application for each service, and its consent, all at once.

    One that comes back under its name or ICE finds its registration; another of the same phone is
    another. Two forms of one phone at the same time wait for one another.

    Raises:
        CommuneUnknown: no such commune.
    """
    work.lock("registration", visitor.phone)
    known = registrations_of(work, visitor.phone)
    found = next((one for one in known if _is_of(one, wanted)), None)
    enterprise = found or _found(work, visitor, wanted)
    ask(work, enterprise, wanted.services)
    return enterprise


def ask(work: Work, enterprise: Stored, services: Sequence[str]) -> None:
    """Apply for services on behalf of an enterprise, but for those already on their way."""
    applied = applications_of(work, enterprise.record_id)
    on_their_way = {one.values["service"] for one in applied if one.values["state"] not in ENDED}
    for service in services:
        if service not in on_their_way:
            work.insert(
                "application",
                {
                    "commune_code": enterprise.values["commune_code"],
                    "service": service,
                    "service_version": 1,
                    "enterprise_id": enterprise.record_id,
                    "state": "draft",
                },
                _AUTHOR,
            )


def _is_of(known: Stored, wanted: Registration) -> bool:
    ice = known.values["ice"]
    if wanted.ice and ice:
        return wanted.ice == ice
    return fold(typed.line(wanted.name)) in {
        fold(typed.line(str(known.values[name] or ""))) for name in _NAMES
    }


def _found(work: Work, visitor: Visitor, wanted: Registration) -> Stored:
    _require_commune(work, wanted.commune_code)
    values: Values = {
        "commune_code": wanted.commune_code,
        ("name_ar" if has_arabic(wanted.name) else "name_fr"): wanted.name,
        "legal_form": wanted.legal_form,
        "ice": wanted.ice or None,
        "phone": visitor.phone,
        "status": "submitted",
    }
    made = work.insert("enterprise", values, _AUTHOR)
    work.insert(
        "consent",
        {
            "commune_code": wanted.commune_code,
            "enterprise_id": made.record_id,
            "purpose": "programme_record",
            "ground": "consent",
            "text_version": "portal-1",
            "language": wanted.language,
            "given": True,
            "method": "web_form",
            "given_at": work.now_ms,
        },
        _AUTHOR,
    )
    ask_if_known(work, made, _AUTHOR)
    return made


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
    name, ice = typed.text(name), str(read_typed(ENTERPRISE, "ice", ice) or "")
    chosen = check_services(services, catalogue)
    if not is_agreed:
        raise ConsentMissing("portal: no consent", field="consent")
    return Registration(name, legal_form, ice, commune_code, chosen, language)


def check_services(services: Sequence[str], catalogue: Sequence[str]) -> tuple[str, ...]:
    """Return the services that were chosen and that there are. Raises ServiceMissing."""
    chosen = tuple(dict.fromkeys(one for one in services if one in catalogue))
    if not chosen:
        raise ServiceMissing("portal: no service chosen", field="services")
    return chosen
