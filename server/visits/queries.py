"""Lists of visits, paged by key: no page is slower because the table is longer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.lookup import answering
from server.db.records import Records, Stored
from server.web.asked import Asked, RequestWrong
from server.web.reader import Reader
from sync import local_time, typed
from sync.entities.visit import OUTCOMES


@dataclass(frozen=True, slots=True)
class Filter:
    """What a coordinator asked for. Days are local days since 1970, both included."""

    commune: str = ""
    agent: bytes = b""
    outcome: str = ""
    since: int | None = None
    until: int | None = None
    text: str = ""
    person: bytes = b""
    enterprise: bytes = b""


def read_filter(asked: Asked) -> Filter:
    """Return the filter of an address's parameters. Raises RequestWrong: one cannot be read."""
    return Filter(
        asked.get("commune"),
        asked.record_id("agent") or b"",
        asked.one_of("outcome", OUTCOMES),
        asked.day("since"),
        asked.day("until"),
        typed.text(asked.get("q")),
        asked.record_id("person") or b"",
        asked.record_id("enterprise") or b"",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of visits ended: when its last one began (None: only planned), and its id."""

    started_at: int | None
    record_id: bytes

    def __str__(self) -> str:
        """As an address has it; what `read_place` reads."""
        return f"{'' if self.started_at is None else self.started_at}.{self.record_id.hex()}"


def place_of(visit: Stored) -> Place:
    """Return the place of a visit in the list."""
    began = visit.values["started_at"]
    return Place(began if isinstance(began, int) else None, visit.record_id)


def read_place(asked: Asked) -> Place | None:
    """Return the place that a list goes on from, or None. Raises RequestWrong."""
    found = re.fullmatch(r"(-?\d{1,16})?\.([0-9a-f]{32})", asked.get("after"), re.ASCII)
    if found is None:
        if asked.get("after"):
            raise RequestWrong("visits: no place to go on from")
        return None
    return Place(int(found[1]) if found[1] else None, bytes.fromhex(found[2]))


def list_visits(
    records: Records, reader: Reader, wanted: Filter, *, after: Place | None, limit: int
) -> list[Stored]:
    """Return visits that the reader may see: those begun, newest first, then those only planned.

    Two queries, for a key that may be null is none to page by.

    Args:
        after: where the page before ended.
    """
    table = records.tables.records["visit"]
    where = [reader.covers(records, "visit"), *_wanted(records, reader, wanted)]
    start, key = table.c.started_at, table.c.id
    found: list[Stored] = []
    # A page may end among the begun and the next go on there; once one ends among the planned, no
    # begun visit is left, and the first query is not asked again.
    if after is None or after.started_at is not None:
        begun = [*where, start.is_not(None), *_between(start, wanted, local_time.day_start)]
        if after is not None:
            # Of two begun in one millisecond the id decides: none is skipped, none shown twice.
            place = (sa.literal(after.started_at), sa.literal(after.record_id, key.type))
            begun.append(sa.tuple_(start, key) < sa.tuple_(*place))
        found = records.list("visit", *begun, order=(start.desc(), key.desc()), limit=limit)
    # What the begun leave of a page is filled from the planned: 50 asked, 48 begun, 2 planned.
    if len(found) < limit:
        planned = [*where, start.is_(None), *_between(table.c.planned_on, wanted, int)]
        if after is not None and after.started_at is None:
            planned.append(key < sa.literal(after.record_id, key.type))
        found += records.list("visit", *planned, order=(key.desc(),), limit=limit - len(found))
    return found


def _wanted(records: Records, reader: Reader, wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    table = records.tables.records["visit"]
    for column, value in (
        (table.c.commune_code, wanted.commune),
        (table.c.agent_id, wanted.agent),
        (table.c.outcome, wanted.outcome),
        (table.c.person_id, wanted.person),
        (table.c.enterprise_id, wanted.enterprise),
    ):
        if value:
            yield column == value
    if wanted.text:
        met = [
            table.c[f"{entity}_id"].in_(
                answering(records, entity, wanted.text, reader.covers(records, entity))
            )
            for entity in ("person", "enterprise")
        ]
        yield sa.or_(*met)


def _between(
    column: sa.ColumnElement[Any], wanted: Filter, begins: Callable[[int], int]
) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.since is not None:
        yield column >= begins(wanted.since)
    if wanted.until is not None:
        yield column < begins(wanted.until + 1)


def count_between(
    records: Records, is_reached: sa.ColumnElement[bool], first: int, last: int
) -> int:
    """Return how many visits began on some days in a row, both included (days since 1970)."""
    table = records.tables.records["visit"]
    query = (
        sa.select(sa.func.count())
        .select_from(table)
        .where(
            table.c.started_at >= local_time.day_start(first),
            table.c.started_at < local_time.day_start(last + 1),
            is_reached,
            table.c.deleted_at.is_(None),
        )
    )
    return int(records.connection.scalar(query) or 0)
