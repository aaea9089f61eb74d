"""What a hostile or broken peer may send, made by hand: each is refused, and cheaply.

`refused` holds every case to the fuzzer's limits on work and memory.
"""

from __future__ import annotations

import bz2

import msgspec
import pytest

from sync import envelope, limits, wire
from sync.columns import Reader, Writer
from sync.entities import ENTITIES
from sync.errors import Malformed
from sync.field_columns import _CHOICE, _CHOICES, _ID_SETS, _TEXTS
from sync.packed import zigzag
from sync.spec import Kind
from tests.fuzz.fuzz import feed
from tests.fuzz.messages import deflate, pack_block, varint

PERSON = next(number for number, one in enumerate(ENTITIES) if one.name == "person")
AGENT = next(number for number, one in enumerate(ENTITIES) if one.name == "agent")


def heads(*numbers):
    return b"".join(map(varint, numbers))


def same(value):
    """A column that says one value for all: mode, lowest, width 0."""
    return heads(0, zigzag(value), 0)


def refused(target, data):
    _, finding, is_understood = feed(target, data)
    assert finding is None
    return not is_understood


def rows(*columns, number=PERSON, whole=False, **parts):
    """A block of rows: the count and columns that follow, as heads."""
    return bytes([number, whole]) + pack_block(b"".join(columns), **parts)


def head(count):
    """Places, steps, revs and eras of so many rows, all at place 0."""
    return [heads(1) + same(0) + same(count), same(1), same(0), same(0)]


HEAD = head(1)


def masks_of(*masks):
    """The distinct masks of a block: what all have in common, what differs, and each."""
    return heads(len(masks), 0, (1 << 550) - 1, *masks)


def test_a_count_of_a_million_million_rows_in_six_bytes():
    assert refused("rows", rows(heads(1 << 40), *HEAD))
    assert refused("rows", rows(heads(limits.ROWS_PER_BLOCK_MAX + 1), *HEAD))


@pytest.mark.parametrize("width", [65, 1 << 20, 1 << 62])
def test_numbers_of_too_many_bits(width):
    column = heads(0, 0, width, 1)
    assert refused(
        "rows", rows(heads(1), HEAD[0], column, *HEAD[2:], planes=bytes(64), bits=bytes(64))
    )


def test_a_divisor_of_naught_is_one_value():
    reader = Reader(pack_block(heads(0, zigzag(5), 8, 0), bits=b"\1\2"))
    assert reader.numbers(2) == [5, 5]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 2**64 - 1, 2**500])
def test_a_number_that_sqlite_and_postgresql_cannot_hold(value):
    assert refused("columns", bytes([7]) + b"\xff" + pack_block(same(value)))


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63)])
def test_the_largest_numbers_are_read(value):
    writer = Writer()
    writer.numbers([value, 0])
    assert Reader(writer.body()).numbers(2) == [value, 0]


@pytest.mark.parametrize("place", [-1, 2, 2**62])
def test_a_place_beyond_the_dictionary(place):
    texts = heads(0, 2) + same(place)
    assert refused("columns", bytes([9]) + b"\xff" + pack_block(texts, texts=b"a\0b\0"))
    ids = heads(1) + same(place)
    assert refused("columns", bytes([10]) + b"\xff" + pack_block(ids, ids=bytes(16)))


def test_a_text_with_a_nul_is_two_texts():
    column = heads(1)
    assert refused("columns", bytes([9]) + b"\xff" + pack_block(column, texts=b"a"))
    reader = Reader(pack_block(column, texts=b"a\0b\0"))
    assert reader.texts(1) == ["a"]


@pytest.mark.parametrize("texts", [b"\xff\0", b"\xc3\0", b"\xed\xa0\x80\0", b"\xf5\x80\x80\x80\0"])
@pytest.mark.parametrize("with_bz2", [True, False])
def test_texts_that_are_no_utf_8(texts, with_bz2):
    block = pack_block(heads(1), texts=texts, with_bz2=with_bz2)
    assert refused("columns", bytes([9]) + b"\xff" + block)


def test_a_set_of_a_negative_or_huge_size():
    mask = heads(1, 1 << 100, 0, 0) + same(0)  # in a field that only the sender knows
    for size in (-1, 1 << 40, limits.VALUES_PER_MESSAGE_MAX):
        field = heads(_ID_SETS << 1, 0) + same(size)
        assert refused("rows", rows(heads(1), *HEAD, mask, field))


def test_a_choice_before_the_first():
    at = next(at for at, one in enumerate(ENTITIES[PERSON].fields) if one.name == "sex")
    mask = heads(1, 1 << at, 0, 0) + same(0)
    field = heads(_CHOICE << 1, 0) + same(-5)
    assert refused("rows", rows(heads(1), *HEAD, mask, field))


