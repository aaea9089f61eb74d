"""Messages <-> bytes, for the entities of either side.

The envelope is small and row by row; records travel in columnar blocks (`sync.blocks`). Whatever
arrives is checked here: the rest of the program meets only messages that make sense.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from typing import Annotated, Any

import msgspec

from sync import blocks, envelope, limits
from sync.blocks import NO_REFS, Refs
from sync.changes import Change, Moment
from sync.columns import Allowance
from sync.errors import Malformed
from sync.messages import (
    Acknowledgement,
    Block,
    Outcome,
    Push,
    Reply,
    Request,
    ScopeState,
    Status,
)
from sync.spec import Entity

Pairs = list[tuple[int, int]]

# What both databases can hold. Lists are bounded too, before anything is allocated for them.
_Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Signed = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_Ms = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
_Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]
_Few = msgspec.Meta(max_length=limits.BLOCKS_PER_MESSAGE_MAX)
_Many = msgspec.Meta(max_length=limits.ROWS_PER_BLOCK_MAX)
_Numbers = Annotated[list[_Number], _Many]
_Column = Annotated[list[_Signed], _Many]


class _Request(msgspec.Struct, array_like=True):
    protocol: _Small
    build: _Text
    schema: _Small
    epoch: bytes
    at: tuple[_Ms, _Ms, _Ms, _Ms]
    inc: _Small
    vector: _Numbers
    pages: _Numbers
    acknowledged_seq: _Number
    pending_count: _Small
    bytes_max: _Number
    push: (
        tuple[
            Annotated[int, msgspec.Meta(ge=1, le=2**62)],
            bytes,
            Annotated[list[tuple[_Small, bytes]], _Few],
        ]
        | None
    ) = None


class _Reply(msgspec.Struct, array_like=True):
    outcome: _Small
    epoch: bytes
    server_ms: _Ms
    last_seq: _Number
    stable_seq: _Number
    acknowledgements: bytes
    signature: bytes
    added: Annotated[list[tuple[_Small, _Text]], _Many]
    dropped: _Numbers
    states: Annotated[list[tuple[_Small, _Number, _Number, _Number]], _Many]
    blocks: Annotated[list[tuple[_Small, bool, bytes]], _Few]
    gone: _Numbers
    pages: _Numbers
    is_done: bool


class _Acknowledgements(msgspec.Struct, array_like=True):
    first_seq: _Number
    count: _Number
    statuses: _Column
    revs: _Column
    places: _Column
    numbers: _Column
    codes: Annotated[dict[int, _Text], _Many]


_ACKNOWLEDGEMENTS = msgspec.msgpack.Decoder(_Acknowledgements)
_ENCODER = msgspec.msgpack.Encoder()


class Unread:
    """A request as it arrived: its push is read later, when rows can be looked up."""

    def __init__(self, entities: Sequence[Entity], request: Request, raw: Any) -> None:
        """Keep what is needed to read the push."""
        self.request = request
        self._entities = entities
        self._raw = raw

    @property
    def has_push(self) -> bool:
        """Whether changes came along."""
        return self._raw is not None

    def push(self, id_at: Callable[[int, int, int], bytes | None], refs: Refs = NO_REFS) -> Push:
        """Return the changes.

        Args:
            id_at: (entity number, place, row number) -> record id, or None if there is no such row.

        Raises:
            Malformed: the push contradicts itself.
            UnresolvedNumber: a row number that `id_at` does not know.
        """
        first_seq, chain, parts = self._raw
        found: list[Change] = []
        allowance = Allowance()
        for number, data in parts:
            entity = _entity(self._entities, number)
            found += blocks.decode_changes(
                entity,
                data,
                first_seq,
                id_at=partial(id_at, number),
                refs=refs,
                allowance=allowance,
            )
            if len(found) > limits.CHANGES_PER_PUSH_MAX:
                raise Malformed(f"push: {len(found)} changes")
        found.sort(key=lambda change: change.seq)
        if [change.seq for change in found] != list(range(first_seq, first_seq + len(found))):
            raise Malformed("push: its sequences have gaps or repeats")
        for before, after in pairwise(found):
            if after.group not in (before.group, after.seq):
                raise Malformed("push: groups overlap")
        if found and found[0].group != first_seq:
            raise Malformed("push: begins inside a group")
        return Push(first_seq, chain, found)


def encode_request(
    entities: Sequence[Entity],
    request: Request,
    *,
    place_of: Callable[[int, bytes], tuple[int, int] | None] = lambda _number, _id: None,
    refs: Refs = NO_REFS,
) -> bytes:
    """Return a request's bytes.

    Args:
        place_of: (entity number, record id) -> (place, row number) of a row that the server
            surely knows by that number; None lets the id travel.
    """
    push = None
    if request.push is not None:
        by_entity: dict[int, list[Change]] = defaultdict(list)
        numbers = {entity.name: number for number, entity in enumerate(entities)}
        for change in request.push.changes:
            by_entity[numbers[change.entity]].append(change)
        parts = [
            (
                number,
                blocks.encode_changes(
                    entities[number],
                    changes,
                    request.push.first_seq,
                    place_of=partial(place_of, number),
                    refs=refs,
                ),
            )
            for number, changes in sorted(by_entity.items())
        ]
        push = (request.push.first_seq, request.push.chain, parts)
    at = request.at
    return envelope.seal(
        _Request(
            request.protocol,
            request.build,
            request.schema,
            request.epoch,
            (at.wall_ms, at.mono_ms, at.boot, at.after_sync_ms),
            request.inc,
            _flat(request.vector),
            _flat(request.pages),
            request.acknowledged_seq,
            request.pending_count,
            request.bytes_max,
            push,
        )
    )


def decode_request(entities: Sequence[Entity], body: bytes) -> Unread:
    """Return the request in `body`. Raises Malformed."""
    raw = envelope.open_sealed(body, _Request)
    vector = _pairs(raw.vector)
    if any(number > _SCOPE_MAX for number, _ in vector):
        raise Malformed("request: no scope has such a number")
    if len({number for number, _ in vector}) != len(vector):
        raise Malformed("request: a scope stands twice in the vector")
    if raw.push is not None and len(raw.push[1]) != len(bytes(8)):
        raise Malformed("request: a chain has 8 bytes")
    request = Request(
        raw.protocol,
        raw.build[:40],
        raw.schema,
        raw.epoch,
        Moment(*raw.at),
        raw.inc,
        vector,
        _pairs(raw.pages),
        raw.acknowledged_seq,
        raw.pending_count,
        raw.bytes_max,
    )
    return Unread(entities, request, raw.push)


def encode_reply(
    entities: Sequence[Entity], reply: Reply, *, refs: Refs = NO_REFS, peer_schema: int
) -> bytes:
    """Return a reply's bytes, with the fields that a peer of `peer_schema` knows."""
    numbers = {entity.name: number for number, entity in enumerate(entities)}
    return envelope.seal(
        _Reply(
            int(reply.outcome),
            reply.epoch,
            reply.server_ms,
            reply.last_seq,
            reply.stable_seq,
            encode_acknowledgements(reply.acknowledgements),
            reply.signature,
            list(reply.added),
            list(reply.dropped),
            [(one.place, one.head, one.record_count, one.digest) for one in reply.states],
            [
                (
                    numbers[block.entity],
                    block.is_whole,
                    blocks.encode_rows(
                        entities[numbers[block.entity]],
                        block.rows,
                        whole=block.is_whole,
                        refs=refs,
                        peer_schema=peer_schema,
                    ),
                )
                for block in reply.blocks
            ],
            _flat(reply.gone),
            _flat(reply.pages),
            reply.is_done,
        )
    )


