"""Columns of numbers, texts and ids <-> bytes, each in the form that costs least.

A `Writer` takes columns one after the other and packs them into one body; a `Reader` gives them
back in the same order. Heads say enough to skip a column whose meaning the reader does not know.
Design and measurements: `docs/protocol.md`, "Blocks".

Every count is checked before anything is allocated: a column of width 0 can claim 2^40 rows in
six bytes.
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from typing import TypeVar

from sync import limits
from sync.allowance import Allowance
from sync.errors import Malformed
from sync.packed import (
    DEFLATE,
    DEFLATE_AND_BZ2,
    SHARED,
    deflate,
    inflate,
    put_varint,
    take_varint,
    to_bits,
    to_planes,
    unbz2,
    unzigzag,
    zigzag,
)

T = TypeVar("T")
_BZ2_BYTES_LEAST = 32
"""Shorter texts are never smaller in bz2, whose frame alone weighs as much."""
_PLAIN, _DIFFERENCES, _NEAR = 0, 1, 2
_DICTIONARY, _JOINED, _SHAPED = 0, 1, 2
_DIGITS = re.compile(r"[0-9]+")
# So many digits fit 63 bits, the largest integer of SQLite and of PostgreSQL.
_DIGITS_MAX = 18
_PACKED_VALUES_MAX = 4_096
ID_BYTES = 16


class Writer:
    """Columns in, one body out."""

    def __init__(self, shared: bytearray | None = None) -> None:
        """Begin an empty body.

        Args:
            shared: texts of all blocks of a message, packed at its end by `pack_texts`.
        """
        self._shared = shared
        self._heads = bytearray()
        self._planes = bytearray()
        self._texts = bytearray()
        self._bits = bytearray()
        self._ids = bytearray()
        self._moments: list[dict[int, int]] = []

    def varint(self, value: int) -> None:
        """Add one number >= 0 to the heads."""
        put_varint(self._heads, value)

    def numbers(self, values: Sequence[int], rows: Sequence[int] | None = None) -> None:
        """Add a column of whole numbers.

        Args:
            rows: for moments, the row of each value: the column may then be coded near an earlier
                column of moments, and later ones near it.
        """
        if not values:
            return
        best = self._form(_PLAIN, values)
        if len(values) > 1:
            steps = [values[0]] + [b - a for a, b in pairwise(values)]
            best = min(best, self._form(_DIFFERENCES, steps), key=_cost)
        if rows is not None:
            # Moments of a record are near each other: a visit ends minutes after it began.
            for number, moments in enumerate(self._moments):
                if all(row in moments for row in rows):
                    near = [value - moments[row] for row, value in zip(rows, values, strict=True)]
                    best = min(best, self._form(_NEAR + number, near), key=_cost)
            self._moments.append(dict(zip(rows, values, strict=True)))
        self._add_numbers(*best)

    @staticmethod
    def _form(mode: int, values: Sequence[int]) -> tuple[int, int, int, int, list[int]]:
        # 1000, 1060, 1180 are 1000 and steps of 60: 0, 1 and 3 in two bits each. A column that is
        # all one value has no width at all, and costs its head alone.
        low = min(values)
        divisor = 0
        for value in values:
            divisor = gcd(divisor, value - low)
        scaled = [(value - low) // divisor for value in values] if divisor else []
        return mode, low, divisor, max(scaled).bit_length() if scaled else 0, scaled

    def _add_numbers(
        self, mode: int, low: int, divisor: int, width: int, scaled: list[int]
    ) -> None:
        packed = b""
        planes = b""
        if width:
            planes = to_planes(scaled, width)
            packed = to_bits(scaled, width) if len(scaled) <= _PACKED_VALUES_MAX else planes
        is_plane = width > 0 and (
            len(scaled) > _PACKED_VALUES_MAX or len(deflate(planes)) - 8 < len(packed)
        )
        put_varint(self._heads, mode << 1 | is_plane)
        put_varint(self._heads, zigzag(low))
        put_varint(self._heads, width)
        if width:
            put_varint(self._heads, divisor)
        if is_plane:
            self._planes += planes
        else:
            self._bits += packed

    def texts(self, values: Sequence[str]) -> None:
        """Add a column of texts without U+0000."""
        if not values:
            return
        distinct = sorted(set(values))
        is_dictionary = len(distinct) * 4 <= len(values) or len(distinct) == 1
        shape = "" if is_dictionary else _shape(values)
        if shape:
            put_varint(self._heads, _SHAPED)
            self._join([shape])
            runs = zip(*(_DIGITS.findall(value) for value in values), strict=True)
            for run in runs:
                self.numbers([int(digits) for digits in run])
            return
        put_varint(self._heads, _DICTIONARY if is_dictionary else _JOINED)
        if is_dictionary:
            place = {value: number for number, value in enumerate(distinct)}
            put_varint(self._heads, len(distinct))
            self._join(distinct)
            self.numbers([place[value] for value in values])
        else:
            self._join(values)

    def _join(self, values: Sequence[str]) -> None:
        for value in values:
            self._texts += value.encode() + b"\0"

    def raw_ids(self, values: Sequence[bytes]) -> None:
        """Add a column of ids, each as its 16 bytes."""
        self._ids += b"".join(values)

    def ids(self, values: Sequence[bytes]) -> None:
        """Add a column of ids of which some repeat."""
        if not values:
            return
        distinct = sorted(set(values))
        is_dictionary = len(distinct) < 0.9 * len(values)
        put_varint(self._heads, len(distinct) if is_dictionary else 0)
        self.raw_ids(distinct if is_dictionary else values)
        if is_dictionary:
            place = {value: number for number, value in enumerate(distinct)}
            self.numbers([place[value] for value in values])

    def body(self) -> bytes:
        """Return the packed columns, in the smaller of two forms."""
        front = bytes(self._heads + self._planes)
        if self._shared is not None:
            self._shared += self._texts
            sizes = (len(self._heads), len(self._planes), self._texts.count(0), len(self._bits))
            return _joined(SHARED, sizes, [deflate(front)], self._bits, self._ids)
        together = deflate(front + self._texts)
        sizes = (len(self._heads), len(self._planes), len(self._texts), len(self._bits))
        if len(self._texts) < _BZ2_BYTES_LEAST:
            return _joined(DEFLATE, sizes, [together], self._bits, self._ids)
        apart_front, apart_texts = deflate(front), bz2.compress(bytes(self._texts))
        if len(together) <= len(apart_front) + len(apart_texts):
            return _joined(DEFLATE, sizes, [together], self._bits, self._ids)
        return _joined(DEFLATE_AND_BZ2, sizes, [apart_front, apart_texts], self._bits, self._ids)


def _joined(
    form: int, sizes: Sequence[int], parts: Sequence[bytes], bits: bytearray, ids: bytearray
) -> bytes:
    out = bytearray([form])
    for size in (*sizes, *map(len, parts)):
        put_varint(out, size)
    return bytes(out) + b"".join(parts) + bytes(bits) + bytes(ids)


def _shape(values: Sequence[str]) -> str:
    """Return what all values look like, digits as `#`; empty if they differ or hold no digits.

    Phones, codes and dates are numbers in a fixed setting: `+2126########`, `EX-00-######`.
    """
    shape = _DIGITS.sub(lambda run: "#" * len(run[0]), values[0])
    if "#" in values[0] or "#" not in shape or "#" * (_DIGITS_MAX + 1) in shape:
        return ""
    pattern = re.compile(
        "".join(
            f"[0-9]{{{len(part)}}}" if part[0] == "#" else re.escape(part)
            for part in re.findall(r"#+|[^#]+", shape)
        )
    )
    return shape if all(pattern.fullmatch(value) for value in values) else ""


def _cost(form: tuple[int, int, int, int, list[int]]) -> tuple[int, int]:
    return form[3] * len(form[4]), form[0]


class Reader:
    """One body in, its columns out, in the order they were written."""

    def __init__(self, body: bytes, allowance: Allowance | None = None) -> None:
        """Unpack a body. Raises Malformed.

        Args:
            allowance: shared with the other blocks of a message; one of its own if None.
        """
        self._moments: list[dict[int, int]] = []
        self._allowance = allowance or Allowance()
        self._data, self._at = body, 0
        if not body:
            raise Malformed("block: empty")
        codec = body[0]
        self._at = 1
        heads, planes, texts, bits = (self._size() for _ in range(4))
        front = heads + planes
        self._allowance.bytes -= front + bits + (0 if codec == SHARED else texts)
        if self._allowance.bytes < 0:
            raise Malformed("block: too large once unpacked")
        text_part = b""
        if codec == DEFLATE:
            both = inflate(self._take(self._size()), front + texts)
            text_part = both[front:]
        elif codec == DEFLATE_AND_BZ2:
            sizes = self._size(), self._size()
            both = inflate(self._take(sizes[0]), front)
            text_part = unbz2(self._take(sizes[1]), texts)
        elif codec == SHARED:
            both = inflate(self._take(self._size()), front)
        else:
            raise Malformed(f"block: unknown form {codec}")
        self._bits, self._bits_at = self._take(bits), 0
        self._ids, self._ids_at = self._data[self._at :], 0
        self._planes, self._planes_at = both[heads:front], 0
        self._data, self._at = both[:heads], 0
        del both  # megabytes, while the texts are made
        if codec == SHARED:
            self._texts = [*self._allowance.take_shared(texts), ""]
        else:
            self._texts = self._allowance.texts(text_part)
        self._texts_at = 0

    def _size(self) -> int:
        size = self.varint()
        if size > limits.UNPACKED_BYTES_MAX:
            raise Malformed(f"block: a part of {size} bytes")
        return size

    def _take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise Malformed("block: truncated")
        self._at += size
        return part

    def varint(self) -> int:
        """Return the next number of the heads."""
        value, self._at = take_varint(self._data, self._at)
        return value

    def count(self, count: int) -> int:
        """Return `count` if that many more values may come. Raises Malformed."""
        if not 0 <= count <= min(limits.ROWS_PER_BLOCK_MAX, self._allowance.values):
            raise Malformed(f"block: {count} values")
        self._allowance.values -= count
        return count

    def require(self, count: int) -> None:
        """Raise Malformed unless that many values may still come; they are counted as they do."""
        if count > self._allowance.values:
            raise Malformed(f"block: {count} values")

    def numbers(self, count: int, rows: Sequence[int] | None = None) -> list[int]:
        """Return a column of `count` whole numbers."""
        if not self.count(count):
            return []
        mode, is_plane = divmod(self.varint(), 2)
        low, width = unzigzag(self.varint()), self.varint()
        if width > limits.WIDTH_BITS_MAX + 1:
            raise Malformed(f"block: numbers of {width} bits")
        divisor = self.varint() if width else 0
        scaled = self._scaled(count, width, is_plane=bool(is_plane)) if width else [0] * count
        values = [low + value * divisor for value in scaled]
        if mode == _DIFFERENCES:
            for place in range(1, count):
                values[place] += values[place - 1]
        elif mode >= _NEAR:
            values = self._from_near(mode - _NEAR, values, rows)
        if rows is not None:
            self._moments.append(dict(zip(rows, values, strict=True)))
        if min(values) < -(1 << 63) or max(values) >= 1 << 63:
            raise Malformed("block: a number too large")  # for the columns of either database
        return values

    def _from_near(self, number: int, values: list[int], rows: Sequence[int] | None) -> list[int]:
        if rows is None or number >= len(self._moments):
            raise Malformed("block: near a column that is not there")
        moments = self._moments[number]
        if any(row not in moments for row in rows):
            raise Malformed("block: near a value that is not there")
        return [value + moments[row] for row, value in zip(rows, values, strict=True)]

    def _scaled(self, count: int, width: int, *, is_plane: bool) -> list[int]:
        if is_plane:
            size = (width + 7) // 8
            data = self._planes[self._planes_at : self._planes_at + size * count]
            self._planes_at += size * count
            if len(data) != size * count:
                raise Malformed("block: truncated")
            return [int.from_bytes(data[row::count], "big") for row in range(count)]
        size = (width * count + 7) // 8
        data = self._bits[self._bits_at : self._bits_at + size]
        self._bits_at += size
        if len(data) != size or count > _PACKED_VALUES_MAX:
            raise Malformed("block: truncated")
        digits = format(int.from_bytes(data, "big"), f"0{size * 8}b")
        return [int(digits[at : at + width], 2) for at in range(0, width * count, width)]

    def texts(self, count: int) -> list[str]:
        """Return a column of `count` texts."""
        if not self.count(count):
            return []
        form = self.varint()
        if form == _JOINED:
            return self._split(count)
        if form == _SHAPED:
            return self._shaped(count)
        distinct = self._split(self.count(self.varint()))
        return [_at(distinct, place) for place in self.numbers(count)]

    def _shaped(self, count: int) -> list[str]:
        parts = re.findall(r"#+|[^#]+", self._split(self.count(1))[0])
        runs = []
        for part in parts:
            if part[0] != "#":
                continue
            numbers = self.numbers(count)
            if len(part) > _DIGITS_MAX or not 0 <= min(numbers) <= max(numbers) < 10 ** len(part):
                raise Malformed("block: digits that do not fit their shape")
            runs.append([f"{number:0{len(part)}d}" for number in numbers])
        found = []
        for row in range(count):
            left = iter(runs)
            found.append("".join(next(left)[row] if part[0] == "#" else part for part in parts))
        return found

    def _split(self, count: int) -> list[str]:
        found = self._texts[self._texts_at : self._texts_at + count]
        self._texts_at += count
        if len(found) != count or self._texts_at >= len(self._texts):
            raise Malformed("block: texts are missing")
        return found

    def raw_ids(self, count: int) -> list[bytes]:
        """Return a column of `count` ids."""
        self.count(count)
        data = self._ids[self._ids_at : self._ids_at + ID_BYTES * count]
        self._ids_at += ID_BYTES * count
        if len(data) != ID_BYTES * count:
            raise Malformed("block: ids are missing")
        return [data[at : at + ID_BYTES] for at in range(0, len(data), ID_BYTES)]

    def ids(self, count: int) -> list[bytes]:
        """Return a column of `count` ids of which some repeat."""
        if not self.count(count):
            return []
        distinct = self.varint()
        if not distinct:
            return self.raw_ids(count)
        values = self.raw_ids(self.count(distinct))
        return [_at(values, place) for place in self.numbers(count)]


def _at(values: Sequence[T], place: int) -> T:
    if not 0 <= place < len(values):
        raise Malformed("block: a place that is not there")
    return values[place]
