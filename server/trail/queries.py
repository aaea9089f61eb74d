"""The events of the audit log that a filter finds, a page at a time, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa

from server.accounts.commands import folded
from server.db import lookup
from server.db.events import Action
from server.db.records import Records
from server.rights import Right
from server.web.asked import Asked, RequestWrong
from server.web.named import Named, entity_word, names_of
from server.web.reader import Reader
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from sync import flat, local_time

URL = f"{DESK}/audit"
ASKED = ("login", "of", "action", "since", "until")
"""What the list's address may ask."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What was asked: a login, a record or whose it is, an action, local days, both included."""

    login: str = ""
    of: bytes | None = None
    action: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: when its last event was, of which writer, under which number."""

    at: int
    writer: str
    seq: int

    def __str__(self) -> str:
        """As an address has it; what `read_place` reads."""
        return f"{self.at}.{self.writer}.{self.seq}"


def read_filter(asked: Asked) -> Filter:
    """Return the filter of an address. Raises RequestWrong: one cannot be read."""
    return Filter(
        folded(asked.get("login")),
        asked.record_id("of"),
        asked.one_of("action", [action.value for action in Action]),
        asked.day("since"),
        asked.day("until"),
    )


def read_place(asked: Asked) -> Place | None:
    """Return the place that a list goes on from, or None. Raises RequestWrong."""
    found = re.fullmatch(r"(\d{1,15})\.([0-9a-f]{12})\.(\d{1,15})", asked.get("after"), re.ASCII)
    if found is None:
        if asked.get("after"):
            raise RequestWrong("audit: no place to go on from")
        return None
    return Place(int(found[1]), found[2], int(found[3]))


def link(wanted: Filter, after: Place | None = None, url: str = URL) -> str:
    """Return the address of a list."""
    asked: dict[str, object] = {
        "login": wanted.login,
        "of": UUID(bytes=wanted.of) if wanted.of else "",
        "action": wanted.action,
        "since": _day_text(wanted.since),
        "until": _day_text(wanted.until),
        "after": after or "",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{url}?{query}" if query else url


def _day_text(day: int | None) -> str:
    return "" if day is None else flat.day_text(day)


def account_of(records: Records, login: str) -> bytes | None:
    """Return the agent of a login, or None."""
    table = records.tables.account
    return records.connection.scalar(sa.select(table.c.agent_id).where(table.c.login == login))


def events(
    records: Records, wanted: Filter, after: Place | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Return events with what stands beside them, newest first; none of a login that is none."""
    event, value = records.tables.audit_event, records.tables.audit_value
    where: list[sa.ColumnElement[bool]] = []
    # Ordered by the moment in whichever table the filter's index is.
    lead = event
    if wanted.login:
        actor_id = account_of(records, wanted.login)
        if actor_id is None:
            return []
        lead, where = value, [*where, value.c.actor_id == actor_id]
    if wanted.of is not None:
        is_theirs = sa.or_(value.c.subject_id == wanted.of, value.c.record_id == wanted.of)
        lead, where = value, [*where, is_theirs]
    if wanted.action:
        where.append(event.c.action == wanted.action)
    if wanted.since is not None:
        where.append(lead.c.at >= local_time.day_start(wanted.since))
    if wanted.until is not None:
        where.append(lead.c.at < local_time.day_start(wanted.until + 1))
    key = (lead.c.at, lead.c.writer, lead.c.seq)
    if after is not None:
        bound = (after.at, after.writer, after.seq)
        where.append(sa.tuple_(*key) < sa.tuple_(*(sa.literal(part) for part in bound)))
    beside = sa.and_(value.c.writer == event.c.writer, value.c.seq == event.c.seq)
    query = (
        sa.select(event, *(value.c[name] for name in _BESIDE))
        .join(value, beside)
        .where(*where)
        .order_by(*(column.desc() for column in key))
        .limit(limit)
    )
    return records.connection.execute(query).all()


_BESIDE = ("salt", "actor_id", "record_id", "subject_id", "detail")


def place_of(row: sa.Row[Any]) -> Place:
    """Return the place of an event in the list."""
    return Place(row.at, row.writer, row.seq)


def list_page(
    records: Records, reader: Reader, wanted: Filter, after: Place | None
) -> dict[str, Any]:
    """Return what the page shows: its rows, the ways on, and of whom the list is."""
    # One more than is shown says whether there is a next page.
    found = events(records, wanted, after, PAGE_ROWS + 1)
    page = found[:PAGE_ROWS]
    subject = _subject(records, reader, wanted.of) if wanted.of else ""
    return {
        "rows": rows_of(records, reader, page),
        "next": link(wanted, place_of(page[-1])) if len(found) > PAGE_ROWS else "",
        "first": "" if after is None else link(wanted),
        "of_whom": subject,
        "is_nobody": bool(wanted.login) and account_of(records, wanted.login) is None,
    }


