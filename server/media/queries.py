"""Which record bytes are for, who may read them, and whether they have come.

A hash is no key: bytes are given, or known to be here, only by a record that names it, that the
agent may read, *and* for which somebody had sent the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.accounts.territories import may_read
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.media.refusals import BlobNotNamed
from sync.merge import INSERT

OPEN, MATCHED, COMPLETE = "open", "matched", "complete"
FORGOTTEN, ERASED = "forgotten", "erased"
"""States of an upload; `server.media.commands` says what each stands for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a device wants to send: of which record, with which hash (32 bytes), how long."""

    entity: str
    record_id: bytes
    sha256: bytes
    length_bytes: int


def record_for(work: Work, device: Any, wanted: Wanted) -> Stored:
    """Return the record that bytes are for.

    Its author may send them whatever became of the author's communes since: captured work arrives.

    Raises:
        NotFound, BlobNotNamed: as they say.
    """
    declared = work.entity_by_name.get(wanted.entity)
    if declared is None or "sha256" not in declared.field_by_name:
        raise NotFound(f"{wanted.entity}: has no bytes", entity=wanted.entity)
    record = work.get(wanted.entity, wanted.record_id)
    is_author = record.writers[INSERT].agent_id == device.agent_id
    if not is_author and not may_read(work, device.agent_id, record, now_ms=work.now_ms):
        raise NotFound(f"{wanted.entity}: not found", entity=wanted.entity)
    if named_hash(record) != wanted.sha256:
        raise BlobNotNamed(f"{wanted.entity} {wanted.record_id.hex()}: names another hash")
    return record


def is_readable(records: Records, agent_id: bytes, sha256: bytes, *, now_ms: int) -> bool:
    """Whether bytes were sent for a record that names this hash and that this agent may read."""
    table = records.tables.upload
    query = (
        sa.select(table.c.entity, table.c.record_id)
        .distinct()
        .where(table.c.sha256 == sha256, table.c.state == COMPLETE)
    )
    for entity, record_id in records.connection.execute(query).all():
        record = records.find(entity, record_id)
        if (
            record is not None
            and named_hash(record) == sha256
            and may_read(records, agent_id, record, now_ms=now_ms)
        ):
            return True
    return False


def has_arrived(records: Records, record: Stored) -> bool:
    """Whether the bytes that a record names were sent for it, and checked."""
    table = records.tables.upload
    query = sa.select(table.c.id).where(
        table.c.record_id == record.record_id,
        table.c.sha256 == named_hash(record),
        table.c.state == COMPLETE,
    )
    return records.connection.execute(query).first() is not None


def is_named(sha256: bytes, records: Records) -> bool:
    """Whether bytes of a hash came for any record that was neither taken back nor erased."""
    table = records.tables.upload
    query = sa.select(table.c.id).where(
        table.c.sha256 == sha256, table.c.state.not_in((FORGOTTEN, ERASED))
    )
    return records.connection.execute(query.limit(1)).first() is not None


def named_hash(record: Stored) -> bytes | None:
    """Return the hash a record names, None if it is none."""
    text = record.values.get("sha256")
    try:
        return bytes.fromhex(text) if isinstance(text, str) else None
    except ValueError:
        return None
