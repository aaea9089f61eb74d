"""The values of many rows as columns: which fields each row has, then a column for each field.

Which fields a row has is a mask, a bit for each field by its number. Of the masks of a block only
what differs between them is written. Two rows of an entity of fields 0 to 4:

    row 0 has 0, 1, 2       masks 00111 and 01111
    row 1 has 0, 1, 2, 3    always 00111, sometimes 01000, so the masks are told by one bit: 0, 1

Then, for each field that any row has, its form, which rows have it empty, and a column of values.
A field of a newer version is read over by its form, a choice of one stands by its number: `?12`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple

from sync.columns import Reader, Writer
from sync.errors import Malformed, RemoteSyncError
from sync.refs import RESOLVED_LATER, Numbering, Resolving
from sync.spec import Entity, Field, Kind, Value, Values

_NUMBERS, _TEXTS, _IDS, _CHOICE, _CHOICES, _ID_SETS, _SHORT = range(7)
FORM: dict[Kind, int] = {
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


class UnknownHere(RemoteSyncError):
    """A change of a newer version says what is not known here: it must come verbatim."""

    code = "unknown_here"


def write_fields(
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
        form = _SHORT if any(short) else FORM[spec.kind]
        writer.varint(form << 1 | (spec.kind is Kind.MOMENT))
        writer.varint(0 if all(present) else 1)
        if not all(present):
            writer.numbers([int(here) for here in present])
            rows = [row for row, here in zip(rows, present, strict=True) if here]
        values = [records[row][spec.name] for row in rows]
        if form == _SHORT:
            _write_short(writer, values, short)
        else:
            _write_column(writer, spec, values, rows)


def _write_short(
    writer: Writer, values: Sequence[bytes], short: Sequence[tuple[int, int] | None]
) -> None:
    """Write references of which some go by place and number: 0 says that an id stands instead.

    Of rows (2, 70) and one the peer may not hold: places 3, 0, then the number 70, then the id.
    """
    writer.numbers([0 if ref is None else ref[0] + 1 for ref in short])
    writer.numbers([ref[1] for ref in short if ref is not None])
    writer.ids([value for value, ref in zip(values, short, strict=True) if ref is None])


def _read_short(reader: Reader, count: int, refs: Resolving) -> list[Value]:
    places = reader.numbers(count)
    numbers = iter(reader.numbers(sum(place > 0 for place in places)))
    ids = iter(reader.ids(sum(place <= 0 for place in places)))
    return [refs.id_of(place - 1, next(numbers)) if place > 0 else next(ids) for place in places]


def _picked(mask: int, bits: int) -> int:
    """Return the bits of `mask` that `bits` has, moved together: of 0b1010, 0b1110 picks 0b101."""
    places = [at for at in range(bits.bit_length()) if bits >> at & 1]
    return sum((mask >> at & 1) << now for now, at in enumerate(places))


def _write_column(writer: Writer, spec: Field, values: list[Any], rows: list[int]) -> None:
    form = FORM[spec.kind]
    if form == _NUMBERS:
        writer.numbers([int(value) for value in values], rows if spec.kind is Kind.MOMENT else None)
    elif form == _TEXTS:
        writer.texts([_JOIN.join(value) if isinstance(value, tuple) else value for value in values])
    elif form == _IDS:
        writer.ids(values)
    elif form == _CHOICE:
        # From 1, so that 0 is left for a choice of a version unknown here, which goes as its word.
        place = {choice: number + 1 for number, choice in enumerate(spec.choices)}
        writer.numbers([place.get(value, 0) for value in values])
        writer.texts([value for value in values if value not in place])
    elif form == _CHOICES:
        # The lowest bit says that choices follow as words: those of a version unknown here.
        bit = {choice: 1 << number + 1 for number, choice in enumerate(spec.choices)}
        unknown = [_JOIN.join(word for word in value if word not in bit) for value in values]
        masks = [
            sum(bit.get(word, 0) for word in value) | bool(words)
            for value, words in zip(values, unknown, strict=True)
        ]
        writer.numbers(masks)
        writer.texts([words for words in unknown if words])
    else:
        writer.numbers([len(value) for value in values])
        writer.ids([record_id for value in values for record_id in value])


class _Reading(NamedTuple):
    """What a column is read from; `is_strict` refuses what a newer version says."""

    reader: Reader
    refs: Resolving
    is_strict: bool


def read_fields(
    reader: Reader, entity: Entity, count: int, refs: Resolving, *, is_strict: bool = False
) -> list[Values]:
    """Return the values of each row; fields unknown here are read over.

    Raises:
        UnknownHere: there are some, or choices, and it is strict.
    """
    reading = _Reading(reader, refs, is_strict)
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
    # Before any row is made: a mask may claim as many values as the entity has fields, for one bit.
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
        _read_field(reading, spec, records, rows)
    return records


def _read_field(
    reading: _Reading, spec: Field | None, records: list[Values], rows: list[int]
) -> None:
    """Read one field's column into the records of its rows; of None, read over it."""
    reader = reading.reader
    form, is_moment = divmod(reader.varint(), 2)
    is_short = form == _SHORT and (spec is None or spec.kind is Kind.REF)
    if spec is not None and form != FORM[spec.kind] and not is_short:
        raise Malformed(f"block: field {spec.name} in form {form}")
    if spec is not None:
        for row in rows:
            records[row][spec.name] = None
    if reader.varint():  # some are empty
        rows = [row for row, flag in zip(rows, reader.numbers(len(rows)), strict=True) if flag]
    values: Sequence[Value]
    if is_short:
        refs = RESOLVED_LATER if spec is None else reading.refs
        values = _read_short(reader, len(rows), refs)
    elif form == _NUMBERS:
        values = _read_numbers(reader, spec, len(rows), rows if is_moment else None)
    elif form in _READ:
        values = _READ[form](reading, spec, len(rows))
    else:
        raise Malformed(f"block: unknown form {form}")
    if spec is not None:
        for row, value in zip(rows, values, strict=True):
            records[row][spec.name] = value


