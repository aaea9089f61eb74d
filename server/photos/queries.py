"""Which photos were taken at a visit, and whether their bytes are here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db.records import NotFound, Records, Stored
from server.media.queries import COMPLETE, has_arrived, named_hash
from server.web.reader import Reader, word
from server.web.seen import get_seen
from server.web.shell import DESK

URL = f"{DESK}/photos"
SIDE = 320
"""Pixels of a small picture's longer side, at most."""
_ASPECT = (4, 3)


def photos_of(records: Records, reader: Reader, visit_id: bytes) -> list[dict[str, Any]]:
    """Return the photos of a visit, in the order in which they were taken."""
    table = records.tables.records["photo"]
    photos = records.list(
        "photo",
        table.c.visit_id == visit_id,
        reader.covers(records, "photo"),
        order=(table.c.taken_at, table.c.id),
    )
    here = arrived(records, photos)
    return [_row(reader, photo, is_here=photo.record_id in here) for photo in photos]


def arrived(records: Records, photos: Sequence[Stored]) -> set[bytes]:
    """Return the ids of those photos whose bytes were sent, and checked."""
    table = records.tables.upload
    query = sa.select(table.c.record_id, table.c.sha256).where(
        table.c.record_id.in_([photo.record_id for photo in photos]), table.c.state == COMPLETE
    )
    sent = {(row.record_id, bytes(row.sha256)) for row in records.connection.execute(query)}
    return {photo.record_id for photo in photos if (photo.record_id, named_hash(photo)) in sent}


def _row(reader: Reader, photo: Stored, *, is_here: bool) -> dict[str, Any]:
    values, phrases = photo.values, reader.phrases
    width, height = _small(values["width"], values["height"])
    purpose = word(reader, "photo", "purpose", values["purpose"])
    taken_at = values["taken_at"]
    address = f"{URL}/{UUID(bytes=photo.record_id)}"
    words = [
        str(values["caption"] or purpose),
        phrases.time(taken_at) if isinstance(taken_at, int) else "",
    ]
    return {
        "url": address,
        "small_url": f"{address}/small",
        "words": phrases.listed([part for part in words if part]),
        "is_here": is_here,
        "is_signature": values["purpose"] == "signature",
        "width": width,
        "height": height,
    }


def _small(width: object, height: object) -> tuple[int, int]:
    """Return the sides of the small picture, as the page leaves room for it."""
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    across, down = (width, height) if known else _ASPECT
    assert isinstance(across, int)
    assert isinstance(down, int)
    share = SIDE / max(across, down)
    return max(1, round(across * share)), max(1, round(down * share))


def bytes_of(records: Records, reader: Reader, record_id: str) -> bytes:
    """Return the SHA-256 of a photo that is here, of the reader's communes. Raises NotFound."""
    photo = get_seen(records, reader, "photo", record_id)
    sha256 = named_hash(photo)
    if sha256 is None or not has_arrived(records, photo):
        raise NotFound("photo: not here", entity="photo")
    return sha256
