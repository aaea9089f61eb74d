"""A program of its own: a paper comes in by standard input, and goes out cleaned, or is refused.

Whatever a stranger sends is decoded here and nowhere else, under limits of memory and time that the
system keeps: a bomb ends this process, not the server's. Of a photo the pixels are left, written
anew, upright, without what the camera noted. Of a PDF its pages are left, written anew, without
anything that acts. Out comes a line of JSON, then the bytes: `server.media.cleaning` reads both.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageOps, ImageStat
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

CPU_S, MEMORY_BYTES = 20, 1024 * 1024 * 1024
PAGES_MAX = 30
SIDE_MAX = 2000
"""Pixels of a page's longer side: writing of 2 mm on A4 stays legible."""
_PIXELS_MAX = {"JPEG": 110_000_000, "PNG": 40_000_000, "WEBP": 40_000_000}
"""A JPEG is unfolded no larger than is needed of it; the others whole."""
_QUALITY = 78
_OBJECTS_MAX, _UNFOLDED_MAX = 50_000, 192 * 1024 * 1024
_DEPTH_MAX = 40
_DARK_BELOW = 105
"""Of 255: the light of the paper itself, which is brighter than nine tenths of the picture."""
_BLURRED_BELOW, _EDGES_MIN = 0.21, 10.0
"""Of what differs over four pixels, how much differs over one. Pages that can be read have 0.27 and
more, those out of focus or shaken 0.16 at most (`tests/test_blurred.py`). Where so little differs
there is nothing to read, and so nothing blurred: the back of a sheet."""
_JUDGED_SIDE, _FAR, _TILES = 800, 4, 8
_ACTIVE_KEYS = frozenset(
    ("/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/XFA", "/Collection")
)
_ACTIVE_KINDS = frozenset(
    (
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition"),
        *("/Movie", "/Sound", "/RichMedia", "/3D", "/Screen", "/FileAttachment", "/EmbeddedFile"),
    )
)
_DROPPED_KEYS = ("/A", "/AA", "/PA", "/Metadata", "/PieceInfo", "/OpenAction", "/Thumb", "/URI")


class Unwanted(Exception):
    """Bytes that are not taken: `code` says why, of `server.media.cleaning.REFUSALS`."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


def clean(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what a paper is, and its bytes written anew. Raises Unwanted."""
    if not content:
        raise Unwanted("paper_empty")
    if content.startswith(b"%PDF-"):
        return _clean_pdf(content)
    return _clean_picture(content)


def _clean_picture(content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        picture = Image.open(BytesIO(content), formats=tuple(_PIXELS_MAX))
    except Image.DecompressionBombError as fault:
        raise Unwanted("paper_too_large") from fault
    except (OSError, ValueError, SyntaxError) as fault:
        raise Unwanted("paper_kind") from fault
    if picture.width * picture.height > _PIXELS_MAX[str(picture.format)]:
        raise Unwanted("paper_too_large")
    try:
        picture.draft("RGB", (SIDE_MAX, SIDE_MAX))
        upright = ImageOps.exif_transpose(picture) or picture
        upright.thumbnail((SIDE_MAX, SIDE_MAX))
        if "A" in upright.getbands() or "transparency" in upright.info:
            clear = upright.convert("RGBA")
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(clear, mask=clear.getchannel("A"))
        else:
            paper = upright.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError) as fault:
        raise Unwanted("paper_broken") from fault
    out = BytesIO()
    # Of the pixels alone: what stood in `info`, a profile or notes, is not passed on.
    Image.frombytes("RGB", paper.size, paper.tobytes()).save(
        out, "JPEG", quality=_QUALITY, optimize=True
    )
    what = {"media_type": "image/jpeg", "pages": 1}
    seen = "dark" if _is_dark(paper) else "blurred" if is_blurred(paper) else None
    return {**what, "quality": seen}, out.getvalue()


def _is_dark(picture: Image.Image) -> bool:
    counts = picture.convert("L").histogram()
    left = sum(counts) // 10
    for light in range(255, -1, -1):
        left -= counts[light]
        if left <= 0:
            return light < _DARK_BELOW
    return True


def is_blurred(picture: Image.Image) -> bool:
    """Whether the writing on a page is washed out, in one direction at least: a hand that shook."""
    grey = picture.convert("L")
    grey.thumbnail((_JUDGED_SIDE, _JUDGED_SIDE))
    if min(grey.size) <= _TILES + _FAR:
        return False
    found = [_differences(grey, across, down) for across, down in ((1, 0), (0, 1))]
    return max(far for _, far in found) > _EDGES_MIN and any(
        near < _BLURRED_BELOW * far for near, far in found
    )


