"""Say what changed since a device's cursors: only the fields, as of one moment.

In an order that a device can apply as it comes: what differs in scopes that were compared, then
snapshots of scopes that come whole, then the feed beyond the page cursors (`view` says why there
are two), each scope when an agent needs it. What the device wrote itself stays out (`own`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.feed import PUT
from server.db.records import IDS_PER_QUERY, Records, Stored
from server.exchange import own, snapshots
from server.exchange.own import Acknowledged, Own
from server.exchange.view import View
from sync import digest, limits
from sync.merge import INSERT
from sync.messages import (
    Acknowledgement,
    Block,
    Repair,
    Snapshot,
)
from sync.rows import Row

_FIELD_SEQS = msgspec.msgpack.Decoder(dict[int, int])


@dataclass(slots=True)
class Page:
    """A reply's content."""

    acknowledgements: list[Acknowledgement]
    chain: bytes
    blocks: list[Block] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    restarted: list[int] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)
    is_done: bool = True


def page(
    records: Records,
    device: Any,
    seen: View,
    *,
    rows_max: int,
    bytes_max: int = 0,
) -> Page:
    """Return the next page for a device, and all acknowledgements due.

    Args:
        rows_max: rows at most, those of snapshots not counted.
        bytes_max: what snapshots may weigh. The first one always fits, but where a line breaks:
            who asks for less than usual gets the rows of a larger one page by page.
    """
    due = own.acknowledged(records, device, seen.place, seen.stated.acknowledged_seq)
    repairs, entries, restarted = _repairs(records, seen, rows_max)
    rows = _Rows(device, seen, due, {(place, entry.number) for place, entry in entries})
    installed = _snapshots(records, seen, bytes_max)
    if installed:  # a page of its own; what came after follows on the next
        rows_max = len(entries)
    more, progress, is_done = _entries(records, seen, restarted, rows_max - len(entries))
    entries += more
    brought = _brought(records, device, entries, seen)
    by_record: dict[tuple[int, bytes], list[Any]] = defaultdict(list)
    gone = []
    for place, entry in entries:
        if entry.op == PUT:
            by_record[entry.entity, entry.record_id].append((place, entry))
        elif seen.page[place] > 0 or entry.record_id in brought:
            # Whatever its present birth: a device may hold it from an earlier stay in the scope,
            # from an earlier page, or by an acknowledgement. One that does not loses nothing.
            gone.append((place, entry.number))
    for key, mine in due.by_record.items():
        if mine.back and key not in by_record:
            by_record[key] = _places(records, seen, *key)
    return Page(
        acknowledgements=due.acknowledgements,
        chain=due.chain,
        blocks=rows.blocks(records, by_record),
        gone=gone,
        repairs=repairs,
        snapshots=installed,
        restarted=restarted,
        progress=progress,
        is_done=is_done,
    )


