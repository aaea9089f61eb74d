"""What a device wrote itself: its acknowledgements, and what of a record need not go back to it.

A field is not sent back when its last writer is a change of this device
whose acknowledgement is in this reply and that was stored as it came: the acknowledgement says all.
A tablet sends change 8, a phone and a name. The phone is stored, the name lost against a later one.
The reply acknowledges 8, brings the name that is there, and no phone: 8 is known to be stored but
for what comes back. Had another tablet written the phone since, its change would be the last
writer, and the phone would come too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.records import Records, Stored
from sync import limits
from sync.changes import Op
from sync.merge import INSERT
from sync.messages import Acknowledgement, Status

_INTS = msgspec.msgpack.Decoder(list[int])


@dataclass(slots=True)
class Own:
    """What this device's acknowledged changes did to one record.

    `seqs` are theirs; `kept` and `back` are numbers of fields, those stored as they came and those
    whose values the device is sent. `inserted_at`: the place that the acknowledgement names.
    """

    rev: int = 0
    inserted_at: int = -1
    seqs: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    back: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Acknowledged:
    """The acknowledgements of a reply, the chain at the last, and what they did to each record.

    `by_record`: by the entity's number and the record's id.
    """

    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    chain: bytes = b""
    by_record: dict[tuple[int, bytes], Own] = field(default_factory=lambda: defaultdict(Own))


def acknowledged(
    records: Records, device: Any, place_of: Callable[[int], int], after_seq: int
) -> Acknowledged:
    """Return all acknowledgements after `after_seq`, and what they did.

    Args:
        place_of: scope number -> its place in the exchange, -1 if it has none.
    """
    due = Acknowledged()
    query = _due(records.tables.acknowledgement)
    wanted = {"device": device.id, "inc": device.inc, "after": after_seq}
    for row in records.connection.execute(query, wanted):
        place = place_of(row.scope_id) if row.scope_id else -1
        due.acknowledgements.append(
            Acknowledgement(
                seq=row.seq,
                status=Status(row.status),
                rev=row.rev,
                place=place,
                number=row.number if place >= 0 else 0,
                code=row.code,
            )
        )
        due.chain = bytes(row.chain)
        if row.status == Status.HELD:
            continue
        # A field that 8 set and that 9 lost goes back. One that 8 lost and 9 set does too, which
        # costs a few bytes and no more.
        mine = due.by_record[row.entity, row.record_id]
        mine.rev = row.rev
        if row.op == Op.INSERT:
            mine.inserted_at = place
        mine.seqs.add(row.seq)
        back = set(_INTS.decode(row.back))
        mine.kept |= set(_INTS.decode(row.fields))
        mine.kept -= back
        mine.back |= back
    return due


def is_own(record: Stored, number: int, own: Own, device: Any) -> bool:
    """Whether a field's last writer is a change of the device that this reply acknowledges."""
    last = record.writers.get(number, record.writers[INSERT])
    return (
        (last.device_id, last.inc) == (device.id, device.inc)
        and last.seq in own.seqs
        and number in own.kept
    )


@cache
def _due(table: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(table)
        .where(
            table.c.device_id == sa.bindparam("device"),
            table.c.inc == sa.bindparam("inc"),
            table.c.seq > sa.bindparam("after"),
        )
        .order_by(table.c.seq)
        .limit(limits.ROWS_PER_PAGE_MAX)
    )
