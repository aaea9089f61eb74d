"""Who is reminded of a complaint that waits: who sees to it before its end, who is above after.

As offices are of requests: from ten days before. Who has taken a complaint sees to it; one that
nobody took is the coordinators' of the place, an appeal the programme's. No account has a phone, so
a reminder stands at the head of the queue, as long as it is true.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.applications.clocks import REMINDED_DAYS
from server.db.records import Records, Stored
from server.rights import Reach, Right
from server.web import waiting
from server.web.reader import Reader
from sync import local_time

_SHOWN_MAX = 20


def reminded_of(records: Records, reader: Reader) -> list[Stored]:
    """Return the complaints that a reader is reminded of, the most pressing first."""
    table, today = records.tables.records["task"], local_time.day_of(reader.now_ms)
    is_above = reader.session.standing.reach(Right.DECIDE) is Reach.ALL
    # What nobody took: an appeal is for who is above, anything else for who is not.
    untaken = table.c.appeal_of.is_not(None) if is_above else table.c.appeal_of.is_(None)
    whose = [
        table.c.owner_id == reader.session.agent_id,
        sa.and_(table.c.owner_id.is_(None), untaken),
    ]
    if is_above:
        whose.append(table.c.due_on < today)
    return records.list(
        "task",
        *waiting.open_complaints(records, reader),
        table.c.due_on <= today + max(REMINDED_DAYS),
        sa.or_(*whose),
        order=(table.c.due_on, table.c.id),
        limit=_SHOWN_MAX,
    )
