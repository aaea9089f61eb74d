"""Blocks: rows or changes of one entity as columns, derived from its declaration.

One block per entity and kind, across scopes. A row's fields are told by a mask; each field is one
column over the rows that have it. `sync.columns` finds the cheapest form of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from sync import limits, versions
from sync.allowance import Allowance
from sync.changes import Change, Moment, Op
from sync.columns import Reader, Writer
from sync.errors import Malformed
from sync.field_columns import UnknownHere, read_fields, write_fields
from sync.refs import NO_REFS, Numbering, Resolving, UnresolvedNumber
from sync.rows import Row
from sync.spec import Entity


def encode_rows(
    entity: Entity,
    rows: Sequence[Row],
    *,
    whole: bool,
    refs: Numbering = NO_REFS,
    peer_schema: int = versions.SCHEMA_NOW,
    shared: bytearray | None = None,
) -> bytes:
    """Return a block of whole records or of patches.

    Args:
        shared: takes the texts, when the message packs those of all its blocks together.
        peer_schema: fields that came later are left out.
    """
    rows = sorted(rows, key=lambda row: (row.place, row.number))
    writer = Writer(shared)
    writer.varint(len(rows))
    _write_places(writer, [row.place for row in rows])
    writer.numbers(_steps(rows))
    writer.numbers([row.rev for row in rows])
    writer.numbers([row.era for row in rows])
    if whole:
        writer.raw_ids([row.record_id for row in rows])
    known = peer_schema if entity.since <= peer_schema else 0  # 0: no field at all
    write_fields(writer, entity, [row.values for row in rows], known, refs)
    return writer.body()


def decode_rows(
    entity: Entity,
    data: bytes,
    *,
    whole: bool,
    refs: Resolving = NO_REFS,
    allowance: Allowance | None = None,
) -> list[Row]:
    """Return a block's rows, by place and number. Raises Malformed."""
    reader = Reader(data, allowance)
    count = reader.count(reader.varint())
    places = _read_places(reader, count)
    steps, revs, eras = (reader.numbers(count) for _ in range(3))
    numbers = _numbers(places, steps)
    ids = reader.raw_ids(count) if whole else [b""] * count
    values = read_fields(reader, entity, count, refs)
    return [Row(*parts) for parts in zip(places, numbers, revs, eras, values, ids, strict=True)]


def _write_places(writer: Writer, places: Sequence[int]) -> None:
    """Write which places occur, and how often each: rows are sorted by place."""
    counts = Counter(places)
    writer.varint(len(counts))
    writer.numbers(sorted(counts))
    writer.numbers([counts[place] for place in sorted(counts)])


def _read_places(reader: Reader, count: int) -> list[int]:
    present = reader.count(reader.varint())
    places, counts = reader.numbers(present), reader.numbers(present)
    if any(each < 1 for each in counts) or sum(counts) != count or min(places, default=0) < 0:
        raise Malformed("block: places that do not add up")
    return [place for place, each in zip(places, counts, strict=True) for _ in range(each)]


def _steps(rows: Sequence[Row]) -> list[int]:
    """Return each row's number as the difference from the one before it in its scope."""
    last: dict[int, int] = {}
    found = []
    for row in rows:
        found.append(row.number - last.get(row.place, 0))
        last[row.place] = row.number
    return found


def _numbers(places: Sequence[int], steps: Sequence[int]) -> list[int]:
    """Undo `_steps`. Raises Malformed."""
    last: dict[int, int] = {}
    found = []
    for place, step in zip(places, steps, strict=True):
        last[place] = last.get(place, 0) + step
        if not 0 <= last[place] < 1 << 62:
            raise Malformed(f"block: no row {last[place]}")
        found.append(last[place])
    return found


def encode_changes(
    entity: Entity,
    changes: Sequence[Change],
    first_seq: int,
    *,
    place_of: Callable[[bytes], tuple[int, int] | None],
    refs: Numbering = NO_REFS,
    shared: bytearray | None = None,
) -> bytes:
    """Return a block of changes.

    Args:
        first_seq: of the whole push, from which sequences are counted.
        place_of: record id -> (place, number) where the receiver surely knows it, else None.
    """
    changes = sorted(changes, key=lambda change: change.seq)
    writer = Writer(shared)
    writer.varint(len(changes))
    named = [None if change.op is Op.INSERT else place_of(change.record_id) for change in changes]
    writer.numbers([change.seq - first_seq for change in changes])
    writer.numbers([change.seq - change.group for change in changes])
    writer.numbers([int(change.op) for change in changes])
    writer.numbers([0 if place is None else place[0] + 1 for place in named])
    writer.numbers([place[1] for place in named if place is not None])
    writer.raw_ids(
        [change.record_id for change, place in zip(changes, named, strict=True) if place is None]
    )
    for column in (
        [change.base_rev for change in changes],
        [change.base_era for change in changes],
        [change.at.mono_ms for change in changes],
        [change.at.boot for change in changes],
        [change.at.after_sync_ms for change in changes],
        [change.schema for change in changes],
        [change.born_inc for change in changes],
        [change.born_seq for change in changes],
    ):
        writer.numbers(column)
    writer.numbers([change.at.wall_ms for change in changes], range(len(changes)))
    write_fields(writer, entity, [change.values for change in changes], None, refs)
    return writer.body()


def decode_changes(
    entity: Entity,
    data: bytes,
    first_seq: int,
    *,
    id_at: Callable[[int, int], bytes | None],
    refs: Resolving = NO_REFS,
    allowance: Allowance | None = None,
) -> list[Change]:
    """Return a block's changes, by sequence.

    Raises:
        Malformed: the bytes contradict themselves.
        UnresolvedNumber: `id_at` (place, number) knows no such row.
        UnknownHere: an operation, field or choice of a newer version.
    """
    reader = Reader(data, allowance)
    count = reader.count(reader.varint())
    if count > limits.CHANGES_PER_PUSH_MAX:
        raise Malformed(f"block: {count} changes")
    seqs, groups, ops, places = (reader.numbers(count) for _ in range(4))
    named = iter(reader.numbers(sum(place > 0 for place in places)))
    ids = iter(reader.raw_ids(sum(place <= 0 for place in places)))
    record_ids = [
        next(ids) if place <= 0 else _named(id_at, place - 1, next(named)) for place in places
    ]
    columns = [reader.numbers(count) for _ in range(8)]
    walls = reader.numbers(count, range(count))
    values = read_fields(reader, entity, count, refs, is_strict=True)
    found = []
    for row in range(count):
        rev, era, mono, boot, after, schema, born_inc, born_seq = (
            column[row] for column in columns
        )
        if ops[row] not in Op._value2member_map_:
            raise UnknownHere(f"block: no operation {ops[row]}")
        if not 0 <= rev <= limits.REV_MAX:
            raise Malformed(f"block: no rev {rev}")
        seq = first_seq + seqs[row]
        found.append(
            Change(
                seq=seq,
                group=seq - groups[row],
                op=Op(ops[row]),
                entity=entity.name,
                record_id=record_ids[row],
                base_rev=rev,
                base_era=era,
                values=values[row],
                at=Moment(walls[row], mono, boot, after),
                schema=schema,
                born_inc=born_inc,
                born_seq=born_seq,
            )
        )
    return found


def _named(id_at: Callable[[int, int], bytes | None], place: int, number: int) -> bytes:
    found = id_at(place, number)
    if found is None:
        raise UnresolvedNumber(f"block: no row {number} at place {place}")
    return found
