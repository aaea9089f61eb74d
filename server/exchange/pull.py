"""Say what changed since a device's cursors: only the fields, as of one moment.

Two cursors per scope while pages are fetched (`sync.md` 8.4, point 6): rows are chosen by the
*page* cursor, their fields by the *applied* one. With the page cursor for both, a row that changes
while pages are fetched would lose its earlier fields for ever, silently.

What the device wrote itself is not sent back (point 7): a field is left out when its last writer
is a change of this device whose acknowledgement is in this reply and that was stored as it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.records import Records, Stored, any_of
from server.db.work import PUT
from server.exchange import snapshots
from sync import digest, limits
from sync.changes import Op
from sync.digest import state_hash
from sync.merge import INSERT
from sync.messages import (
    Acknowledgement,
    Block,
    Buckets,
    Progress,
    Repair,
    ScopeState,
    Snapshot,
    Status,
)
from sync.rows import Row
from sync.spec import Entity

_IDS_PER_QUERY = 500
_INTS = msgspec.msgpack.Decoder(list[int])
_FIELD_SEQS = msgspec.msgpack.Decoder(dict[int, int])


@dataclass(slots=True)
class View:
    """The scopes of one exchange by place: the device's vector, then those added.

    Args:
        vector: what the device has applied.
        applied: the sequence beyond which fields are sent; 0: whole records.
        page: the sequence beyond which records are chosen.
        needed: places in the order in which an agent needs them.
        later: scopes that come in a later exchange, and their names; their places are the last.
    """

    vector: list[tuple[int, int]]
    scope_ids: list[int]
    applied: list[int]
    page: list[int]
    added: list[tuple[int, str]]
    dropped: list[int]
    restarted: list[int]
    reconcile: list[int]
    asked: dict[int, Buckets]
    heads: dict[int, Any]
    needed: list[int]
    later: dict[int, str] = field(default_factory=dict)

    def place(self, scope_id: int) -> int:
        """Return a scope's place, -1 if the device does not have it and is not to have it."""
        is_there = scope_id in self.heads or scope_id in self.later
        return self.scope_ids.index(scope_id) if is_there else -1

    def stood(self, place: int) -> int:
        """Return the cursor that the device has applied; -1 for a scope new to it."""
        return self.vector[place][1] if place < len(self.vector) else -1


@dataclass(frozen=True, slots=True)
class Offer:
    """What a device holds after a reply: the hash, and the vector it stands for."""

    state: bytes
    vector: list[tuple[int, int]]


@dataclass(slots=True)
class Page:
    """A reply's content."""

    acknowledgements: list[Acknowledgement]
    chain: bytes
    blocks: list[Block]
    gone: list[tuple[int, int]]
    repairs: list[Repair]
    snapshots: list[Snapshot]
    restarted: list[int]
    progress: list[tuple[int, int]]
    is_done: bool


@dataclass(slots=True)
class _Own:
    """What this device's acknowledged changes did to one record."""

    rev: int = 0
    inserted_at: int = -1  # the place that the acknowledgement names
    seqs: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    back: set[int] = field(default_factory=set)


def scope_heads(records: Records, names: Sequence[str]) -> dict[int, Any]:
    """Return the scopes of these names as they stand, by number."""
    rows = records.connection.execute(_scopes(records.tables.scope), {"names": names})
    return {row.id: row for row in rows}


@cache
def _scopes(scope: sa.Table) -> sa.Select[Any]:
    return sa.select(scope).where(any_of(scope.c.name, "names"))


def state_of(heads: dict[int, Any]) -> bytes:
    """Return the hash of a device that holds all these scopes as they stand."""
    return state_hash((row.id, row.head, row.record_count, row.digest) for row in heads.values())


