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
from typing import Any

import msgspec

from sync import blocks, envelope
from sync.blocks import NO_REFS, Refs
from sync.changes import Change, Moment
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


class _Request(msgspec.Struct, array_like=True):
    protocol: int
    build: str
    schema: int
    epoch: bytes
    at: tuple[int, int, int, int]
    inc: int
    vector: list[int]
    pages: list[int]
    acknowledged_seq: int
    pending_count: int
    bytes_max: int
    push: tuple[int, bytes, list[tuple[int, bytes]]] | None = None


class _Reply(msgspec.Struct, array_like=True):
    outcome: int
    epoch: bytes
    server_ms: int
    last_seq: int
    stable_seq: int
    acknowledgements: bytes
    signature: bytes
    added: list[tuple[int, str]]
    dropped: list[int]
    states: list[tuple[int, int, int, int]]
    blocks: list[tuple[int, bool, bytes]]
    gone: list[int]
    pages: list[int]
    is_done: bool


class _Acknowledgements(msgspec.Struct, array_like=True):
    first_seq: int
    count: int
    statuses: list[int]
    revs: list[int]
    places: list[int]
    numbers: list[int]
    codes: dict[int, str]


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
        for number, data in parts:
            entity = _entity(self._entities, number)
            found += blocks.decode_changes(
                entity,
                data,
                first_seq,
                id_at=partial(id_at, number),
                refs=refs,
            )
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
    raw = _convert(envelope.open_sealed(body), _Request)
    vector = _pairs(raw.vector)
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
    raw = _convert(envelope.open_sealed(body), _Reply)
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
                blocks.decode_rows(entities[number], data, whole=is_whole, refs=refs),
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
            code = raw.codes.get(index, "")
            found.append(
                Acknowledgement(raw.first_seq + index, Status(status), rev, place, number, code)
            )
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as fault:
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


def _convert(parts: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(parts, kind)
    except (msgspec.ValidationError, ValueError, TypeError) as fault:
        raise Malformed(f"{kind.__name__.strip('_').lower()}: {fault}") from fault


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