def test_fields_unknown_here_are_read_over_and_cost_what_they_are():
    mask = heads(1, 1 << 400, 0, 0) + same(0)
    assert not refused("rows", rows(heads(1), *HEAD, mask, heads(0, 0) + same(7)))
    assert refused("rows", rows(heads(1), *HEAD, heads(1, (1 << 550) - 1, 0, 0), same(0)))


@pytest.mark.slow
def test_masks_that_no_row_has_are_not_searched_for_in_every_row():
    count = limits.ROWS_PER_BLOCK_MAX
    masks = masks_of(0, (1 << 550) - 1) + same(0)
    assert not refused("rows", rows(heads(count), *head(count), masks, number=AGENT))


@pytest.mark.slow
def test_a_mask_of_all_fields_in_all_rows_is_counted_before_it_is_spread():
    count = limits.ROWS_PER_BLOCK_MAX
    assert refused(
        "rows", rows(heads(count), *head(count), heads(1, (1 << 550) - 1, 0, 0), same(0))
    )


@pytest.mark.parametrize("text", ["\0", " ", "ab\0", "ab "])
def test_millions_of_texts_in_a_few_bytes(text):
    texts = text.encode() * (limits.UNPACKED_BYTES_MAX // len(text) - 1) + b"\0"
    at = next(at for at, one in enumerate(ENTITIES[PERSON].fields) if one.name == "commune_code")
    mask = heads(1, 1 << at, 0, 0) + same(0)
    field = heads(_TEXTS << 1, 0, 1)
    refused("rows", rows(heads(1), *HEAD, mask, field, texts=texts))
    # What is no declared choice is split at its blanks.
    number, at = next(
        (number, at)
        for number, one in enumerate(ENTITIES)
        for at, spec in enumerate(one.fields)
        if spec.kind is Kind.CHOICES
    )
    mask = heads(1, 1 << at, 0, 0) + same(0)
    field = heads(_CHOICES << 1, 0) + same(1) + heads(1)
    assert refused("rows", rows(heads(1), *HEAD, mask, field, number=number, texts=texts))


@pytest.mark.slow
def test_a_block_that_grows_beyond_what_it_claims():
    bomb = deflate(bytes(64 << 20))
    head = bytes([1]) + heads(10, 0, 0, 0, len(bomb))
    assert refused("columns", b"\0\xff" + head + bomb)
    bomb, empty = bz2.compress(bytes(64 << 20)), deflate(b"")
    head = bytes([2]) + heads(0, 0, 10, 0, len(empty), len(bomb))
    assert refused("columns", b"\0\xff" + head + empty + bomb)
    head = bytes([2]) + heads(0, 0, 64 << 20, 0, len(empty), len(bomb))
    assert refused("columns", b"\0\xff" + head + empty + bomb)


def test_one_wide_letter_in_megabytes_of_narrow_ones():
    texts = b"a" * (limits.UNPACKED_BYTES_MAX - 5) + "😀".encode() + b"\0"
    assert not refused("columns", bytes([9]) + b"\xff" + pack_block(heads(1), texts=texts))


# The message around the blocks

AT = [1_795_500_000_000, 9, 1, 0]
REQUEST = [1, "build", 1, b"epochepo", AT, 1, bytes(8), 9, 131_072, 0, None, None]
REQUEST += [[1, 0, 20], [1, 20], False, []]
REPLY = [0, 1, b"epochepo", bytes(8), 2, 2, b"", b"", [], b"", b"", [], True]
REPLY += [[], [], [], [], [], [], []]
PUSH, PROGRESS, VECTOR, BLOCKS, GONE, STATES = 10, 12, 13, 8, 11, 19


def changed(parts, place, value):
    return envelope.seal([*parts[:place], value, *parts[place + 1 :]])


def test_the_plain_request_and_reply_are_read():
    assert not refused("request", envelope.seal(REQUEST))
    assert not refused("reply", envelope.seal(REPLY))


@pytest.mark.parametrize("place", [0, 2, 5, 7, 8, 9])
@pytest.mark.parametrize("value", [2**63, 2**64 - 1, -(2**63)])
def test_a_request_with_a_number_that_no_column_holds(place, value):
    assert refused("request", changed(REQUEST, place, value))


@pytest.mark.parametrize("value", [[2**64 - 1, 1, 1, 1], [1, 1, 1, 2**63], [1, 1, 1]])
def test_a_request_with_a_time_that_no_column_holds(value):
    assert refused("request", changed(REQUEST, 4, value))


@pytest.mark.parametrize(
    "value", [[1], [1, 2, 1, 3], [2, 1, 1, 1], [2**63, 0], [-1, 0], [1, 2**63]]
)
def test_a_request_with_a_vector_that_cannot_be(value):
    assert refused("request", changed(REQUEST, VECTOR, value))


def test_a_build_with_a_nul_which_postgresql_refuses():
    assert refused("request", changed(REQUEST, 1, "build\0"))


@pytest.mark.parametrize("first_seq", [0, -1, 2**63, 2**64 - 1])
def test_a_push_that_begins_before_the_first_or_after_the_last_change(first_seq):
    assert refused("request", changed(REQUEST, PUSH, [first_seq, bytes(8), [], b""]))


def test_a_push_of_more_changes_than_a_push_may_have():
    count = limits.CHANGES_PER_PUSH_MAX + 1
    steps = heads(2, 0, 0) + heads(2, 0, 0)  # sequences by differences, each of its own group
    empty = pack_block(heads(count) + steps)
    assert refused("request", changed(REQUEST, PUSH, [1, bytes(8), [[PERSON, empty]], b""]))


def test_a_block_of_a_reply_for_an_entity_before_the_first():
    for number in (-1, -100):
        assert refused("reply", changed(REPLY, BLOCKS, [[number, False, b""]]))


@pytest.mark.slow
def test_a_thousand_blocks_that_are_each_as_large_as_may_be():
    large = rows(
        heads(limits.ROWS_PER_BLOCK_MAX),
        *head(limits.ROWS_PER_BLOCK_MAX),
        heads(1, 0, 0, 0),
        same(0),
    )[2:]
    assert refused("reply", changed(REPLY, BLOCKS, [[PERSON, False, large]] * 1_000))
    wide = pack_block(heads(0) + bytes(limits.UNPACKED_BYTES_MAX - 1))
    assert refused("reply", changed(REPLY, BLOCKS, [[PERSON, False, wide]] * 200))


def test_states_and_places_that_no_column_holds():
    assert refused("reply", changed(REPLY, STATES, [[0, 2**63, 1, 1]]))
    assert refused("reply", changed(REPLY, STATES, [[0, 1, 1, 2**63]]))
    assert refused("reply", changed(REPLY, GONE, [0, 2**63]))


@pytest.mark.parametrize(
    "content",
    [
        b"\x81\x80\x01",  # a map as a key
        b"\x81\xc7\x00\x05\x01",  # an unknown kind as a key
        b"\x91" * 100_000,  # deeper than any stack
        b"\xdd\xff\xff\xff\xff",  # four thousand million parts
        b"\xa2\xff\xff",  # a text that is no UTF-8
        b"\xc1",
        b"",
    ],
)
def test_messagepack_that_cannot_be(content):
    for target in ("sealed", "request", "reply"):
        assert refused(target, b"\0" + content)
    if content:
        assert refused("acknowledgements", content)


@pytest.mark.parametrize("part", [b"\x90", b"\x80", b"\xa0", b"\xcd\x02\x02", b"\xc0"])
def test_a_message_of_millions_of_parts_in_a_few_bytes(part):
    count = (limits.UNPACKED_BYTES_MAX - 100) // len(part)
    many = b"\xdd" + count.to_bytes(4, "big") + part * count
    body = b"\1" + deflate(many)
    assert len(body) < 100_000
    for target in ("request", "reply"):
        assert refused(target, body)
    for place, parts in ((PROGRESS, REQUEST), (VECTOR, REQUEST), (BLOCKS, REPLY), (GONE, REPLY)):
        target = "request" if parts is REQUEST else "reply"
        inside = [msgspec.msgpack.encode(one) for one in parts]
        inside[place] = many
        content = bytes([0x90 + len(parts)]) + b"".join(inside)
        assert refused(target, b"\1" + deflate(content))


def one_by_one(*columns):
    """Heads of acknowledgements: first sequence, count, and columns of width 0."""
    first_seq, count, *values = columns
    return pack_block(heads(first_seq, count) + b"".join(same(value) for value in values))


def test_the_plain_acknowledgement_is_read():
    assert not refused("acknowledgements", one_by_one(1, 1, 0, 1, 1, 0, 7))


@pytest.mark.parametrize(
    "parts",
    [
        (1, 2**62, 0, 1, 1, 0, 1),  # as many as that
        (0, 1, 0, 1, 1, 0, 1),
        (2**63 - 1, 1, 0, 1, 1, 0, 1),
        (1, 1, 99, 1, 1, 0, 1),  # an unknown status
        (1, 1, 0, 2**40, 1, 0, 1),  # a rev that no column holds
        (1, 1, 0, 1, 1, 2**40, 1),  # a place that no column holds
        (1, 2, 0, 1, 1, 0, 1, 2**62),  # the sum of the steps
    ],
)
def test_acknowledgements_that_cannot_be(parts):
    assert refused("acknowledgements", one_by_one(*parts))


@pytest.mark.parametrize("digests", [b"x", bytes(15), bytes(5 * 2048)])
def test_buckets_that_cannot_be(digests):
    assert refused("request", changed(REQUEST, 15, [[1, digests]]))


def test_malformed_is_what_all_say():
    with pytest.raises(Malformed):
        wire.decode_request(ENTITIES, b"")
