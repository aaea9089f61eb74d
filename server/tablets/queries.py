"""Whose tablets are a reader's business, and what is known of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from server.accounts import devices
from server.accounts.devices import Status
from server.accounts.standing import require_contained, standing_on, standings_of
from server.db import lookup
from server.db.among import among_ids
from server.db.records import NotFound, Records
from server.rights import Right
from server.tablets.causes import Cause, Condition, cause_of, is_silent, to_do
from server.web.reader import Reader, name_in, name_of
from server.web.team import is_held_by, team
from server.web.values import age
from server.web.waiting import SILENT_DAYS
from sync import local_time, scopes
from sync.phrases import Phrases, bare

_PLANNED_DAYS_MOST = 30
_REPORTED = (
    "battery_percent",
    "is_charging",
    "free_mb",
    "photos_waiting",
    "oldest_unsent_at",
)
"""Columns of what a tablet says of itself, empty where it has not."""
_ORDERS_SHOWN = 20


def list_tablets(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the tablets that are the reader's business, the longest silent first."""
    rows = _tablets(records, reader)
    # An app is old where others of the team have a newer one: before that there may be none.
    return _drawn(records, reader, rows, max((row.schema for row in rows), default=0))


def list_silent(records: Records, reader: Reader, most: int) -> dict[str, Any]:
    """Return the tablets that were silent for longest, `most` of them, and how all are."""
    rows = _tablets(records, reader)
    silent = [
        row
        for row in rows
        if is_silent(reader.now_ms - row.seen_at, is_active=row.status == Status.ACTIVE)
    ]
    newest = max((row.schema for row in rows), default=0)
    return {
        "rows": _drawn(records, reader, silent[:most], newest),
        "number": len(silent),
        "others": len(rows) - len(silent),
        "total": len(rows),
        "heard_at": max((row.seen_at for row in rows), default=None),
    }


def _tablets(
    records: Records, reader: Reader, *where: sa.ColumnElement[bool]
) -> Sequence[sa.Row[Any]]:
    """Return rows of tablets that are the reader's business, with whose they are."""
    device, account = records.tables.device, records.tables.account
    agent = records.tables.records["agent"]
    query = (
        sa.select(device, account.c.phone, account.c.language, agent.c.name_fr, agent.c.name_ar)
        .join(agent, agent.c.id == device.c.agent_id)
        .outerjoin(account, account.c.agent_id == device.c.agent_id)
        .where(is_held_by(records, reader, Right.SEE_TABLETS), *where)
        .order_by(device.c.seen_at)
    )
    return records.connection.execute(query).all()


def _drawn(
    records: Records, reader: Reader, rows: Sequence[sa.Row[Any]], newest: int
) -> list[dict[str, Any]]:
    planned = _planned_since(records, rows, reader.now_ms)
    places = _communes_of(records, reader, {row.agent_id for row in rows})
    return [
        {
            "agent": name_in(reader.language, row.name_fr, row.name_ar),
            "names": (row.name_fr, row.name_ar),
            "language": row.language,
            "place": places.get(row.agent_id, ""),
            **_row(reader, row, planned.get(row.id, 0), newest),
        }
        for row in rows
    ]


def _row(reader: Reader, row: Any, planned: int, newest: int) -> dict[str, Any]:
    # Of an app that does not report itself yet there is nothing.
    said = row._mapping  # noqa: SLF001 - the public name of it, as SQLAlchemy documents
    reported = {name: said.get(name) for name in _REPORTED}
    condition = Condition(
        now_ms=reader.now_ms,
        seen_at=row.seen_at,
        pending=row.pending,
        clock_off_ms=row.clock_off_ms,
        schema=row.schema,
        newest_schema=newest if row.seen_at > row.enrolled_at else 0,
        is_active=row.status == Status.ACTIVE,
        ordered_at=row.ordered_at if row.status in (Status.LEAVING, Status.WIPING) else None,
        told_at=row.told_at,
        planned=planned,
        **reported,
    )
    cause = cause_of(condition)
    return {
        "id": row.id,
        "agent_id": row.agent_id,
        "phone": row.phone or "",
        "seen_at": row.seen_at,
        "enrolled_at": row.enrolled_at,
        "ordered_at": row.ordered_at,
        "told_at": row.told_at,
        "pending": row.pending,
        "build": row.build,
        "status": row.status,
        "clock_minutes": abs(row.clock_off_ms) // 60_000,
        "is_silent": condition.is_silent,
        "silence": age(reader, row.seen_at),
        "cause": reader.phrases.say(f"desk.tablets.cause.{cause}") if cause else "",
        "code": cause,
        "do": to_do(cause) if cause else None,
        "evidence": _evidence(reader, cause, condition) if cause else "",
        "act": reader.phrases.say(f"desk.tablets.cause.{cause}.act") if cause else "",
        **reported,
    }


