"""Say in a reply how far uploads are, so that a tablet need not ask of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server.db.records import Records
from sync.messages import Upload

_COMPLETE = "complete"
_NONE = Upload(upload_id=b"", offset=0, is_complete=False)


def uploads_of(records: Records, device: Any, record_ids: Sequence[bytes]) -> list[Upload]:
    """Return how far the uploads of these records by this device are, in their order."""
    if not record_ids:
        return []
    table = records.tables.upload
    query = sa.select(table).where(
        table.c.device_id == device.id, table.c.record_id.in_(list(record_ids))
    )
    found = {
        bytes(row.record_id): Upload(
            upload_id=bytes(row.id), offset=row.offset_bytes, is_complete=row.state == _COMPLETE
        )
        for row in records.connection.execute(query)
    }
    return [found.get(record_id, _NONE) for record_id in record_ids]
