"""What of a day's slip has arrived."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db.records import Records
from server.db.schema import rescue_key
from server.people.subjects import ENTERPRISES, PEOPLE
from server.tablets.queries import get_tablet
from server.visits.rows import URL as VISITS_URL
from server.web.reader import Reader
from sync import local_time, slip
from sync.changes import Op
from sync.messages import Status

_ROWS_MAX = 20_000
_URLS = {"visit": VISITS_URL, "person": PEOPLE.url, "enterprise": ENTERPRISES.url}


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A new record that a tablet brought: entity, id, and whether it is held for a person."""

    entity: str
    record_id: bytes
    is_held: bool


def compare(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what a slip says beside what has arrived.

    Of the typed code, which lists nothing, only how many.

    Raises:
        SlipUnreadable, SlipGroupWrong: it is misread.
        NotFound: a tablet of others, or none.
        SlipForged: nothing of it counts.
    """
    given = slip.read(text)
    tablet = get_tablet(records, reader, given.device_id)
    slip.require_genuine(given, rescue_key(records, given.device_id))
    arrived = {
        slip.digest_of(one.record_id): one for one in _since(records, given.device_id, given.day)
    }
    rows = [_row(records, reader, given.day, item, arrived) for item in given.items]
    if len(rows) == given.count:
        here = sum(row["is_here"] for row in rows)
    else:
        here = min(_count_of(records, list(arrived.values()), given.day), given.count)
    return {
        "tablet": tablet,
        "day": given.day,
        "count": given.count,
        "here": here,
        "coming": [row for row in rows if not row["is_here"]],
        "come": [row for row in rows if row["is_here"]],
        "unlisted": given.count - len(rows),
    }


def _since(records: Records, device_id: int, day: int) -> list[_Arrived]:
    """Return what is new of a tablet and arrived on a day or later: nothing does before."""
    table = records.tables.acknowledgement
    query = (
        sa.select(table.c.entity, table.c.record_id, table.c.status)
        .where(
            table.c.device_id == device_id,
            table.c.op == Op.INSERT,
            table.c.at >= local_time.day_start(day),
        )
        .order_by(table.c.inc, table.c.seq)
        .limit(_ROWS_MAX)
    )
    return [
        _Arrived(records.tables.entities[row.entity].name, row.record_id, row.status == Status.HELD)
        for row in records.connection.execute(query)
    ]


def _row(
    records: Records, reader: Reader, day: int, item: slip.Item, arrived: dict[bytes, _Arrived]
) -> dict[str, Any]:
    entities = records.tables.entities
    # A newer app may know an entity that this server does not.
    name = entities[item.entity].name if item.entity < len(entities) else ""
    found = arrived.get(item.digest)
    url = _URLS.get(name, "") if found and not found.is_held else ""
    return {
        "at": local_time.day_start(day) + item.minute * local_time.MS_PER_MINUTE,
        "what": reader.phrases.say(f"desk.entity.{name}" if name else "desk.slip.record"),
        "is_here": found is not None,
        "is_held": bool(found and found.is_held),
        "url": f"{url}/{UUID(bytes=found.record_id)}" if found and url else "",
    }


def _count_of(records: Records, arrived: list[_Arrived], day: int) -> int:
    """Return how many of those that arrived were captured on a day, what follows a visit apart."""
    ids = defaultdict(list)
    for one in arrived:
        entity = records.entity_by_name[one.entity]
        if "created_at" in entity.field_by_name and "sha256" not in entity.field_by_name:
            ids[one.entity].append(one.record_id)
    first, after = local_time.day_start(day), local_time.day_start(day + 1)
    return sum(
        isinstance(at := record.values["created_at"], int) and first <= at < after
        for entity, of_entity in ids.items()
        for record in records.load(entity, of_entity).values()
    )
