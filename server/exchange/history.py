"""What a record's fields had before, and what lost against it: for those who may read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from server.accounts.territories import may_read
from server.db.history import value_of
from server.db.records import NotFound, Records, Stored
from sync import flat
from sync.merge import OVERWRITTEN, last_writer


def past_values(records: Records, record: Stored) -> list[dict[str, Any]]:
    """Return overwritten and losing values, newest first: field, value, who and when, outcome.

    `author` wrote the value; `replaced_by` wrote what was there instead, then and since. Each is a
    login, with the agent's id beside it; the office is None.
    """
    table, agent = records.tables.history, records.tables.records.get("agent")
    entity = record.entity
    number = records.tables.number_by_entity[entity.name]
    query = (
        sa.select(table)
        .where(table.c.entity == number, table.c.record_id == record.record_id)
        .order_by(table.c.id.desc())
    )
    rows = records.connection.execute(query).all()
    # Who wrote the value after the row at hand: the present one, then that of each older row.
    writer_ids = {
        spec.name: last_writer(entity, record.writers, spec.name).agent_id
        for spec in entity.fields[1:]
    }
    logins = {}
    if agent is not None:
        ids = {
            agent_id
            for agent_id in (*writer_ids.values(), *(row.agent_id for row in rows))
            if agent_id
        }
        found = records.connection.execute(
            sa.select(agent.c.id, agent.c.login).where(agent.c.id.in_(ids))
        )
        logins = {row.id: row.login for row in found}
    past = []
    for row in rows:
        spec = entity.fields[row.field]
        by = writer_ids[spec.name]
        if row.outcome == OVERWRITTEN:
            writer_ids[spec.name] = row.agent_id
        value = value_of(row.value)
        if value is None:  # a field that was empty has no past to show
            continue
        past.append(
            {
                "field": spec.name,
                "value": flat.to_flat(entity, {spec.name: value})[spec.name],
                "author": logins.get(row.agent_id),
                "author_id": _written(row.agent_id),
                "at": flat.moment_text(row.effective_at),
                "replaced_by": logins.get(by),
                "replaced_by_id": _written(by),
                "replaced_at": flat.moment_text(row.replaced_at),
                "outcome": row.outcome,
            }
        )
    return past


def _written(agent_id: bytes | None) -> str | None:
    return str(UUID(bytes=agent_id)) if agent_id else None


def history_of(
    records: Records, agent_id: bytes, entity: str, record_id: bytes, *, now_ms: int
) -> bytes:
    """Return a record's history as JSON, for an agent who may read the record.

    Raises:
        NotFound: no such record, or not one of this agent's.
    """
    declared = records.entity_by_name.get(entity)
    record = records.find(entity, record_id) if declared is not None else None
    if declared is None or record is None:
        raise NotFound(f"{entity}: not found", entity=entity)
    if not may_read(records, agent_id, record, now_ms=now_ms):
        raise NotFound(f"{entity}: not found", entity=entity)
    return msgspec.json.encode(past_values(records, record))
