"""Blocks of rows and changes: what goes in comes out, and nonsense is turned away."""

import random

import pytest

from sync import blocks
from sync.changes import Change, Moment, Op
from sync.entities import ENTITIES
from sync.errors import Malformed, RemoteSyncError
from sync.refs import UnresolvedNumber
from sync.rows import Row
from sync.spec import Entity
from tests.few_values import few_values


def some_rows(entity, count, rng, *, whole):
    rows = []
    for number in range(count):
        values = {}
        for field in entity.fields[1:]:
            value = rng.choice(few_values(field))
            if rng.random() < 0.7 and (value is not None or not whole):
                values[field.name] = value
        record_id = rng.randbytes(16) if whole else b""
        rows.append(Row(number % 3, number, rng.randint(1, 9), 7, values, record_id))
    return sorted(rows, key=lambda row: (row.place, row.number))


def some_changes(entity, count, rng):
    return [
        Change(
            seq=10 + number,
            group=10 + number - number % 2,
            op=Op(rng.randint(0, 2)),
            entity=entity.name,
            record_id=rng.randbytes(16),
            base_rev=rng.randint(0, 3),
            base_era=5,
            values={
                field.name: rng.choice(few_values(field))
                for field in entity.fields[1:]
                if rng.random() < 0.6
            },
            at=Moment(1_795_500_000_000 + number, number, 1, 0),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
@pytest.mark.parametrize("whole", [True, False])
def test_rows_come_out_as_they_went_in(entity, whole):
    rng = random.Random(3)
    for count in (0, 1, 2, 60):
        rows = some_rows(entity, count, rng, whole=whole)
        data = blocks.encode_rows(entity, rows, whole=whole)
        assert blocks.decode_rows(entity, data, whole=whole) == rows


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_changes_come_out_as_they_went_in(entity):
    rng = random.Random(4)
    for count in (0, 1, 2, 60):
        changes = some_changes(entity, count, rng)
        data = blocks.encode_changes(entity, changes, 10, place_of=lambda _id: None)
        assert blocks.decode_changes(entity, data, 10, id_at=lambda _p, _n: None) == changes


def test_a_change_names_a_known_row_by_number():
    entity = ENTITIES[6]
    (change,) = some_changes(entity, 1, random.Random(5))
    change = Change(
        seq=10,
        group=10,
        op=Op.PATCH,
        entity=entity.name,
        record_id=b"r" * 16,
        base_rev=1,
        base_era=5,
        values={"name_fr": "x"},
        at=change.at,
    )
    data = blocks.encode_changes(entity, [change], 10, place_of=lambda _id: (2, 77))
    found = blocks.decode_changes(
        entity,
        data,
        10,
        id_at=lambda place, number: b"r" * 16 if (place, number) == (2, 77) else None,
    )
    assert found == [change]
    with pytest.raises(UnresolvedNumber):
        blocks.decode_changes(entity, data, 10, id_at=lambda _place, _number: None)


def test_fields_of_a_newer_peer_are_read_over():
    newer = next(entity for entity in ENTITIES if entity.name == "person")
    older = Entity(newer.name, newer.scope, newer.fields[:5])
    rows = some_rows(newer, 20, random.Random(6), whole=True)
    data = blocks.encode_rows(newer, rows, whole=True)
    known = {field.name for field in older.fields}
    expected = [{n: v for n, v in row.values.items() if n in known} for row in rows]
    assert [row.values for row in blocks.decode_rows(older, data, whole=True)] == expected


def test_nonsense_is_malformed_and_nothing_else():
    rng = random.Random(7)
    entity = next(entity for entity in ENTITIES if entity.name == "visit")
    data = blocks.encode_rows(entity, some_rows(entity, 12, rng, whole=True), whole=True)
    refused = 0
    for _ in range(3_000):
        broken = bytearray(data[: rng.randint(0, len(data))] if rng.random() < 0.3 else data)
        for _ in range(rng.randint(1, 4)):
            if broken:
                broken[rng.randrange(min(len(broken), rng.choice((12, 10_000))))] = rng.randrange(
                    256
                )
        try:
            blocks.decode_rows(entity, bytes(broken), whole=True)
        except RemoteSyncError:
            refused += 1
    assert refused > 1_000


def test_a_block_that_claims_countless_rows_is_refused():
    from sync.columns import Writer

    writer = Writer()
    writer.varint(1 << 40)
    with pytest.raises(Malformed):
        blocks.decode_rows(ENTITIES[0], writer.body(), whole=False)


def test_a_column_of_negative_numbers_comes_out_as_it_went_in():
    from sync.columns import Reader, Writer

    for values in ([-8_730_000, -8_730_001], [-1], [-(2**62), 2**62]):
        writer = Writer()
        writer.numbers(values)
        assert Reader(writer.body()).numbers(len(values)) == values


def test_texts_of_one_shape_travel_as_numbers_and_come_out_whole():
    from sync.columns import Reader, Writer

    phones = [f"+2126{number:08d}" for number in range(0, 10**8, 9_999_991)]
    for values in (phones, ["A-007.1", "A-010.0"], ["#1", "#2"], ["12", "123"], ["a", "b"]):
        writer = Writer()
        writer.texts(values)
        assert Reader(writer.body()).texts(len(values)) == values
    writer = Writer()
    writer.texts(phones)
    assert len(writer.body()) < 4.5 * len(phones) + 30
