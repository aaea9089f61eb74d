"""The feed: in which order the records of a scope changed, so that a tablet can read on from there.

A scope counts its changes (`scope.head`). Of each record that it has, or had, it keeps one entry:
the number of its last change there (`seq`), that of each field's (`field_seqs`), and the row number
by which tablets name it. A tablet's cursor is a `seq`: what it lacks is what has a higher one.

Each scope's counter is locked from the moment it is raised until the transaction ends. Without
that: writer A is given 7 and is slow, writer B is given 8 and commits. A tablet with cursor 6 reads
now, gets 8, and keeps it. Then A commits 7, for which nobody ever asks again. With the lock B waits
for its number until A is through, so whoever sees 8 sees 7 (`tests/server/test_feed.py` keeps the
proof that a plain sequence fails).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.records import IDS_PER_QUERY, Records, Stored, any_of
from sync import digest

_ENCODER = msgspec.msgpack.Encoder()
_FIELD_SEQS = msgspec.msgpack.Decoder(dict[int, int])

PUT, DELETE, LEAVE = 1, 2, 3
"""What a feed entry says: here is the record; it is gone; it went to another scope."""


@dataclass(slots=True)
class Entry:
    """A record's place in one scope's feed.

    `born`: the seq under which it entered the scope, last. A tablet whose cursor is below that
    lacks the whole record, another only the fields whose seq is above its cursor.
    """

    seq: int
    op: int
    number: int
    born: int
    hash: int
    field_seqs: dict[int, int]


@dataclass(slots=True)
class Touched:
    """A record under change: what it is, which fields changed, where it is in the feeds.

    `changed` are numbers of fields; `shares` the scopes that see it beside its own, `new_shares`
    those of them that are not stored yet; `left` the scopes that were its own before.
    """

    record: Stored
    is_new: bool
    changed: set[int] = field(default_factory=set)
    is_touched: bool = False
    entries: dict[int, Entry] = field(default_factory=dict)
    shares: set[int] = field(default_factory=set)
    new_shares: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)

    def copy(self) -> Touched:
        """Return a copy that later changes do not reach; feed entries change only at the end."""
        record = replace(
            self.record, values=dict(self.record.values), writers=dict(self.record.writers)
        )
        return replace(
            self,
            record=record,
            changed=set(self.changed),
            shares=set(self.shares),
            new_shares=set(self.new_shares),
            left=set(self.left),
        )

    def settle(self) -> None:
        """Forget what is written now."""
        self.is_touched, self.is_new = False, False
        self.changed.clear()
        self.new_shares.clear()
        self.left.clear()


def load_places(records: Records, entity: str, touched: Mapping[bytes, Touched]) -> None:
    """Fill in where records of an entity are in the feeds, and with which scopes they are shared.

    Args:
        touched: by the records' ids; locked.
    """
    feed, share = records.tables.feed, records.tables.share
    ids = sorted(touched)
    for start in range(0, len(ids), IDS_PER_QUERY):
        part = {
            "entity": records.tables.number_by_entity[entity],
            "ids": ids[start : start + IDS_PER_QUERY],
        }
        for row in records.connection.execute(_of_records(feed), part):
            touched[row.record_id].entries[row.scope_id] = Entry(
                seq=row.seq,
                op=row.op,
                number=row.number,
                born=row.born,
                hash=row.hash,
                field_seqs=_FIELD_SEQS.decode(row.field_seqs),
            )
        for row in records.connection.execute(_of_records(share), part):
            touched[row.record_id].shares.add(row.scope_id)


def write(records: Records, touched: Sequence[Touched], *, now_ms: int) -> None:
    """Number the changes in each scope: the last statements before commit.

    Last, since writers of one commune wait for one another from here on. By the scopes' ids, so
    that of two writers who both need two scopes none waits for the other in a circle.
    """
    by_scope: dict[int, list[Touched]] = defaultdict(list)
    for item in touched:
        # Moved twice in one work, it never was in the scope between: nothing to tell there.
        left = {scope_id for scope_id in item.left if scope_id in item.entries}
        for scope_id in {item.record.scope_id, *item.shares, *left}:
            by_scope[scope_id].append(item)
    for scope_id in sorted(by_scope):
        _write_scope(records, scope_id, by_scope[scope_id], now_ms)


def _write_scope(records: Records, scope_id: int, members: list[Touched], now_ms: int) -> None:
    """Raise a scope's counter, by three for three changes, and give each its own."""
    scope, feed = records.tables.scope, records.tables.feed
    execute = records.connection.execute
    # Row numbers are given here too, under the same lock, and never a second time: a tablet that
    # slept for a year still knows a row by its number.
    fresh = [item for item in members if scope_id not in item.entries and _enters(item, scope_id)]
    raised = {"key": scope_id, "members": len(members), "fresh": len(fresh)}
    head, next_number, count, total = execute(_raise(scope), raised).one()
    seq, number = head - len(members), next_number - len(fresh)
    rows, replaced = [], []
    for item in members:
        seq += 1
        entity = records.tables.number_by_entity[item.record.entity.name]
        entry = item.entries.get(scope_id)
        was_here = entry is not None and entry.op == PUT
        if entry is not None:
            key = {"entity_": entity, "key": item.record.record_id}
            replaced.append({"scope": scope_id, **key})
        if _enters(item, scope_id):
            # One that comes back keeps its number: a device that slept through its
            # absence knows it by no other, and must be told when it goes for good.
            own = number if entry is None else entry.number
            number += entry is None
            entry = entered(entity, item.record, seq=seq, number=own)
        assert entry is not None
        old_hash = entry.hash if was_here else 0
        _renew(records, item, entry, scope_id, seq)
        # The digest is a sum over what is there now, so one record is changed in it by itself.
        total = digest.replaced(total, old_hash, entry.hash)
        count += (entry.op == PUT) - was_here
        item.entries[scope_id] = entry
        where = {"scope_id": scope_id, "entity": entity, "at": now_ms}
        rows.append({**where, **row_of(item.record, entry)})
    if replaced:
        execute(_delete_entry(feed), replaced)
    execute(_insert(feed), rows)
    execute(_set_sums(scope), {"key": scope_id, "record_count": count, "digest": total})


