"""Make a picture small enough for the line, and say whether a page in it can be read.

Pillow alone, which the app's text already needs. A picture is shrunk once, when it is taken: what
is stored is what travels, so that its hash names it on both sides.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps, ImageStat

from sync.errors import Refusal

PHOTO_BYTES_MAX = 120_000
"""Three photos of a visit pass over EDGE in under a minute."""
SIDE_MAX = 1_600
"""Pixels of the longer side: a page of A4 at 140 dots an inch, its small print legible."""
PIXELS_MAX = 80_000_000
"""Of what a camera may give; four bytes each while it is shrunk."""
SHARPNESS_LEAST = 0.08
"""Pages of text in either script, faint or uneven light: 0.12 and more as printed, 0.07 and less
when out of focus by two pixels (`tests/mobile_app/test_photo.py`)."""
_QUALITY_LEAST, _QUALITY_MOST = 40, 85
_SMALLER = 0.8
_BYTES_LEAST = 1_000
_TILES = 4
_LAPLACE_SCALE = 4
_LAPLACE = ImageFilter.Kernel(
    (3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=_LAPLACE_SCALE, offset=128
)
NO_PICTURE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    SyntaxError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises for a file that it cannot read."""
_TURN = 0x0112
"""Of the notes that a camera writes: how it was held (EXIF 2.32, Orientation)."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureUnreadable(Refusal):
    """The file is no picture, is cut off, or is too large to be opened here."""

    code = "picture_unreadable"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is stored: WebP, upright, without what the camera wrote beside it.

    `sharpness`: see `sharpness`; of the picture before it was compressed.
    """

    content: bytes
    width: int
    height: int
    sha256: str
    sharpness: float

    @property
    def quality(self) -> str:
        """Return the `quality` of a document page: `sharp` or `blurred`."""
        return "sharp" if self.sharpness >= SHARPNESS_LEAST else "blurred"


def shrink(picture: bytes | Path, *, bytes_max: int = PHOTO_BYTES_MAX) -> Photo:
    """Return a picture as WebP of at most `bytes_max`: the best quality that fits, then smaller.

    Raises:
        PictureUnreadable: as it says.
    """
    assert bytes_max >= _BYTES_LEAST
    image = _open(picture)
    measured = sharpness(image)
    content = _fitting(image, bytes_max)
    while content is None:
        image = ImageOps.scale(image, _SMALLER)
        content = _fitting(image, bytes_max)
    return Photo(content, image.width, image.height, sha256(content).hexdigest(), measured)


def sharpness(image: Image.Image) -> float:
    """Return how sharp the writing in a picture is, whatever its ink and paper.

    The variance of the Laplacian over that of the greys, smoothed by a pixel against the sensor's
    noise, of the quarter of the picture with the most contrast (Pech-Pacheco and others, 2000,
    *Diatom autofocusing in brightfield microscopy*).
    """
    grey = image.convert("L").filter(ImageFilter.GaussianBlur(1))
    edges = grey.filter(_LAPLACE)
    across, down = grey.width / _TILES, grey.height / _TILES
    # Less a pixel on each side, which the filter leaves as it was.
    boxes = [
        (int(x * across) + 1, int(y * down) + 1, int((x + 1) * across) - 1, int((y + 1) * down) - 1)
        for x in range(_TILES)
        for y in range(_TILES)
    ]
    tiles = [box for box in boxes if box[0] < box[2] and box[1] < box[3]]
    found = sorted(((_variance(grey, box), _variance(edges, box)) for box in tiles), reverse=True)
    greys, changes = (
        (sum(column) for column in zip(*found[:_TILES], strict=True)) if found else (0, 0)
    )
    return float(changes * _LAPLACE_SCALE**2 / max(greys, 1))


def _variance(image: Image.Image, box: tuple[int, int, int, int]) -> float:
    return ImageStat.Stat(image.crop(box)).var[0]


def _open(picture: bytes | Path) -> Image.Image:
    """Return the pixels, at most SIDE_MAX, with nothing of the file's beside them.

    Upright, if the camera's notes can be read; the picture is worth more than they are.
    """
    try:
        with Image.open(BytesIO(picture) if isinstance(picture, bytes) else picture) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                raise PictureUnreadable(f"picture: {opened.width} x {opened.height} pixels")
            opened.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a JPEG is decoded no larger than needed
            opened.thumbnail((SIDE_MAX, SIDE_MAX))
            turn = _turn(opened)
            clear = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
            clear = clear if turn is None else clear.transpose(turn)
    except NO_PICTURE as fault:
        raise PictureUnreadable(f"picture: {type(fault).__name__}") from fault
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A") if clear.mode == "RGBA" else None)
    return paper


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(_TURN, 1))
    except NO_PICTURE:
        return None


def _fitting(image: Image.Image, bytes_max: int) -> bytes | None:
    """Return the picture at the best quality that fits, or None if not even the least does."""
    best = None
    low, high = _QUALITY_LEAST, _QUALITY_MOST
    # The least quality first: if not even that fits, one try has told so, and the picture is made
    # smaller. After it the range is halved each time.
    quality = low
    while low <= high:
        content = _webp(image, quality)
        if len(content) <= bytes_max:
            best, low = content, quality + 1
        else:
            high = quality - 1
        quality = (low + high) // 2
    return best


def _webp(image: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=quality, method=2)  # half the time of 4, 3% more bytes
    return file.getvalue()
