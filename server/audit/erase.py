"""Somebody forgotten in the audit log: the values emptied, the chains left whole."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.events import Action
from server.db.work import Work


def erase(work: Work, record_id: bytes, *, by: bytes | None) -> int:
    """Empty who did what to a person's or an enterprise's records. Returns of how many events."""
    table, waiting = work.tables.audit_value, work.tables.audit_waiting

    def theirs(one: sa.Table) -> sa.ColumnElement[bool]:
        return sa.or_(one.c.record_id == record_id, one.c.subject_id == record_id)

    empty = dict.fromkeys(("salt", "actor_id", "record_id", "subject_id", "detail"))
    count = work.connection.execute(sa.update(table).where(theirs(table)).values(empty)).rowcount
    # What no chain has yet goes into one without them.
    bare = {"actor_id": None, "record_id": None, "subject_id": None, "detail": ""}
    work.connection.execute(sa.update(waiting).where(theirs(waiting)).values(bare))
    work.note(Action.ERASE, by, "audit_value", None, str(count))
    return int(count)
