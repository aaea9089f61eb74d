"""An enterprise registers itself: a phone, a code, who it is, what it wants, its consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from server.accounts.visitors import Visitor
from server.db.columns import REGION_CHARS
from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.exchange.permission import CommuneUnknown
from server.portal.queries import on_their_way, registrations_of
from server.reference.catalogue import catalogue
from server.web.asked import Asked
from server.web.forms import Reading
from sync import local_time, typed
from sync.checks import Missing
from sync.entities.enterprise import ENTERPRISE
from sync.errors import Refusal
from sync.phrases import has_arabic
from sync.reading import read_typed
from sync.rules.names import fold
from sync.spec import Values

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


def register(work: Work, visitor: Visitor, wanted: Registration) -> None:
    """Store an enterprise, an application for each service, and its consent, all at once.

    One that comes back under its name or ICE finds its registration; another of the same phone is
    another. Two forms of one phone at the same time wait for one another.

    Raises:
        CommuneUnknown: no such commune.
    """
    # Two taps on a slow line are two forms: the second must see what the first has stored.
    work.lock_name("registration", visitor.phone)
    known = registrations_of(work, visitor.phone)
    found = next((enterprise for enterprise in known if _is_of(enterprise, wanted)), None)
    enterprise = found or _store(work, visitor, wanted)
    ask(work, enterprise, wanted.services)


def ask(work: Work, enterprise: Stored, services: Sequence[str]) -> None:
    """Apply for services on behalf of an enterprise, but for those already on their way.

    Raises:
        ServiceMissing: one is not open where the enterprise is, today.
    """
    asked, commune = on_their_way(work, enterprise.record_id), enterprise.values["commune_code"]
    today, region = local_time.day_of(work.now_ms), str(commune)[:REGION_CHARS]
    for service in services:
        if service not in asked:
            edition = catalogue().holding(service, today, region)
            if edition is None:
                raise ServiceMissing(f"portal: {service} is not open there", field="services")
            work.insert(
                "application",
                {
                    "commune_code": commune,
                    "service": service,
                    "service_version": edition.number,
                    "enterprise_id": enterprise.record_id,
                    "state": "draft",
                },
                _AUTHOR,
            )


def _is_of(known: Stored, wanted: Registration) -> bool:
    ice = known.values["ice"]
    if wanted.ice and ice:  # a number says more than a name: two branches may share one
        return wanted.ice == ice
    return fold(typed.line(wanted.name)) in {
        fold(typed.line(str(known.values[name] or ""))) for name in _NAMES
    }


def _store(work: Work, visitor: Visitor, wanted: Registration) -> Stored:
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
            # The wording that was agreed to: another sentence on the form needs another name, or
            # consents of before would seem to be given to it.
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


def read_registration(form: Asked, language: str) -> Registration:
    """Return what the form of a registration says, checked.

    Raises:
        Missing, IceLength, IceWrong, ServiceMissing, ConsentMissing: as they say.
        FormWrong: several of them.
    """
    reading = Reading()
    name = reading.take(partial(_required, form, "name", "name_ar"))
    ice = reading.take(partial(read_typed, ENTERPRISE, "ice", form.get("ice")))
    commune = reading.take(partial(_required, form, "commune", "commune_code"))
    services = reading.take(partial(read_services, form))
    reading.take(partial(_require_consent, form))
    reading.end()
    return Registration(
        name=name or "",
        legal_form=form.get("legal_form"),
        ice=str(ice or ""),
        commune_code=commune or "",
        services=services or (),
        language=language,
    )


def _required(form: Asked, name: str, field: str) -> str:
    """Return what was typed. Raises Missing: nothing, said of a field of the enterprise."""
    if not (given := typed.text(form.get(name))):
        raise Missing(f"portal: no {name}", entity="enterprise", field=field)
    return given


def _require_consent(form: Asked) -> None:
    if form.get("consent") != "yes":
        raise ConsentMissing("portal: no consent", field="consent")


def read_services(form: Asked) -> tuple[str, ...]:
    """Return the services that were chosen and that there are. Raises ServiceMissing."""
    chosen = tuple(dict.fromkeys(filter(catalogue().known, form.several("services"))))
    if not chosen:
        raise ServiceMissing("portal: no service chosen", field="services")
    return chosen
