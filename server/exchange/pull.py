"""Say what changed since a device's cursors: only the fields, as of one moment.

Two cursors per scope while pages are fetched (`sync.md` 8.4, point 6): rows are chosen by the
*page* cursor, their fields by the *applied* one. With the page cursor for both, a row that changes
while pages are fetched would lose its earlier fields for ever, silently.

What the device wrote itself is not sent back (point 7): a field is left out when its last writer
is a change of this device whose acknowledgement is in this reply and that was stored as it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.records import Records, Stored
from server.db.work import PUT
from sync import limits
from sync.changes import Op
from sync.merge import INSERT
from sync.messages import Acknowledgement, Block, ScopeState, Status
from sync.rows import Row
from sync.spec import Entity, Values

_INTS = msgspec.msgpack.Decoder(list[int])
_FIELD_SEQS = msgspec.msgpack.Decoder(dict[int, int])


@dataclass(slots=True)
class View:
    """The scopes of one exchange by place: the request's vector, then those added."""

    scope_ids: list[int]
    applied: list[int]
    page: list[int]
    added: list[tuple[int, str]]
    dropped: list[int]
    heads: dict[int, Any]
    restarted: list[int] = field(default_factory=list)

    def place(self, scope_id: int) -> int:
        """Return a scope's place, -1 if the device does not have it."""
        return self.scope_ids.index(scope_id) if scope_id in self.heads else -1


@dataclass(slots=True)
class Page:
    """A reply's content."""

    acknowledgements: list[Acknowledgement]
    chain: bytes
    states: list[ScopeState]
    blocks: list[Block]
    gone: list[tuple[int, int]]
    pages: list[tuple[int, int]]
    is_done: bool


@dataclass(slots=True)
class _Own:
    """What this device's acknowledged changes did to one record."""

    rev: int = 0
    is_inserted: bool = False
    seqs: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    back: set[int] = field(default_factory=set)


def view(
    records: Records,
    names: Sequence[str],
    vector: Sequence[tuple[int, int]],
    pages: Sequence[tuple[int, int]],
    *,
    is_same_epoch: bool,
) -> View:
    """Compare the scopes a device states with those it may read."""
    table = records.tables.scope
    order = {name: number for number, name in enumerate(names)}
    rows = records.connection.execute(sa.select(table).where(table.c.name.in_(names)))
    heads = {row.id: row for row in rows}
    scope_ids = [scope_id for scope_id, _ in vector]
    applied, dropped = [], []
    for place, (scope_id, cursor) in enumerate(vector):
        head = heads.get(scope_id)
        if head is None:
            dropped.append(place)
        elif not is_same_epoch or cursor > head.head or 0 < cursor < head.floor:
            # Its cursor means nothing here: it starts this scope again, whole.
            dropped.append(place)
            cursor = -1
        applied.append(cursor)
    restarted = {scope_ids[place] for place in dropped if scope_ids[place] in heads}
    new = sorted(
        (row for row in heads.values() if row.id not in scope_ids or row.id in restarted),
        key=lambda row: order[row.name],
    )
    for row in new:
        if row.id in restarted:
            scope_ids[scope_ids.index(row.id)] = -row.id  # the old place names it no more
        scope_ids.append(row.id)
        applied.append(0)
    page = list(applied)
    for place, cursor in pages:
        if 0 <= place < len(vector) and scope_ids[place] in heads:
            page[place] = max(applied[place], min(cursor, heads[scope_ids[place]].head))
    return View(scope_ids, applied, page, [(row.id, row.name) for row in new], dropped, heads)


def page(
    records: Records, device: Any, seen: View, *, acknowledged_seq: int, rows_max: int
) -> Page:
    """Return the next page for a device: at most `rows_max` rows, and all acknowledgements due."""
    entities = records.tables.entities
    acknowledged, chain, own = _acknowledged(records, device, seen, acknowledged_seq)
    entries, pages, is_done = _entries(records, seen, rows_max)
    wanted: dict[int, set[bytes]] = defaultdict(set)
    by_record: dict[tuple[int, bytes], list[Any]] = defaultdict(list)
    gone = []
    for place, entry in entries:
        if entry.op == PUT:
            wanted[entry.entity].add(entry.record_id)
            by_record[entry.entity, entry.record_id].append((place, entry))
        elif seen.page[place] > 0:
            # Whatever its present birth: a device may hold it from an earlier stay in the scope,
            # or from an earlier page. One that does not loses nothing.
            gone.append((place, entry.number))
    for (number, record_id), mine in own.items():
        if mine.back and (number, record_id) not in by_record:
            wanted[number].add(record_id)
            by_record[number, record_id] = _places(records, seen, number, record_id)
    blocks = []
    for number in sorted(wanted):
        entity = entities[number]
        stored = records.load(entity.name, sorted(wanted[number]))
        whole: list[Row] = []
        patches: list[Row] = []
        for record_id, record in stored.items():
            mine = own.get((number, record_id), _Own())
            for place, entry in by_record[number, record_id]:
                row, is_whole = _row(
                    entity, record, entry, place, seen.applied[place], mine, device
                )
                if row is not None:
                    (whole if is_whole else patches).append(row)
        blocks += [Block(entity.name, is_whole=True, rows=whole)] if whole else []
        blocks += [Block(entity.name, is_whole=False, rows=patches)] if patches else []
    states = []
    if is_done:
        states = [
            ScopeState(place, head.head, head.record_count, head.digest)
            for place, scope_id in enumerate(seen.scope_ids)
            if (head := seen.heads.get(scope_id)) is not None
            and (head.head != seen.applied[place] or place >= len(seen.scope_ids) - len(seen.added))
        ]
    return Page(acknowledged, chain, states, blocks, gone, pages, is_done)