def view(
    heads: dict[int, Any],
    names: Sequence[str],
    vector: Sequence[tuple[int, int]],
    progress: Sequence[Progress],
    buckets: Sequence[Buckets],
    *,
    is_same_epoch: bool,
    later: Mapping[int, str] = MappingProxyType({}),
) -> View:
    """Compare the scopes a device has with those it may read; `later`: without these for now."""
    going = {one.scope_id: one for one in progress}
    asked = {one.scope_id: one for one in buckets}
    known = {scope_id for scope_id, _ in vector}
    order = {name: number for number, name in enumerate(names)}
    new = sorted(
        (row for row in heads.values() if row.id not in known), key=lambda row: order[row.name]
    )
    seen = View(list(vector), [], [], [], [], [], [], [], {}, heads, [])
    for place, (scope_id, cursor) in enumerate([*vector, *((row.id, 0) for row in new)]):
        head, at = heads.get(scope_id), going.get(scope_id)
        base = page = cursor
        if at is not None and is_same_epoch:
            base, page = at.base, max(at.base, at.page)
        if head is None:
            seen.dropped.append(place)
            base = page = -1
        elif scope_id in asked and is_same_epoch:
            seen.asked[place] = asked[scope_id]
            base = page = head.head
        elif page > head.head or (base and (base < head.floor or not is_same_epoch)):
            # Its cursor means nothing here: the server was restored, or tombstones are gone.
            seen.reconcile.append(place)
            base = page = head.head
        seen.scope_ids.append(scope_id)
        seen.applied.append(base)
        seen.page.append(page)
    seen.added = [(row.id, row.name) for row in new]
    seen.needed = sorted(
        (place for place, scope_id in enumerate(seen.scope_ids) if scope_id in heads),
        key=lambda place: order[heads[seen.scope_ids[place]].name],
    )
    seen.later = dict(later)
    seen.scope_ids += later
    seen.applied += [-1] * len(later)
    seen.page += [-1] * len(later)
    return seen


def moved_heads(seen: View) -> list[tuple[int, int]]:
    """Return (place, head) of the scopes whose head is not what the device has applied."""
    return [
        (place, seen.heads[scope_id].head)
        for place, scope_id in enumerate(seen.scope_ids)
        if scope_id in seen.heads and seen.heads[scope_id].head != max(0, seen.stood(place))
    ]


def states(seen: View) -> list[ScopeState]:
    """Return count and digest of every scope."""
    return [
        ScopeState(place=place, head=head.head, record_count=head.record_count, digest=head.digest)
        for place, scope_id in enumerate(seen.scope_ids)
        if (head := seen.heads.get(scope_id)) is not None
    ]


def page(
    records: Records,
    device: Any,
    seen: View,
    *,
    acknowledged_seq: int,
    rows_max: int,
    bytes_max: int = 0,
    era: int = 0,
) -> Page:
    """Return the next page for a device, and all acknowledgements due.

    Args:
        era: of the present epoch, in which the device takes its acknowledged changes to be.
        rows_max: rows at most, those of snapshots not counted.
        bytes_max: what snapshots may weigh. The first one always fits, but where a line breaks:
            who asks for less than usual gets the rows of a larger one page by page.
    """
    entities = records.tables.entities
    acknowledged, chain, own = _acknowledged(records, device, seen, acknowledged_seq)
    repairs, entries, restarted = _repairs(records, seen, rows_max)
    repaired = {(place, entry.number) for place, entry in entries}
    installed = _snapshots(records, seen, bytes_max)
    if installed:  # a page of its own; what came after follows on the next
        rows_max = len(entries)
    more, progress, is_done = _entries(records, seen, restarted, rows_max - len(entries))
    entries += more
    brought = _brought(records, device, entries, seen)
    wanted: dict[int, set[bytes]] = defaultdict(set)
    by_record: dict[tuple[int, bytes], list[Any]] = defaultdict(list)
    gone = []
    for place, entry in entries:
        if entry.op == PUT:
            wanted[entry.entity].add(entry.record_id)
            by_record[entry.entity, entry.record_id].append((place, entry))
        elif seen.page[place] > 0 or entry.record_id in brought:
            # Whatever its present birth: a device may hold it from an earlier stay in the scope,
            # from an earlier page, or by an acknowledgement. One that does not loses nothing.
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
                # What is yet to be compared may have other rows under these numbers.
                is_repair = (place, entry.number) in repaired or place in seen.reconcile
                applied = -1 if is_repair else seen.applied[place]
                own_now = _Own() if is_repair else mine
                row, is_whole = _row(entity, record, entry, place, applied, own_now, device, era)
                if row is not None:
                    (whole if is_whole else patches).append(row)
        blocks += [Block(entity=entity.name, is_whole=True, rows=whole)] if whole else []
        blocks += [Block(entity=entity.name, is_whole=False, rows=patches)] if patches else []
    return Page(acknowledged, chain, blocks, gone, repairs, installed, restarted, progress, is_done)


