"""What kind of sound bytes are, by how they begin: what browsers record, and what tablets do."""

from __future__ import annotations

from sync.errors import Refusal

HEAD_BYTES = 12
ADTS = "audio/aac"
"""What tablets record (`mobile_app/device/microphone.py`)."""


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
