"""What somebody did at the desk, to one record or to many by one press, and its undoing.

An act keeps what each record had and the rev that it gave it. Undone, a record gets back what it
had, if nobody wrote to it since; what somebody did is left, and said. `KEPT_MS` after, an act
cannot be undone any more and is forgotten: the history of the records stays.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts.standing import Standing, standing_of
from server.db.merged import references
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Database, Work
from server.rights import Reach, Right
from sync.errors import Refusal
from sync.spec import Values

KEPT_MS = 24 * 60 * 60 * 1000
RECORDS_PER_TURN = 100
"""Records of an act that one transaction changes, lest a push waits for it."""
_RIGHTS = {"request_take": Right.ANSWER_REQUESTS, "request_give": Right.ANSWER_REQUESTS}
"""Kind of an act -> the right that undoes it, where it is another than `DECIDE`."""
_ONCE = "act "
_WAS_GONE = "deleted_at"
"""Beside the values that a record had: that it was not there, or was; of no entity a field."""
_ENCODER = msgspec.msgpack.Encoder()


class ActOver(Refusal):
    """An act that was undone, is too long ago, or is another's."""

    code = "act_over"


class ActChanged(Refusal):
    """An act that is undone whole or not at all, and what it wrote was changed since."""

    code = "act_changed"


@dataclass(frozen=True, slots=True)
class Act:
    """An act that can be undone. `count`: of the records that it changed."""

    act_id: bytes
    kind: str
    done_at: int
    count: int


def begin(work: Work, kind: str, by: bytes, act_id: bytes = b"") -> bytes:
    """Begin an act, or go on with one. Returns its id."""
    table = work.tables.act
    if act_id:
        _get(work, act_id, by)
        return act_id
    _forget_old(work, by)
    act_id = work.ids()
    row = {"id": act_id, "kind": kind, "done_by": by, "done_at": work.now_ms}
    work.connection.execute(sa.insert(table).values(row))
    return act_id


def change(work: Work, act_id: bytes, record: Stored, values: Values, by: bytes) -> None:
    """Change a record as part of an act. Raises what `Work.change` does."""
    was = {name: record.values.get(name) for name in values}
    work.change(record.entity.name, record.record_id, values, Author(by))
    keep(work, act_id, record, was)


def change_all(
    work: Work, act_id: bytes, records: Sequence[Stored], values: Values, by: bytes
) -> None:
    """Change records alike as part of an act, each locked and none of them changed by it before.

    Raises what `Work.change` does.
    """
    rows = []
    for record in records:
        was = {name: record.values.get(name) for name in values}
        work.change(record.entity.name, record.record_id, values, Author(by))
        rows.append(_row(act_id, record, was))
    work.connection.execute(sa.insert(work.tables.act_record), rows)


def make_all(
    work: Work, act_id: bytes, entity: str, made: Sequence[Values], *, undone: Values, by: bytes
) -> None:
    """Make records as part of an act.

    Args:
        undone: what a record gets when the act is undone: nothing that was sent is deleted.
    """
    records = [work.insert(entity, values, Author(by)) for values in made]
    rows = [_row(act_id, record, undone) for record in records]
    work.connection.execute(sa.insert(work.tables.act_record), rows)


def keep(work: Work, act_id: bytes, record: Stored, was: Values) -> None:
    """Keep what a record had of fields that this work changed as part of an act.

    Of one that the act has changed before, the values from before that stay.
    """
    items = work.tables.act_record
    is_it = (items.c.act_id == act_id, items.c.record_id == record.record_id)
    known = work.connection.scalar(sa.select(items.c.was).where(*is_it))
    row = _row(act_id, record, {**was, **(_values(known) if known else {})})
    write = sa.update(items).where(*is_it) if known else sa.insert(items)
    work.connection.execute(write.values(row))


def keep_touched(work: Work, act_id: bytes) -> None:
    """Keep all that this work has changed or made as part of an act, to be undone whole.

    What the records had is what the database has still: a work writes them at its end.
    """
    for declared in work.tables.entities:
        changed = work.changed(declared.name)
        before = work.load(declared.name, [one.record_id for one in changed]) if changed else {}
        for record in changed:
            old = before.get(record.record_id)
            was: dict[str, Any] = {}
            if old is not None:
                was = {
                    name: value
                    for name, value in old.values.items()
                    if record.values.get(name) != value
                }
            was_gone = old is None or old.deleted_at is not None
            if was_gone != (record.deleted_at is not None):
                was[_WAS_GONE] = was_gone
            keep(work, act_id, record, was)