def _read_numbers(
    reader: Reader, spec: Field | None, count: int, rows: list[int] | None
) -> Sequence[Value]:
    numbers = reader.numbers(count, rows)
    is_flag = spec is not None and spec.kind is Kind.FLAG
    return [bool(number) for number in numbers] if is_flag else numbers


def _read_texts(reading: _Reading, spec: Field | None, count: int) -> Sequence[Value]:
    texts = reading.reader.texts(count)
    is_set = spec is not None and spec.kind is Kind.CODES
    return [_words(reading.reader, text) for text in texts] if is_set else texts


def _read_id_sets(reading: _Reading, _spec: Field | None, count: int) -> Sequence[Value]:
    sizes = reading.reader.numbers(count)
    if any(size < 0 for size in sizes):
        raise Malformed("block: a set of negative size")
    ids = iter(reading.reader.ids(sum(sizes)))
    return [tuple(next(ids) for _ in range(size)) for size in sizes]


def _words(reader: Reader, text: str) -> tuple[str, ...]:
    """Return the words of a set, counted first like all else."""
    reader.count(text.count(_JOIN) + 1)
    return tuple(text.split(_JOIN))


def _read_choices(reading: _Reading, spec: Field | None, count: int) -> Sequence[Value]:
    reader = reading.reader
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
            found.append(_beyond(spec, place, is_strict=reading.is_strict))
    return found


def _beyond(spec: Field, place: int, *, is_strict: bool) -> str:
    """Return what stands for a choice of a newer version. Raises UnknownHere if it is strict."""
    if is_strict:
        raise UnknownHere(f"block: {spec.name} has no choice {place}")
    return f"?{place}"


def _read_choice_sets(reading: _Reading, spec: Field | None, count: int) -> Sequence[Value]:
    reader = reading.reader
    masks = reader.numbers(count)
    others = iter(reader.texts(sum(mask & 1 for mask in masks)))
    choices = spec.choices if spec is not None else ()
    found: list[Value] = []
    for mask in masks:
        known = [choice for number, choice in enumerate(choices) if mask >> number + 1 & 1]
        if spec is not None and mask >> len(choices) + 1 > 0:
            known += [
                _beyond(spec, place, is_strict=reading.is_strict)
                for place in range(len(choices) + 1, mask.bit_length())
                if mask >> place & 1
            ]
        extra = _words(reader, next(others)) if mask & 1 else ()
        found.append(tuple(sorted({*known, *extra})))
    return found


_READ: dict[int, Callable[[_Reading, Field | None, int], Sequence[Value]]] = {
    _TEXTS: _read_texts,
    _IDS: lambda reading, _spec, count: reading.reader.ids(count),
    _CHOICE: _read_choices,
    _CHOICES: _read_choice_sets,
    _ID_SETS: _read_id_sets,
}
"""Form -> how a column of so many values is read, of a field or of one unknown here."""
