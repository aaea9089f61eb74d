"""What is taken for a recording: sound alone, in each container that browsers and tablets write."""

import pytest

from server.pilot.sound import spoken
from server.voice.sounds import is_sound

BRANDS = b"isom\x00\x00\x02\x00isomiso6iso2vp09mp41"
"""As Chromium writes them, before sound and before a film."""
MATROSKA = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + bytes(60)


def box(kind, content, *, is_long=False):
    """A box of ISO 14496-12, its size in four bytes or in eight."""
    if is_long:
        return b"\x00\x00\x00\x01" + kind + (16 + len(content)).to_bytes(8) + content
    return (8 + len(content)).to_bytes(4) + kind + content


def film_of(*kinds, brands=BRANDS, is_long=False):
    """An MP4 whose tracks are of some kinds, its sound before what describes it."""
    tracks = b"".join(
        box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", box(b"hdlr", bytes(8) + kind.encode())))
        for kind in kinds
    )
    return b"".join(
        (
            box(b"ftyp", brands),
            box(b"mdat", bytes(2000), is_long=is_long),
            box(b"moov", box(b"mvhd", bytes(100)) + tracks),
        )
    )


@pytest.mark.parametrize(
    "content",
    [
        film_of("soun"),
        film_of("soun", brands=b"M4A \x00\x00\x00\x00M4A mp42isom", is_long=True),
        MATROSKA + b"\x83\x81\x02\x86\x86A_OPUS" + bytes(2000),
        spoken(1),
        b"\xff\xf1" + bytes(2000),
        b"ID3" + bytes(2000),
    ],
    ids=["mp4", "m4a", "webm", "ogg", "adts", "mp3"],
)
def test_a_recording_is_taken(content):
    assert is_sound(content)


@pytest.mark.parametrize(
    "content",
    [
        film_of("vide"),
        film_of("soun", "vide"),
        film_of("pict", brands=b"heic\x00\x00\x00\x00mif1heic"),
        box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic") + box(b"meta", bytes(2000)),
        b"\x00\x00\x00\x18ftypmp42" + bytes(2000),
        box(b"ftyp", BRANDS) + b"\x00\x00\x00\x00moov" * 5000,
        box(b"ftyp", BRANDS) + b"\x00\x00\x00\x01moov\x00\x00",
        MATROSKA + b"\x86\x86A_OPUS" + b"\x86\x85V_VP9" + bytes(2000),
        MATROSKA + bytes(2000),
        b"OggS" + bytes(24) + b"\x80theora" + b"OggS" + bytes(24) + b"\x01vorbis",
        b"OggS" + bytes(2000),
        b"",
    ],
    ids=[
        *("film", "film with sound", "image with tracks", "image", "no track", "boxes in boxes"),
        *("torn", "webm film", "webm of nothing", "theora", "ogg of nothing", "empty"),
    ],
)
def test_what_holds_a_picture_or_nothing_is_none(content):
    assert not is_sound(content)
