"""What kind of sound bytes are, and whether they are sound alone: what browsers and tablets record.

A container may hold a film as well, and begins alike: Chromium writes the same brands before both.
So its tracks are asked: the handlers of ISO 14496-12, the codecs that Matroska and Ogg name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sync.errors import Refusal

HEAD_BYTES = 12
ADTS = "audio/aac"
"""What tablets record (`mobile_app/device/microphone.py`)."""
_WAY = (b"moov", b"trak", b"mdia")
"""The boxes of MP4 that lead to what a track is of."""
_NAMED_WITHIN = 4096
"""Of Matroska and Ogg: what is recorded as it is heard names its codecs before the sound."""
_CODEC = re.compile(rb"\x86[\x80-\xff]([A-Z])_")
"""Matroska's CodecID: `A_…` of sound, `V_…` of a film."""
_OGG = re.compile(rb"OpusHead|\x01vorbis|Speex   |\x7fFLAC|\x80theora")


class NoSound(Refusal):
    """A file that is no recording."""

    code = "recording_wrong"


def media_type_of(head: bytes) -> str | None:
    """Return the media type of sound that begins so, None if it is none.

    Args:
        head: at least `HEAD_BYTES` bytes.
    """
    if head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return ADTS
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "audio/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3"):
        return "audio/mpeg"
    return None


def is_sound(content: bytes) -> bool:
    """Whether bytes are a recording of sound: no film, no picture, nothing else."""
    kind = media_type_of(content[:HEAD_BYTES])
    if kind == "audio/mp4":
        return set(_handlers(content, 0, len(content), _WAY)) == {b"soun"}
    if kind == "audio/webm":
        return set(_CODEC.findall(content[:_NAMED_WITHIN])) == {b"A"}
    if kind == "audio/ogg":
        found = _OGG.findall(content[:_NAMED_WITHIN])
        return bool(found) and b"\x80theora" not in found
    return kind is not None


def _handlers(content: bytes, at: int, end: int, way: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield of each track between two offsets what it is of, such as `soun` or `vide`."""
    while at + 8 <= end:
        size, kind, begin = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + 8
        if size == 1:
            size, begin = int.from_bytes(content[begin : begin + 8]), begin + 8
        last = min(at + size, end) if size else end  # 0: to the end of the file
        if last < begin:
            return
        if kind == b"hdlr" and not way:
            yield content[begin + 8 : begin + 12]
        elif kind in way[:1]:
            yield from _handlers(content, begin, last, way[1:])
        at = last