def _differences(grey: Image.Image, across: int, down: int) -> tuple[float, float]:
    """Return how much a page differs from itself one pixel on, and some, where it differs most.

    The camera's own noise, which is all that there is where the page is empty, is taken off both.
    """
    width, height = grey.width - _FAR * across, grey.height - _FAR * down
    here = grey.crop((0, 0, width, height))
    shifted = [
        grey.crop((by * across, by * down, width + by * across, height + by * down))
        for by in (1, _FAR)
    ]
    pictures = [ImageChops.subtract(here, there, 2, 128) for there in shifted]
    tiles = []
    for at in range(_TILES**2):
        column, row = at % _TILES, at // _TILES
        left, right = (width * one // _TILES for one in (column, column + 1))
        top, bottom = (height * one // _TILES for one in (row, row + 1))
        near, far = (ImageStat.Stat(one.crop((left, top, right, bottom))).var for one in pictures)
        tiles.append((far[0], near[0]))
    written = sorted(tiles, reverse=True)[: len(tiles) // 4]
    far_mean, near_mean = (
        sum(tile[of] for tile in written) / len(written) - min(tile[of] for tile in tiles)
        for of in (0, 1)
    )
    return near_mean, far_mean


def _clean_pdf(content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        count = _count_pages(reader)
        # All that the file's root leads to, not its pages alone: who hides something is refused.
        _judge(PdfWriter(clone_from=reader))
        cleaned = _written_anew(reader)
    except (PyPdfError, *_FAULTS) as fault:
        raise Unwanted("paper_broken") from fault
    return {"media_type": "application/pdf", "pages": count, "quality": None}, cleaned


def _count_pages(reader: PdfReader) -> int:
    if reader.is_encrypted:
        raise Unwanted("paper_locked")
    if not 1 <= (count := len(reader.pages)) <= PAGES_MAX:
        raise Unwanted("paper_too_large" if count else "paper_broken")
    return count


def _written_anew(reader: PdfReader) -> bytes:
    """Return the pages alone, without what acts or tells of their author."""
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    for one in _dictionaries(writer):
        for key in _DROPPED_KEYS:
            if key in one:
                del one[NameObject(key)]
        if isinstance(one, StreamObject) and _filters(one) == ["/DCTDecode"]:
            one._data = _without_notes(one._data)  # noqa: SLF001 - as it is, not decoded
    writer.metadata = None
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What a reader of others' files stumbles over when a file lies."""


def _judge(writer: PdfWriter) -> None:
    """Refuse what acts, and what unfolds to more than a paper has. Raises Unwanted."""
    unfolded = pixels = 0
    for one in _dictionaries(writer):
        kinds = {str(one.get(key)) for key in ("/S", "/Subtype", "/Type")}
        if _ACTIVE_KEYS & one.keys() or _ACTIVE_KINDS & kinds:
            raise Unwanted("paper_active")
        if not isinstance(one, StreamObject):
            continue
        if one.get("/Subtype") == "/Image":
            pixels += max(0, int(one.get("/Width", 0))) * max(0, int(one.get("/Height", 0)))
        unfolded += _unfolded(one, _UNFOLDED_MAX - unfolded)
        if pixels > _PIXELS_MAX["JPEG"] * 2 or unfolded >= _UNFOLDED_MAX:
            raise Unwanted("paper_too_large")


def _unfolded(stream: StreamObject, most: int) -> int:
    """Return how long a stream's bytes are unfolded, at most `most`."""
    data = bytes(stream._data)  # noqa: SLF001 - as it is, not decoded without a bound
    for name in _filters(stream):
        if name not in ("/FlateDecode", "/Fl"):
            break
        data = zlib.decompressobj().decompress(data, most)
    return min(len(data), most)


def _filters(stream: StreamObject) -> list[str]:
    found = stream.get("/Filter")
    return [str(one) for one in found] if isinstance(found, ArrayObject) else [str(found)]


def _dictionaries(writer: PdfWriter) -> Iterator[DictionaryObject]:
    """Yield every dictionary of a file, those within others too. Raises Unwanted: too many."""
    left = _OBJECTS_MAX
    for indirect in writer._objects:  # noqa: SLF001 - the library has no other way to see them all
        waiting: list[tuple[PdfObject | None, int]] = [(indirect, 0)]
        while waiting:
            one, depth = waiting.pop()
            left -= 1
            if left < 0 or depth > _DEPTH_MAX:
                raise Unwanted("paper_too_large")
            if isinstance(one, DictionaryObject):
                yield one
                waiting += [(part, depth + 1) for part in one.values() if _is_within(part)]
            elif isinstance(one, ArrayObject):
                waiting += [(part, depth + 1) for part in one if _is_within(part)]


def _is_within(part: Any) -> bool:
    return not isinstance(part, IndirectObject) and isinstance(part, DictionaryObject | ArrayObject)


def _without_notes(jpeg: bytes) -> bytes:
    """Return a JPEG without its APP1 to APP13 and comments: no pixel, but place, time, camera."""
    if not jpeg.startswith(b"\xff\xd8"):
        return jpeg
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if not (0xE1 <= jpeg[at + 1] <= 0xED or jpeg[at + 1] == 0xFE):
            kept.append(jpeg[at:end])
        at = end
    return b"".join((*kept, jpeg[at:]))


def main() -> None:
    """Clean what standard input has."""
    logging.disable()  # what it would say holds words of the file
    warnings.simplefilter("ignore")
    Image.init()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        what, content = clean(sys.stdin.buffer.read())
    except Unwanted as unwanted:
        what, content = {"code": unwanted.code}, b""
    except (MemoryError, RecursionError):
        what, content = {"code": "paper_too_large"}, b""
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
