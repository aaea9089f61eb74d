"""Somebody's own file: who is near, who looked at it, a copy of all of it, and a complaint."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts import proxies, throttle
from server.accounts.visitors import Visitor
from server.applications.beside import maturity_of
from server.applications.restating import restated_words
from server.applications.told import act_words
from server.complaints import commands
from server.complaints.titles import ABOUTS, title_in
from server.db import lookup
from server.db.among import among
from server.db.events import Action
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.duplicates import merging
from server.exchange.complaints import KIND
from server.points.near import codes_of, places
from server.points.stops import nearest_stops, stop_row
from server.portal.proxies import read_proxy, row_of
from server.portal.queries import own_of, own_or_other, registration_of
from server.reference import files
from server.trail.queries import Filter, events
from server.web.asked import Asked
from server.web.reader import name_of
from sync import local_time, scopes, typed
from sync.checks import Missing, TooLong
from sync.limits import NOTE_CHARS_MAX
from sync.phrases import Phrases
from sync.spec import Kind, Value
from sync.wording import in_words

_SEEN_MAX, _NEAR_MAX, _POINTS_MAX, _STOPS_MAX = 50, 5, 500, 2
_WITHHELD = frozenset({"review", "claim"})
"""Of others, or secret: what somebody else's record says, and the mark of a code."""
_EPOCH = date(1970, 1, 1).toordinal()


def file_page(
    records: Records, visitor: Visitor, subject_id: bytes, phrases: Phrases, now_ms: int
) -> dict[str, Any]:
    """Return what the page of a file shows. Raises NotFound: not of this phone."""
    subject, is_own = own_or_other(records, visitor, subject_id)
    language = phrases.language.code
    commune, places = (
        str(subject.values["commune_code"]),
        lookup.commune_names(records, language),
    )
    return {
        "of": str(UUID(bytes=subject.record_id)),
        "name": name_of(subject, language),
        "agents": agents_of(records, commune, language, now_ms),
        "points": points_near(records, commune, phrases),
        "stops": stops_near(records, commune, phrases, now_ms),
        "is_own": is_own,
        "speakers": [
            _speaker(phrases, one, is_shown=is_own or one.phone == visitor.phone)
            for one in proxies.of_subject(records, subject, now_ms)
        ],
        "spoken": [
            (act_words(phrases, one, name_of(subject, language)), one.at)
            for one in proxies.acts_of(records, subject)
        ],
        "looked": _looked(records, subject.record_id, phrases),
        "maturity": maturity_of(records, phrases, subject),
        "complaints": complaints_by(records, subject, phrases),
        "facts": [
            (
                phrases.say(_word(phrases, subject, spec.name)),
                places.get(text, text) if spec.name == "commune_code" else text,
            )
            for spec in subject.entity.fields
            if _word(phrases, subject, spec.name)
            and (text := in_words(phrases, subject.entity, spec.name, subject.values[spec.name]))
        ],
    }


def _speaker(phrases: Phrases, proxy: proxies.Proxy, *, is_shown: bool) -> dict[str, Any]:
    """Return who speaks for somebody; their phone to whom it is of, and to who let them speak."""
    row = row_of(phrases, proxy)
    return row if is_shown else {**row, "phone": ""}


def _word(phrases: Phrases, subject: Stored, name: str) -> str:
    """Return the code of what a field of a record is called; "" for those of the machine."""
    own = f"{subject.entity.name}.field.{name}"
    return own if phrases.message(own) and name != "survivor_id" else ""


def agents_of(records: Records, commune: str, language: str, now_ms: int) -> list[str]:
    """Return the names of the field agents who work in a commune now. No phone: it is theirs."""
    tables, given = records.tables, {"commune": commune, "now": now_ms}
    query = _agents_in(tables.records["agent"], tables.grant, tables.account)
    rows = records.connection.execute(query, given).all()
    return sorted(name_of(records.from_row("agent", row), language) for row in rows)


@cache
def _agents_in(agent: sa.Table, grant: sa.Table, account: sa.Table) -> sa.Select[Any]:
    """Ask for the agents of a `commune` that is given, `now`."""
    now = sa.bindparam("now", type_=sa.BigInteger())
    here = (
        sa.select(grant.c.agent_id)
        .join(account, account.c.agent_id == grant.c.agent_id)
        .where(
            grant.c.commune_code == sa.bindparam("commune"),
            sa.or_(grant.c.valid_to.is_(None), grant.c.valid_to > now),
            grant.c.valid_from <= now,
            account.c.status == "active",
            account.c.role == "field_agent",
        )
    )
    is_here = (agent.c.id.in_(here), agent.c.deleted_at.is_(None))
    return sa.select(agent).where(*is_here).order_by(agent.c.id).limit(_NEAR_MAX)


