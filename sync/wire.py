"""Messages <-> bytes, for the entities of either side.

The envelope is small and row by row; records travel in columnar blocks (`sync.blocks`). Whatever
arrives is checked here: the rest of the program meets only messages that make sense.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import astuple
from functools import partial
from typing import Annotated, Any

import msgspec

from sync import blocks, envelope, limits
from sync.acknowledgements import decode_acknowledgements, encode_acknowledgements
from sync.allowance import Allowance
from sync.changes import Change, Moment, canonical
from sync.errors import Malformed
from sync.message_blocks import decode_blocks, decode_snapshot, pack_together
from sync.messages import (
    App,
    Block,
    Buckets,
    Condition,
    End,
    Outcome,
    Progress,
    Proof,
    Push,
    Repair,
    Reply,
    Request,
    ScopeChanges,
    ScopeState,
    Snapshot,
    Upload,
)
from sync.number_lists import (
    flatten,
    pack_digests,
    pack_numbers,
    pack_pairs,
    pairs_of,
    unpack_digests,
    unpack_numbers,
    unpack_pairs,
)
from sync.refs import NO_REFS, Numbering, Resolving
from sync.spec import Entity
from sync.unread import Unread

CHAIN_BYTES = 8
# What both databases can hold. Lists are bounded too, before anything is allocated for them.
_Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_First = Annotated[int, msgspec.Meta(ge=1, le=2**62)]
_Ms = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
_Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]
_Few = msgspec.Meta(max_length=limits.BLOCKS_PER_MESSAGE_MAX)
_Many = msgspec.Meta(max_length=limits.ROWS_PER_BLOCK_MAX)
_Numbers = Annotated[list[_Number], _Many]
_Hash = Annotated[bytes, msgspec.Meta(max_length=8)]
_Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
_Asked = msgspec.Meta(max_length=limits.UPLOADS_ASKED_MAX)


class _Condition(msgspec.Struct, array_like=True):
    """As `messages.Condition`; of the battery and of what waits -1 for nothing."""

    battery: Annotated[int, msgspec.Meta(ge=-1, le=100)]
    is_charging: bool
    free_mb: _Small
    app_mb: _Small
    photos_waiting: _Small = 0
    photos_mb: _Small = 0
    unsent_minutes: Annotated[int, msgspec.Meta(ge=-1, le=2**31 - 1)] = -1


# What follows is the order on the wire. A field is added at the end, with a default: an older peer
# passes over what comes after what it knows, and a newer one reads what an older left out.
class _Request(msgspec.Struct, array_like=True):
    protocol: _Small
    build: _Text
    schema: _Small
    epoch: _Hash
    at: tuple[_Ms, _Ms, _Ms, _Ms]
    inc: _Small
    state: _Hash
    acknowledged_seq: _Number
    bytes_max: _Number
    pending_count: _Small = 0
    push: tuple[_First, bytes, Annotated[list[tuple[_Small, bytes]], _Few], bytes] | None = None
    sent: tuple[_First, bytes] | None = None
    progress: _Numbers = []
    vector: _Numbers | None = None
    wants_states: bool = False
    buckets: Annotated[list[tuple[_Small, bytes]], _Few] = []
    proof: tuple[_Small, _First, bytes, bytes, _Ms, bytes] | None = None
    uploads: Annotated[list[_Id], _Asked] = []
    # The push's changes as captured: (sequence after the first, after its group's, born, content).
    verbatim: Annotated[
        list[tuple[_Small, _Small, _Small, _Number, bytes]],
        msgspec.Meta(max_length=limits.CHANGES_PER_PUSH_MAX),
    ] = []
    contents: Annotated[list[_Small], _Asked] = []
    in_steps: bool = False
    condition: _Condition | None = None


class _Reply(msgspec.Struct, array_like=True):
    outcome: _Small
    server_ms: _Ms
    epoch: _Hash = b""
    state: _Hash = b""
    last_seq: _Number = 0
    stable_seq: _Number = 0
    acknowledgements: bytes = b""
    signature: bytes = b""
    blocks: Annotated[list[tuple[_Small, bool, bytes]], _Few] = []
    texts: bytes = b""
    heads: bytes = b""
    gone: _Numbers = []
    is_done: bool = True
    added: Annotated[list[tuple[_Small, _Text]], _Many] = []
    dropped: _Numbers = []
    restarted: _Numbers = []
    progress: _Numbers = []
    reconcile: _Numbers = []
    repairs: Annotated[list[tuple[_Small, _Small, bytes]], _Few] = []
    states: Annotated[list[tuple[_Small, _Number, _Number, _Number]], _Many] = []
    snapshots: Annotated[list[tuple[_Small, _Number, _Small, bytes]], _Few] = []
    inc: _Small = 0
    uploads: Annotated[list[tuple[_Id, _Number, bool] | None], _Asked] = []
    contents: Annotated[list[tuple[_Small, _Number]], _Asked] = []
    later: Annotated[list[tuple[_Small, _Text]], _Many] = []


_ENCODER = msgspec.msgpack.Encoder()


def encode_request(
    entities: Sequence[Entity],
    request: Request,
    *,
    place_of: Callable[[int, bytes], tuple[int, int] | None] = lambda _number, _id: None,
    refs: Numbering = NO_REFS,
    is_verbatim: bool = False,
) -> bytes:
    """Return a request's bytes.

    Args:
        is_verbatim: send changes as they were captured, to a server that knows less.
        place_of: (entity number, record id) -> (place, row number) of a row that the server
            surely knows by that number; None lets the id travel.
    """
    push: Any = None
    verbatim: list[tuple[int, int, int, int, bytes]] = []
    if request.push is not None and is_verbatim:
        # The columns stay empty: their place is taken by the changes, byte for byte as captured.
        push = (request.push.first_seq, request.push.chain, [], b"")
        verbatim = _as_captured(entities, request.push)
    elif request.push is not None:
        parts, texts = _in_columns(entities, request.push, place_of, refs)
        push = (request.push.first_seq, request.push.chain, parts, texts)
    at = request.at
    return envelope.seal(
        _Request(
            protocol=request.app.protocol,
            build=request.app.build,
            schema=request.app.schema,
            epoch=request.epoch,
            at=(at.wall_ms, at.mono_ms, at.boot, at.after_sync_ms),
            inc=request.inc,
            state=request.state,
            acknowledged_seq=request.acknowledged_seq,
            bytes_max=request.bytes_max,
            pending_count=request.pending_count,
            push=push,
            sent=request.sent,
            progress=[
                part
                for progress in request.progress
                for part in (progress.scope_id, progress.base, progress.page)
            ],
            vector=None if request.vector is None else flatten(request.vector),
            wants_states=request.wants_states,
            buckets=[(held.scope_id, pack_digests(held.digests)) for held in request.buckets],
            proof=None if request.proof is None else astuple(request.proof),
            uploads=list(request.uploads),
            verbatim=verbatim,
            contents=list(request.contents),
            in_steps=request.in_steps,
            condition=_condition_sent(request.condition),
        )
    )


def _condition_sent(condition: Condition | None) -> _Condition | None:
    if condition is None:
        return None
    battery, unsent = condition.battery_percent, condition.unsent_minutes
    return _Condition(
        battery=-1 if battery is None else battery,
        is_charging=condition.is_charging,
        free_mb=condition.free_mb,
        app_mb=condition.app_mb,
        photos_waiting=condition.photos_waiting,
        photos_mb=condition.photos_mb,
        unsent_minutes=-1 if unsent is None else unsent,
    )


def _condition_of(raw: _Condition | None) -> Condition | None:
    if raw is None:
        return None
    return Condition(
        battery_percent=None if raw.battery < 0 else raw.battery,
        is_charging=raw.is_charging,
        free_mb=raw.free_mb,
        app_mb=raw.app_mb,
        photos_waiting=raw.photos_waiting,
        photos_mb=raw.photos_mb,
        unsent_minutes=None if raw.unsent_minutes < 0 else raw.unsent_minutes,
    )


def _as_captured(entities: Sequence[Entity], push: Push) -> list[tuple[int, int, int, int, bytes]]:
    """Return changes as they were captured, told apart by how far they are from others.

    Of a push from 40, the second change of a group that begins at 41 is (2, 1, …): 42, and 1 back.
    """
    by_name = {entity.name: entity for entity in entities}
    return [
        (
            change.seq - push.first_seq,
            change.seq - change.group,
            change.born_inc,
            change.born_seq,
            canonical(by_name[change.entity], change),
        )
        for change in push.changes
    ]


def _in_columns(
    entities: Sequence[Entity],
    push: Push,
    place_of: Callable[[int, bytes], tuple[int, int] | None],
    refs: Numbering,
) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return a block of changes for each entity, by its number, and the texts that they share."""
    by_entity: dict[int, list[Change]] = defaultdict(list)
    numbers = {entity.name: number for number, entity in enumerate(entities)}
    for change in push.changes:
        by_entity[numbers[change.entity]].append(change)
    packed, texts = pack_together(
        [
            partial(
                blocks.encode_changes,
                entities[number],
                changes,
                push.first_seq,
                place_of=partial(place_of, number),
                refs=refs,
            )
            for number, changes in sorted(by_entity.items())
        ]
    )
    return list(zip(sorted(by_entity), packed, strict=True)), texts