def receipt(
    records: Records, device: Any, vector: Sequence[tuple[int, int]], after_seq: int
) -> Page:
    """Return the acknowledgements due and nothing else; rows of `vector` are named by place."""
    places = {scope_id: place for place, (scope_id, _) in enumerate(vector)}
    due = own.acknowledged(records, device, lambda scope_id: places.get(scope_id, -1), after_seq)
    return Page(acknowledgements=due.acknowledgements, chain=due.chain)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What of each record a device lacks.

    Args:
        repaired: (place, row number) of what comes since buckets differed.
    """

    device: Any
    seen: View
    due: Acknowledged
    repaired: set[tuple[int, int]]

    def blocks(
        self, records: Records, by_record: Mapping[tuple[int, bytes], list[Any]]
    ) -> list[Block]:
        """Return the rows of all records, (place, feed entry) of each, parents first."""
        ids: dict[int, list[bytes]] = defaultdict(list)
        for number, record_id in by_record:
            ids[number].append(record_id)
        blocks = []
        for number in sorted(ids):
            name = records.tables.entities[number].name
            whole: list[Row] = []
            patches: list[Row] = []
            for record_id, record in records.load(name, ids[number]).items():
                for place, entry in by_record[number, record_id]:
                    row, is_whole = self._row(record, place, entry)
                    if row is not None:
                        (whole if is_whole else patches).append(row)
            blocks += [Block(entity=name, is_whole=True, rows=whole)] if whole else []
            blocks += [Block(entity=name, is_whole=False, rows=patches)] if patches else []
        return blocks

    def _row(self, record: Stored, place: int, entry: Any) -> tuple[Row | None, bool]:
        """Return what of a record the device lacks, and whether that is the whole record."""
        # What is yet to be compared may have other rows under these numbers.
        is_repair = (place, entry.number) in self.repaired or place in self.seen.reconcile
        applied = -1 if is_repair else self.seen.applied[place]
        mine = (
            Own() if is_repair else self.due.by_record.get((entry.entity, record.record_id), Own())
        )
        if entry.born > applied and mine.inserted_at != place:
            return snapshots.whole_row(record, place, entry.number), True
        seqs = _FIELD_SEQS.decode(entry.field_seqs)
        changed = {number for number, seq in seqs.items() if seq > applied}
        if mine.inserted_at == place >= 0:
            # Its own insert: the device has what it brought, and lacks what others wrote since.
            changed |= {number for number in record.writers if number != INSERT}
        others = {number for number in changed if not own.is_own(record, number, mine, self.device)}
        lacking = others | mine.back
        if not lacking and (record.rev, record.era) == (mine.rev, self.seen.stated.era):
            return None, False
        names = [record.entity.fields[number].name for number in lacking]
        values = {name: record.values.get(name) for name in names}
        row = Row(place, entry.number, rev=record.rev, era=record.era, values=values)
        return row, False


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
        ours = digest.buckets(here, count) if count else []
        differing = {number for number in range(count) if ours[number] != asked.digests[number]}
        ids = [
            record_id
            for record_id, _ in here
            if count and digest.bucket_of(record_id, count) in differing
        ]
        # Where very much differs the whole scope is cheaper, and comes in pages like any other.
        if not count or len(entries) + len(ids) > rows_max:
            restarted.append(place)
            seen.applied[place] = seen.page[place] = 0
            continue
        repairs.append(Repair(place=place, bucket_count=count, buckets=sorted(differing)))
        for start in range(0, len(ids), IDS_PER_QUERY):
            part = sa.select(feed).where(
                feed.c.scope_id == scope_id,
                feed.c.record_id.in_(ids[start : start + IDS_PER_QUERY]),
                feed.c.op == PUT,
            )
            entries += [(place, row) for row in records.connection.execute(part)]
    return repairs, entries, restarted


@cache
def _hashes(feed: sa.Table) -> sa.Select[Any]:
    return sa.select(feed.c.record_id, feed.c.hash).where(
        feed.c.scope_id == sa.bindparam("scope"), feed.c.op == PUT
    )


def _snapshots(records: Records, seen: View, bytes_max: int) -> list[Snapshot]:
    """Return snapshots of scopes that come whole, what is needed first first."""
    whole = {
        seen.scope_ids[place]: place
        for place in seen.needed
        if seen.applied[place] == seen.page[place] == 0 and seen.heads[seen.scope_ids[place]].head
    }
    ready = snapshots.usable(records, seen.heads, list(whole)) if whole else {}
    # Of homes that the device has already: their snapshots tell whether it has all of their rows.
    home_ids = {row.home_id for row in ready.values() if seen.cursor(seen.place(row.home_id)) > 0}
    homes = snapshots.usable(records, seen.heads, list(home_ids)) if home_ids else {}
    found: list[Snapshot] = []
    size = 0
    for scope_id, place in whole.items():
        row = ready.get(scope_id)
        if row is None or not _has_home(seen, place, row, homes):
            continue
        # One too large comes all the same, alone: there is no smaller piece of it. Who asks for
        # little has a line that breaks before its end, and gets the rows page by page.
        size += row.size
        if size > bytes_max and (found or bytes_max < limits.PAGE_BYTES):
            break
        home = seen.place(row.home_id)
        found.append(
            Snapshot(
                place=place, seq=row.seq, home=home, content=snapshots.content_of(records, scope_id)
            )
        )
        # As if applied: what came after the snapshot follows as changes, not as whole records.
        seen.applied[place] = seen.page[place] = row.seq
    return found


def _has_home(seen: View, place: int, row: Any, homes: Mapping[int, Any]) -> bool:
    """Whether the device has, or gets before it, the rows that a snapshot refers to by number.

    `homes`: the snapshots of scopes that it has, from which nothing was deleted or moved away.
    """
    home = seen.place(row.home_id)
    if home == place or home < 0:
        return home == place
    # New to it: the home's snapshot must be in this reply, the one that the numbers are of.
    if seen.cursor(home) <= 0:
        return bool(seen.applied[home] == row.home_seq)
    # Had before: no row of the home's snapshot may have gone since, and none may be in doubt.
    is_whole = row.home_id in homes and homes[row.home_id].seq == row.home_seq
    is_compared = home in seen.reconcile or home in seen.asked
    return is_whole and not is_compared and seen.cursor(home) >= row.home_seq


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
            # One more than there is room for, to know whether any is left.
            which = {"scope": scope_id, "after": at, "most": left + 1}
            rows = records.connection.execute(query, which).all()
            found += [(place, row) for row in rows[:left]]
            is_done = is_done and len(rows) <= left
            reached[place] = rows[left - 1].seq if len(rows) > left else head
    if is_done:
        return found, [], True
    # Only what the device cannot tell itself: a scope that is where it was is not worth its bytes.
    again = {*restarted, *seen.asked}
    progress = [
        (place, cursor)
        for place, cursor in sorted(reached.items())
        if place not in seen.reconcile
        and (cursor != seen.cursor(place) or seen.applied[place] != cursor or place in again)
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
    """Return a record's entries in the device's scopes, but for those that have yet to begin.

    There it comes whole, with its page. Sent ahead, one deleted before that page would stay: of
    what is gone, a scope that comes from its beginning says nothing.
    """
    feed = records.tables.feed
    query = sa.select(feed).where(
        feed.c.entity == entity, feed.c.record_id == record_id, feed.c.op == PUT
    )
    return [
        (place, row)
        for row in records.connection.execute(query)
        if (place := seen.place(row.scope_id)) >= 0 and seen.page[place] != 0
    ]
