"""Recordings at the desk: beside which record they were made, and their bytes to whoever may hear.

A recording's words come by the exchange, its bytes later: until then it is said to be on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from server.db.records import NotFound, Records, Stored
from server.media.commands import Uploads, has_arrived, named_hash
from server.media.routes import answer_part
from server.rights import Right
from server.web.shell import DESK
from server.web.site import Reader, Site, get_seen, word

URL = f"{DESK}/recordings"
_MEDIA_TYPE = "audio/aac"
"""What tablets record, in ADTS frames (`mobile_app/device/microphone.py`)."""


def recording_routes(site: Site, uploads: Uploads) -> list[Any]:
    """Return what plays a recording; browsers ask for it in parts."""

    @get(URL + "/{record_id:str}", right=Right.SEE_VISITS)
    @site.threaded
    def heard(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        sha256 = site.read(lambda records: _bytes_of(records, reader, record_id))
        answer = answer_part(
            request.headers.get("range", ""),
            _MEDIA_TYPE,
            lambda first, end: uploads.part(sha256, first, end),
        )
        # A voice stays in no browser's cache: desks are shared.
        headers = {**dict(answer.headers), "cache-control": "no-store"}
        return Response(answer.content, status_code=answer.status, headers=headers)

    return [heard]


def spoken(
    records: Records, reader: Reader, entity: str, record_ids: Sequence[bytes]
) -> dict[bytes, list[dict[str, Any]]]:
    """Return what was said beside records, by the record's id, in the order it was said."""
    table = records.tables.records["voice_note"]
    field = "visit_id" if entity == "visit" else "record_id"
    found = records.list(
        "voice_note",
        table.c[field].in_(record_ids),
        reader.covers(records, "voice_note"),
        order=(table.c.taken_at, table.c.id),
    )
    said: dict[bytes, list[dict[str, Any]]] = {one: [] for one in record_ids}
    for one in found:
        beside = one.values[field]
        assert isinstance(beside, bytes)
        said[beside].append(_shown(records, reader, one))
    return said


def _shown(records: Records, reader: Reader, note: Stored) -> dict[str, Any]:
    values = note.values
    facts = (
        word(reader, "voice_note", "purpose", values["purpose"]),
        word(reader, "voice_note", "language", values["language"]),
        reader.phrases.say("desk.voice.seconds", n=values["seconds"] or 0),
    )
    return {
        "url": f"{URL}/{UUID(bytes=note.record_id)}",
        "words": " · ".join(filter(None, facts)),
        "transcript": values["caption"] or "",
        "is_here": has_arrived(records, note),
    }


def _bytes_of(records: Records, reader: Reader, record_id: str) -> bytes:
    """Return the hash of a recording that is here, of the reader's communes. Raises NotFound."""
    note = get_seen(records, reader, "voice_note", record_id)
    sha256 = named_hash(note)
    if sha256 is None or not has_arrived(records, note):
        raise NotFound("voice_note: not here", entity="voice_note")
    return sha256