def _row(
    entity: Entity, record: Stored, entry: Any, place: int, applied: int, own: _Own, device: Any
) -> tuple[Row | None, bool]:
    """Return what of a record the device lacks, and whether that is the whole record."""
    if entry.born > applied and not own.is_inserted:
        values: Values = {name: value for name, value in record.values.items() if value is not None}
        return Row(place, entry.number, record.rev, record.era, values, record.record_id), True
    seqs = _FIELD_SEQS.decode(entry.field_seqs)
    changed = {number for number, seq in seqs.items() if seq > applied}
    if own.is_inserted:
        # Its own insert: the device holds what it brought, and lacks what others wrote since.
        changed |= {number for number in record.writers if number != INSERT}
    mask = {number for number in changed if not _is_own(record, number, own, device)} | own.back
    if not mask and record.rev == own.rev:
        return None, False
    fields = entity.fields
    values = {fields[number].name: record.values.get(fields[number].name) for number in mask}
    return Row(place, entry.number, record.rev, record.era, values), False


def _is_own(record: Stored, number: int, own: _Own, device: Any) -> bool:
    """Whether a field's last writer is a change of the device that this reply acknowledges."""
    last = record.writers.get(number, record.writers[INSERT])
    return (
        (last.device_id, last.inc) == (device.id, device.inc)
        and last.seq in own.seqs
        and number in own.told
    )


def _acknowledged(
    records: Records, device: Any, seen: View, after_seq: int
) -> tuple[list[Acknowledgement], bytes, dict[tuple[int, bytes], _Own]]:
    """Return all acknowledgements after `after_seq`, the chain at the last, and what they did."""
    table = records.tables.acknowledgement
    query = (
        sa.select(table)
        .where(table.c.device_id == device.id, table.c.inc == device.inc, table.c.seq > after_seq)
        .order_by(table.c.seq)
        .limit(limits.ROWS_PER_PAGE_MAX)
    )
    found, chain = [], b""
    own: dict[tuple[int, bytes], _Own] = defaultdict(_Own)
    for row in records.connection.execute(query):
        place = seen.place(row.scope_id) if row.scope_id else -1
        number = row.number if place >= 0 else 0
        found.append(Acknowledgement(row.seq, Status(row.status), row.rev, place, number, row.code))
        chain = bytes(row.chain)
        if row.status == Status.HELD:
            continue
        mine = own[row.entity, row.record_id]
        mine.rev = row.rev
        mine.is_inserted |= row.op == Op.INSERT and place >= 0
        mine.seqs.add(row.seq)
        back = set(_INTS.decode(row.back))
        mine.told |= set(_INTS.decode(row.fields))
        mine.told -= back
        mine.back |= back
    return found, chain, own


def _entries(
    records: Records, seen: View, rows_max: int
) -> tuple[list[tuple[int, Any]], list[tuple[int, int]], bool]:
    """Return feed entries beyond the page cursors, in the order of places, and where they end."""
    feed = records.tables.feed
    found: list[tuple[int, Any]] = []
    pages: list[tuple[int, int]] = []
    is_done = True
    for place, scope_id in enumerate(seen.scope_ids):
        head = seen.heads.get(scope_id)
        if head is None or head.head <= seen.page[place]:
            if head is not None and seen.page[place] > seen.applied[place]:
                pages.append((place, seen.page[place]))
            continue
        left = rows_max - len(found)
        if left <= 0:
            is_done = False
            if seen.page[place] > seen.applied[place]:
                pages.append((place, seen.page[place]))
            continue
        query = (
            sa.select(feed)
            .where(feed.c.scope_id == scope_id, feed.c.seq > seen.page[place])
            .order_by(feed.c.seq)
            .limit(left + 1)
        )
        rows = records.connection.execute(query).all()
        found += [(place, row) for row in rows[:left]]
        if len(rows) > left:
            is_done = False
            pages.append((place, rows[left - 1].seq))
        else:
            pages.append((place, head.head))
    return found, [] if is_done else pages, is_done


def _places(records: Records, seen: View, entity: int, record_id: bytes) -> list[tuple[int, Any]]:
    """Return a record's entries in the device's scopes."""
    feed = records.tables.feed
    query = sa.select(feed).where(
        feed.c.entity == entity, feed.c.record_id == record_id, feed.c.op == PUT
    )
    return [
        (place, row)
        for row in records.connection.execute(query)
        if (place := seen.place(row.scope_id)) >= 0
    ]
