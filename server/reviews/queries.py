"""What waits for a coordinator: open reviews and flags of the own communes, what the team has held.

Whoever sees it may decide it: these queries are the rule for both. What is open is declared in
`server.web.waiting`, which counts the same. Lists and neighbours go by a key, the first asked
first: of reviews the id, of what is held (since when, record).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from server.applications.queries import FLAG
from server.db.records import NotFound, Records, Stored
from server.exchange import settle
from server.exchange.duplicates import KIND as DUPLICATE
from server.web import waiting
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.seen import seen_of
from sync import typed
from sync.changes import Change
from sync.errors import Malformed

HELD = "held"


@dataclass(frozen=True, slots=True)
class Filter:
    """What of all that waits is asked for; its state stands in the address.

    `kind` is one of `waiting.DECIDED_AT_REVIEWS` or empty; `field` of a conflict `entity.field`;
    `code` the reason of what is held; `agent` its author.
    """

    kind: str = ""
    field: str = ""
    code: str = ""
    agent: bytes = b""

    def having(self, name: str, value: Any) -> Filter:
        """Return it with one more condition; without that one where the value is None."""
        changed: dict[str, Any] = {name: value or (b"" if name == "agent" else "")}
        return replace(self, **changed)

    @property
    def query(self) -> str:
        """As an address has it; empty for all."""
        pairs = {
            "kind": self.kind,
            "field": self.field,
            "code": self.code,
            "agent": self.agent.hex(),
        }
        return urlencode({name: value for name, value in pairs.items() if value})


def read_filter(asked: Asked) -> Filter:
    """Return the filter of an address. Raises RequestWrong."""
    return Filter(
        asked.one_of("kind", waiting.DECIDED_AT_REVIEWS),
        typed.line(asked.get("field")),
        typed.line(asked.get("code")),
        asked.record_id("agent") or b"",
    )


# Reviews


def list_reviews(
    records: Records, reader: Reader, wanted: Filter, *, after: bytes = b"", limit: int
) -> list[Stored]:
    """Return open reviews, the first asked first.

    Args:
        after: the id of the last one of the page before.
    """
    table = records.tables.records["review"]
    where = _reviews(records, reader, wanted)
    if after:
        where.append(table.c.id > sa.literal(after, table.c.id.type))
    return records.list("review", *where, limit=limit)


def _reviews(records: Records, reader: Reader, wanted: Filter) -> waiting.Conditions:
    table = records.tables.records["review"]
    where = waiting.open_reviews(records, reader, wanted.kind)
    entity, _, field = wanted.field.partition(".")
    if entity:
        where += [table.c.entity == entity, sa.func.coalesce(table.c.field, "") == field]
    return where


def fields_asked(records: Records, reader: Reader, kind: str) -> list[tuple[str, int]]:
    """Return what open reviews of a kind are about, `entity.field`, with how many, most first."""
    table = records.tables.records["review"]
    open_ones = waiting.open_reviews(records, reader, kind)
    # Bounded as all counts are: who has more than so many sees the most frequent of the first.
    rows = (
        sa.select(table.c.entity, table.c.field)
        .where(table.c.deleted_at.is_(None), *open_ones)
        .limit(waiting.MORNING_MOST)
        .subquery()
    )
    number = sa.func.count()
    query = sa.select(rows.c.entity, rows.c.field, number).group_by(rows.c.entity, rows.c.field)
    found = records.connection.execute(query.order_by(number.desc(), rows.c.entity, rows.c.field))
    return [(f"{entity}.{field or ''}", int(count)) for entity, field, count in found]


@dataclass(frozen=True, slots=True)
class Around:
    """Where a thing stands among those that wait: ids before and after it, empty at the ends."""

    before: str = ""
    after: str = ""
    place: int = 0
    total: int = 0


def around_review(records: Records, reader: Reader, wanted: Filter, review_id: bytes) -> Around:
    """Return the neighbours of a review, itself open or decided by now."""
    table = records.tables.records["review"]
    key, here = table.c.id, sa.literal(review_id, table.c.id.type)
    where = (table.c.deleted_at.is_(None), *_reviews(records, reader, wanted))

    def one(*side: Any, order: Any) -> bytes | None:
        return records.connection.scalar(sa.select(key).where(*where, *side).order_by(order))

    return Around(
        _text(one(key < here, order=key.desc())),
        _text(one(key > here, order=key)),
        _count(records, sa.select(key).where(*where, key <= here)),
        _count(records, sa.select(key).where(*where)),
    )


def _count(records: Records, rows: sa.Select[Any]) -> int:
    bounded = rows.limit(waiting.MORNING_MOST + 1).subquery()
    query = sa.select(sa.func.count()).select_from(bounded)
    return int(records.connection.scalar(query) or 0)


def _text(record_id: bytes | None) -> str:
    return "" if record_id is None else bytes(record_id).hex()


# What is held


def list_held(
    records: Records, reader: Reader, wanted: Filter, *, after: bytes = b"", limit: int
) -> list[list[Any]]:
    """Return held changes by their record, for one decides on a record: the first received first.

    Args:
        after: the change that the page before ended with.
    """
    table = records.tables.held
    since = sa.func.min(table.c.received_at)
    query = _groups(records, reader, wanted, since)
    place = _held_place(records, after)
    if place is not None:
        query = query.having(sa.tuple_(since, table.c.record_id) > sa.tuple_(*place))
    keys = records.connection.execute(query.order_by(since, table.c.record_id).limit(limit)).all()
    if not keys:
        return []
    among = table.c.record_id.in_([key.record_id for key in keys])
    by_record: dict[tuple[str, bytes], list[Any]] = {
        (key.entity, key.record_id): [] for key in keys
    }
    for row in _held(records, table.c.state == "open", among):
        if (row.entity, row.record_id) in by_record:
            by_record[row.entity, row.record_id].append(row)
    return list(by_record.values())


def _groups(
    records: Records, reader: Reader, wanted: Filter, *columns: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    table = records.tables.held
    where = waiting.open_held(records, reader)
    if wanted.code:
        where.append(table.c.code == wanted.code)
    if wanted.agent:
        where.append(table.c.agent_id == wanted.agent)
    chosen = (table.c.entity, table.c.record_id, *columns)
    return sa.select(*chosen).where(*where).group_by(table.c.entity, table.c.record_id)


def reasons_held(records: Records, reader: Reader) -> list[tuple[str, bytes, int]]:
    """Return why changes are held and whose they are, with how many records, most first."""
    table = records.tables.held
    rows = (
        sa.select(table.c.code, table.c.agent_id, table.c.record_id)
        .where(*waiting.open_held(records, reader))
        .limit(waiting.MORNING_MOST)
        .subquery()
    )
    number = sa.func.count(rows.c.record_id.distinct())
    query = sa.select(rows.c.code, rows.c.agent_id, number).group_by(rows.c.code, rows.c.agent_id)
    found = records.connection.execute(query.order_by(number.desc(), rows.c.code, rows.c.agent_id))
    return [(code, bytes(agent_id), int(count)) for code, agent_id, count in found]


def around_held(records: Records, reader: Reader, wanted: Filter, row: Any) -> Around:
    """Return the neighbours of a held record, itself waiting or decided by now."""
    table = records.tables.held
    since = sa.func.min(table.c.received_at)
    first = held_with(records, row)[0]
    here = (sa.literal(first.received_at), sa.literal(first.record_id, table.c.record_id.type))
    key = sa.tuple_(since, table.c.record_id)
    query = _groups(records, reader, wanted, since.label("since"))

    def one(side: Any, *order: Any) -> str:
        found = records.connection.execute(query.having(side).order_by(*order).limit(1)).first()
        if found is None:
            return ""
        same = (table.c.entity == found.entity, table.c.record_id == found.record_id)
        return bytes(_held(records, *same, table.c.state == "open")[0].change_id).hex()

    return Around(
        one(key < sa.tuple_(*here), since.desc(), table.c.record_id.desc()),
        one(key > sa.tuple_(*here), since, table.c.record_id),
        _count(records, query.having(key <= sa.tuple_(*here))),
        _count(records, query),
    )


def _held_place(records: Records, change_id: bytes) -> tuple[Any, Any] | None:
    """Return (since when, record) of a held change: decided or not, the list goes on from it."""
    if not change_id:
        return None
    table = records.tables.held
    found = _held(records, table.c.change_id == change_id)
    if not found:
        return None
    return sa.literal(found[0].received_at), sa.literal(found[0].record_id, table.c.record_id.type)


def held_with(records: Records, row: Any) -> Sequence[Any]:
    """Return all that is held of a change's record; the change alone when it was decided."""
    table = records.tables.held
    of_record = (table.c.entity == row.entity, table.c.record_id == row.record_id)
    return _held(records, *of_record, table.c.state == "open") or [row]