def _row(act_id: bytes, record: Stored, was: Values) -> dict[str, Any]:
    return {
        "act_id": act_id,
        "record_id": record.record_id,
        "entity": record.entity.name,
        "rev": record.rev,
        "was": _ENCODER.encode(was),
    }


def find(records: Records, act_id: bytes | None, by: bytes, *, now_ms: int) -> Act | None:
    """Return an act of one's own that can still be undone, or None."""
    if act_id is None:
        return None
    table, items = records.tables.act, records.tables.act_record
    row = records.connection.execute(
        sa.select(table).where(
            table.c.id == act_id,
            table.c.done_by == by,
            table.c.undone_at.is_(None),
            table.c.done_at > now_ms - KEPT_MS,
        )
    ).first()
    if row is None:
        return None
    count = sa.select(sa.func.count()).where(items.c.act_id == act_id)
    return Act(act_id, row.kind, row.done_at, int(records.connection.scalar(count) or 0))


def kind_of(records: Records, act_id: bytes, by: bytes) -> str:
    """Return what kind of act somebody's is; "" if there is none of this id."""
    table = records.tables.act
    query = sa.select(table.c.kind).where(table.c.id == act_id, table.c.done_by == by)
    return records.connection.scalar(query) or ""


def undo(work: Work, act_id: bytes, by: bytes) -> tuple[int, int]:
    """Give the records of somebody's act back what they had, as many as one turn takes.

    Returns:
        How many of this turn have it back, and how many were left: changed by others since, or
        of a commune where they may decide no more; both 0: the act is undone.

    Raises:
        ActOver: as it says.
    """
    right = _RIGHTS.get(_get(work, act_id, by).kind, Right.DECIDE)
    standing = standing_of(work, by, now_ms=work.now_ms)  # as they may now: a job has no session
    items = work.tables.act_record
    rows = work.connection.execute(
        sa.select(items)
        .where(items.c.act_id == act_id)
        .order_by(items.c.entity, items.c.record_id)
        .limit(RECORDS_PER_TURN)
    ).all()
    work.lock_in_order((row.entity, row.record_id) for row in rows)
    back = 0
    for row in rows:
        record = work.lock(row.entity, row.record_id)
        if record is None or record.deleted_at is not None or record.rev != row.rev:
            continue
        if _is_reached(work, standing, right, record):
            work.change(row.entity, row.record_id, _values(row.was), Author(by))
            back += 1
    work.connection.execute(
        sa.delete(items).where(
            items.c.act_id == act_id, items.c.record_id.in_([row.record_id for row in rows])
        )
    )
    if len(rows) < RECORDS_PER_TURN:
        table = work.tables.act
        done = sa.update(table).where(table.c.id == act_id).values(undone_at=work.now_ms)
        work.connection.execute(done)
    return back, len(rows) - back


def records_of(work: Work, act_id: bytes, by: bytes) -> list[tuple[str, bytes]]:
    """Return what somebody's act wrote to: (entity, id). Raises ActOver."""
    _get(work, act_id, by)
    items = work.tables.act_record
    query = sa.select(items.c.entity, items.c.record_id).where(items.c.act_id == act_id)
    return [(row.entity, bytes(row.record_id)) for row in work.connection.execute(query)]


