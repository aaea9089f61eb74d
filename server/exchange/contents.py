"""The hash of what a scope's records say, for a device to compare with what it holds.

Digests compare identities: which records, at which rev. That the values of a rev are the same on
both sides follows from patches being applied rightly, and from revs never being given twice; this
check is for the day one of these does not hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from server.db.feed import PUT
from server.db.records import Records
from server.exchange.view import View
from sync import digest, limits


def contents(records: Records, seen: View, scope_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return (place, hash) of the scopes asked for that the device may read."""
    found = []
    for scope_id in scope_ids[: limits.SCOPES_CHECKED_AT_ONCE]:
        place = seen.place(scope_id)
        if place >= 0:
            found.append((place, _content(records, scope_id)))
    return found


def _content(records: Records, scope_id: int) -> int:
    feed = records.tables.feed
    query = sa.select(feed.c.entity, feed.c.record_id).where(
        feed.c.scope_id == scope_id, feed.c.op == PUT
    )
    ids: dict[int, list[bytes]] = defaultdict(list)
    for entity, record_id in records.connection.execute(query):
        ids[entity].append(record_id)
    total = 0
    for number, here in ids.items():
        entity = records.tables.entities[number]
        for record_id, record in records.load(entity.name, here).items():
            total += digest.content_hash(entity, record_id, record.values)
    return total % digest.MODULUS
