"""Somebody registers: who they are, what they farm, what they want, what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence

from server.accounts import proxies, throttle
from server.accounts.visitors import Visitor
from server.db.columns import REGION_CHARS
from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.exchange.permission import CommuneUnknown
from server.portal.queries import on_their_way, own_of
from server.portal.registration import CONSENTS, NAMES, Registration, ServiceMissing
from server.reference.catalogue import catalogue
from sync import local_time, typed
from sync.rules.names import fold
from sync.spec import Values

_AUTHOR = Author(None, source="portal")


def register(work: Work, visitor: Visitor, wanted: Registration) -> None:
    """Store who registers, their holding, requests and consents, all at once.

    Who comes back finds their registration, and what it lacked is added. What says otherwise than
    it is a record of its own, and a person compares: nothing that was typed is lost. Two forms of
    one phone at the same time wait for one another.

    Raises:
        CommuneUnknown: no such commune.
        TooManyTries: this phone registered too many today.
    """
    # Two taps on a slow line are two forms: the second must see what the first has stored.
    work.lock_name("registration", visitor.phone)
    throttle.take(work, [throttle.Count(throttle.Limit.REGISTER_BY, visitor.phone)])
    known = own_of(work, visitor.phone)
    found = next((one for one in known if _is_same(one, wanted)), None)
    if found is None:
        found = _store(work, visitor, wanted)
    else:
        _complete(work, found, wanted)
    _keep_consents(work, found, wanted)
    _keep_holding(work, found, wanted)
    ask(work, visitor, found, wanted.services)


def ask(work: Work, visitor: Visitor, subject: Stored, services: Sequence[str]) -> None:
    """Apply for services on somebody's behalf, but for those already on their way.

    Raises:
        ServiceMissing: one is not open where they live, today.
    """
    asked, commune = on_their_way(work, subject), subject.values["commune_code"]
    today, region = local_time.day_of(work.now_ms), str(commune)[:REGION_CHARS]
    for service in services:
        if service not in asked:
            edition = catalogue().holding(service, today, region)
            if edition is None:
                raise ServiceMissing(f"portal: {service} is not open there", field="services")
            made = work.insert(
                "application",
                {
                    "commune_code": commune,
                    "service": service,
                    "service_version": edition.number,
                    f"{subject.entity.name}_id": subject.record_id,
                    "state": "draft",
                },
                _AUTHOR,
            )
            proxies.note(work, visitor.phone, subject, "ask", made.record_id)


def _is_same(known: Stored, wanted: Registration) -> bool:
    """Whether a record is of who registers: of their name, and at odds with nothing they say."""
    if known.entity is not wanted.kind.entity:
        return False
    said = {name: value for name, value in wanted.values.items() if name not in NAMES}
    if any(known.values[name] not in (None, value) for name, value in said.items()):
        return False
    names = {fold(typed.line(str(known.values[name] or ""))) for name in NAMES}
    return any(fold(typed.line(str(wanted.values.get(name) or "-"))) in names for name in NAMES)


def _complete(work: Work, known: Stored, wanted: Registration) -> None:
    """Add to a record what it lacked."""
    found = work.lock(known.entity.name, known.record_id) or known
    lacking: Values = {
        name: value for name, value in wanted.values.items() if found.values[name] is None
    }
    if lacking:
        work.change(found.entity.name, found.record_id, lacking, _AUTHOR)
        ask_if_known(work, found, _AUTHOR)


def _store(work: Work, visitor: Visitor, wanted: Registration) -> Stored:
    entity, values = wanted.kind.entity.name, dict(wanted.values)
    _require_commune(work, str(values["commune_code"]))
    values |= {"phone": visitor.phone}
    if entity == "person":
        values |= {"is_farmer": wanted.kind.audience == "farmer", "status": "active"}
    else:
        values |= {"status": "submitted"}
    made = work.insert(entity, values, _AUTHOR)
    ask_if_known(work, made, _AUTHOR)
    return made


def _keep_consents(work: Work, subject: Stored, wanted: Registration) -> None:
    """Store what was agreed to and what was not; the same answer, sent twice, is one."""
    table, owner = work.tables.records["consent"], f"{subject.entity.name}_id"
    known = work.list(
        "consent", table.c[owner] == subject.record_id, table.c.withdrawn_at.is_(None)
    )
    said = {(one.values["purpose"], one.values["given"]) for one in known}
    for purpose, is_given in wanted.consents.items():
        if (purpose, is_given) in said:
            continue
        work.insert(
            "consent",
            {
                "commune_code": subject.values["commune_code"],
                owner: subject.record_id,
                "purpose": purpose,
                "ground": "consent",
                "text_version": CONSENTS[purpose][1],
                "language": wanted.language,
                "given": is_given,
                "method": "web_form",
                "given_at": work.now_ms,
            },
            _AUTHOR,
        )


def _keep_holding(work: Work, subject: Stored, wanted: Registration) -> None:
    """Store what is farmed, once: another holding, or another season of one, is another record."""
    if not wanted.holding:
        return
    table, owner = work.tables.records["holding"], f"{subject.entity.name}_id"
    known = work.list("holding", table.c[owner] == subject.record_id)
    if any(
        all(one.values[name] == value for name, value in wanted.holding.items()) for one in known
    ):
        return
    values: Values = {
        "commune_code": subject.values["commune_code"],
        "douar": wanted.values.get("douar"),
        owner: subject.record_id,
        **wanted.holding,
    }
    work.insert("holding", values, _AUTHOR)


def _require_commune(work: Work, code: str) -> None:
    commune = work.tables.records["commune"]
    if not work.list("commune", commune.c.code == code, limit=1):
        raise CommuneUnknown("portal: no such commune", field="commune_code", commune=code)