def receipt(
    records: Records, device: Any, vector: Sequence[tuple[int, int]], after_seq: int
) -> Page:
    """Return the acknowledgements due and nothing else; rows of `vector` are named by place."""
    scope_ids = [scope_id for scope_id, _ in vector]
    seen = View(list(vector), scope_ids, [], [], [], [], [], [], {}, dict.fromkeys(scope_ids), [])
    acknowledged, chain, _ = _acknowledged(records, device, seen, after_seq)
    return Page(acknowledged, chain, [], [], [], [], [], [], is_done=True)


def _brought(
    records: Records, device: Any, entries: Sequence[tuple[int, Any]], seen: View
) -> set[bytes]:
    """Return what is gone and was made by the device: an acknowledgement put it there."""
    gone: dict[int, set[bytes]] = defaultdict(set)
    for place, entry in entries:
        if entry.op != PUT and seen.page[place] <= 0 and device.last_seq:
            gone[entry.entity].add(entry.record_id)
    return {
        record_id
        for number, ids in sorted(gone.items())
        for record_id, record in records.load(records.tables.entities[number].name, ids).items()
        if record.writers[INSERT].device_id == device.id
    }


def _repairs(
    records: Records, seen: View, rows_max: int
) -> tuple[list[Repair], list[tuple[int, Any]], list[int]]:
    """Return what differs in the scopes whose buckets came; one that differs much starts again."""
    feed = records.tables.feed
    repairs: list[Repair] = []
    entries: list[tuple[int, Any]] = []
    restarted: list[int] = []
    for place, asked in sorted(seen.asked.items()):
        scope_id, count = seen.scope_ids[place], len(asked.digests)
        rows = records.connection.execute(_hashes(feed), {"scope": scope_id})
        here = [(bytes(row[0]), row[1]) for row in rows]
        own = digest.buckets(here, count) if count else []
        differing = {number for number in range(count) if own[number] != asked.digests[number]}
        ids = [one for one, _ in here if count and digest.bucket_of(one, count) in differing]
        if not count or len(entries) + len(ids) > rows_max:
            restarted.append(place)
            seen.applied[place] = seen.page[place] = 0
            continue
        repairs.append(Repair(place=place, bucket_count=count, buckets=sorted(differing)))
        for start in range(0, len(ids), _IDS_PER_QUERY):
            part = sa.select(feed).where(
                feed.c.scope_id == scope_id,
                feed.c.record_id.in_(ids[start : start + _IDS_PER_QUERY]),
                feed.c.op == PUT,
            )
            entries += [(place, row) for row in records.connection.execute(part)]
    return repairs, entries, restarted


@cache
def _hashes(feed: sa.Table) -> sa.Select[Any]:
    return sa.select(feed.c.record_id, feed.c.hash).where(
        feed.c.scope_id == sa.bindparam("scope"), feed.c.op == PUT
    )


def _row(
    entity: Entity,
    record: Stored,
    entry: Any,
    place: int,
    applied: int,
    own: _Own,
    device: Any,
    era: int,
) -> tuple[Row | None, bool]:
    """Return what of a record the device lacks, and whether that is the whole record."""
    if entry.born > applied and own.inserted_at != place:
        return snapshots.whole_row(record, place, entry.number), True
    seqs = _FIELD_SEQS.decode(entry.field_seqs)
    changed = {number for number, seq in seqs.items() if seq > applied}
    if own.inserted_at == place >= 0:
        # Its own insert: the device holds what it brought, and lacks what others wrote since.
        changed |= {number for number in record.writers if number != INSERT}
    mask = {number for number in changed if not _is_own(record, number, own, device)} | own.back
    if not mask and (record.rev, record.era) == (own.rev, era):
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
    query = _due(records.tables.acknowledgement)
    whose = {"device": device.id, "inc": device.inc, "after": after_seq}
    found, chain = [], b""
    own: dict[tuple[int, bytes], _Own] = defaultdict(_Own)
    for row in records.connection.execute(query, whose):
        place = seen.place(row.scope_id) if row.scope_id else -1
        number = row.number if place >= 0 else 0
        found.append(
            Acknowledgement(
                seq=row.seq,
                status=Status(row.status),
                rev=row.rev,
                place=place,
                number=number,
                code=row.code,
            )
        )
        chain = bytes(row.chain)
        if row.status == Status.HELD:
            continue
        mine = own[row.entity, row.record_id]
        mine.rev = row.rev
        if row.op == Op.INSERT:
            mine.inserted_at = place
        mine.seqs.add(row.seq)
        back = set(_INTS.decode(row.back))
        mine.told |= set(_INTS.decode(row.fields))
        mine.told -= back
        mine.back |= back
    return found, chain, own


