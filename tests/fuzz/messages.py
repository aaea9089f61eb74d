"""What the fuzzer feeds: the decoders, valid messages as seeds, and how to break them.

An input is bytes; the first byte or two of an input for blocks name entity and kind, so that an
input stays an input whatever is done to it. Half of the mutations work on the bytes as they are,
half go inside: unpack, change one part, and pack again, so that the wrong thing arrives whole.
"""

from __future__ import annotations

import bz2
import random
import zlib
from dataclasses import replace
from typing import Any

from sync import blocks, changes, columns, envelope, wire
from sync.acknowledgements import decode_acknowledgements, encode_acknowledgements
from sync.changes import Change, Moment, Op
from sync.entities import ENTITIES
from sync.errors import Malformed
from sync.messages import (
    Acknowledgement,
    App,
    Block,
    Buckets,
    End,
    Outcome,
    Progress,
    Push,
    Repair,
    Reply,
    Request,
    ScopeChanges,
    ScopeState,
    Status,
    Upload,
)
from sync.packed import put_varint
from sync.rows import Row
from tests.few_values import few_values

NUMBERS = [0, 1, 2, 127, 128, 255, 512, 65_535, 65_536, 2**31, 2**32, 2**40]
NUMBERS += [2**62, 2**63 - 1, 2**63, 2**64 - 1]


# What is fed


def read_rows(data):
    entity = ENTITIES[data[0] % len(ENTITIES)]
    return blocks.decode_rows(entity, data[2:], whole=data[1] % 2 == 1)


def read_changes(data):
    entity = ENTITIES[data[0] % len(ENTITIES)]
    found = blocks.decode_changes(entity, data[2:], 10, id_at=row_at)
    for change in found:
        changes.canonical(entity, change)
    return found