def _evidence(reader: Reader, cause: Cause, of: Condition) -> str:
    """Return what shows a cause, in words."""
    say, count, written = reader.phrases.say, reader.phrases.count, reader.phrases.moment
    last = written(of.seen_at, "short")
    shows: dict[Cause, Callable[[], str]] = {
        Cause.ORDER_UNHEARD: lambda: say(
            "desk.tablets.shows.order", at=written(of.ordered_at or 0, "short")
        ),
        Cause.BATTERY: lambda: say(
            "desk.tablets.shows.battery",
            percent=reader.phrases.percent((of.battery_percent or 0) / 100, 0),
            at=last,
        ),
        Cause.FULL: lambda: say(
            "desk.tablets.shows.full",
            free=reader.phrases.bytes((of.free_mb or 0) * 1_000_000),
            photos=of.photos_waiting or 0,
        ),
        Cause.STUCK: lambda: age(reader, of.oldest_unsent_at or of.seen_at),
        Cause.CLOCK: lambda: count("desk.devices.minutes", abs(of.clock_off_ms) // 60_000),
    }
    if cause is Cause.NO_NETWORK and of.planned:
        return count("desk.tablets.shows.planned", of.planned)
    return shows.get(cause, lambda: say("desk.tablets.shows.last", at=last))()


def _planned_since(records: Records, rows: Sequence[Any], now_ms: int) -> dict[int, int]:
    """Return how many visits were planned for the agents of silent tablets since, by tablet."""
    table, today = records.tables.records["visit"], local_time.day_of(now_ms)
    silent = [row for row in rows if now_ms - row.seen_at > SILENT_DAYS * scopes.DAY_MS]
    if not silent:
        return {}
    first = max(
        min(local_time.day_of(row.seen_at) for row in silent) + 1, today - _PLANNED_DAYS_MOST
    )
    query = (
        sa.select(table.c.agent_id, table.c.planned_on, sa.func.count())
        .where(
            table.c.planned_on.between(first, today),
            among_ids(records.connection, table.c.agent_id, {row.agent_id for row in silent}),
            table.c.deleted_at.is_(None),
        )
        .group_by(table.c.agent_id, table.c.planned_on)
    )
    days = [(bytes(who), day, int(many)) for who, day, many in records.connection.execute(query)]
    return {
        row.id: sum(
            many
            for who, day, many in days
            if who == row.agent_id and day > local_time.day_of(row.seen_at)
        )
        for row in silent
    }


def _communes_of(records: Records, reader: Reader, agents: Collection[bytes]) -> dict[bytes, str]:
    """Return the communes of agents in words: the first, and how many more."""
    grant = records.tables.grant
    query = (
        sa.select(grant.c.agent_id, sa.func.min(grant.c.commune_code), sa.func.count())
        .where(
            among_ids(records.connection, grant.c.agent_id, agents),
            sa.or_(grant.c.valid_to.is_(None), grant.c.valid_to > reader.now_ms),
        )
        .group_by(grant.c.agent_id)
    )
    names = lookup.commune_names(records, reader.language)
    return {
        bytes(agent_id): names.get(code, code)
        + (" " + reader.phrases.code(f"+{many - 1}") if many > 1 else "")
        for agent_id, code, many in records.connection.execute(query)
    }


def sms_of(row: Mapping[str, Any], phrases_of: Callable[[str], Phrases]) -> str:
    """Return a message for the agent of a tablet, in the language of the account."""
    language = row["language"]
    phrases = phrases_of(language if language in ("ar", "fr") else "ar")
    text = phrases.say(
        f"desk.tablets.cause.{row['code']}.sms",
        name=name_in(phrases.language.code, *row["names"]),
        n=phrases.number(row["pending"]),
    )
    return bare(text)


def get_tablet(records: Records, reader: Reader, device_id: int) -> dict[str, Any]:
    """Return one of them. Raises NotFound: unknown, or another's."""
    rows = _tablets(records, reader, records.tables.device.c.id == device_id)
    if not rows:
        raise NotFound(f"device {device_id}: not of this team", entity="device")
    device = records.tables.device
    newest = sa.select(sa.func.max(device.c.schema)).where(
        is_held_by(records, reader, Right.SEE_TABLETS)
    )
    return _drawn(records, reader, rows, records.connection.scalar(newest) or 0)[0]


def pin_code(records: Records, reader: Reader, device_id: int, number: int) -> str:
    """Return the code that opens a tablet. Raises NotFound, AboveOwnRights."""
    row = get_tablet(records, reader, device_id)
    # Whoever opens a tablet reads what is on it: by what its owner could read when it was last in
    # contact, not by what the account may today.
    readable = standing_on(records, row["agent_id"], seen_at=row["seen_at"])
    require_contained(reader.session.standing, readable)
    return devices.code_for_pin(records, device_id, number)


def orders_of(records: Records, reader: Reader, device_id: int) -> list[tuple[str, str, int]]:
    """Return what was ordered of a tablet, the latest first: status, by whom, when."""
    table = records.tables.device_order
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.id.desc())
    rows = records.connection.execute(query.limit(_ORDERS_SHOWN)).all()
    agents = lookup.agents(records, (row.ordered_by for row in rows))
    operator = reader.phrases.say("desk.devices.operator")
    return [
        (
            row.status,
            name_of(agents.get(row.ordered_by), reader.language) or operator,
            row.ordered_at,
        )
        for row in rows
    ]


def enrollable(records: Records, reader: Reader) -> list[tuple[str, str]]:
    """Return for whom the reader may make a code: (id, name), by name."""
    if not reader.may(Right.OPEN_TABLETS):
        return []
    standing, names = reader.session.standing, team(records, reader, Right.OPEN_TABLETS)
    theirs = standings_of(records, list(names), now_ms=reader.now_ms)
    return [
        (agent_id.hex(), name)
        for agent_id, name in names.items()
        if standing.contains(theirs[agent_id])
    ]