@cache
def _due(table: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(table)
        .where(
            table.c.device_id == sa.bindparam("device"),
            table.c.inc == sa.bindparam("inc"),
            table.c.seq > sa.bindparam("after"),
        )
        .order_by(table.c.seq)
        .limit(limits.ROWS_PER_PAGE_MAX)
    )


def _snapshots(records: Records, seen: View, bytes_max: int) -> list[Snapshot]:
    """Return snapshots of scopes that come whole, what is needed first first."""
    whole = {
        seen.scope_ids[place]: place
        for place in seen.needed
        if seen.applied[place] == seen.page[place] == 0 and seen.heads[seen.scope_ids[place]].head
    }
    ready = snapshots.usable(records, seen.heads, list(whole)) if whole else {}
    held = {one.home_id for one in ready.values() if seen.stood(seen.place(one.home_id)) > 0}
    homes = snapshots.usable(records, seen.heads, list(held)) if held else {}
    found: list[Snapshot] = []
    size = 0
    for scope_id, place in whole.items():
        row = ready.get(scope_id)
        if row is None or not _has_home(seen, place, row, homes):
            continue
        size += row.size
        if size > bytes_max and (found or bytes_max < limits.PAGE_BYTES):
            break
        home = seen.place(row.home_id)
        found.append(
            Snapshot(
                place=place, seq=row.seq, home=home, content=snapshots.content_of(records, scope_id)
            )
        )
        seen.applied[place] = seen.page[place] = row.seq
    return found


def _has_home(seen: View, place: int, row: Any, homes: Mapping[int, Any]) -> bool:
    """Whether the device has, or gets before it, the rows that a snapshot refers to by number.

    `homes`: the snapshots of scopes that it has, from which nothing was deleted or moved away.
    """
    home = seen.place(row.home_id)
    if home == place or home < 0:
        return home == place
    if seen.stood(home) <= 0:
        return bool(seen.applied[home] == row.home_seq)
    is_whole = row.home_id in homes and homes[row.home_id].seq == row.home_seq
    is_compared = home in seen.reconcile or home in seen.asked
    return is_whole and not is_compared and seen.stood(home) >= row.home_seq


def _entries(
    records: Records, seen: View, restarted: Sequence[int], rows_max: int
) -> tuple[list[tuple[int, Any]], list[tuple[int, int]], bool]:
    """Return feed entries beyond the page cursors, what is needed first first, and how far."""
    query = _beyond(records.tables.feed)
    found: list[tuple[int, Any]] = []
    reached: dict[int, int] = {}
    is_done = not seen.reconcile
    for place in seen.needed:
        scope_id = seen.scope_ids[place]
        head, at = seen.heads[scope_id].head, seen.page[place]
        left = rows_max - len(found)
        if head <= at:
            reached[place] = at
        elif left <= 0:
            reached[place], is_done = at, False
        else:
            which = {"scope": scope_id, "after": at, "most": left + 1}
            rows = records.connection.execute(query, which).all()
            found += [(place, row) for row in rows[:left]]
            is_done = is_done and len(rows) <= left
            reached[place] = rows[left - 1].seq if len(rows) > left else head
    if is_done:
        return found, [], True
    again = {*restarted, *seen.asked}
    progress = [
        (place, cursor)
        for place, cursor in sorted(reached.items())
        if place not in seen.reconcile
        and (cursor != seen.stood(place) or seen.applied[place] != cursor or place in again)
    ]
    return found, progress, False


@cache
def _beyond(feed: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(feed)
        .where(feed.c.scope_id == sa.bindparam("scope"), feed.c.seq > sa.bindparam("after"))
        .order_by(feed.c.seq)
        .limit(sa.bindparam("most"))
    )


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