def points_near(records: Records, commune: str, phrases: Phrases) -> list[tuple[str, str, str]]:
    """Return the points that are in a commune or serve it: name, hours in words, phone."""
    table = records.tables.records["contact_point"]

    def active(*where: sa.ColumnElement[bool], limit: int) -> list[Stored]:
        is_active = table.c.status == "active"
        return records.list("contact_point", is_active, *where, order=(table.c.id,), limit=limit)

    found = active(table.c.commune_code == commune, limit=_NEAR_MAX)
    if len(found) < _NEAR_MAX:
        # Only where the own ones are few: the others of the province are read to the last.
        serving = active(
            among(table.c.commune_code, communes_of(scopes.province_of(commune))),
            table.c.commune_code != commune,
            table.c.commune_codes.contains(commune),
            limit=_POINTS_MAX,
        )
        found += [one for one in serving if commune in codes_of(one, "commune_codes")]
    return [
        (
            name_of(one, phrases.language.code),
            in_words(phrases, one.entity, "hours", one.values["hours"]),
            str(one.values["phone"] or ""),
        )
        for one in found[:_NEAR_MAX]
    ]


def stops_near(
    records: Records, commune: str, phrases: Phrases, now_ms: int
) -> list[dict[str, Any]]:
    """Return the stops at souks nearest to a commune, as `public.stops.stop_row` has each."""
    origin, names = places().get(commune), lookup.commune_names(records, phrases.language.code)
    near = nearest_stops(records, origin, now_ms, most=_STOPS_MAX) if origin else []
    return [stop_row(phrases, one, names) for one in near]


@cache
def communes_of(province: str) -> tuple[str, ...]:
    """Return the codes of a province's communes."""
    codes = (row["code"] for row in files.rows("communes"))
    return tuple(code for code in codes if scopes.province_of(code) == province)


def _looked(records: Records, record_id: bytes, phrases: Phrases) -> list[tuple[str, str, int]]:
    """Return who looked at a record or what is of it at the desk: name, role and what, when."""
    rows = events(records, Filter(of=record_id, action=Action.VIEW), None, _SEEN_MAX)
    ids = {bytes(row.actor_id) for row in rows if row.actor_id}
    agents, account = records.load("agent", ids), records.tables.account
    query = sa.select(account.c.agent_id, account.c.role).where(account.c.agent_id.in_(ids))
    # Whom nobody looked at there is nobody to ask for.
    roles = {row.agent_id: row.role for row in records.connection.execute(query)} if ids else {}
    return [
        (
            name_of(agents.get(bytes(row.actor_id)), phrases.language.code),
            phrases.facts(
                (
                    phrases.say(f"agent.role.{roles[row.actor_id]}")
                    if row.actor_id in roles
                    else "",
                    phrases.say("portal.looked.paper") if row.entity == "document" else "",
                )
            ),
            row.at,
        )
        for row in rows
        if row.actor_id
    ]


def copy_of(records: Records, visitor: Visitor, subject_id: bytes) -> dict[str, Any]:
    """Return all that is stored of somebody, for JSON. Raises NotFound: not of this phone.

    Moments and days as ISO 8601, decimals as numbers, records by their ids.
    """
    subject = registration_of(records, visitor, subject_id)
    ids: dict[str, list[bytes]] = {}
    for entity, record_id in merging.referring(records, subject.entity.name, subject.record_id):
        if entity not in _WITHHELD:
            ids.setdefault(entity, []).append(record_id)
    # Steps name their request, not the enterprise.
    step = records.tables.records["application_step"]
    steps = records.list(
        "application_step",
        step.c.application_id.in_(ids.get("application", [])),
        order=(step.c.id,),
    )
    found = {
        entity: [_plain(one) for one in records.load(entity, these).values()]
        for entity, these in ids.items()
    }
    return {
        subject.entity.name: _plain(subject),
        **found,
        "application_step": [_plain(one) for one in steps],
    }


def _plain(record: Stored) -> dict[str, Any]:
    fields = {spec.name: spec for spec in record.entity.fields}
    values = {
        name: _of_json(fields[name].kind, value, fields[name].places)
        for name, value in record.values.items()
        if value is not None and name in fields
    }
    return {"id": str(UUID(bytes=record.record_id)), **values}


