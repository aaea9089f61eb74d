"""The square of a slip on a picture that somebody sends: read here, so without script too.

A hostile picture is opened as a tablet's photo is (`server/photos/thumbnails.py`); ZXing gets its
grey pixels, never its bytes.
"""

from __future__ import annotations

import zxingcpp
from PIL import Image, ImageOps

from server.photos.thumbnails import PictureBroken, opened
from sync.errors import Refusal
from sync.slip import MARK

_SIDE_PIXELS_MAX = 2_000
_CHARS_MAX = 1_300
"""More than the longest slip; written as an address it may be thrice as long."""


class SlipUnseen(Refusal):
    """A picture on which no square is seen, or no picture."""

    code = "slip_unseen"


def text_on(picture: bytes) -> str:
    """Return what the square on a picture says; a tenth of a second. Raises SlipUnseen."""
    try:
        with opened(picture) as image:
            image.draft("L", (_SIDE_PIXELS_MAX, _SIDE_PIXELS_MAX))
            upright = (ImageOps.exif_transpose(image) or image).convert("L")
    except (PictureBroken, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise SlipUnseen("slip: no picture", field="picture") from fault
    upright.thumbnail((_SIDE_PIXELS_MAX, _SIDE_PIXELS_MAX))
    found = zxingcpp.read_barcodes(upright, formats=zxingcpp.BarcodeFormat.QRCode)
    # A square of something else may hold what no address takes.
    texts = [one.text for one in found if one.text.isascii() and one.text.isprintable()]
    text = min(texts, key=lambda text: not text.startswith(MARK), default="")
    if not text:
        raise SlipUnseen("slip: no square", field="picture")
    return str(text)[:_CHARS_MAX]