def undo_whole(work: Work, act_id: bytes, by: bytes, *, communes: Container[str] | None) -> None:
    """Give all records of an act back what they had, or none.

    Args:
        communes: where somebody may decide now; None: everywhere.

    Raises:
        ActOver: as it says.
        ActChanged: one was written since, or refers to what the act made, or lies elsewhere now.
    """
    work.leads.lock()  # before any record, as whoever merges does
    _get(work, act_id, by)
    items = work.tables.act_record
    query = sa.select(items).where(items.c.act_id == act_id)
    rows = work.connection.execute(query.order_by(items.c.entity, items.c.record_id)).all()
    keys = [(row.entity, bytes(row.record_id)) for row in rows]
    work.lock_in_order(keys)
    for row, key in zip(rows, keys, strict=True):
        record = work.lock(*key)
        place = record.values.get("commune_code") if record is not None else None
        is_elsewhere = communes is not None and place is not None and place not in communes
        if record is None or record.rev != row.rev or is_elsewhere:
            raise ActChanged(f"act {act_id.hex()}: {row.entity} {key[1].hex()} changed")
        if _values(row.was).get(_WAS_GONE) and _is_referred_to(work, key, keys):
            raise ActChanged(f"act {act_id.hex()}: {row.entity} {key[1].hex()} is referred to")
    for row, key in zip(rows, keys, strict=True):
        _put_back(work, key, _values(row.was), by)
    work.connection.execute(sa.delete(items).where(items.c.act_id == act_id))
    table = work.tables.act
    done = sa.update(table).where(table.c.id == act_id).values(undone_at=work.now_ms)
    work.connection.execute(done)


def _put_back(work: Work, key: tuple[str, bytes], was: Values, by: bytes) -> None:
    was_gone = was.pop(_WAS_GONE, None)
    if was_gone is False:
        work.change(*key, {}, Author(by))  # brings it back
    if was:
        work.write(*key, was, Author(by))  # as they were: of a field that was fixed since, too
    if was_gone:
        work.delete(*key)


def _is_referred_to(
    work: Work, key: tuple[str, bytes], beside: Sequence[tuple[str, bytes]]
) -> bool:
    """Whether a record that is there refers to another, but for some."""
    entity, record_id = key
    for declared, field, named in references(work.tables, entity):
        table = work.tables.records[declared.name]
        query = sa.select(table.c.id).where(
            table.c[field.name] == record_id,
            table.c.deleted_at.is_(None),
            table.c[named] == entity if named else sa.true(),
        )
        found = {(declared.name, bytes(one)) for one in work.connection.scalars(query)}
        if found - set(beside):
            return True
    return False


def _is_reached(work: Work, standing: Standing, right: Right, record: Stored) -> bool:
    """Whether a right reaches a record still, as it is now."""
    if standing.reach(right) is Reach.ORGANISATION:
        table = work.tables.records[record.entity.name]
        covered = standing.covers(work.tables, record.entity.name, right)
        query = sa.select(table.c.id).where(table.c.id == record.record_id, covered)
        return work.connection.scalar(query) is not None
    communes, place = standing.bound(right), record.values.get(record.entity.scope.field)
    return communes is None or place is None or place in communes


def undo_all(database: Database, act_id: bytes, by: bytes) -> tuple[int, int]:
    """Undo an act turn by turn. Returns how many have it back, and how many were left."""
    back = left = 0
    while True:
        given, kept = database.write(lambda work: undo(work, act_id, by))
        back, left = back + given, left + kept
        if given + kept < RECORDS_PER_TURN:
            return back, left


def once(act_id: bytes) -> str:
    """Return by which word the one job of an act is known."""
    return f"{_ONCE}{act_id.hex()}"


def of_job(once: str | None) -> bytes | None:
    """Return the act that a job does, if it does one."""
    is_one = once is not None and once.startswith(_ONCE)
    return bytes.fromhex(once[len(_ONCE) :]) if once and is_one else None


def _get(work: Work, act_id: bytes, by: bytes) -> Any:
    table = work.tables.act
    query = sa.select(table).where(table.c.id == act_id, table.c.done_by == by).with_for_update()
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound("act: not found", entity="act")
    if row.undone_at is not None or row.done_at <= work.now_ms - KEPT_MS:
        raise ActOver(f"act {act_id.hex()}: over")
    return row


def _values(content: bytes) -> Values:
    found = msgspec.msgpack.decode(content, type=dict[str, Any])
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }


def _forget_old(work: Work, by: bytes) -> None:
    table, items = work.tables.act, work.tables.act_record
    over = (table.c.done_by == by, table.c.done_at <= work.now_ms - KEPT_MS)
    old: Sequence[bytes] = work.connection.scalars(sa.select(table.c.id).where(*over)).all()
    if old:
        work.connection.execute(sa.delete(items).where(items.c.act_id.in_(old)))
        work.connection.execute(sa.delete(table).where(*over))