def _renew(records: Records, item: Touched, entry: Entry, scope_id: int, seq: int) -> None:
    """Bring a feed entry up to the record as it is now."""
    record = item.record
    entry.seq = seq
    if scope_id in item.left and scope_id not in item.shares:
        entry.op = LEAVE
    elif record.deleted_at is not None:
        entry.op = DELETE
    else:
        entry.op = PUT
    if entry.born != seq:  # else it goes out whole, whatever changed
        entry.field_seqs.update(dict.fromkeys(item.changed, seq))
    number = records.tables.number_by_entity[record.entity.name]
    entry.hash = _hash(number, record, entry.number) if entry.op == PUT else 0


def _enters(item: Touched, scope_id: int) -> bool:
    """Whether the record enters the scope now: first, or again after it had left or gone."""
    entry = item.entries.get(scope_id)
    if entry is None:
        return scope_id not in item.left
    is_back = item.record.deleted_at is None and scope_id not in item.left
    return entry.op != PUT and is_back


def entered(entity: int, record: Stored, *, seq: int, number: int) -> Entry:
    """Return the entry of a record that enters a scope.

    Args:
        entity: its number.
        seq: the number of this change in the scope.
        number: of the row, by which tablets name it there.
    """
    hashed = _hash(entity, record, number)
    return Entry(seq=seq, op=PUT, number=number, born=seq, hash=hashed, field_seqs={})


def _hash(entity: int, record: Stored, number: int) -> int:
    return digest.row_hash(entity, record.record_id, number, record.era, record.rev)


def row_of(record: Stored, entry: Entry) -> dict[str, Any]:
    """Return the row of an entry, without its scope, the entity's number and the moment."""
    return {
        "record_id": record.record_id,
        "seq": entry.seq,
        "op": entry.op,
        "number": entry.number,
        "born": entry.born,
        "rev": record.rev,
        "era": record.era,
        "hash": entry.hash,
        "field_seqs": _ENCODER.encode(entry.field_seqs),
    }


@cache
def _of_records(table: sa.Table) -> sa.Select[Any]:
    """Find rows of the feed, or of the shares, by entity and records."""
    ids = any_of(table.c.record_id, "ids")
    return sa.select(table).where(table.c.entity == sa.bindparam("entity"), ids)


@cache
def _raise(scope: sa.Table) -> Any:
    """Raise a scope's counter and its next row number; this locks the scope."""
    return (
        sa.update(scope)
        .where(scope.c.id == sa.bindparam("key"))
        .values(
            head=scope.c.head + sa.bindparam("members"),
            next_number=scope.c.next_number + sa.bindparam("fresh"),
        )
        .returning(scope.c.head, scope.c.next_number, scope.c.record_count, scope.c.digest)
    )


@cache
def _set_sums(scope: sa.Table) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(name) for name in ("record_count", "digest")}
    return sa.update(scope).where(scope.c.id == sa.bindparam("key")).values(values)


@cache
def _delete_entry(feed: sa.Table) -> sa.Delete:
    return sa.delete(feed).where(
        feed.c.scope_id == sa.bindparam("scope"),
        feed.c.entity == sa.bindparam("entity_"),
        feed.c.record_id == sa.bindparam("key", type_=feed.c.record_id.type),
    )


_insert = cache(sa.insert)
