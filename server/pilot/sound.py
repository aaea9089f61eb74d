"""A voice for the pilot's recordings: a file of so many seconds that plays, and says nothing.

`voice.packets` has two seconds of five vowels, synthesised, as Opus packets of 20 ms with the
length of each before it in a byte. They are told again and again, in the Ogg of RFC 7845.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice
from pathlib import Path

_PACKETS_A_SECOND = 50
_SAMPLES_A_PACKET = 960
"""Of 48 kHz, in which Opus counts whatever was recorded."""
_PRE_SKIP, _RATE = 312, 16_000
_SERIAL = 1
_FIRST, _LAST = 2, 4
_POLYNOMIAL = 0x04C11DB7
_CHANNELS = 1


@cache
def spoken(seconds: int) -> bytes:
    """Return a recording of so many seconds: Ogg with Opus, one channel."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, _CHANNELS, _PRE_SKIP, _RATE, 0, 0)
    tags = struct.pack("<8sI5sI", b"OpusTags", 5, b"nuqta", 0)
    found = _page([head], 0, 0, _FIRST) + _page([tags], 0, 1)
    for number in range(seconds):
        packets = list(islice(_from(number * _PACKETS_A_SECOND), _PACKETS_A_SECOND))
        at = (number + 1) * _PACKETS_A_SECOND * _SAMPLES_A_PACKET
        found += _page(packets, at, number + 2, _LAST if number + 1 == seconds else 0)
    return found


def _from(first: int) -> Iterator[bytes]:
    packets = _packets()
    return islice(cycle(packets), first % len(packets), None)


@cache
def _packets() -> tuple[bytes, ...]:
    content, found, at = (Path(__file__).parent / "voice.packets").read_bytes(), [], 0
    while at < len(content):
        end = at + 1 + content[at]
        found.append(content[at + 1 : end])
        at = end
    return tuple(found)


def _page(packets: list[bytes], granule: int, number: int, flags: int = 0) -> bytes:
    """Return a page of whole packets, each shorter than 255 bytes. `granule`: samples so far."""
    sizes = bytes(len(packet) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, _SERIAL, number, 0)
    page = bytearray(head + bytes([len(sizes)]) + sizes + b"".join(packets))
    page[22:26] = _checksum(bytes(page)).to_bytes(4, "little")
    return bytes(page)


def _checksum(content: bytes) -> int:
    """Return Ogg's own: CRC-32 from the highest bit on, which begins and ends with nothing."""
    table, found = _table(), 0
    for byte in content:
        found = (found << 8) & 0xFFFFFFFF ^ table[found >> 24 ^ byte]
    return found


@cache
def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value >> 31 else 0)
            value &= 0xFFFFFFFF
        found.append(value)
    return tuple(found)
