"""QR codes (ISO/IEC 18004) of short texts, made in few steps: a slip shows one once it is saved.

Bytes, versions 1 to 6. The eight masks are laid over the code and weighed as whole numbers and
byte strings, which a slow tablet does at once; module by module it is most of what a slip costs.
The modules are those that `segno` makes, by which the tests judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

_CODEWORDS = (26, 44, 70, 100, 134, 172)
"""Of the versions from 1 on, data and correction together."""
_LEVELS = (
    # format bits, of each version: codewords of correction in a block, blocks
    (0b10, ((17, 1), (28, 1), (22, 2), (16, 4), (22, 4), (28, 4))),  # H: 30 of 100 may be lost
    (0b11, ((13, 1), (22, 1), (18, 2), (26, 2), (18, 4), (24, 4))),  # Q: 25
    (0b00, ((10, 1), (16, 1), (26, 1), (18, 2), (24, 2), (16, 4))),  # M: 15
)
_MASKS = (
    lambda i, j: (i + j) % 2,
    lambda i, _: i % 2,
    lambda _, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)
"""Dark where it is 0; each is the same again after 12 rows and 12 columns."""
_PERIOD = 12
_HEAD_BYTES = 2
"""Of what stands before the text and after it: mode, length, end."""
_RUNS = re.compile(b"\0{5,}|\1{5,}")
_LIKE_FINDER = re.compile(b"(?<=\0\0\0\0)\1\0\1\1\1\0\1|\1\0\1\1\1\0\1(?=\0\0\0\0)")


_Level = tuple[int, tuple[tuple[int, int], ...]]


class _Frame(NamedTuple):
    """What is the same in all codes of a version.

    `fixed`: the modules that hold no data, a byte each; `places`: where data goes, in order. As
    numbers of a byte a module: `masks`, and who has a neighbour at the left (`across`) or above.
    """

    side: int
    fixed: bytes
    places: tuple[int, ...]
    masks: tuple[int, ...]
    across: int
    down: int


def qr(text: str) -> list[list[bool]]:
    """Return the modules of a QR code, row by row, without its margin.

    Of the least version that corrects 15 of 100, with as much more correction as it has room for.
    At most 106 bytes.
    """
    data = text.encode()
    needed = len(data) + _HEAD_BYTES
    version = next(one for one in range(len(_CODEWORDS)) if needed <= _room(one, _LEVELS[-1]))
    level = next(one for one in _LEVELS if needed <= _room(version, one))
    frame = _frame(version)
    side, modules = frame.side, bytearray(frame.fixed)
    bits = "".join(map("{:08b}".format, _codewords(data, version, level)))
    for place, bit in zip(frame.places, bits, strict=False):
        modules[place] = bit == "1"
    plain = int.from_bytes(modules, "big")
    masked = [plain ^ mask for mask in frame.masks]
    number = min(range(len(masked)), key=lambda one: _penalty(masked[one], frame))
    modules = bytearray(masked[number].to_bytes(side * side, "big"))
    _format(modules, side, level[0] << 3 | number)
    return [list(map(bool, modules[at : at + side])) for at in range(0, side * side, side)]


def _room(version: int, level: _Level) -> int:
    """Return how many codewords of data a version has at a level."""
    correction, blocks = level[1][version]
    return _CODEWORDS[version] - correction * blocks


def _codewords(data: bytes, version: int, level: _Level) -> list[int]:
    """Return data and correction as they are written, block by block in turns."""
    correction, count = level[1][version]
    room = _room(version, level)
    head = 0b0100 << 8 | len(data)  # bytes, so many
    whole = (head << 8 * len(data) | int.from_bytes(data, "big")) << 4
    filled = whole.to_bytes(len(data) + _HEAD_BYTES, "big") + b"\0" + b"\xec\x11" * room
    sizes = [(room + one) // count for one in range(count)]
    ends = [sum(sizes[: one + 1]) for one in range(count)]
    blocks = [filled[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    found = [block[at] for at in range(max(sizes)) for block in blocks if at < len(block)]
    corrections = [_correction(block, correction) for block in blocks]
    return found + [block[at] for at in range(correction) for block in corrections]


@cache
def _powers() -> tuple[bytes, dict[int, int]]:
    """Return the powers of 2 in the field of 256 elements, twice over, and their exponents."""
    powers, value = bytearray(), 1
    for _ in range(255):
        powers.append(value)
        value = value << 1 ^ (0x11D if value > 127 else 0)
    return bytes(powers * 2), {one: at for at, one in enumerate(powers)}


@cache
def _times(count: int, factor: int) -> int:
    """Return the polynomial that corrects `count`, without its first term, times a factor."""
    powers, exponents = _powers()
    terms = [1]
    for root in range(count):
        shifted = [powers[exponents[one] + root] for one in terms]
        terms = [one ^ two for one, two in zip([*terms, 0], [0, *shifted], strict=True)]
    by = exponents[factor]
    return int.from_bytes(bytes(powers[exponents[one] + by] for one in terms[1:]), "big")


def _correction(block: bytes, count: int) -> bytes:
    """Return what is left of a block divided by the polynomial (Reed and Solomon)."""
    rest, top, kept = 0, 8 * (count - 1), (1 << 8 * count) - 1
    for one in block:
        factor = one ^ rest >> top
        rest = rest << 8 & kept
        if factor:
            rest ^= _times(count, factor)
    return rest.to_bytes(count, "big")


def _penalty(code: int, frame: _Frame) -> int:
    """Return how hard a code is to read."""
    side = frame.side
    modules = code.to_bytes(side * side, "big")
    lines = [modules[at : at + side] for at in range(0, side * side, side)]
    lines += [modules[at::side] for at in range(side)]
    runs = sum(len(one) - 2 for one in _RUNS.findall(b"\2".join(lines)))
    light = bytes(4)
    finders = len(_LIKE_FINDER.findall(light + light.join(lines) + light))
    across = (code ^ code >> 8) & frame.across ^ frame.across
    down = (code ^ code >> 8 * side) & frame.down ^ frame.down
    squares = (across & across >> 8 * side & down).bit_count()
    dark = 100 * modules.count(1) / (side * side)
    return runs + 40 * finders + 3 * squares + 10 * int(abs(dark - 50) / 5)


def _format(modules: bytearray, side: int, what: int) -> None:
    """Write level and mask, with their correction, beside the finders."""
    rest = what
    for _ in range(10):
        rest = rest << 1 ^ (rest >> 9) * 0x537
    bits = (what << 10 | rest) ^ 0x5412
    down = [*range(6), 7, 8]
    first = [one * side + 8 for one in down] + [8 * side + one for one in (7, *range(5, -1, -1))]
    second = [8 * side + side - 1 - one for one in range(8)]
    second += [one * side + 8 for one in range(side - 7, side)]
    for at, place in enumerate(first):
        modules[place] = modules[second[at]] = bits >> at & 1
    modules[(side - 8) * side + 8] = 1


@cache
def _frame(version: int) -> _Frame:
    side = 21 + 4 * version
    area = [bytearray([2]) * side for _ in range(side)]

    def put(rows: tuple[bytes, ...], top: int, left: int) -> None:
        for down, row in enumerate(rows):
            area[top + down][left : left + len(row)] = row

    for row in area[:9]:  # finders, and room for the format
        row[:9], row[side - 8 :] = bytes(9), bytes(8)
    for row in area[side - 8 :]:
        row[:9] = bytes(9)
    for top, left in ((0, 0), (0, side - 7), (side - 7, 0)):
        put(_square(7), top, left)
    if version:
        put(_square(5), side - 9, side - 9)
    for at in range(8, side - 8):
        area[6][at] = area[at][6] = 1 - at % 2
    free = b"".join(area)
    columns = [one for one in range(side - 1, 0, -2) if one > 6] + [5, 3, 1]
    places = [
        row * side + column
        for turn, right in enumerate(columns)
        for row in (range(side) if turn % 2 else range(side - 1, -1, -1))
        for column in (right, right - 1)
        if free[row * side + column] == 2
    ]
    inside = int.from_bytes(free.translate(bytes([0, 0, 1]) + bytes(253)), "big")
    return _Frame(
        side,
        free.replace(b"\2", b"\0"),
        tuple(places),
        tuple(_tiled(mask, side) & inside for mask in _MASKS),
        int.from_bytes((b"\0" + b"\1" * (side - 1)) * side, "big"),
        int.from_bytes(bytes(side) + b"\1" * side * (side - 1), "big"),
    )


def _square(side: int) -> tuple[bytes, ...]:
    """Return a dark square, a light one in it, and a dark one in that."""
    edge, gap = bytes([1]) * side, b"\1" + bytes(side - 2) + b"\1"
    core = b"\1\0" + bytes([1]) * (side - 4) + b"\0\1"
    return (edge, gap, *[core] * (side - 4), gap, edge)


def _tiled(mask: Callable[[int, int], int], side: int) -> int:
    period = range(_PERIOD)
    tile = [bytes(not mask(i, j) for j in period) * side for i in period]
    return int.from_bytes(b"".join(tile[row % _PERIOD][:side] for row in range(side)), "big")
