"""A change: what one device did to one record. Its id, and the chain that binds all of them.

Every device numbers its changes 1, 2, 3 … without gaps. The id of a change is not sent: both
sides compute it from device, incarnation, sequence and the canonical bytes, so a retry is known
for what it is. `chain` binds a change to all before it: two tablets that share one identity (a
restored backup, a clone) part ways at the first change that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from sync.errors import LocalSyncError, Malformed
from sync.limits import REV_MAX, SET_ITEMS_MAX
from sync.spec import Entity, Value

CHAIN_START = bytes(8)
_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Ms = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_CONTENT = msgspec.msgpack.Decoder(
    tuple[
        Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[a-z_]+$")],
        _Number,
        Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)],
        Annotated[int, msgspec.Meta(ge=0, le=REV_MAX)],
        _Number,
        Annotated[list[tuple[_Number, Any]], msgspec.Meta(max_length=1_000)],
        tuple[_Ms, _Ms, _Ms, _Ms],
        _Number,
    ]
)


class Op(IntEnum):
    """What a change does to its record."""

    INSERT = 0
    PATCH = 1
    DELETE = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """When a change was captured, as the device's clocks had it.

    Args:
        wall_ms: the wall clock, Unix milliseconds; may be years wrong.
        mono_ms: milliseconds since the device started, sleep included.
        boot: the device's own count of its starts: `mono_ms` compares only within one.
        after_sync_ms: server time of the last exchange completed before; 0 for none.
    """

    wall_ms: int
    mono_ms: int
    boot: int
    after_sync_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One device's edit of one record, complete in itself.

    Args:
        seq: place among the device's changes, from 1, without gaps.
        group: seq of the first change of its group; a group is applied whole or not at all.
        entity: name of the entity.
        record_id: 16 bytes.
        base_rev: the record's rev that the author saw; 0 for an insert.
        base_era: the era of that rev.
        values: new values by field name; only fields that differ from the base.
        schema: the schema version of the app that captured it.
        born_inc, born_seq: incarnation and sequence at capture, when it was numbered anew later.
        verbatim: its canonical bytes, when they say more than is known here; `values` are then
            those known, and the server holds it until it knows the rest.
    """

    seq: int
    group: int
    op: Op
    entity: str
    record_id: bytes
    base_rev: int
    base_era: int
    values: Mapping[str, Value]
    at: Moment
    schema: int = 1
    born_inc: int = 0
    born_seq: int = 0
    verbatim: bytes = b""


def canonical(entity: Entity, change: Change) -> bytes:
    """Return the bytes that identify a change: its content by field numbers, before any lens."""
    if change.verbatim:
        return change.verbatim
    numbers = entity.number_by_name
    try:
        values = sorted((numbers[name], value) for name, value in change.values.items())
    except KeyError as unknown:
        raise LocalSyncError(f"{entity.name}: no field {unknown}") from unknown
    at = change.at
    return _ENCODER.encode(
        [
            change.entity,
            int(change.op),
            change.record_id,
            change.base_rev,
            change.base_era,
            values,
            [at.wall_ms, at.mono_ms, at.boot, at.after_sync_ms],
            change.schema,
        ]
    )


def from_canonical(entity: Entity, content: bytes, *, seq: int, group: int) -> Change:
    """Return the change whose canonical bytes these are.

    Raises:
        Malformed: they are not.
    """
    try:
        _, op, record_id, base_rev, base_era, values, at, schema = msgspec.msgpack.decode(content)
        return Change(
            seq=seq,
            group=group,
            op=Op(op),
            entity=entity.name,
            record_id=record_id,
            base_rev=base_rev,
            base_era=base_era,
            values={
                entity.fields[number].name: tuple(value) if isinstance(value, list) else value
                for number, value in values
            },
            at=Moment(*at),
            schema=schema,
        )
    except (ValueError, TypeError, IndexError, msgspec.DecodeError) as fault:
        raise Malformed(f"{entity.name}: not a change") from fault


def from_verbatim(
    entities: Mapping[str, Entity], content: bytes, *, seq: int, group: int
) -> Change:
    """Return the change whose canonical bytes came as they are, perhaps from a newer app.

    Raises:
        Malformed: they are no change of any version.
    """
    try:
        name, op, record_id, base_rev, base_era, values, at, schema = _CONTENT.decode(content)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError) as fault:
        raise Malformed("change: cannot be read") from fault
    if not all(_is_plain(value) for _, value in values):
        raise Malformed(f"{name}: a value that no field can have")
    entity = entities.get(name)
    if entity is not None and op in Op._value2member_map_:
        try:
            change = from_canonical(entity, content, seq=seq, group=group)
            if canonical(entity, change) == content:
                return change
        except Malformed:
            pass  # a field that is not known here
    known = {
        entity.fields[number].name: tuple(value) if isinstance(value, list) else value
        for number, value in values
        if entity is not None and number < len(entity.fields)
    }
    moment = Moment(*at)
    kind = Op(op) if op in Op._value2member_map_ else Op.PATCH
    return Change(
        seq=seq,
        group=group,
        op=kind,
        entity=name,
        record_id=record_id,
        base_rev=base_rev,
        base_era=base_era,
        values=known,
        at=moment,
        schema=schema,
        verbatim=content,
    )


def _is_plain(value: object) -> bool:
    """Whether a field of some version may hold a value: nothing nested, and no U+0000."""
    if isinstance(value, list):
        return len(value) <= SET_ITEMS_MAX and all(
            not isinstance(item, list) and _is_plain(item) for item in value
        )
    if isinstance(value, str):
        return "\0" not in value
    return value is None or isinstance(value, int | float | bytes)


def change_id(device_id: int, inc: int, seq: int, content: bytes) -> bytes:
    """Return the 16-byte id of a change from where it was captured and its canonical bytes."""
    where = _ENCODER.encode([device_id, inc, seq])
    return blake2b(where + content, digest_size=16).digest()


def link(chain: bytes, change: bytes) -> bytes:
    """Return the chain (8 bytes) after a change, from the chain before it and the change's id."""
    return blake2b(chain + change, digest_size=8).digest()


def groups(changes: Iterable[Change]) -> list[list[Change]]:
    """Cut changes, in order, into their groups."""
    cut: list[list[Change]] = []
    for change in changes:
        if cut and cut[-1][0].group == change.group:
            cut[-1].append(change)
        else:
            cut.append([change])
    return cut


def chunks(changes: Iterable[Change], most: int) -> Iterator[list[Change]]:
    """Cut changes, in order, into chunks of whole groups.

    Each has at most `most` changes, but at least one group.
    """
    taken: list[Change] = []
    for group in groups(changes):
        if taken and len(taken) + len(group) > most:
            yield taken
            taken = []
        taken += group
    if taken:
        yield taken


def whole_groups(changes: Sequence[Change], most: int) -> list[Change]:
    """Return the first chunk of `changes`."""
    return next(chunks(changes, most), [])
