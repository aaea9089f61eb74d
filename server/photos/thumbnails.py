"""A small picture made of a large one: at the first request, then kept in `small/`.

What a tablet sends is bytes until somebody decodes them. A picture of a few kB may unfold into
gigabytes, so its size is read first, and what is larger than any tablet takes is not unfolded. The
folder may be emptied at any time: it is made anew, and needs no backup.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageOps

from server.media.sealed import SealBroken
from server.media.store import BlobFiles
from server.photos.queries import SIDE

PIXELS_MAX = 24_000_000
"""Tablets send some 2 million; a camera's whole picture has 12 to 20."""
SOURCE_BYTES_MAX = 32 * 1024 * 1024
_MEDIA_TYPES = {"WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png"}
_QUALITY = 70
PDF, _PDF_HEAD = "application/pdf", b"%PDF-"


class PictureBroken(Exception):
    """Bytes that are no picture, or one too large to be unfolded."""


class PaperWhole(PictureBroken):
    """A PDF: there is no picture of it, it is opened as it is."""


class Thumbnails:
    """Small pictures by the hash of the large one."""

    def __init__(self, files: BlobFiles) -> None:
        """Take where they are."""
        self._files = files

    def small(self, sha256: bytes) -> bytes:
        """Return a small picture, WebP.

        Raises:
            PictureBroken: as it says.
            FileNotFoundError: the large one is not here.
            StoreFull: there is no room to keep it.
        """
        with suppress(FileNotFoundError, SealBroken):
            return self._files.small.read(sha256)
        content = _shrunk(self._source(sha256))
        # Two may make it at once: each writes it whole, and the last stands.
        self._files.small.put(sha256, content)
        return content

    def large(self, sha256: bytes, *, is_cleaned: bool = False) -> tuple[bytes, str]:
        """Return a picture as it was taken, and its media type. Raises as `small`.

        Args:
            is_cleaned: whether it came by `server.media.cleaning`, so that a PDF is given too.
        """
        source = self._source(sha256)
        if is_cleaned and source.startswith(_PDF_HEAD):
            return source, PDF
        with opened(source) as picture:
            return source, _MEDIA_TYPES[str(picture.format)]

    def _source(self, sha256: bytes) -> bytes:
        if self._files.length(sha256) > SOURCE_BYTES_MAX:
            raise PictureBroken("too many bytes")
        return self._files.read(sha256)


def opened(source: bytes) -> Image.Image:
    """Open a picture; only its head is read. Raises PictureBroken, PaperWhole."""
    if source.startswith(_PDF_HEAD):
        raise PaperWhole("a PDF")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(source), formats=tuple(_MEDIA_TYPES))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise PictureBroken("no picture") from fault
    if picture.width * picture.height > PIXELS_MAX:
        raise PictureBroken("too many pixels")
    return picture


def _shrunk(source: bytes) -> bytes:
    with opened(source) as picture:
        try:
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than needed
            turned = (ImageOps.exif_transpose(picture) or picture).convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
            raise PictureBroken("cut off") from fault
    turned.thumbnail((SIDE, SIDE))
    out = BytesIO()
    turned.save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()
