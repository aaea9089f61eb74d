"""An enterprise registers itself: a phone, a code, who it is, what it wants, its consent."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.db.work import Author, Work
from sync import typed
from sync.errors import Refusal
from sync.rules.identifiers import check_ice, check_phone
from sync.spec import Values

_CODE_MS = 10 * 60_000
_SESSION_MS = 2 * 3_600_000
_TRIES_MAX = 5
_SENT_MAX = 5
_HOUR_MS = 3_600_000
_CLOSED = ("refused",)
log = logging.getLogger("nuqta.portal")


class PortalCodeWrong(Refusal):
    """Not the code that was sent."""

    code = "portal_code_wrong"


class PortalCodeOver(Refusal):
    """The code is too old, or was tried too often."""

    code = "portal_code_over"


class TooManyCodes(Refusal):
    """Too many codes for one phone in an hour."""

    code = "too_many_tries"


class ConsentMissing(Refusal):
    """Without consent to keep the registration there can be none."""

    code = "consent_missing"


class ServiceMissing(Refusal):
    """No service was chosen, or one that is not in the catalogue."""

    code = "service_missing"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone whose phone is checked."""

    phone: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What the form says, checked."""

    name: str
    legal_form: str
    ice: str
    commune_code: str
    services: tuple[str, ...]
    language: str


def send_code(work: Work, given: str, *, words: str) -> str:
    """Send a one-time code to a phone. Returns the phone as E.164.

    The development adapter writes it to the log and to the outbox, which only demo mode shows.

    Args:
        words: the message, with `{code}` in it.

    Raises:
        PhoneWrong: not a Moroccan number.
        TooManyCodes: five in an hour were enough.
    """
    phone = check_phone(given)
    table = work.tables.portal_code
    row = work.connection.execute(
        sa.select(table).where(table.c.phone == phone).with_for_update()
    ).first()
    is_recent = row is not None and work.now_ms - row.sent_at < _HOUR_MS
    sent_count = row.sent_count if row is not None and is_recent else 0
    if sent_count >= _SENT_MAX:
        raise TooManyCodes("portal: too many codes for one phone", minutes=60)
    code = f"{secrets.randbelow(10**6):06d}"
    work.connection.execute(sa.delete(table).where(table.c.phone == phone))
    work.connection.execute(
        sa.insert(table).values(
            phone=phone,
            code_hash=_hash(phone + code),
            expires_at=work.now_ms + _CODE_MS,
            tries=0,
            sent_count=sent_count + 1,
            sent_at=work.now_ms,
        )
    )
    message = words.replace("{code}", code)
    work.connection.execute(
        sa.insert(work.tables.outbox).values(phone=phone, body=message, created_at=work.now_ms)
    )
    log.warning("message to %s: %s", phone, message)
    return phone


def check_code(work: Work, phone: str, given: str) -> tuple[str, Visitor] | Refusal:
    """Open a session for a phone.

    Returns:
        The token for the cookie and the visitor; or the refusal, so that its count is stored.
    """
    table = work.tables.portal_code
    row = work.connection.execute(
        sa.select(table).where(table.c.phone == phone).with_for_update()
    ).first()
    if row is None or row.expires_at < work.now_ms or row.tries >= _TRIES_MAX:
        return PortalCodeOver("portal: code too old or tried too often")
    code = typed.digits(given)
    if not hmac.compare_digest(bytes(row.code_hash), _hash(phone + code)):
        work.connection.execute(
            sa.update(table).where(table.c.phone == phone).values(tries=row.tries + 1)
        )
        return PortalCodeWrong("portal: wrong code")
    work.connection.execute(sa.delete(table).where(table.c.phone == phone))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    work.connection.execute(
        sa.insert(work.tables.portal_session).values(
            token_hash=_hash(token),
            phone=phone,
            draft="",
            csrf=csrf,
            expires_at=work.now_ms + _SESSION_MS,
        )
    )
    return token, Visitor(phone, csrf)


def visitor_of(records: Records, token: str, *, now_ms: int) -> Visitor | None:
    """Return whose session a cookie's token is, or None."""
    table = records.tables.portal_session
    row = records.connection.execute(
        sa.select(table).where(table.c.token_hash == _hash(token), table.c.expires_at > now_ms)
    ).first()
    return None if row is None else Visitor(row.phone, row.csrf)


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

    One that comes back finds its registration: only services it had not asked for are added.
    """
    author = Author(None, source="portal")
    known = registration_of(work, visitor.phone)
    if known is None:
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


def _hash(text: str) -> bytes:
    return sha256(b"portal|" + text.encode()).digest()
