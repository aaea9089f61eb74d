"""Acknowledgements as columns, and what the server signs of them.

A device keeps them as they came, with the signature: they are the server's word that it has the
changes, and are shown to it should it ever lose them.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from sync import limits
from sync.columns import Reader, Writer
from sync.errors import Malformed
from sync.messages import (
    Acknowledgement,
    Status,
)

_ENCODER = msgspec.msgpack.Encoder()


def encode_acknowledgements(acknowledgements: Sequence[Acknowledgement]) -> bytes:
    """Return the columns of acknowledgements, consecutive by sequence; empty for none."""
    if not acknowledgements:
        return b""
    writer = Writer()
    writer.varint(acknowledgements[0].seq)
    writer.varint(len(acknowledgements))
    writer.numbers([int(change.status) for change in acknowledgements])
    writer.numbers([change.rev for change in acknowledgements])
    placed = [change for change in acknowledgements if change.place >= 0]
    writer.numbers([int(change.place >= 0) for change in acknowledgements])
    writer.numbers([change.place for change in placed])
    # Numbers of one scope are given one after the other: the steps are mostly 1.
    last: dict[int, int] = {}
    firsts, steps = [], []
    for change in placed:
        if change.place in last:
            steps.append(change.number - last[change.place])
        else:
            firsts.append(change.number)
        last[change.place] = change.number
    writer.numbers(firsts)
    writer.numbers(steps)
    writer.texts([change.code for change in acknowledgements if change.status is Status.HELD])
    return writer.body()


def decode_acknowledgements(data: bytes) -> list[Acknowledgement]:
    """Return what `encode_acknowledgements` packed. Raises Malformed."""
    if not data:
        return []
    reader = Reader(data)
    first_seq, count = reader.varint(), reader.count(reader.varint())
    statuses, revs = reader.numbers(count), reader.numbers(count)
    is_placed = reader.numbers(count)
    places = reader.numbers(sum(flag == 1 for flag in is_placed))
    firsts = iter(reader.numbers(len(set(places))))
    later = iter(reader.numbers(len(places) - len(set(places))))
    if any(not 0 <= status < len(Status) for status in statuses):
        raise Malformed("acknowledgements: an unknown status")
    if not 0 < first_seq <= 1 << 62 or any(not 0 <= rev <= limits.REV_MAX for rev in revs):
        raise Malformed("acknowledgements: numbers out of bounds")
    codes = iter(reader.texts(sum(status == Status.HELD for status in statuses)))
    last: dict[int, int] = {}
    at = iter(places)
    found = []
    for index, (status, rev) in enumerate(zip(statuses, revs, strict=True)):
        place, number = -1, 0
        if is_placed[index] == 1:
            place = next(at)
            number = last[place] + next(later) if place in last else next(firsts)
            last[place] = number
            if not (0 <= number < 1 << 62 and 0 <= place <= limits.SCOPE_NUMBER_MAX):
                raise Malformed(f"acknowledgements: no row {number}")
        code = next(codes) if status == Status.HELD else ""
        found.append(
            Acknowledgement(
                seq=first_seq + index,
                status=Status(status),
                rev=rev,
                place=place,
                number=number,
                code=code,
            )
        )
    return found


def time_content(nonce: bytes, server_ms: int) -> bytes:
    """Return what the server signs when it is asked for the time; the asker chose `nonce`."""
    return b"time1" + nonce + server_ms.to_bytes(8, "big")


def signed_content(
    *,
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