def _held(records: Records, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
    table = records.tables.held
    order = (table.c.received_at, table.c.device_id, table.c.inc, table.c.seq)
    return records.connection.execute(sa.select(table).where(*where).order_by(*order)).all()


def get_held(records: Records, reader: Reader, text: str) -> Any:
    """Return a held change of the reader's team or communes, decided or not. Raises NotFound."""
    table = records.tables.held
    try:
        change_id = bytes.fromhex(text)
    except ValueError as fault:
        raise NotFound("held: not an id", entity="held") from fault
    is_seen = waiting.is_seen_held(records, reader)
    found = _held(records, table.c.change_id == change_id, is_seen)
    if not found:
        raise NotFound("held: not found", entity="held")
    return found[0]


def is_flag(review: Stored) -> bool:
    """Whether a review asks about a step of an application, not about two values."""
    return review.values["kind"] == FLAG


def is_duplicate(review: Stored) -> bool:
    """Whether a review asks if two records are one enterprise."""
    return review.values["kind"] == DUPLICATE


def subject_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    """Return the record that a review is about, where the reader may see it."""
    return record_of(records, reader, str(review.values["entity"]), review.values["record_id"])


def other_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    """Return the record that another is like, where the reader may see it."""
    return record_of(
        records, reader, str(review.values["entity"]), bytes.fromhex(str(review.values["mine"]))
    )


def record_of(records: Records, reader: Reader, entity: str, record_id: object) -> Stored | None:
    """Return a record, deleted or not; None if the reader may not see it."""
    if entity not in records.entity_by_name or not isinstance(record_id, bytes):
        return None
    found = seen_of(records, reader, entity, "id", [record_id], is_deleted_too=True)
    return found[0] if found else None


def change_of(records: Records, row: Any) -> Change | None:
    """Return a held change; None if no app of ours can read what came."""
    try:
        return settle.change_of(records, row)
    except Malformed:
        return None