def decode_reply(entities: Sequence[Entity], body: bytes, *, refs: Refs = NO_REFS) -> Reply:
    """Return the reply in `body`, without blocks of entities unknown here. Raises Malformed."""
    raw = envelope.open_sealed(body, _Reply)
    allowance = Allowance()
    try:
        outcome = Outcome(raw.outcome)
    except ValueError as unknown:
        raise Malformed(f"reply: unknown outcome {raw.outcome}") from unknown
    return Reply(
        outcome,
        raw.epoch,
        raw.server_ms,
        raw.last_seq,
        raw.stable_seq,
        decode_acknowledgements(raw.acknowledgements),
        raw.signature,
        raw.added,
        raw.dropped,
        [ScopeState(*parts) for parts in raw.states],
        [
            Block(
                entities[number].name,
                is_whole,
                blocks.decode_rows(
                    entities[number], data, whole=is_whole, refs=refs, allowance=allowance
                ),
            )
            for number, is_whole, data in raw.blocks
            if number < len(entities)
        ],
        _pairs(raw.gone),
        _pairs(raw.pages),
        raw.is_done,
    )


def encode_acknowledgements(acknowledgements: Sequence[Acknowledgement]) -> bytes:
    """Return the columns of acknowledgements, consecutive by sequence; empty for none."""
    if not acknowledgements:
        return b""
    first = acknowledgements[0].seq
    last_number: dict[int, int] = {}
    numbers = []
    for one in acknowledgements:
        numbers.append(one.number - last_number.get(one.place, 0))
        last_number[one.place] = one.number
    return _ENCODER.encode(
        _Acknowledgements(
            first,
            len(acknowledgements),
            _folded([int(one.status) for one in acknowledgements]),
            _folded([one.rev for one in acknowledgements]),
            _folded([one.place for one in acknowledgements]),
            _folded(numbers),
            {one.seq - first: one.code for one in acknowledgements if one.code},
        )
    )


