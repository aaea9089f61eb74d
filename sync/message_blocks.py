"""The blocks of a message, which share their texts where that is smaller, and prepared snapshots.

A snapshot is made once and sent to many, so its rows are at place 0 and refer to one home scope; a
message says which places these are for its reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, cast

import msgspec

from sync import blocks, limits
from sync.allowance import Allowance, pack_texts
from sync.errors import Malformed
from sync.messages import (
    Block,
    Snapshot,
)
from sync.refs import NO_REFS, RESOLVED_LATER, Numbering, Resolving, ShortRef
from sync.rows import Row
from sync.spec import Entity, Scope, ScopeKind, Value, key

_NEWER = Entity("", Scope(ScopeKind.GENERAL), (key(),))
"""What stands for an entity unknown here: all but the ids is read over."""
_Parts = Annotated[
    list[tuple[Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)], bytes]],
    msgspec.Meta(max_length=limits.BLOCKS_PER_MESSAGE_MAX),
]
"""Of a snapshot: entity's number and block."""
_SNAPSHOT = msgspec.msgpack.Decoder(_Parts)
_ENCODER = msgspec.msgpack.Encoder()


def pack_together(encoders: Sequence[Callable[..., bytes]]) -> tuple[list[bytes], bytes]:
    """Return blocks and the texts they share, or each with its own: whichever is smaller."""
    apart = [encode() for encode in encoders]
    if len(apart) < 2:
        return apart, b""
    shared = bytearray()
    together = [encode(shared=shared) for encode in encoders]
    texts = pack_texts(shared) if shared else b""
    if sum(map(len, together)) + len(texts) < sum(map(len, apart)):
        return together, texts
    return apart, b""


def decode_blocks(
    entities: Sequence[Entity],
    parts: Sequence[tuple[int, bool, bytes]],
    refs: Resolving,
    allowance: Allowance,
) -> list[Block]:
    """Return the blocks of a reply; of entities unknown here their ids. Raises Malformed."""
    found = []
    for number, is_whole, data in parts:
        is_known = number < len(entities)
        entity = entities[number] if is_known else _NEWER
        seen = refs if is_known else RESOLVED_LATER
        rows = blocks.decode_rows(entity, data, whole=is_whole, refs=seen, allowance=allowance)
        found.append(
            Block(
                entity=entity.name, is_whole=is_whole, rows=rows, number=-1 if is_known else number
            )
        )
    return found


def encode_snapshot(
    entities: Sequence[Entity], found: Sequence[Block], refs: Numbering = NO_REFS
) -> bytes:
    """Return one scope's records, every row at place 0; `refs` numbers rows of its home scope."""
    numbers = {entity.name: number for number, entity in enumerate(entities)}
    return _ENCODER.encode(
        [
            (
                numbers[block.entity],
                blocks.encode_rows(
                    entities[numbers[block.entity]], block.rows, whole=True, refs=refs
                ),
            )
            for block in found
        ]
    )


def decode_snapshot(
    entities: Sequence[Entity], snapshot: Snapshot, allowance: Allowance
) -> list[Block]:
    """Return the blocks of a snapshot, its rows at their place. Raises Malformed."""
    try:
        parts = _SNAPSHOT.decode(snapshot.content)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as fault:
        raise Malformed("snapshot: cannot be read") from fault
    found = []
    for number, data in parts:
        is_known = number < len(entities)
        entity = entities[number] if is_known else _NEWER
        rows = blocks.decode_rows(
            entity, data, whole=True, refs=RESOLVED_LATER, allowance=allowance
        )
        placed = [_placed(row, snapshot) for row in rows]
        found.append(
            Block(entity=entity.name, is_whole=True, rows=placed, number=-1 if is_known else number)
        )
    return found


def _placed(row: Row, snapshot: Snapshot) -> Row:
    """Return a snapshot's row at its place, its references pointing to the home scope."""
    values = {
        name: cast("Value", ShortRef(snapshot.home, value.number))
        if isinstance(value, ShortRef)
        else value
        for name, value in row.values.items()
    }
    return replace(row, place=snapshot.place, values=values)