def decode_request(entities: Sequence[Entity], body: bytes) -> Unread:
    """Return the request in `body`. Raises Malformed."""
    raw = envelope.open_sealed(body, _Request)
    vector = None if raw.vector is None else pairs_of(raw.vector)
    if any(number > limits.SCOPE_NUMBER_MAX for number, _ in vector or ()):
        raise Malformed("request: no scope has such a number")
    if vector is not None and [scope_id for scope_id, _ in vector] != sorted(
        {scope_id for scope_id, _ in vector}
    ):
        raise Malformed("request: the vector is not sorted")
    if any(stated is not None and len(stated[1]) != CHAIN_BYTES for stated in (raw.push, raw.sent)):
        raise Malformed("request: a chain has 8 bytes")
    if len(raw.progress) % 3 or max(raw.progress[::3], default=0) > limits.SCOPE_NUMBER_MAX:
        raise Malformed("request: progress comes in threes")
    parts = iter(raw.progress)
    request = Request(
        app=App(protocol=raw.protocol, build=raw.build[:40], schema=raw.schema),
        epoch=raw.epoch,
        at=Moment(*raw.at),
        inc=raw.inc,
        state=raw.state,
        acknowledged_seq=raw.acknowledged_seq,
        pending_count=raw.pending_count,
        bytes_max=raw.bytes_max,
        push=None,
        sent=raw.sent,
        progress=[
            Progress(scope_id=scope_id, base=base, page=page)
            for scope_id, base, page in zip(parts, parts, parts, strict=True)
        ],
        vector=vector,
        wants_states=raw.wants_states,
        buckets=[
            Buckets(scope_id=scope_id, digests=unpack_digests(packed))
            for scope_id, packed in raw.buckets
        ],
        proof=Proof.of(raw.proof) if raw.proof else None,
        uploads=raw.uploads,
        contents=raw.contents,
        in_steps=raw.in_steps,
        condition=_condition_of(raw.condition),
    )
    if raw.verbatim and raw.push is None:
        raise Malformed("request: changes without a push")
    return Unread(entities, request, raw.push, raw.verbatim)


