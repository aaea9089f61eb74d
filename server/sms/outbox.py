"""The table of messages: ordered, claimed by one sender at a time, answered, reported, counted.

Each statement that ends a message names the lease of who sent it: who lost it ends nothing. What
the centre has taken is stored by part, so that of a message of two segments no more is sent again
than may be missing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from server.db.among import among, among_ids
from server.db.records import Records
from server.db.work import Work
from server.sms.segments import count, plain
from sync import local_time

LEASE_MS = 60_000
FLIGHTS_MAX = 2
"""How often a message may have gone, without that anybody knows: then it is let be."""
TRIES_MAX = 8
"""How often a message is tried that the centre does not take; one that is busy is waited for."""
A_PHONE_A_DAY = 6
"""Messages a day to one phone, codes not counted: those have a limit of their own."""
_QUIET_FROM, _QUIET_UNTIL = 21 * 60, 8 * 60
_CODE_MS, _USE_MS = 10 * 60_000, 3 * 86_400_000
_RETRY_MS, _RETRY_MS_MAX = 5_000, 15 * 60_000
_SHARE_OF_CODES = 5
"""A fifth of a day's segments is kept for codes."""
_KEPT_MS = 30 * 86_400_000


class Kind(StrEnum):
    """What a message is for."""

    CODE = "code"
    STEP = "step"
    REMINDER = "reminder"
    ANSWER = "answer"
    PURCHASE = "purchase"


class Stage(StrEnum):
    """Where a message is. `uncertain`: it may have gone twice, and nobody knows."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    KEPT = "kept"  # for the inbox alone


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be sent. `segments_a_day`: of all messages; 0 sends nothing."""

    segments_a_day: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until its lease runs out. `sent`: parts that went already."""

    message_id: bytes
    lease: bytes
    phone: str
    body: str
    tries: int
    sent: frozenset[int]
    kind: str


def order(
    work: Work,
    kind: Kind,
    phone: str,
    body: str,
    *,
    application_id: bytes | None = None,
    task_id: bytes | None = None,
    once: str | None = None,
    why: str = "",
) -> bytes | None:
    """Order a message. Returns its id; None if there is one of this `once` already.

    Args:
        phone: E.164; empty: it has none, and the message is for the inbox alone.
        application_id: the request it speaks of, in whose inbox it is shown.
        task_id: the complaint that it is a reminder of.
        once: what there is to be one message of alone.
        why: it must not be sent; it is for the inbox alone then.
    """
    now, body, message_id = work.now_ms, plain(body), work.ids()
    if not why:
        why = "" if phone else "no_phone"
    if not why and kind is not Kind.CODE and _count_today(work, phone) >= A_PHONE_A_DAY:
        why = "phone_cap"
    made = work.connection.execute(
        work.insert_or_skip(work.tables.message).values(
            id=message_id,
            once=once,
            kind=kind,
            application_id=application_id,
            task_id=task_id,
            phone=phone if not why else "",
            body=body,
            segments=count(body),
            state=Stage.KEPT if why else Stage.WAITING,
            why=why,
            created_at=now,
            due_at=now,
            until=now + (_CODE_MS if kind is Kind.CODE else _USE_MS),
            tries=0,
            flights=0,
        )
    )
    return message_id if made.rowcount else None


def is_quiet(now_ms: int) -> bool:
    """Whether people sleep, by Morocco's wall: only codes go, which somebody waits for."""
    minute = local_time.minutes_of(now_ms)
    return minute >= _QUIET_FROM or minute < _QUIET_UNTIL


def has_due(records: Records, now_ms: int) -> bool:
    """Whether there is a message to claim: who asks locks nothing."""
    table = records.tables.message
    query = sa.select(table.c.id).where(_due(table, now_ms)).limit(1)
    return records.connection.scalar(query) is not None


def spend(work: Work, kind: Kind, body: str, caps: Caps) -> bool:
    """Count what is sent at once, beside the table. Returns whether it may go."""
    segments = count(body)
    if segments > _left_today(work, caps)[kind is Kind.CODE]:
        return False
    _count(work, kind, segments)
    return True


