"""A recording made at the desk: its bytes are on disk before a record names them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from server.db.work import Work
from server.media.queries import COMPLETE, FORGOTTEN
from server.media.store import BlobFiles
from server.voice.sounds import NoSound, is_sound

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
    if not is_sound(content):
        raise NoSound("recording: no sound", field="recording")
    digest = sha256(content).digest()
    if not files.has(digest):
        with files.lock(upload_id):
            files.append(upload_id, 0, content)
            files.keep(upload_id, digest)
    is_known = seconds is not None and 0 < seconds <= _SECONDS_MAX
    return Recording(digest, len(content), seconds if is_known else None)


def join(work: Work, entity: str, record_id: bytes, recording: Recording) -> None:
    """Say that the bytes of a record are here: tablets fetch them as any other's."""
    sent = {
        "id": work.ids(),
        "device_id": _NO_DEVICE,
        "entity": entity,
        "record_id": record_id,
        "sha256": recording.sha256,
        "length_bytes": recording.size_bytes,
        "offset_bytes": recording.size_bytes,
        "state": COMPLETE,
        "begun_at": work.now_ms,
        "touched_at": work.now_ms,
    }
    work.connection.execute(sa.insert(work.tables.upload).values(sent))


def forget(work: Work, record_id: bytes) -> None:
    """Let the night take the bytes of a record that is gone, if no other names them."""
    table = work.tables.upload
    work.connection.execute(
        sa.update(table).where(table.c.record_id == record_id).values(state=FORGOTTEN)
    )
