"""Blocks: rows or changes of one entity as columns, derived from its declaration.

One block per entity and kind, across scopes. A row's fields are told by a mask; each field is one
column over the rows that have it. `sync.columns` finds the cheapest form of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Protocol, cast

from sync import limits, versions
from sync.changes import Change, Moment, Op
from sync.columns import Allowance, Reader, Writer
from sync.errors import Malformed, RemoteSyncError
from sync.rows import Row
from sync.spec import Entity, Field, Kind, Value, Values

_NUMBERS, _TEXTS, _IDS, _CHOICE, _CHOICES, _ID_SETS, _SHORT = range(7)
_FORM: dict[Kind, int] = {
    Kind.KEY: _IDS,
    Kind.REF: _IDS,
    Kind.REFS: _ID_SETS,
    Kind.TEXT: _TEXTS,
    Kind.CODE: _TEXTS,
    Kind.CODES: _TEXTS,
    Kind.CHOICE: _CHOICE,
    Kind.CHOICES: _CHOICES,
    Kind.INTEGER: _NUMBERS,
    Kind.DECIMAL: _NUMBERS,
    Kind.FLAG: _NUMBERS,
    Kind.DAY: _NUMBERS,
    Kind.MOMENT: _NUMBERS,
}
_JOIN = " "


class UnresolvedNumber(RemoteSyncError):
    """A row number that names no row here: the sender must use ids."""

    code = "number_unknown"


class UnknownHere(RemoteSyncError):
    """A change of a newer version says what is not known here: it must come verbatim."""

    code = "unknown_here"


class Numbering(Protocol):
    """Turns references into short numbers, for whoever writes a block."""

    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        """Return (place, number) of a row that the peer surely holds, else None."""


class Resolving(Protocol):
    """Turns short numbers back into references, for whoever reads one."""

    def id_of(self, place: int, number: int) -> Value:
        """Return the id of a row. Raises UnresolvedNumber."""


class _NoRefs:
    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        return None

    def id_of(self, place: int, number: int) -> Value:
        raise UnresolvedNumber(f"block: a reference to row {number} at place {place}")


NO_REFS = _NoRefs()
"""Every reference travels by its id."""


@dataclass(frozen=True, slots=True)
class ShortRef:
    """A reference not yet resolved: it stands for a value until its row is known."""

    place: int
    number: int


class _Later:
    def id_of(self, place: int, number: int) -> Value:
        return cast("Value", ShortRef(place, number))


RESOLVED_LATER: Resolving = _Later()
"""References by number come out as `ShortRef`."""


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
    _write_fields(writer, entity, [row.values for row in rows], known, refs)
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
    values = _read_fields(reader, entity, count, refs)
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
    _write_fields(writer, entity, [change.values for change in changes], None, refs)
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
    values = _read_fields(reader, entity, count, refs, is_strict=True)
    found = []
    for row in range(count):
        rev, era, mono, boot, after, schema, born_inc, born_seq = (one[row] for one in columns)
        if ops[row] not in Op._value2member_map_:
            raise UnknownHere(f"block: no operation {ops[row]}")
        if not 0 <= rev <= limits.REV_MAX:
            raise Malformed(f"block: no rev {rev}")
        seq = first_seq + seqs[row]
        found.append(
            Change(
                seq,
                seq - groups[row],
                Op(ops[row]),
                entity.name,
                record_ids[row],
                rev,
                era,
                values[row],
                Moment(walls[row], mono, boot, after),
                schema,
                born_inc,
                born_seq,
            )
        )
    return found


def _named(id_at: Callable[[int, int], bytes | None], place: int, number: int) -> bytes:
    found = id_at(place, number)
    if found is None:
        raise UnresolvedNumber(f"block: no row {number} at place {place}")
    return found


def _write_fields(
    writer: Writer, entity: Entity, records: Sequence[Any], peer_schema: int | None, refs: Numbering
) -> None:
    """Write the masks, then one column for each field that any row has."""
    numbers = {
        spec.name: number
        for number, spec in enumerate(entity.fields)
        if peer_schema is None or spec.since <= peer_schema
    }
    masks = [sum(1 << numbers[name] for name in values if name in numbers) for values in records]
    distinct = sorted(set(masks))
    writer.varint(len(distinct))
    if distinct:
        # Most rows have most fields in common: what differs is a few bits.
        always, ever = reduce(and_, distinct), reduce(or_, distinct)
        writer.varint(always)
        writer.varint(ever & ~always)
        for mask in distinct:
            writer.varint(_picked(mask, ever & ~always))
    place = {mask: number for number, mask in enumerate(distinct)}
    writer.numbers([place[mask] for mask in masks])
    for number, spec in enumerate(entity.fields):
        rows = [row for row, mask in enumerate(masks) if mask >> number & 1]
        if not rows:
            continue
        present = [records[row][spec.name] is not None for row in rows]
        short: list[tuple[int, int] | None] = []
        if spec.kind is Kind.REF:
            short = [
                refs.number_of(records[row][spec.name])
                for row, here in zip(rows, present, strict=True)
                if here
            ]
        form = _SHORT if any(short) else _FORM[spec.kind]
        writer.varint(form << 1 | (spec.kind is Kind.MOMENT))
        writer.varint(0 if all(present) else 1)
        if not all(present):
            writer.numbers([int(one) for one in present])
            rows = [row for row, here in zip(rows, present, strict=True) if here]
        values = [records[row][spec.name] for row in rows]
        if form == _SHORT:
            _write_short(writer, values, short)
        else:
            _write_column(writer, spec, values, rows)


def _write_short(
    writer: Writer, values: Sequence[bytes], short: Sequence[tuple[int, int] | None]
) -> None:
    writer.numbers([0 if one is None else one[0] + 1 for one in short])
    writer.numbers([one[1] for one in short if one is not None])
    writer.ids([value for value, one in zip(values, short, strict=True) if one is None])


def _read_short(reader: Reader, count: int, refs: Resolving) -> list[Value]:
    places = reader.numbers(count)
    numbers = iter(reader.numbers(sum(place > 0 for place in places)))
    ids = iter(reader.ids(sum(place <= 0 for place in places)))
    return [refs.id_of(place - 1, next(numbers)) if place > 0 else next(ids) for place in places]


def _picked(mask: int, bits: int) -> int:
    """Return the bits of `mask` that stand in `bits`, moved together."""
    places = [at for at in range(bits.bit_length()) if bits >> at & 1]
    return sum((mask >> at & 1) << now for now, at in enumerate(places))


def _write_column(writer: Writer, spec: Field, values: list[Any], rows: list[int]) -> None:
    form = _FORM[spec.kind]
    if form == _NUMBERS:
        writer.numbers([int(value) for value in values], rows if spec.kind is Kind.MOMENT else None)
    elif form == _TEXTS:
        writer.texts([_JOIN.join(value) if isinstance(value, tuple) else value for value in values])
    elif form == _IDS:
        writer.ids(values)
    elif form == _CHOICE:
        place = {choice: number + 1 for number, choice in enumerate(spec.choices)}
        writer.numbers([place.get(value, 0) for value in values])
        writer.texts([value for value in values if value not in place])
    elif form == _CHOICES:
        bit = {choice: 1 << number + 1 for number, choice in enumerate(spec.choices)}
        others = [_JOIN.join(one for one in value if one not in bit) for value in values]
        masks = [
            sum(bit.get(one, 0) for one in value) | bool(other)
            for value, other in zip(values, others, strict=True)
        ]
        writer.numbers(masks)
        writer.texts([other for other in others if other])
    else:
        writer.numbers([len(value) for value in values])
        writer.ids([one for value in values for one in value])


def _read_fields(
    reader: Reader, entity: Entity, count: int, refs: Resolving, *, is_strict: bool = False
) -> list[Values]:
    """Return the values of each row; fields unknown here are read over.

    Raises:
        UnknownHere: there are some, or choices, and it is strict.
    """
    distinct = []
    if distinct_count := reader.count(reader.varint()):
        always, sometimes = reader.varint(), reader.varint()
        bits = [1 << at for at in range(sometimes.bit_length()) if sometimes >> at & 1]
        for _ in range(distinct_count):
            picked = reader.varint()
            if picked >> len(bits):
                raise Malformed("block: a mask of fields that are not there")
            distinct.append(always | sum(bit for at, bit in enumerate(bits) if picked >> at & 1))
    masks = []
    for place in reader.numbers(count):
        if not 0 <= place < len(distinct):
            raise Malformed("block: a mask that is not there")
        masks.append(distinct[place])
    reader.require(sum(mask.bit_count() for mask in masks))
    rows_by_number: dict[int, list[int]] = defaultdict(list)
    for row, mask in enumerate(masks):
        while mask:
            lowest = mask & -mask
            rows_by_number[lowest.bit_length() - 1].append(row)
            mask ^= lowest
    records: list[Values] = [{} for _ in range(count)]
    for number, rows in sorted(rows_by_number.items()):
        spec = entity.fields[number] if number < len(entity.fields) else None
        if spec is None and is_strict:
            raise UnknownHere(f"block: {entity.name} has no field {number}")
        _read_field(reader, spec, records, rows, refs, is_strict=is_strict)
    return records


def _read_field(
    reader: Reader,
    spec: Field | None,
    records: list[Values],
    rows: list[int],
    refs: Resolving,
    *,
    is_strict: bool,
) -> None:
    form, is_moment = divmod(reader.varint(), 2)
    is_short = form == _SHORT and (spec is None or spec.kind is Kind.REF)
    if spec is not None and form != _FORM[spec.kind] and not is_short:
        raise Malformed(f"block: field {spec.name} in form {form}")
    if reader.varint():
        flags = reader.numbers(len(rows))
        if spec is not None:
            for row, flag in zip(rows, flags, strict=True):
                if not flag:
                    records[row][spec.name] = None
        rows = [row for row, flag in zip(rows, flags, strict=True) if flag]
    values: Sequence[Value]
    if is_short:
        values = _read_short(reader, len(rows), RESOLVED_LATER if spec is None else refs)
    else:
        moments = rows if is_moment else None
        values = _read_column(reader, spec, form, moments, len(rows), is_strict=is_strict)
    if spec is not None:
        for row, value in zip(rows, values, strict=True):
            records[row][spec.name] = value


def _read_column(
    reader: Reader,
    spec: Field | None,
    form: int,
    rows: list[int] | None,
    count: int,
    *,
    is_strict: bool,
) -> Sequence[Value]:
    kind = spec.kind if spec is not None else None
    if form == _NUMBERS:
        numbers = reader.numbers(count, rows)
        return [bool(number) for number in numbers] if kind is Kind.FLAG else numbers
    if form == _TEXTS:
        texts = reader.texts(count)
        return [_words(reader, text) for text in texts] if kind is Kind.CODES else texts
    if form == _IDS:
        return reader.ids(count)
    if form == _CHOICE:
        return _read_choices(reader, spec, count, is_strict=is_strict)
    if form == _CHOICES:
        return _read_choice_sets(reader, spec, count, is_strict=is_strict)
    if form == _ID_SETS:
        sizes = reader.numbers(count)
        if any(size < 0 for size in sizes):
            raise Malformed("block: a set of negative size")
        ids = iter(reader.ids(sum(sizes)))
        return [tuple(next(ids) for _ in range(size)) for size in sizes]
    raise Malformed(f"block: unknown form {form}")


def _words(reader: Reader, text: str) -> tuple[str, ...]:
    """Return the words of a set, counted first like all else."""
    reader.count(text.count(_JOIN) + 1)
    return tuple(text.split(_JOIN))


def _read_choices(
    reader: Reader, spec: Field | None, count: int, *, is_strict: bool
) -> list[Value]:
    places = reader.numbers(count)
    others = iter(reader.texts(sum(place == 0 for place in places)))
    choices = spec.choices if spec is not None else ()
    found: list[Value] = []
    for place in places:
        if place == 0:
            found.append(next(others))
        elif spec is None:
            found.append(None)
        elif place < 0:
            raise Malformed("block: a choice before the first")
        elif place <= len(choices):
            found.append(choices[place - 1])
        else:
            # A choice that a newer peer declares. Only its place is known here.
            found.append(_beyond(spec, place, is_strict=is_strict))
    return found


def _beyond(spec: Field, place: int, *, is_strict: bool) -> str:
    """Return what stands for a choice of a newer version. Raises UnknownHere if it is strict."""
    if is_strict:
        raise UnknownHere(f"block: {spec.name} has no choice {place}")
    return f"?{place}"


def _read_choice_sets(
    reader: Reader, spec: Field | None, count: int, *, is_strict: bool
) -> list[Value]:
    masks = reader.numbers(count)
    others = iter(reader.texts(sum(mask & 1 for mask in masks)))
    choices = spec.choices if spec is not None else ()
    found: list[Value] = []
    for mask in masks:
        known = [choice for number, choice in enumerate(choices) if mask >> number + 1 & 1]
        if spec is not None and mask >> len(choices) + 1 > 0:
            known += [
                _beyond(spec, place, is_strict=is_strict)
                for place in range(len(choices) + 1, mask.bit_length())
                if mask >> place & 1
            ]
        extra = _words(reader, next(others)) if mask & 1 else ()
        found.append(tuple(sorted({*known, *extra})))
    return found