def has_late(records: Records, now_ms: int) -> bool:
    """Whether there is a message to end: who asks locks nothing."""
    table = records.tables.message
    is_late = sa.or_(table.c.flights >= FLIGHTS_MAX, table.c.until <= now_ms)
    query = sa.select(table.c.id).where(_is_free(table, now_ms), is_late).limit(1)
    return records.connection.scalar(query) is not None


def end_late(work: Work) -> None:
    """End what is no use any more, and what was in flight twice and never answered."""
    table, now = work.tables.message, work.now_ms
    is_free = _is_free(table, now)
    body = sa.case((table.c.kind == Kind.CODE, ""), else_=table.c.body)
    ended = {"ended_at": now, "lease": None, "body": body}
    for stage, where in (
        (Stage.UNCERTAIN, table.c.flights >= FLIGHTS_MAX),
        (Stage.FAILED, sa.and_(table.c.flights < FLIGHTS_MAX, table.c.until <= now)),
    ):
        values: dict[str, Any] = {**ended, "state": stage}
        if stage is Stage.FAILED:
            values["why"] = "too_late"
        work.connection.execute(sa.update(table).where(is_free, where).values(values))


def claim(work: Work, most: int, caps: Caps) -> list[Claim]:
    """Take messages to send, codes first: from now on each may have gone.

    Args:
        most: how many segments at most.
    """
    table, now = work.tables.message, work.now_ms
    left = _left_today(work, caps)
    query = sa.select(table).where(_due(table, now))
    order_by = (sa.case((table.c.kind == Kind.CODE, 0), else_=1), table.c.due_at, table.c.id)
    rows = work.connection.execute(
        query.order_by(*order_by).limit(max(most, 1)).with_for_update(skip_locked=True)
    ).all()
    taken: list[Any] = []
    used, lease = 0, os.urandom(16)
    for row in rows:
        is_first = not taken  # a long one goes even where few may
        if used + row.segments > most and not is_first:
            break
        if used + row.segments > left[row.kind == Kind.CODE]:
            continue
        taken.append(row)
        used += row.segments
    ids = [row.id for row in taken]
    if ids:
        values = {"state": Stage.SENDING, "lease": lease, "lease_until": now + LEASE_MS}
        more = {"tries": table.c.tries + 1, "flights": table.c.flights + 1}
        work.connection.execute(
            sa.update(table)
            .where(among_ids(work.connection, table.c.id, ids))
            .values({**values, **more})
        )
    sent = _parts_of(work, ids)
    return [
        Claim(
            row.id,
            lease,
            row.phone,
            row.body,
            row.tries + 1,
            frozenset(sent.get(row.id, ())),
            row.kind,
        )
        for row in taken
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    """A part that the centre took, under which id."""

    claimed: Claim
    number: int
    centre_id: str


def took(work: Work, parts: Sequence[Taken]) -> None:
    """Note what the centre took, and what that costs; many at once cost little more than one."""
    if not parts:
        return
    table, kinds = work.tables.message_part, {one.claimed.message_id: one.claimed for one in parts}
    rows = [
        {
            "message_id": one.claimed.message_id,
            "number": one.number,
            "centre_id": one.centre_id,
            "state": Stage.SENT,
        }
        for one in parts
    ]
    insert = work.insert_or_skip(table).returning(table.c.message_id)
    made = work.connection.scalars(insert, rows).all()
    costs = Counter(kinds[bytes(message_id)].kind for message_id in made)
    for kind, number in sorted(costs.items()):
        _count(work, kind, number)


def end_sent(work: Work, claims: Sequence[Claim]) -> None:
    """Note that the centre took all of some messages. A code is not kept any longer."""
    table = work.tables.message
    body = sa.case((table.c.kind == Kind.CODE, ""), else_=table.c.body)
    values = {"state": Stage.SENT, "ended_at": work.now_ms, "lease": None, "body": body}
    _change_all(work, claims, values)


def refused(work: Work, claimed: Claim, why: str, *, is_final: bool) -> None:
    """Note that the centre did not take a message: later again, or never. It has not gone."""
    table = work.tables.message
    values: dict[str, Any] = {"flights": table.c.flights - 1, "lease": None, "why": why}
    if is_final:
        values |= {"state": Stage.FAILED, "ended_at": work.now_ms}
    else:
        wait = min(_RETRY_MS * 2 ** min(claimed.tries - 1, TRIES_MAX), _RETRY_MS_MAX)
        values |= {"state": Stage.WAITING, "due_at": work.now_ms + wait}
    _change_all(work, [claimed], values)


def give_back(work: Work, claims: Sequence[Claim], *, has_gone: bool) -> None:
    """Give messages back that have no answer, as the line broke, or the sender ends.

    Args:
        has_gone: a byte of each may have gone out: it is sent once more at most.
    """
    table = work.tables.message
    values: dict[str, Any] = {"state": Stage.WAITING, "lease": None}
    if not has_gone:
        values |= {"flights": table.c.flights - 1, "tries": table.c.tries - 1}
    _change_all(work, claims, values)


def report(work: Work, said: Mapping[str, Stage]) -> int:
    """Note what became of parts, however late. Returns how many are of no message of ours.

    Args:
        said: the centre's id of a part -> what became of it.
    """
    part, table = work.tables.message_part, work.tables.message
    query = (
        sa.select(part.c.centre_id, part.c.message_id, part.c.number)
        .join(table, table.c.id == part.c.message_id)
        .where(among(part.c.centre_id, list(said)))
        .order_by(table.c.created_at)
    )
    # A centre may give an id again, after months: the newest is meant.
    newest = {row.centre_id: row for row in work.connection.execute(query)} if said else {}
    for stage in sorted(set(said.values())):
        keys = [(row.message_id, row.number) for one, row in newest.items() if said[one] is stage]
        if keys:
            is_said = sa.tuple_(part.c.message_id, part.c.number).in_(keys)
            work.connection.execute(sa.update(part).where(is_said).values(state=stage))
    _end_reported(work, sorted({bytes(row.message_id) for row in newest.values()}))
    return len(said) - len(newest)


def _end_reported(work: Work, ids: Sequence[bytes]) -> None:
    """End those messages whose parts are all reported; one that did not arrive says it for all."""
    part, table = work.tables.message_part, work.tables.message
    query = (
        sa.select(table.c.id, table.c.segments, part.c.state)
        .join(part, part.c.message_id == table.c.id)
        .where(among_ids(work.connection, table.c.id, ids))
    )
    states, wanted = dict[bytes, list[str]](), dict[bytes, int]()
    for message_id, segments, state in work.connection.execute(query) if ids else ():
        states.setdefault(bytes(message_id), []).append(state)
        wanted[bytes(message_id)] = segments
    ended: dict[Stage, list[bytes]] = {Stage.DELIVERED: [], Stage.UNDELIVERED: []}
    for message_id, found in states.items():
        if len(found) < wanted[message_id]:
            continue
        if Stage.UNDELIVERED in found:
            ended[Stage.UNDELIVERED].append(message_id)
        elif Stage.SENT not in found:
            ended[Stage.DELIVERED].append(message_id)
    may_end = (Stage.SENT, Stage.DELIVERED, Stage.UNDELIVERED, Stage.UNCERTAIN)
    for stage, of in ended.items():
        if of:
            is_meant = sa.and_(
                among_ids(work.connection, table.c.id, of), table.c.state.in_(may_end)
            )
            values = {"state": stage, "ended_at": work.now_ms}
            work.connection.execute(sa.update(table).where(is_meant).values(values))


def counts(records: Records) -> dict[str, int]:
    """Return how many messages are in each stage, and how many may have gone twice (`again`)."""
    table = records.tables.message
    query = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
    found = {str(state): int(number) for state, number in records.connection.execute(query)}
    again = sa.select(sa.func.count()).select_from(table).where(table.c.flights > 1)
    return {**found, "again": records.connection.scalar(again) or 0}


def segments_of_day(records: Records, day: int) -> dict[str, int]:
    """Return how many segments the centre took on a day, by kind."""
    table = records.tables.message_day
    query = sa.select(table.c.kind, table.c.segments).where(table.c.day == day)
    return {str(kind): int(number) for kind, number in records.connection.execute(query)}


def of_application(records: Records, application_id: bytes) -> list[Any]:
    """Return the messages of a request, the newest first: body, state, created_at."""
    table = records.tables.message
    query = sa.select(table.c.body, table.c.state, table.c.created_at).where(
        table.c.application_id == application_id, table.c.kind != Kind.REMINDER
    )
    return list(records.connection.execute(query.order_by(table.c.created_at.desc()).limit(50)))


def forget_old(work: Work) -> int:
    """Delete, a month after their end, messages of no request and no complaint. Returns how many.

    Of those that stay the phone is forgotten.
    """
    table, old = work.tables.message, work.now_ms - _KEPT_MS
    is_old = sa.and_(table.c.created_at < old, table.c.state != Stage.SENDING)
    is_gone = sa.and_(is_old, table.c.application_id.is_(None), table.c.task_id.is_(None))
    gone = sa.select(table.c.id).where(is_gone)
    part = work.tables.message_part
    work.connection.execute(sa.delete(part).where(part.c.message_id.in_(gone)))
    number = work.connection.execute(sa.delete(table).where(is_gone)).rowcount
    work.connection.execute(sa.update(table).where(is_old, table.c.phone != "").values(phone=""))
    return int(number)


def _due(table: sa.Table, now_ms: int) -> sa.ColumnElement[bool]:
    waits = sa.and_(table.c.state == Stage.WAITING, table.c.due_at <= now_ms)
    was_left = sa.and_(table.c.state == Stage.SENDING, table.c.lease_until < now_ms)
    due = sa.and_(sa.or_(waits, was_left), table.c.flights < FLIGHTS_MAX, table.c.until > now_ms)
    return sa.and_(due, table.c.kind == Kind.CODE) if is_quiet(now_ms) else due


def _is_free(table: sa.Table, now_ms: int) -> sa.ColumnElement[bool]:
    """Whether nobody sends a message now, and it has not ended."""
    was_left = sa.and_(table.c.state == Stage.SENDING, table.c.lease_until < now_ms)
    return sa.or_(table.c.state == Stage.WAITING, was_left)


def _left_today(work: Work, caps: Caps) -> tuple[int, int]:
    """Return how many segments may go today: of all others, of codes. In flight counts as gone."""
    table, day = work.tables.message, local_time.day_of(work.now_ms)
    gone = sum(segments_of_day(work, day).values())
    query = sa.select(sa.func.coalesce(sa.func.sum(table.c.segments), 0)).where(
        table.c.state == Stage.SENDING, table.c.lease_until >= work.now_ms
    )
    left = caps.segments_a_day - gone - int(work.connection.scalar(query) or 0)
    return left - caps.segments_a_day // _SHARE_OF_CODES, left


def _count_today(work: Work, phone: str) -> int:
    table = work.tables.message
    began = local_time.day_start(local_time.day_of(work.now_ms))
    query = sa.select(sa.func.count()).where(
        table.c.phone == phone, table.c.created_at >= began, table.c.kind != Kind.CODE
    )
    return work.connection.scalar(query) or 0


def _count(work: Work, kind: str, segments: int) -> None:
    table, day = work.tables.message_day, local_time.day_of(work.now_ms)
    dialect: Any = postgresql if work.is_postgres else sqlite
    insert = dialect.insert(table).values(day=day, kind=kind, segments=segments)
    more = {"segments": table.c.segments + insert.excluded.segments}
    work.connection.execute(
        insert.on_conflict_do_update(index_elements=[table.c.day, table.c.kind], set_=more)
    )


def _parts_of(work: Work, ids: Sequence[bytes]) -> dict[bytes, set[int]]:
    table, found = work.tables.message_part, dict[bytes, set[int]]()
    query = sa.select(table.c.message_id, table.c.number).where(
        among_ids(work.connection, table.c.message_id, ids)
    )
    for message_id, number in work.connection.execute(query) if ids else ():
        found.setdefault(bytes(message_id), set()).add(number)
    return found


def _change_all(work: Work, claims: Iterable[Claim], values: Mapping[str, Any]) -> None:
    """Change messages whose lease is still that of who claimed them."""
    table, by_lease = work.tables.message, dict[bytes, list[bytes]]()
    for claimed in claims:
        by_lease.setdefault(claimed.lease, []).append(claimed.message_id)
    for lease, ids in by_lease.items():
        is_ours = sa.and_(among_ids(work.connection, table.c.id, ids), table.c.lease == lease)
        work.connection.execute(sa.update(table).where(is_ours).values(dict(values)))