def read_columns(data):
    """The first bytes, up to a 0xff, say which columns are read."""
    script, _, body = data.partition(b"\xff")
    reader = columns.Reader(body)
    found = []
    for step in script[:20]:
        what, count = step % 6, (step // 6) ** 3
        if what == 0:
            found.append(reader.varint())
        elif what == 1:
            found.append(reader.numbers(count))
        elif what == 2:
            found.append(reader.numbers(count, range(count)))
        elif what == 3:
            found.append(reader.texts(count))
        elif what == 4:
            found.append(reader.ids(count))
        else:
            found.append(reader.raw_ids(count))
    return found


def read_request(data):
    unread = wire.decode_request(ENTITIES, data)
    if not unread.has_push:
        return unread.request
    push = unread.push(lambda _entity, place, number: row_at(place, number))
    for change in push.changes:
        entity = next(one for one in ENTITIES if one.name == change.entity)
        content = changes.canonical(entity, change)
        changes.change_id(1, change.born_inc, change.born_seq, content)
    return push


def read_reply(data):
    return wire.decode_reply(ENTITIES, data)


def row_at(place, number):
    """Rows 0 to 99 of places 0 to 4 are known."""
    return bytes(16) if 0 <= place < 5 and 0 <= number < 100 else None


TARGETS = {
    "rows": read_rows,
    "changes": read_changes,
    "columns": read_columns,
    "request": read_request,
    "reply": read_reply,
    "acknowledgements": decode_acknowledgements,
    "sealed": lambda data: envelope.open_sealed(data, Any),
}


# Valid messages


def seeds():
    """Return [(target, bytes)]: a few messages of every kind, from the encoders."""
    # Long: one of each message, with each of its fields.
    rng = random.Random(1)
    found = []
    rows_by_entity, changes_by_entity = {}, {}
    for number, entity in enumerate(ENTITIES):
        rows = rows_by_entity[entity.name] = [_row(entity, at, rng) for at in range(5)]
        made = changes_by_entity[entity.name] = [_change(entity, at, rng) for at in range(5)]
        for whole in (False, True):
            data = blocks.encode_rows(entity, rows, whole=whole)
            found.append(("rows", bytes([number, whole]) + data))
        data = blocks.encode_changes(entity, made, 10, place_of=lambda _id: (1, 7))
        found.append(("changes", bytes([number, 0]) + data))
    writer = columns.Writer()
    writer.varint(7)
    writer.numbers([1, 5, 9, 13, 17, 21, 25, 29])
    writer.numbers([2**40 + 3 * n for n in range(8)], range(8))
    writer.numbers([2**40 + 3 * n + n % 2 for n in range(8)], range(8))
    writer.texts(["a", "b", "مرحبا", "", "c", "d", "e", "f"])
    writer.texts(["a", "b"] * 4)
    writer.ids([bytes(16), b"x" * 16] * 4)
    writer.raw_ids([b"y" * 16] * 8)
    eight = 2 * 6
    script = bytes([0, *(kind + eight for kind in (1, 2, 2, 3, 3, 4, 5))])
    found.append(("columns", script + b"\xff" + writer.body()))
    every = [change for made in changes_by_entity.values() for change in made]
    every = [replace(change, seq=10 + at, group=10 + at) for at, change in enumerate(every)]
    for part in ([], every[:4], every):
        request = Request(
            app=App(protocol=1, build="build", schema=1),
            epoch=b"epochepo",
            at=Moment(1_795_500_000_000, 9, 1, 0),
            inc=1,
            state=bytes(8),
            acknowledged_seq=9,
            pending_count=len(part),
            bytes_max=131_072,
            push=Push(first_seq=10, chain=bytes(8), changes=part) if part else None,
            sent=None if part else (12, bytes(8)),
            progress=[Progress(scope_id=1, base=0, page=12)],
            vector=[(1, 20), (5, 0)],
            wants_states=not part,
            buckets=[Buckets(scope_id=5, digests=[1] * 16)],
            proof=None,
            uploads=[bytes(16)],
        )
        found.append(("request", wire.encode_request(ENTITIES, request)))
        found.append(("request", wire.encode_request(ENTITIES, request, is_verbatim=True)))
    said = [
        Acknowledgement(seq=10, status=Status.OK, rev=1, place=0, number=7),
        Acknowledgement(seq=11, status=Status.HELD, rev=0, place=-1, number=0, code="not_allowed"),
        Acknowledgement(seq=12, status=Status.CONFLICT, rev=3, place=1, number=4),
    ]
    found += [
        ("acknowledgements", encode_acknowledgements(part)) for part in ([], said, said[:1] * 3)
    ]
    kinds = [
        Block(entity=entity.name, is_whole=whole, rows=rows_by_entity[entity.name])
        for entity in ENTITIES
        for whole in (True, False)
    ]
    for part in ([], kinds[6:8], kinds):
        reply = Reply(
            outcome=Outcome.DONE,
            epoch=b"epochepo",
            server_ms=1_795_500_000_000,
            last_seq=12,
            stable_seq=12,
            acknowledgements=said if part else (),
            signature=bytes(64),
            scopes=ScopeChanges(
                added=[(7, "t/09.541.01.03/core")], dropped=[1], restarted=[0], reconcile=[2]
            ),
            repairs=[Repair(place=0, bucket_count=16, buckets=[3, 7])],
            blocks=part,
            gone=[(0, 3)],
            progress=[(0, 12)],
            end=End(
                heads=[(0, 40), (2, 7)],
                state=bytes(8),
                states=[ScopeState(place=0, head=40, record_count=5, digest=2**61)],
            ),
            is_done=not part,
            uploads=[
                Upload(upload_id=bytes(16), offset=9, is_complete=not part),
                Upload(upload_id=b"", offset=0, is_complete=False),
            ],
        )
        found.append(("reply", wire.encode_reply(ENTITIES, reply, peer_schema=99)))
    found.append(("sealed", envelope.seal([1, "a", b"b", {"c": [None, True, 1.5, -7]}])))
    return found


def _row(entity, number, rng):
    values = _values(entity, rng, required=True)
    return Row(number % 2, number, 1, 7, values, rng.randbytes(16))


def _change(entity, number, rng):
    seq, moment = 10 + number, Moment(1_795_500_000_000 + number, number, 1, 0)
    values = _values(entity, rng, required=False)
    record_id = rng.randbytes(16)
    return Change(
        seq=seq,
        group=seq,
        op=Op(number % 3),
        entity=entity.name,
        record_id=record_id,
        base_rev=1,
        base_era=7,
        values=values,
        at=moment,
    )


def _values(entity, rng, *, required):
    values = {}
    for field in entity.fields[1:]:
        value = rng.choice(few_values(field))
        if rng.random() < 0.7 and not (required and value is None):
            values[field.name] = value
    return values


# Mutations


def mutate(target, data, other, rng):
    """Return `data` broken in one to three ways; `other` is another input of the target."""
    for _ in range(rng.randint(1, 3)):
        inside = INSIDE.get(target)
        if inside is not None and rng.random() < 0.6:
            data = inside(data, rng)
        else:
            data = mutate_bytes(data, other, rng)
    return data[:200_000]


def mutate_bytes(data, other, rng):
    out = bytearray(data)
    at = rng.randint(0, len(out))
    size = rng.choice((1, 1, 2, 4, 16, 64))
    kind = rng.randrange(9)
    if kind == 0 and out:
        out[at % len(out)] ^= 1 << rng.randrange(8)
    elif kind == 1 and out:
        out[at % len(out)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + size]
    elif kind == 4:
        out[at:at] = out[at : at + size]
    elif kind == 5:
        out[at:at] = rng.randbytes(size)
    elif kind == 6:
        out[at:] = other[rng.randint(0, len(other)) :]
    elif kind == 7:
        out[at : at + 1] = varint(rng.choice(NUMBERS))
    else:
        out[at : at + 8] = rng.choice(NUMBERS).to_bytes(8, rng.choice(("big", "little")))
    return bytes(out)


def varint(value):
    out = bytearray()
    put_varint(out, value)
    return bytes(out)


def mutate_block(data, rng):
    """Break one of a block's five parts, and pack them again with the right sizes."""
    try:
        parts = list(unpack_block(data))
    except Malformed:
        return mutate_bytes(data, data, rng)
    place = rng.choice((0, 0, 0, 0, 1, 2, 2, 3, 4))
    parts[place] = mutate_bytes(parts[place], parts[place], rng)
    return pack_block(*parts, with_bz2=rng.random() < 0.3)


def unpack_block(data):
    """Return (heads, planes, texts, bits, ids)."""
    reader = columns.Reader(data)
    texts = "\0".join(reader._texts).encode()
    return reader._data, reader._planes, texts, reader._bits, reader._ids


def pack_block(heads=b"", planes=b"", texts=b"", bits=b"", ids=b"", *, with_bz2=False):
    """Return a block of these parts, whatever they say."""
    sizes = b"".join(varint(len(part)) for part in (heads, planes, texts, bits))
    if with_bz2:
        packed = [deflate(heads + planes), bz2.compress(texts)]
    else:
        packed = [deflate(heads + planes + texts)]
    packed_sizes = b"".join(varint(len(part)) for part in packed)
    return bytes([len(packed)]) + sizes + packed_sizes + b"".join(packed) + bits + ids


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _behind(head):
    def inside(data, rng):
        return data[:head] + mutate_block(data[head:], rng)

    return inside


def _columns_inside(data, rng):
    script, _, body = data.partition(b"\xff")
    return script + b"\xff" + mutate_block(body, rng)


def mutate_sealed(data, rng):
    """Break a message's parts, and seal it again."""
    try:
        parts = envelope.open_sealed(data, Any)
        return envelope.seal(mutate_tree(parts, rng))
    except (Malformed, TypeError, OverflowError, UnicodeEncodeError):
        return mutate_bytes(data, data, rng)


def mutate_tree(node, rng):
    """Return a node of a message with something in it changed."""
    if isinstance(node, list | tuple) and node and rng.random() < 0.85:
        out = list(node)
        at = rng.randrange(len(out))
        if rng.random() < 0.8:
            out[at] = mutate_tree(out[at], rng)
        else:
            rng.choice((lambda: out.pop(at), lambda: out.insert(at, out[at]), out.reverse))()
        return out
    if isinstance(node, bytes) and rng.random() < 0.8:
        if len(node) > 20 and rng.random() < 0.8:
            return mutate_block(node, rng)
        return mutate_bytes(node, node, rng)
    if isinstance(node, int) and rng.random() < 0.8:
        value = rng.choice([*NUMBERS, node + 1, node - 1])
        return value if rng.random() < 0.7 or value > 2**63 else -value
    if isinstance(node, str) and rng.random() < 0.5:
        return node + rng.choice(("\0", "x" * 100, "ع"))
    return rng.choice([None, True, 0, -1, 2**64 - 1, 0.5, "", "\0", b"", [], [[]], {}, {1: "a"}])


INSIDE = {
    "rows": _behind(2),
    "changes": _behind(2),
    "columns": _columns_inside,
    "request": mutate_sealed,
    "reply": mutate_sealed,
    "sealed": mutate_sealed,
    "acknowledgements": mutate_block,
}
