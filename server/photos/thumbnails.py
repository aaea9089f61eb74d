"""A small picture made of a large one: at the first request, then kept in `small/`.

What a tablet sends is bytes until somebody decodes them. A picture of a few kB may unfold into
gigabytes, so its size is read first, and what is larger than any tablet takes is not unfolded. The
folder may be emptied at any time: it is made anew, and needs no backup.
"""

from __future__ import annotations

import os
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from server.media.store import BlobFiles, full_disk_is_said, make_folder
from server.photos.queries import SIDE

PIXELS_MAX = 24_000_000
"""Tablets send some 2 million; a camera's whole picture has 12 to 20."""
SOURCE_BYTES_MAX = 32 * 1024 * 1024
_MEDIA_TYPES = {"WEBP": "image/webp", "JPEG": "image/jpeg", "PNG": "image/png"}
_QUALITY = 70


class PictureBroken(Exception):
    """Bytes that are no picture, or one too large to be unfolded."""


class Thumbnails:
    """Small pictures by the hash of the large one."""

    def __init__(self, folder: Path, files: BlobFiles) -> None:
        """Take the data folder, and where the large ones are."""
        self._folder = folder / "small"
        self._files = files

    def small(self, sha256: bytes) -> bytes:
        """Return a small picture, WebP.

        Raises:
            PictureBroken: as it says.
            FileNotFoundError: the large one is not here.
            StoreFull: there is no room to keep it.
        """
        path = self._path(sha256)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            content = _shrunk(self._source(sha256))
        make_folder(path.parent)
        # Two may make it at once: each writes a file of its own, and the last name stands.
        own = path.with_suffix(f".{os.getpid()}.{id(content)}")
        with full_disk_is_said():
            own.write_bytes(content)
            own.replace(path)
        return content

    def large(self, sha256: bytes) -> tuple[bytes, str]:
        """Return a picture as it was taken, and its media type. Raises as `small`."""
        source = self._source(sha256)
        with opened(source) as picture:
            return source, _MEDIA_TYPES[str(picture.format)]

    def _source(self, sha256: bytes) -> bytes:
        if self._files.length(sha256) > SOURCE_BYTES_MAX:
            raise PictureBroken("too many bytes")
        return self._files.read(sha256)

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._folder / name[:2] / f"{name}.webp"


def opened(source: bytes) -> Image.Image:
    """Open a picture; only its head is read. Raises PictureBroken."""
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
