"""Who and what is near a position: points by their own, people by that of their last visit."""

from __future__ import annotations

import heapq
import math

from mobile_app.store.records import Record, Store, UnknownEntity

NEAR_MAX = 20
_METRES_PER_MILLIONTH = 0.111_195
"""Of a degree of latitude, on a sphere of 6,371 km."""


def near(
    store: Store, entity: str, latitude: int, longitude: int, *, limit: int = NEAR_MAX
) -> list[tuple[Record, int]]:
    """Return the records nearest to a position, and how far they are in metres, nearest first.

    Args:
        latitude: in millionths of a degree, as fields and `device.gps` give it; likewise longitude.

    Raises:
        UnknownEntity: such records have no position, and no visits.
    """
    declared = store.entity(entity)
    if "latitude" in declared.field_by_name:
        query = f'SELECT id, latitude, longitude, 0 FROM "{entity}" WHERE latitude IS NOT NULL'
    elif f"{entity}_id" in store.entity("visit").field_by_name:
        query = (
            f"SELECT {entity}_id, latitude, longitude, max(started_at) FROM visit"
            f" WHERE {entity}_id IS NOT NULL AND latitude IS NOT NULL GROUP BY {entity}_id"
        )
    else:
        raise UnknownEntity(f"{entity}: has no position", entity=entity)
    # A plane is flat enough: over 50 km it is wrong by less than a position is.
    narrowing = math.cos(math.radians(latitude / 1e6))
    rows = (
        (math.hypot(at_latitude - latitude, (at_longitude - longitude) * narrowing), record_id)
        for record_id, at_latitude, at_longitude, _ in store.db.execute(query)
    )
    nearest = heapq.nsmallest(limit, rows)
    metres = {record_id: round(one * _METRES_PER_MILLIONTH) for one, record_id in nearest}
    found = store.find_all((entity, record_id) for record_id in metres)
    return [(one, metres[one.record_id]) for one in found]
