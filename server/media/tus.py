"""tus 1.0 in headers: what a tablet asks and says, and how it is answered.

Nothing here meets a database or a file; which calls there are is said in `routes.py`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server import problems
from server.media.commands import Part, Progress
from server.media.queries import Wanted
from server.media.refusals import OffsetWrong, RangeWrong
from sync import limits
from sync.errors import Malformed, Refusal

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
TUS = ("tus-resumable", VERSION)
OPTIONS = (
    ("tus-version", VERSION),
    ("tus-extension", "creation,creation-with-upload,checksum"),
    ("tus-max-size", str(limits.BLOB_BYTES_MAX)),
    ("tus-checksum-algorithm", "sha256"),
)
OK, CREATED, NO_CONTENT, PARTIAL = 200, 201, 204, 206
_RANGE = re.compile(r"bytes=(?!-$)([0-9]{0,12})-([0-9]{0,12})")
"""One range; whatever else is asked is answered with the whole, as HTTP allows."""
ID_BYTES, HASH_BYTES = 16, 32


class VersionWrong(Refusal):
    """The request speaks another version of tus, or does not say."""

    code = "tus_version_wrong"


class PieceTypeWrong(Refusal):
    """A piece must say that it is one."""

    code = "piece_type_wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: status, headers in lower case, body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = field(default=b"", repr=False)


def answer_part(
    asked: str, media_type: str, fetch: Callable[[int | None, int | None], Part]
) -> Answer:
    """Return bytes as a `Range` header asks for them, or the whole. Raises as `fetch`.

    Args:
        asked: the header; empty for none.
        fetch: from which byte to before which, as `Uploads.fetch`.
    """
    found = _RANGE.fullmatch(asked)
    first, end = _range(found[1], found[2]) if found else (None, None)
    part = fetch(first, end)
    kind = (("content-type", media_type), ("accept-ranges", "bytes"))
    if found is None:
        return Answer(OK, kind, part.content)
    last = part.first + len(part.content) - 1
    where = ("content-range", f"bytes {part.first}-{last}/{part.length_bytes}")
    return Answer(PARTIAL, (*kind, where), part.content)


def problem_answer(fault: Exception, headers: Mapping[str, str]) -> Answer:
    """Return what a fault says: so much of it in headers that a tablet need not ask again."""
    language = problems.language_of(headers.get("accept-language", ""))
    status, content = problems.of_fault(fault, language)
    extra: tuple[tuple[str, str], ...] = ()
    if isinstance(fault, OffsetWrong):
        # So that a tablet need not ask where to go on.
        extra = (("upload-offset", str(fault.values["offset"])),)
        extra += (("upload-complete", "?1"),) if fault.values["is_complete"] else ()
    if isinstance(fault, RangeWrong):
        extra = (("content-range", f"bytes */{fault.values['length']}"),)
    if isinstance(fault, VersionWrong):
        extra = (("tus-version", VERSION),)
    return Answer(status, (TUS, *extra, ("content-type", problems.MEDIA_TYPE)), content)


def progress_headers(progress: Progress) -> tuple[tuple[str, str], ...]:
    """Return how far an upload is, and whether its bytes are checked and kept."""
    offset = (("upload-offset", str(progress.offset_bytes)),)
    return (*offset, ("upload-complete", "?1")) if progress.is_complete else offset


def read_wanted(headers: Mapping[str, str]) -> Wanted:
    """Read `Upload-Length` and `Upload-Metadata`: entity, record (16 bytes), sha256 (32)."""
    length = read_number(headers, "upload-length")
    named = _metadata(headers)
    entity, record, sha256 = (named.get(name, b"") for name in ("entity", "record", "sha256"))
    if not length or len(record) != ID_BYTES or len(sha256) != HASH_BYTES:
        raise Malformed("upload: metadata or length missing")
    return Wanted(entity.decode("ascii", "replace"), record, sha256, length)


def read_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of `Upload-Metadata` by name. Raises Malformed."""
    try:
        return {name: value.decode() for name, value in _metadata(headers).items()}
    except UnicodeDecodeError as fault:
        raise Malformed("upload: metadata is no text") from fault


def _metadata(headers: Mapping[str, str]) -> dict[str, bytes]:
    named: dict[str, bytes] = {}
    for pair in headers.get("upload-metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        named[name] = _from_base64(value)
    return named


def _range(first: str, last: str) -> tuple[int | None, int | None]:
    """Return the first byte and the one after the last; of `-N` no first, and N."""
    if not first:
        return None, int(last)
    return int(first), int(last) + 1 if last else None


def require_piece(headers: Mapping[str, str]) -> None:
    """Check that a body is a piece. Raises PieceTypeWrong."""
    if headers.get("content-type") != PIECE_TYPE:
        raise PieceTypeWrong(f"piece: {headers.get('content-type')!r}")


def read_checksum(headers: Mapping[str, str]) -> bytes:
    """Return the SHA-256 of a piece, empty if none is given."""
    algorithm, _, value = headers.get("upload-checksum", "").partition(" ")
    if not algorithm:
        return b""
    checksum = _from_base64(value)
    if algorithm != "sha256" or len(checksum) != HASH_BYTES:
        raise Malformed(f"checksum: by {algorithm!r}")
    return checksum


def read_number(headers: Mapping[str, str], name: str) -> int:
    """Return the number that a header has. Raises Malformed."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise Malformed(f"{name}: not a number")
    return int(text)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as fault:  # of bytes that are no ASCII too
        raise Malformed("not base64") from fault


def read_name(text: str, count: int) -> bytes:
    """Return what an address names: an id or a hash of so many bytes. Raises Malformed."""
    try:
        found = bytes.fromhex(text)
    except ValueError as fault:
        raise Malformed("blob: no such address") from fault
    if len(found) != count:
        raise Malformed("blob: no such address")
    return found
