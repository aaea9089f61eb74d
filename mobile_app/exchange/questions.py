"""The recordings in which the office asks for a correction: fetched while there is a line.

An agent hears them where there is none, and each is a few kilobytes; others come when one asks.
"""

from __future__ import annotations

from mobile_app.exchange import downloads
from mobile_app.exchange.downloads import Downloader
from mobile_app.store.records import Store
from sync.errors import Refusal, SyncError

_OPEN = (
    "purpose = 'return' AND visit_id IN"
    " (SELECT id FROM visit WHERE review_state = 'returned' AND agent_id = ?)"
    " AND NOT EXISTS (SELECT 1 FROM blob_piece, blob WHERE blob_piece.record_id = voice_note.id"
    " AND blob.record_id = voice_note.id AND blob.state <> 'coming')"
)


def fetch(store: Store, line: Downloader) -> None:
    """Fetch those that are not here; where the line breaks, the next contact goes on."""
    if not {"visit", "voice_note"} <= store.entity_by_name.keys():
        return
    for note in store.list("voice_note", _OPEN, (store.kept.agent_id,)):
        try:
            downloads.fetch(store, line, "voice_note", note.record_id)
        except (Refusal, SyncError):
            return
