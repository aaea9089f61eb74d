"""Whether messages go: since when the line is down, and how many wait. What desk and portal say.

The sender says when no line can be opened, and when one is again. Where it says nothing, since it
was killed or the centre takes nothing, a code that waits says it: codes go at once, at any hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from server.db.records import Records
from server.db.work import Work
from server.sms.outbox import Kind, Stage

SLOW_MS = 2 * 60_000
"""A code that waits longer says that none go; a sender that is begun anew is back before."""
_ONLY = 1


@dataclass(frozen=True, slots=True)
class Outage:
    """No message goes. `since`: Unix ms. `waiting`: messages that are sent once they go again."""

    since: int
    waiting: int


def note_down(work: Work) -> None:
    """Note that no line can be opened; it is down since the first who says so."""
    made = work.insert_or_skip(work.tables.message_line).values(id=_ONLY, down_since=work.now_ms)
    work.connection.execute(made)


def note_up(work: Work) -> None:
    """Note that there is a line."""
    work.connection.execute(sa.delete(work.tables.message_line))


def is_noted(records: Records) -> bool:
    """Whether the line is noted as down."""
    return records.connection.scalar(sa.select(records.tables.message_line.c.id)) is not None


def outage_of(records: Records, now_ms: int) -> Outage | None:
    """Return since when no message goes; None: they go, as far as is known."""
    line, table = records.tables.message_line, records.tables.message
    since = records.connection.scalar(sa.select(line.c.down_since))
    is_open = sa.and_(table.c.state.in_((Stage.WAITING, Stage.SENDING)), table.c.until > now_ms)
    if since is None:
        slow = sa.and_(table.c.kind == Kind.CODE, table.c.created_at < now_ms - SLOW_MS)
        since = records.connection.scalar(
            sa.select(sa.func.min(table.c.created_at)).where(is_open, slow)
        )
    if since is None:
        return None
    waiting = sa.select(sa.func.count()).select_from(table).where(is_open)
    return Outage(int(since), int(records.connection.scalar(waiting) or 0))
