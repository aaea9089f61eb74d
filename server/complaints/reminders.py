"""Who is reminded of a complaint that waits: who sees to it before its end, who is above after.

The night makes the reminders, as of requests (`server.notices.reminders`). Who has taken a
complaint sees to it; one that nobody took is the coordinators' of the place, an appeal the
programme's. A reminder stands at the head of the queue, as long as it is true.
"""

from __future__ import annotations

from server.db.records import Records, Stored
from server.exchange.ends import ABOVE, OFFICE, is_reminded
from server.rights import Reach, Right
from server.web import waiting
from server.web.reader import Reader

_SHOWN_MAX = 20


def reminded_of(records: Records, reader: Reader) -> list[Stored]:
    """Return the complaints that a reader is reminded of, the most pressing first."""
    table = records.tables.records["task"]
    is_above = reader.session.standing.reach(Right.DECIDE) is Reach.ALL
    # What nobody took: an appeal is for who is above, anything else for who is not.
    untaken = table.c.appeal_of.is_not(None) if is_above else table.c.appeal_of.is_(None)
    is_own = (table.c.owner_id == reader.session.agent_id) | (table.c.owner_id.is_(None) & untaken)
    whose = is_own & is_reminded(records, "task", OFFICE, ABOVE)
    if is_above:
        whose |= is_reminded(records, "task", ABOVE)
    return records.list(
        "task",
        *waiting.open_complaints(records, reader),
        whose,
        order=(table.c.due_on, table.c.id),
        limit=_SHOWN_MAX,
    )