def encode_reply(
    entities: Sequence[Entity], reply: Reply, *, refs: Numbering = NO_REFS, peer_schema: int
) -> bytes:
    """Return a reply's bytes, with the fields that a peer of `peer_schema` knows."""
    numbers = {entity.name: number for number, entity in enumerate(entities)}
    packed, texts = _rows_packed(entities, reply, refs, peer_schema)
    return envelope.seal(
        _Reply(
            outcome=int(reply.outcome),
            server_ms=reply.server_ms,
            epoch=reply.epoch,
            state=reply.end.state,
            last_seq=reply.last_seq,
            stable_seq=reply.stable_seq,
            acknowledgements=encode_acknowledgements(reply.acknowledgements),
            signature=reply.signature,
            blocks=[
                (numbers[block.entity], block.is_whole, data)
                for block, data in zip(reply.blocks, packed, strict=True)
            ],
            texts=texts,
            heads=pack_pairs(reply.end.heads),
            gone=flatten(reply.gone),
            is_done=reply.is_done,
            added=list(reply.scopes.added),
            dropped=list(reply.scopes.dropped),
            restarted=list(reply.scopes.restarted),
            progress=flatten(reply.progress),
            reconcile=list(reply.scopes.reconcile),
            repairs=[
                (repair.place, repair.bucket_count, pack_numbers(repair.buckets))
                for repair in reply.repairs
            ],
            states=[
                (scope.place, scope.head, scope.record_count, scope.digest)
                for scope in reply.end.states
            ],
            snapshots=[
                (snapshot.place, snapshot.seq, snapshot.home, snapshot.content)
                for snapshot in reply.snapshots
            ],
            inc=reply.inc,
            uploads=[
                (upload.upload_id, upload.offset, upload.is_complete) if upload.upload_id else None
                for upload in reply.uploads
            ],
            contents=list(reply.end.contents),
            later=list(reply.scopes.later),
        )
    )


