"""The chains of the audit log looked through, and their heads, to be kept with each backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from server.audit import chain
from server.db.events import Action
from server.db.records import Records

_ROWS, _NAMED_MAX = 2_000, 100


class Flaw(StrEnum):
    """What is wrong with an event."""

    CHANGED = "changed"  # it, or what stands beside it, is not what was written
    MOVED = "moved"  # it does not follow the one before: changed, or in another's place
    REMOVED = "removed"
    CUT = "cut"  # the chain was longer, or another, when its head was kept
    FORGOTTEN = "forgotten"  # values emptied that no event of forgetting counted


@dataclass(frozen=True, slots=True)
class Fault:
    """One flaw: of which writer, under which number, and when; of one removed, of the next one."""

    writer: str
    seq: int
    at: int | None
    flaw: Flaw


class Head(msgspec.Struct):
    """The last event of a writer: its number, and the chain after it in hexadecimal."""

    seq: int
    chain: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked through: writers, events, those whose values were emptied, and faults."""

    writers: int
    events: int
    emptied: int
    faults: list[Fault]


def heads(records: Records) -> dict[str, Head]:
    """Return the head of each writer's chain, by writer."""
    event = records.tables.audit_event
    last = sa.select(event.c.writer, sa.func.max(event.c.seq).label("seq")).group_by(event.c.writer)
    of = last.subquery()
    query = sa.select(event.c.writer, event.c.seq, event.c.chain).join(
        of, sa.and_(of.c.writer == event.c.writer, of.c.seq == event.c.seq)
    )
    return {row.writer: Head(row.seq, row.chain.hex()) for row in records.connection.execute(query)}


def verify(records: Records, kept: Mapping[str, Head] | None = None) -> Found:
    """Look through every chain.

    Args:
        kept: heads of an earlier day, which the chains must still go through.
    """
    found = _Looking(kept or {})
    for writer, rows in groupby(_events(records), key=lambda row: row.writer):
        found.look_through(writer, rows)
    known = {(fault.writer, fault.seq) for fault in found.faults}
    found.faults += (
        Fault(row.writer, row.seq, row.at, Flaw.REMOVED)
        for row in _left_alone(records)
        if (row.writer, row.seq) not in known
    )
    for writer in sorted(set(found.kept) - found.writers):
        found.faults.append(Fault(writer, 1, None, Flaw.CUT))
    if found.emptied != found.counted:
        found.faults.append(Fault("", found.emptied - found.counted, None, Flaw.FORGOTTEN))
    return Found(len(found.writers), found.events, found.emptied, found.faults)


class _Looking:
    """What was found so far."""

    def __init__(self, kept: Mapping[str, Head]) -> None:
        self.kept = kept
        self.writers: set[str] = set()
        self.events = self.emptied = self.counted = 0
        self.faults: list[Fault] = []

    def look_through(self, writer: str, rows: Iterator[Any]) -> None:
        """Look through one chain, its events in their order."""
        self.writers.add(writer)
        seq, before, kept = 0, chain.first(writer), self.kept.get(writer)
        is_known = True
        for row in rows:
            if row.seq != seq + 1:
                self.faults += (
                    Fault(writer, missing, row.at, Flaw.REMOVED)
                    for missing in range(seq + 1, min(row.seq, seq + _NAMED_MAX))
                )
                is_known = False  # what its chain begins from is gone
            self._look_at(row, before if is_known else None)
            if kept is not None and row.seq == kept.seq and row.chain.hex() != kept.chain:
                self.faults.append(Fault(writer, row.seq, row.at, Flaw.CUT))
            seq, before, is_known = row.seq, row.chain, True
            self.events += 1
        if kept is not None and seq < kept.seq:
            self.faults.append(Fault(writer, seq + 1, None, Flaw.CUT))

    def _look_at(self, row: Any, before: bytes | None) -> None:
        if row.salt is None:
            is_whole = row.beside is not None  # emptied is one thing, a row that is gone another
            self.emptied += is_whole
        else:
            values = (row.actor_id, row.record_id, row.subject_id, row.detail)
            is_whole = chain.values_digest(row.salt, *values) == row.values_digest
            if row.action == Action.ERASE and (row.detail or "").isdecimal():
                self.counted += int(row.detail)
        given = (row.writer, row.seq, row.at, row.action, row.entity, row.values_digest)
        if not is_whole:
            self.faults.append(Fault(row.writer, row.seq, row.at, Flaw.CHANGED))
        elif before is not None and chain.link(before, given) != row.chain:
            self.faults.append(Fault(row.writer, row.seq, row.at, Flaw.MOVED))


def _left_alone(records: Records) -> Sequence[Any]:
    """Return values whose event is gone: its tail was cut by one who did not know of them."""
    event, value = records.tables.audit_event, records.tables.audit_value
    beside = sa.and_(value.c.writer == event.c.writer, value.c.seq == event.c.seq)
    query = (
        sa.select(value.c.writer, value.c.seq, value.c.at)
        .outerjoin(event, beside)
        .where(event.c.seq.is_(None))
        .order_by(value.c.writer, value.c.seq)
        .limit(_NAMED_MAX)
    )
    return records.connection.execute(query).all()


def _events(records: Records) -> Iterator[Any]:
    """Yield all events with what stands beside them, a writer after another, in their order."""
    event, value = records.tables.audit_event, records.tables.audit_value
    beside = sa.and_(value.c.writer == event.c.writer, value.c.seq == event.c.seq)
    query = (
        sa.select(
            event,
            value.c.seq.label("beside"),
            *(value.c[name] for name in ("salt", "actor_id", "record_id", "subject_id", "detail")),
        )
        .outerjoin(value, beside)
        .order_by(event.c.writer, event.c.seq)
        .execution_options(yield_per=_ROWS)
    )
    yield from records.connection.execute(query)
