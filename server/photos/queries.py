"""Which photos were taken at a visit, and whether their bytes are here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db.among import among_ids
from server.db.records import NotFound, Records, Stored
from server.media.queries import COMPLETE, has_arrived, named_hash
from server.reference import files
from server.rights import Right
from server.web.reader import Reader, word
from server.web.seen import get_seen, seen_of
from server.web.shell import DESK

URL = f"{DESK}/photos"
PAPERS_URL = f"{URL}/papers"
"""Of the papers of a request, for who answers it and sees nothing else of the person."""
SIDE = 320
"""Pixels of a small picture's longer side, at most."""
_ASPECT = (4, 3)
_WITH_BYTES = ("photo", "document")


def papers_shown(
    records: Records, reader: Reader, papers: Sequence[Stored], url: str = URL
) -> list[dict[str, Any]]:
    """Return pages of papers as `photos_of` does, at the address where the reader may see them."""
    here = arrived(records, papers)
    return [_row(reader, one, is_here=one.record_id in here, url=url) for one in papers]


def photos_of(records: Records, reader: Reader, visit_id: bytes) -> list[dict[str, Any]]:
    """Return the photos and papers of a visit, each kind in the order in which it was taken."""
    found = []
    for entity in _WITH_BYTES:
        order = ("taken_at", "id")
        found += seen_of(records, reader, entity, "visit_id", [visit_id], order=order)
    here = arrived(records, found)
    return [_row(reader, one, is_here=one.record_id in here) for one in found]


def arrived(records: Records, photos: Sequence[Stored]) -> set[bytes]:
    """Return the ids of those photos whose bytes were sent, and checked."""
    if not photos:
        return set()
    table, ids = records.tables.upload, [photo.record_id for photo in photos]
    query = sa.select(table.c.record_id, table.c.sha256).where(
        among_ids(records.connection, table.c.record_id, ids), table.c.state == COMPLETE
    )
    sent = {(row.record_id, bytes(row.sha256)) for row in records.connection.execute(query)}
    return {photo.record_id for photo in photos if (photo.record_id, named_hash(photo)) in sent}


def _row(reader: Reader, photo: Stored, *, is_here: bool, url: str = URL) -> dict[str, Any]:
    values, phrases = photo.values, reader.phrases
    width, height = _small(values.get("width"), values.get("height"))
    taken_at = values["taken_at"]
    address = f"{url}/{UUID(bytes=photo.record_id)}"
    words = [
        _name(reader, photo),
        phrases.time(taken_at) if isinstance(taken_at, int) else "",
    ]
    return {
        "url": address,
        "small_url": f"{address}/small",
        "words": phrases.listed([part for part in words if part]),
        "is_here": is_here,
        "is_signature": values.get("purpose") == "signature",
        "width": width,
        "height": height,
    }


def _name(reader: Reader, photo: Stored) -> str:
    """Return what a photo or a paper is called, and of a paper how well it can be read."""
    values = photo.values
    if photo.entity.name == "photo":
        return str(values["caption"] or word(reader, "photo", "purpose", values["purpose"]))
    code = str(values["type"] or "")
    name = files.documents().get(code, {}).get(reader.language, code)
    return reader.phrases.facts((name, word(reader, "document", "quality", values["quality"])))


def _small(width: object, height: object) -> tuple[int, int]:
    """Return the sides of the small picture, as the page leaves room for it."""
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    across, down = (width, height) if known else _ASPECT
    assert isinstance(across, int)
    assert isinstance(down, int)
    share = SIDE / max(across, down)
    return max(1, round(across * share)), max(1, round(down * share))


def picture_of(records: Records, reader: Reader, record_id: str) -> Stored:
    """Return a photo or a paper that is here and reached. Raises NotFound."""
    try:
        photo = get_seen(records, reader, "photo", record_id)
    except NotFound:
        photo = get_seen(records, reader, "document", record_id)
    return _here(records, photo)


def paper_of(records: Records, reader: Reader, record_id: str) -> Stored:
    """Return a paper that is here, of a request that the reader answers. Raises NotFound."""
    return _here(records, get_seen(records, reader, "document", record_id, Right.ANSWER_REQUESTS))


def _here(records: Records, photo: Stored) -> Stored:
    if named_hash(photo) is None or not has_arrived(records, photo):
        raise NotFound("photo: not here", entity="photo")
    return photo