def _rows_packed(
    entities: Sequence[Entity], reply: Reply, refs: Numbering, peer_schema: int
) -> tuple[list[bytes], bytes]:
    """Return the bytes of each block, and the texts that they share."""
    by_name = {entity.name: entity for entity in entities}
    return pack_together(
        [
            partial(
                blocks.encode_rows,
                by_name[block.entity],
                block.rows,
                whole=block.is_whole,
                refs=refs,
                peer_schema=peer_schema,
            )
            for block in reply.blocks
        ]
    )


def decode_reply(
    entities: Sequence[Entity], body: bytes, *, refs: Resolving = NO_REFS, is_whole: bool = True
) -> Reply:
    """Return the reply in `body`; blocks of entities unknown here have ids, but no values.

    Args:
        is_whole: decode the blocks too; their bytes are not looked at otherwise.

    Raises:
        Malformed: it contradicts itself.
        UnresolvedNumber: it refers to a row by a number that `refs` does not know.
    """
    raw = envelope.open_sealed(body, _Reply)
    allowance = Allowance()
    try:
        outcome = Outcome(raw.outcome)
    except ValueError as unknown:
        raise Malformed(f"reply: unknown outcome {raw.outcome}") from unknown
    snapshots = [
        Snapshot(place=place, seq=seq, home=home, content=content)
        for place, seq, home, content in raw.snapshots
    ]
    rows: list[Block] = []
    if is_whole:
        allowance.share(raw.texts)
        for snapshot in snapshots:
            rows += decode_snapshot(entities, snapshot, allowance)
        rows += decode_blocks(entities, raw.blocks, refs, allowance)
    return Reply(
        outcome=outcome,
        epoch=raw.epoch,
        server_ms=raw.server_ms,
        last_seq=raw.last_seq,
        stable_seq=raw.stable_seq,
        acknowledgements=decode_acknowledgements(raw.acknowledgements),
        signature=raw.signature,
        scopes=_scopes(raw),
        repairs=[
            Repair(place=place, bucket_count=count, buckets=unpack_numbers(packed))
            for place, count, packed in raw.repairs
        ],
        blocks=rows,
        gone=pairs_of(raw.gone),
        progress=pairs_of(raw.progress),
        snapshots=snapshots,
        end=_end(raw),
        is_done=raw.is_done,
        inc=raw.inc,
        uploads=[_upload(parts) for parts in raw.uploads],
    )


def _scopes(raw: _Reply) -> ScopeChanges:
    return ScopeChanges(
        added=raw.added,
        dropped=raw.dropped,
        restarted=raw.restarted,
        reconcile=raw.reconcile,
        later=raw.later,
    )


def _end(raw: _Reply) -> End:
    return End(
        heads=unpack_pairs(raw.heads),
        state=raw.state,
        states=[
            ScopeState(place=place, head=head, record_count=record_count, digest=digest)
            for place, head, record_count, digest in raw.states
        ],
        contents=raw.contents,
    )


def _upload(parts: tuple[bytes, int, bool] | None) -> Upload:
    upload_id, offset, is_complete = parts or (b"", 0, False)
    return Upload(upload_id=upload_id, offset=offset, is_complete=is_complete)
