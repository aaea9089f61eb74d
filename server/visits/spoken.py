"""A return's question as it was spoken."""

from __future__ import annotations

from server.db.records import Stored
from server.db.work import Author, Work
from server.voice import keeping
from server.voice.keeping import Recording


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
    keeping.join(work, "voice_note", note.record_id, recording)
    return note.record_id
