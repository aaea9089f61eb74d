"""The slip of a day: what a tablet captured, without a name, to be compared with what has arrived.

It exists where there is no network: on the tablet's screen, or on paper. The square (a QR code)
lists the records and is signed; the code below it counts them and is sealed, short enough to be
read aloud by telephone. Both keys come of the one that server and tablet share since the enrolment.

The square's text is `NUQTA:DAY2:`, then in base 32 (`codes.ALPHABET`)

    device 4 bytes, day since 1970 2, minute when it was made 2, how many records 2,
    of at most `ITEMS_MAX` of them: entity 1, minute 2, the start of its id's digest 5;
    an Ed25519 signature, 64, over all of it

The code is five groups of four characters: three of data, 75 bits in all, and one that checks its
group, so that whoever misread is told where. The data: device 20 bits, day since 2026 13, how many
10, seal 32.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.errors import Refusal
from sync.rules import codes

ITEMS_MAX = 60
COUNT_MAX = 2**10 - 1
MARK = "NUQTA:DAY2:"
_HEAD, _ITEM = struct.Struct(">IHHH"), struct.Struct(">BH5s")
_SIGNATURE_BYTES, _DIGEST_BYTES = 64, 5
_GROUPS, _GROUP_CHARS, _GROUP_BITS, _CHECK = 5, 4, 15, 31
_DEVICE_BITS, _DAY_BITS, _COUNT_BITS, _SEAL_BITS = 20, 13, 10, 32
_FIRST_DAY = 20_454
"""1 January 2026, in days since 1970."""
_SQUARE_CHARS_MAX = 1_024


class SlipUnreadable(Refusal):
    """Neither the square nor the code of a day's slip."""

    code = "slip_unreadable"


class SlipGroupWrong(Refusal):
    """A character of one group of the code was misread; `group` counts from 1."""

    code = "slip_group_wrong"


class SlipForged(Refusal):
    """A slip that says something else than the tablet wrote."""

    code = "slip_forged"


@dataclass(frozen=True, slots=True)
class Item:
    """A record: its entity's number, the minute of the day, and `digest_of` its id."""

    entity: int
    minute: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says. `day` since 1970; `count` may be more than there are items.

    `proof` holds for `content` under the key of that device (`require_genuine`).
    """

    device_id: int
    day: int
    count: int
    minute: int | None = None
    items: tuple[Item, ...] = ()
    content: bytes = b""
    proof: bytes = b""


def digest_of(record_id: bytes) -> bytes:
    """Return what stands for a record's id on a slip, 5 bytes."""
    return blake2b(record_id, digest_size=_DIGEST_BYTES).digest()


def square(key: bytes, *, device_id: int, day: int, minute: int, items: Sequence[Item]) -> str:
    """Return the text of the square.

    Args:
        key: 32 bytes, shared by tablet and server.
    """
    content = _HEAD.pack(device_id, day, minute, len(items)) + b"".join(
        _ITEM.pack(item.entity, item.minute, item.digest) for item in items[:ITEMS_MAX]
    )
    return MARK + codes.base32(content + _signer(key).sign(content))


def code(key: bytes, *, device_id: int, day: int, count: int) -> str:
    """Return the code to be typed, `XXXX XXXX XXXX XXXX XXXX`; of more than 1,023 it says so many.

    Args:
        key: 32 bytes, shared by tablet and server.
    """
    head = _head_bits(device_id, day, min(count, COUNT_MAX))
    bits = head << _SEAL_BITS | int.from_bytes(_seal(key, head), "big")
    groups = [
        bits >> _GROUP_BITS * place & (1 << _GROUP_BITS) - 1 for place in reversed(range(_GROUPS))
    ]
    return " ".join(_group(place, value) for place, value in enumerate(groups, 1))


def read(text: str) -> Slip:
    """Return what a slip says by its square or its typed code; not yet whether it is genuine.

    Raises:
        SlipUnreadable, SlipGroupWrong: as they say.
    """
    plain = codes.normal_code(text[:_SQUARE_CHARS_MAX])
    mark = codes.normal_code(MARK)
    if plain.startswith(mark):
        return _read_square(plain.removeprefix(mark))
    return _read_code(plain)


def require_genuine(slip: Slip, key: bytes) -> None:
    """Check that the tablet of that key wrote a slip as it is. Raises SlipForged."""
    if len(slip.proof) == _SIGNATURE_BYTES:
        try:
            _signer(key).public_key().verify(slip.proof, slip.content)
        except InvalidSignature as fault:
            raise SlipForged(f"slip of device {slip.device_id}: signature") from fault
    elif not hmac.compare_digest(slip.proof, _seal(key, int.from_bytes(slip.content, "big"))):
        raise SlipForged(f"slip of device {slip.device_id}: seal")


def _read_square(text: str) -> Slip:
    try:
        raw = codes.from_base32(text)
        content, proof = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        device_id, day, minute, count = _HEAD.unpack_from(content)
        items = tuple(Item(*parts) for parts in _ITEM.iter_unpack(content[_HEAD.size :]))
    except (struct.error, ValueError) as fault:
        raise SlipUnreadable("slip: square") from fault
    return Slip(device_id, day, count, minute, items, content, proof)


def _read_code(plain: str) -> Slip:
    if len(plain) != _GROUPS * _GROUP_CHARS:
        raise SlipUnreadable("slip: code", had=len(plain))
    bits = 0
    for place in range(1, _GROUPS + 1):
        group = plain[(place - 1) * _GROUP_CHARS : place * _GROUP_CHARS]
        try:
            value = codes.digits_of(group[:-1])
        except ValueError as fault:
            raise SlipGroupWrong("slip: code", group=place) from fault
        if group != _group(place, value):
            raise SlipGroupWrong("slip: code", group=place)
        bits = bits << _GROUP_BITS | value
    head = bits >> _SEAL_BITS
    return Slip(
        head >> _DAY_BITS + _COUNT_BITS,
        (head >> _COUNT_BITS & (1 << _DAY_BITS) - 1) + _FIRST_DAY,
        head & COUNT_MAX,
        content=head.to_bytes(8, "big"),
        proof=(bits & (1 << _SEAL_BITS) - 1).to_bytes(4, "big"),
    )


def _head_bits(device_id: int, day: int, count: int) -> int:
    since = max(day - _FIRST_DAY, 0) % (1 << _DAY_BITS)
    return (device_id % (1 << _DEVICE_BITS) << _DAY_BITS | since) << _COUNT_BITS | count


def _group(place: int, value: int) -> str:
    # Its place counts too: two groups that changed places are noticed.
    return codes.digits(value, _GROUP_CHARS - 1) + codes.ALPHABET[(value + 7 * place) % _CHECK]


def _seal(key: bytes, head: int) -> bytes:
    return hmac.digest(key, b"nuqta slip|" + head.to_bytes(8, "big"), sha256)[: _SEAL_BITS // 8]


def _signer(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(key, b"nuqta slip signer", sha256))