def seen_by(records: Records, reader: Reader, record_id: bytes, limit: int) -> list[dict[str, Any]]:
    """Return who last saw a record, or those of a person; nothing to who may not know."""
    if not reader.may(Right.SEE_AUDIT):
        return []
    found = events(records, Filter(of=record_id, action=Action.VIEW), None, limit)
    return rows_of(records, reader, found)


def rows_of(records: Records, reader: Reader, found: Sequence[sa.Row[Any]]) -> list[dict[str, Any]]:
    """Return events in words: when, who, what, whose record, and what else."""
    keys = {("agent", row.actor_id) for row in found if row.actor_id}
    keys |= {(_named_as(row.entity), row.record_id) for row in found if row.record_id}
    names = names_of(records, reader, keys)
    say = reader.phrases.say
    return [
        {
            "at": row.at,
            "who": _who(reader, row, names),
            "what": say(f"desk.audit.action.{row.action}"),
            "action": row.action,
            "whose": _whose(reader, row, names),
            "detail": _detail(reader, row, records),
        }
        for row in found
    ]


_TERRITORY = ("territory_grant", "territory_revoke")
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "device": ("desk.devices.status.", "desk.devices."),
    "job": ("desk.jobs.name.", "desk.jobs."),
    "account": ("agent.role.", "desk.audit."),
}
"""What codes beside an event are of, by what it was done to; of others the fields of an entity."""


def _named_as(entity: str) -> str:
    """Return the entity by which an event's record is called: an account is its agent."""
    return "agent" if entity in ("account", "enrol_code", *_TERRITORY) else entity


def _subject(records: Records, reader: Reader, record_id: bytes) -> str:
    keys = [(name, record_id) for name in records.entity_by_name]
    named = names_of(records, reader, keys)
    return next((one.words for one in named.values()), "")


def _who(reader: Reader, row: Any, names: Mapping[tuple[str, bytes], Named]) -> str:
    if row.salt is None:
        return reader.phrases.say("desk.audit.forgotten")
    if row.actor_id is None:
        is_stranger = row.action == Action.SIGN_IN_FAILED
        return reader.phrases.say("desk.audit.unknown" if is_stranger else "desk.audit.nobody")
    found = names.get(("agent", row.actor_id))
    return found.words if found else reader.phrases.say("desk.audit.unknown")


_ALIKE = {"job": "desk.audit.record.job", "answer_file": "desk.answers.one"}
"""What is of nobody, and has no name -> its words."""


def _whose(reader: Reader, row: Any, names: Mapping[tuple[str, bytes], Named]) -> Named:
    say = reader.phrases.say
    if row.salt is None:
        return Named("")
    if row.entity == "device":
        return Named(say("desk.audit.record.device", number=row.detail.split()[0]))
    if row.record_id is None:
        return Named(say("desk.audit.record.page") if row.action == Action.REFUSE else "")
    if row.entity in _ALIKE:
        return Named(say(_ALIKE[row.entity]))
    found = names.get((_named_as(row.entity), row.record_id))
    words = found.words if found else say("desk.audit.gone")
    if _named_as(row.entity) == "agent":
        return Named(say("desk.audit.record.account", name=words))
    title = reader.phrases.facts((entity_word(reader, row.entity), words))
    return Named(title, found.url if found else "")


def _detail(reader: Reader, row: Any, records: Records) -> str:
    """Return what else is known of an event: its codes in words, its numbers as they are."""
    parts = (row.detail or "").split()
    if row.entity in _TERRITORY:
        places = lookup.commune_names(records, reader.language)
        return reader.phrases.listed(places.get(part, part) for part in parts)
    if row.entity == "device":
        parts = parts[1:]  # the first is its number
    prefixes = _PREFIXES.get(row.entity) or (f"{row.entity}.field.", "right.", "desk.audit.")
    return reader.phrases.listed(_code_in_words(reader, part, prefixes) for part in parts)


def _code_in_words(reader: Reader, part: str, prefixes: Sequence[str]) -> str:
    codes = (f"{prefix}{part}" for prefix in (*prefixes, "desk.audit.action."))
    return next((reader.phrases.say(code) for code in codes if reader.phrases.message(code)), part)
