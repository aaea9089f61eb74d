"""Who may speak for whom on the portal: a phone, for a person or an enterprise, from day to day.

Given by who is spoken for, whose phone was checked by a code, or by an agent of the programme who
saw the paper. Asked anew on every page: what is revoked has ended at the next click. Each act of a
proxy is kept, for those it was done for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from sync import local_time
from sync.errors import Refusal

ROLES = ("president", "manager", "treasurer", "delegate", "family")
"""What somebody is to whom they speak for: `portal.proxy.role.NAME`."""
CODE, PAPER = "code", "paper"
"""Evidence: a code to the phone of who is spoken for, or a paper that somebody of ours saw."""
TEXT_VERSION = "portal-proxy-1"
"""Of the sentence `portal.proxy.text`; raised with every change of its meaning."""
_MOST = 10
_ACTS_MAX = 50


class ProxiesFull(Refusal):
    """So many speak for one already that another would be a mistake."""

    code = "proxies_full"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says of one who shall speak for another."""

    name: str
    phone: str
    role: str
    valid_to: int | None


@dataclass(frozen=True, slots=True)
class Proxy:
    """One who may speak for another. Days as everywhere; `given_by`: an agent, of a paper."""

    id: bytes
    entity: str
    subject_id: bytes
    phone: str
    name: str
    role: str
    evidence: str
    given_by: bytes | None
    valid_from: int
    valid_to: int | None
    given_at: int
    revoked_at: int | None
    text_version: str


def of_phone(records: Records, phone: str, at: int) -> list[Proxy]:
    """Return for whom a phone may speak at a moment."""
    return _found(records, records.tables.proxy.c.phone == phone, *_in_force(records, at))


def of_subject(records: Records, subject: Stored, at: int) -> list[Proxy]:
    """Return who may speak for somebody at a moment, or will from a later day on."""
    table = records.tables.proxy
    later = sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= local_time.day_of(at))
    return _found(records, _is_of(records, subject), table.c.revoked_at.is_(None), later)


def _in_force(records: Records, at: int) -> tuple[sa.ColumnElement[bool], ...]:
    table, day = records.tables.proxy, local_time.day_of(at)
    return (
        table.c.revoked_at.is_(None),
        table.c.valid_from <= day,
        sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= day),
    )


def _is_of(records: Records, subject: Stored) -> sa.ColumnElement[bool]:
    """Return that somebody is spoken for, under their own id or that of one merged into them."""
    merged, whose = records.tables.records[subject.entity.name], records.tables.proxy.c.subject_id
    # One list of ids, for PostgreSQL goes through everybody's where one is the own or of this list.
    ids = sa.union_all(
        sa.select(sa.literal(subject.record_id, whose.type)),
        sa.select(merged.c.id).where(merged.c.survivor_id == subject.record_id),
    )
    return whose.in_(ids)


def _found(records: Records, *where: sa.ColumnElement[bool]) -> list[Proxy]:
    table = records.tables.proxy
    query = sa.select(table).where(*where).order_by(table.c.given_at, table.c.id)
    return [Proxy(**row) for row in records.connection.execute(query).mappings()]


def give(work: Work, subject: Stored, wanted: Wanted, *, by: bytes | None) -> None:
    """Let a phone speak for somebody; of a phone that does, anew.

    Args:
        by: the agent who saw the paper; None: who is spoken for says so themselves.

    Raises:
        ProxiesFull: so many do already.
    """
    work.lock_name("proxy", subject.record_id.hex())
    known = of_subject(work, subject, work.now_ms)
    for before in known:
        if before.phone == wanted.phone:
            revoke(work, subject, before.id)
    if len([one for one in known if one.phone != wanted.phone]) >= _MOST:
        raise ProxiesFull("proxy: too many", field="proxy_name")
    proxy = Proxy(
        id=work.ids(),
        entity=subject.entity.name,
        subject_id=subject.record_id,
        phone=wanted.phone,
        name=wanted.name,
        role=wanted.role,
        evidence=PAPER if by else CODE,
        given_by=by,
        valid_from=local_time.day_of(work.now_ms),
        valid_to=wanted.valid_to,
        given_at=work.now_ms,
        revoked_at=None,
        text_version=TEXT_VERSION,
    )
    values = {name: getattr(proxy, name) for name in Proxy.__slots__}
    work.connection.execute(sa.insert(work.tables.proxy).values(values))


def revoke(work: Work, subject: Stored, proxy_id: bytes) -> None:
    """End that somebody speaks for another. Raises NotFound: they do not, or not any more."""
    table = work.tables.proxy
    ended = work.connection.execute(
        sa.update(table)
        .where(table.c.id == proxy_id, _is_of(work, subject), table.c.revoked_at.is_(None))
        .values(revoked_at=work.now_ms)
    )
    if not ended.rowcount:
        raise NotFound("proxy: none in force", entity="person")


def note(work: Work, phone: str, subject: Stored, act: str, record_id: bytes) -> None:
    """Keep that a proxy did something for somebody; of who speaks for themselves, nothing.

    Args:
        act: what was done: `portal.proxy.act.NAME`.
    """
    mine = (work.tables.proxy.c.phone == phone, _is_of(work, subject))
    for proxy in _found(work, *mine, *_in_force(work, work.now_ms))[-1:]:
        row = {"id": work.ids(), "proxy_id": proxy.id, "at": work.now_ms, "act": act}
        insert = sa.insert(work.tables.proxy_act)
        work.connection.execute(insert.values(**row, record_id=record_id))


def acts_of(records: Records, subject: Stored, record_id: bytes | None = None) -> list[Any]:
    """Return what proxies did for somebody, the latest first: name, role, act, at.

    Args:
        record_id: to this record alone.
    """
    proxy, act = records.tables.proxy, records.tables.proxy_act
    query = (
        sa.select(proxy.c.name, proxy.c.role, act.c.act, act.c.at)
        .join(proxy, proxy.c.id == act.c.proxy_id)
        .where(_is_of(records, subject))
        .where(sa.true() if record_id is None else act.c.record_id == record_id)
        .order_by(act.c.at.desc(), act.c.id)
        .limit(_ACTS_MAX)
    )
    return list(records.connection.execute(query))
