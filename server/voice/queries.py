"""Beside which record a recording was made, and whether its bytes are here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from server.db.records import NotFound, Records, Stored
from server.media.queries import has_arrived, named_hash
from server.web.reader import Reader, word
from server.web.seen import get_seen, seen_of
from server.web.shell import DESK

URL = f"{DESK}/recordings"


def recordings_of(
    records: Records, reader: Reader, entity: str, record_ids: Sequence[bytes]
) -> dict[bytes, list[dict[str, Any]]]:
    """Return what was said beside records, by the record's id, in the order it was said."""
    field = "visit_id" if entity == "visit" else "record_id"
    order = ("taken_at", "id")
    notes = seen_of(records, reader, "voice_note", field, record_ids, order=order)
    found: dict[bytes, list[dict[str, Any]]] = {record_id: [] for record_id in record_ids}
    for note in notes:
        record_id = note.values[field]
        assert isinstance(record_id, bytes)
        found[record_id].append(_row(records, reader, note))
    return found


def _row(records: Records, reader: Reader, note: Stored) -> dict[str, Any]:
    values = note.values
    facts = (
        word(reader, "voice_note", "purpose", values["purpose"]),
        word(reader, "voice_note", "language", values["language"]),
        reader.phrases.say("desk.voice.seconds", n=values["seconds"] or 0),
    )
    return {
        "url": f"{URL}/{UUID(bytes=note.record_id)}",
        "purpose": values["purpose"],
        "words": reader.phrases.facts(facts),
        "transcript": values["caption"] or "",
        "is_here": has_arrived(records, note),
    }


def bytes_of(records: Records, reader: Reader, record_id: str) -> bytes:
    """Return the SHA-256 of a recording that is here, of the reader's communes. Raises NotFound."""
    note = get_seen(records, reader, "voice_note", record_id)
    sha256 = named_hash(note)
    if sha256 is None or not has_arrived(records, note):
        raise NotFound("voice_note: not here", entity="voice_note")
    return sha256
