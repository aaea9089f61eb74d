"""Whose tablets are a reader's business, and what is known of one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.accounts import devices
from server.accounts.devices import Status
from server.accounts.standing import require_contained, standing_on, standings_of
from server.db import lookup
from server.db.records import NotFound, Records
from server.rights import Right
from server.web.reader import Reader, name_of
from server.web.team import holders, team
from server.web.values import age
from server.web.waiting import SILENT_DAYS
from sync import scopes

_SILENT_MS = SILENT_DAYS * scopes.DAY_MS
_ORDERS_SHOWN = 20


def list_tablets(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the tablets that are the reader's business, the longest silent first."""
    names, device = holders(records, reader, Right.SEE_TABLETS), records.tables.device
    query = sa.select(device).where(device.c.agent_id.in_(list(names))).order_by(device.c.seen_at)
    return [
        {
            "id": row.id,
            "agent_id": row.agent_id,
            "agent": names[row.agent_id],
            "seen_at": row.seen_at,
            "enrolled_at": row.enrolled_at,
            "ordered_at": row.ordered_at,
            "told_at": row.told_at,
            "pending": row.pending,
            "build": row.build,
            "status": row.status,
            "clock_minutes": abs(row.clock_off_ms) // 60_000,
            "is_silent": reader.now_ms - row.seen_at > _SILENT_MS and row.status == Status.ACTIVE,
            "silence": age(reader, row.seen_at),
            "cause": "",
        }
        for row in records.connection.execute(query)
    ]


def get_tablet(records: Records, reader: Reader, device_id: int) -> dict[str, Any]:
    """Return one of them. Raises NotFound: unknown, or another's."""
    for row in list_tablets(records, reader):
        if row["id"] == device_id:
            return row
    raise NotFound(f"device {device_id}: not of this team", entity="device")


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


def get_agent(records: Records, reader: Reader, text: str) -> tuple[bytes, str]:
    """Return the id and name of one of the team, by the id as a form has it. Raises NotFound."""
    for agent_id, name in team(records, reader, Right.OPEN_TABLETS).items():
        if agent_id.hex() == text:
            return agent_id, name
    raise NotFound("agent: not of this team", entity="agent")