def decode_acknowledgements(data: bytes) -> list[Acknowledgement]:
    """Return what `encode_acknowledgements` packed. Raises Malformed."""
    if not data:
        return []
    try:
        raw = _ACKNOWLEDGEMENTS.decode(data)
        count = raw.count
        columns = [
            _unfolded(column, count) for column in (raw.statuses, raw.revs, raw.places, raw.numbers)
        ]
        last_number: dict[int, int] = {}
        found = []
        for index, (status, rev, place, step) in enumerate(zip(*columns, strict=True)):
            last_number[place] = number = last_number.get(place, 0) + step
            if not 0 <= number < 1 << 63:
                raise Malformed(f"acknowledgements: no row {number}")
            code = raw.codes.get(index, "")
            found.append(
                Acknowledgement(raw.first_seq + index, Status(status), rev, place, number, code)
            )
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as fault:
        raise Malformed("acknowledgements: cannot be read") from fault
    return found


def signed_content(
    device_id: int,
    inc: int,
    last_seq: int,
    chain: bytes,
    columns: bytes,
    epoch: bytes,
    server_ms: int,
) -> bytes:
    """Return what the server signs: who, up to which change, and what was said of each."""
    return b"ack1" + _ENCODER.encode(
        [
            device_id,
            inc,
            last_seq,
            chain,
            blake2b(columns, digest_size=32).digest(),
            epoch,
            server_ms,
        ]
    )


def _entity(entities: Sequence[Entity], number: int) -> Entity:
    if not 0 <= number < len(entities):
        raise Malformed(f"push: no entity {number}")
    return entities[number]


def _flat(pairs: Sequence[tuple[int, int]]) -> list[int]:
    return [part for pair in pairs for part in pair]


def _pairs(flat: Sequence[int]) -> Pairs:
    if len(flat) % 2:
        raise Malformed("message: a pair lacks its second")
    return list(zip(flat[::2], flat[1::2], strict=True))


_FOLDED_MAX = 65_536
_SCOPE_MAX = 2**31 - 1


def _folded(column: list[int]) -> list[int]:
    return column[:1] if len(set(column)) == 1 else column


def _unfolded(column: list[int], count: int) -> list[int]:
    if not 0 < count <= _FOLDED_MAX:
        raise Malformed(f"acknowledgements: {count} of them")
    if len(column) == 1:
        return column * count
    if len(column) != count:
        raise Malformed("acknowledgements: columns of different length")
    return column
