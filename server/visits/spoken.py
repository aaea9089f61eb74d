"""A return's question as it was spoken: the bytes are on disk before the record names them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from server.db.records import Stored
from server.db.work import Author, Work
from server.media.queries import COMPLETE
from server.media.store import BlobFiles
from server.voice.sounds import HEAD_BYTES, NoSound, media_type_of

_SECONDS_MAX = 3_600
_NO_DEVICE = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording whose bytes are kept. `seconds`: how long, None where nobody says."""

    sha256: bytes
    size_bytes: int
    seconds: int | None


def keep(files: BlobFiles, upload_id: bytes, content: bytes, seconds: int | None) -> Recording:
    """Keep the bytes of a recording. Raises NoSound, StoreFull."""
    if media_type_of(content[:HEAD_BYTES]) is None:
        raise NoSound("return: no sound", field="recording")
    digest = sha256(content).digest()
    if not files.has(digest):
        with files.lock(upload_id):
            files.append(upload_id, 0, content)
            files.keep(upload_id, digest)
    is_known = seconds is not None and 0 < seconds <= _SECONDS_MAX
    return Recording(digest, len(content), seconds if is_known else None)


def say(work: Work, visit: Stored, recording: Recording, by: bytes) -> bytes:
    """Put a recording beside the visit that it asks about: tablets fetch it as any other.

    Returns:
        The id of its record.
    """
    note = work.insert(
        "voice_note",
        {
            "commune_code": visit.values["commune_code"],
            "visit_id": visit.record_id,
            "purpose": "return",
            "taken_at": work.now_ms,
            "seconds": recording.seconds,
            "size_bytes": recording.size_bytes,
            "sha256": recording.sha256.hex(),
        },
        Author(by),
    )
    sent = {
        "id": work.ids(),
        "device_id": _NO_DEVICE,
        "entity": "voice_note",
        "record_id": note.record_id,
        "sha256": recording.sha256,
        "length_bytes": recording.size_bytes,
        "offset_bytes": recording.size_bytes,
        "state": COMPLETE,
        "begun_at": work.now_ms,
        "touched_at": work.now_ms,
    }
    work.connection.execute(sa.insert(work.tables.upload).values(sent))
    return note.record_id