def _of_json(kind: Kind, value: Value, places: int) -> Any:
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, tuple):
        return [_of_json(kind, item, places) for item in value]
    if isinstance(value, int) and kind is Kind.MOMENT:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat()
    if isinstance(value, int) and kind is Kind.DAY:
        return date.fromordinal(_EPOCH + value).isoformat()
    if isinstance(value, int) and kind is Kind.DECIMAL:
        return value / 10**places
    return value


def complaints_by(records: Records, subject: Stored, phrases: Phrases) -> list[dict[str, Any]]:
    """Return what was complained of, what was answered, and whether one may object to that."""
    table = records.tables.records["task"]
    found = records.list(
        "task",
        table.c[f"{subject.entity.name}_id"] == subject.record_id,
        table.c.kind == KIND,
        table.c.deleted_at.is_(None),
        order=(table.c.id.desc(),),
        limit=_SEEN_MAX,
    )
    appealed = {one.values["appeal_of"] for one in found}
    return [
        complaint_shown(records, phrases, one, is_appealed=one.record_id in appealed)
        for one in found
    ]


def complaint_shown(
    records: Records, phrases: Phrases, complaint: Stored, *, is_appealed: bool
) -> dict[str, Any]:
    """Return a complaint as who made it follows it."""
    values = complaint.values
    answer, due, state = values["answer"], values["due_on"], values["state"]
    done = values["done_at"]
    return {
        "id": str(UUID(bytes=complaint.record_id)),
        "title": title_in(phrases, values["title"]),
        "is_appeal": values["appeal_of"] is not None,
        "state": in_words(phrases, complaint.entity, "state", state)
        if state == "started" and not answer
        else phrases.say("portal.complaint.answered" if answer else "portal.complaint.waits"),
        "due": due if isinstance(due, int) and not answer else None,
        "restated": [] if answer else restated_words(records, phrases, complaint),
        "words": str(values["notes"] or ""),
        "answer": str(answer or ""),
        "answered_on": local_time.day_of(done) if answer and isinstance(done, int) else None,
        "may_appeal": bool(answer) and values["appeal_of"] is None and not is_appealed,
    }


def speak(work: Work, visitor: Visitor, form: Asked) -> None:
    """Let another speak for who is spoken for by themselves, or end it: `proxy` names whose.

    Raises:
        NotFound: not of this phone itself: nobody passes on what they were given.
        Refusal: as `read_proxy` and `proxies.give`.
    """
    wanted = form.record_id("of")
    subject = next((one for one in own_of(work, visitor.phone) if one.record_id == wanted), None)
    if subject is None:
        raise NotFound("portal: not the own one", entity="person")
    if ended := form.record_id("proxy"):
        proxies.revoke(work, subject, ended)
    else:
        proxies.give(work, subject, read_proxy(form, work.now_ms), by=None)


def complain(work: Work, visitor: Visitor, form: Asked) -> None:
    """Keep a complaint, to be answered within fifteen days. The same, sent twice, is one.

    Raises:
        NotFound: not of this phone.
        Missing, TooLong: of the words.
        TooManyTries: this phone complained too often today.
    """
    subject = _subject(work, visitor, form)
    about = form.one_of("about", ABOUTS) or "other"
    words = typed.text(form.get("words"))
    if not words:
        raise Missing("portal: no words", entity="task", field="notes")
    if (over := len(words) - NOTE_CHARS_MAX) > 0:
        raise TooLong("portal: words", field="notes", most=NOTE_CHARS_MAX, over=over)
    work.lock_name("complaint", visitor.phone)
    throttle.take(work, [throttle.Count(throttle.Limit.COMPLAINT_BY, visitor.phone)])
    commands.make(work, subject, about, words, None)
    proxies.note(work, visitor.phone, subject, "complain", subject.record_id)


def object_to(work: Work, visitor: Visitor, form: Asked) -> None:
    """Object to the answer to a complaint.

    Raises:
        NotFound: not of this phone.
        ComplaintNotAnswered: there is none, or it was objected to.
    """
    subject, wanted = _subject(work, visitor, form), form.record_id("complaint")
    complaint = work.lock("task", wanted) if wanted else None
    if (
        complaint is None
        or complaint.values[f"{subject.entity.name}_id"] != subject.record_id
        or complaint.values["kind"] != KIND
    ):
        raise NotFound("portal: no such complaint", entity="task")
    commands.appeal(work, complaint)
    proxies.note(work, visitor.phone, subject, "object", subject.record_id)


def _subject(records: Records, visitor: Visitor, form: Asked) -> Stored:
    """Return whom a form names. Raises NotFound: nobody of this phone."""
    wanted = form.record_id("of")
    if wanted is None:
        raise NotFound("portal: nobody named", entity="enterprise")
    return registration_of(records, visitor, wanted)
