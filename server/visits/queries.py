"""Lists of visits, paged by key: no page is slower because the table is longer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from server.db.among import among_ids
from server.db.lookup import Sought, answering
from server.db.records import Records, Stored
from server.web import waiting
from server.web.asked import Asked, RequestWrong
from server.web.lists import Total, total
from server.web.reader import Reader
from server.web.seen import sought
from sync import local_time, typed
from sync.entities.visit import OUTCOMES
from sync.rules.flags import CODES

_BY_ID_MOST = 200
_FOUND: WeakKeyDictionary[
    Records, dict[tuple[str, bool], tuple[sa.ColumnElement[bool], Sought]]
] = WeakKeyDictionary()
"""Who answered within one reading: a page asks for its rows, and counts them, by the same text."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a coordinator asked for. Days are local days since 1970, both included."""

    commune: str = ""
    agent: bytes = b""
    outcome: str = ""
    since: int | None = None
    until: int | None = None
    text: str = ""
    is_alike: bool = False
    person: bytes = b""
    enterprise: bytes = b""
    state: str = ""
    flag: str = ""
    only: str = ""
    place: str = ""


BEGUN, PLANNED = "begun", "planned"
ONLY = (BEGUN, PLANNED)
"""What the days of a filter are of, where one asks for one of them alone."""
TO_CHECK, ACCEPTED, RETURNED, CORRECTED = "to_check", "accepted", "returned", "corrected"
STATES = (TO_CHECK, CORRECTED, RETURNED, ACCEPTED)
"""What a list asks for by where visits stand; `to_check`: all that somebody is to look at."""
FLAGGED, NOT_FLAGGED = "any", "none"
FLAGS = (FLAGGED, NOT_FLAGGED, *CODES)


def read_filter(asked: Asked) -> Filter:
    """Return the filter of an address's parameters. Raises RequestWrong: one cannot be read."""
    return Filter(
        asked.get("commune"),
        asked.record_id("agent") or b"",
        asked.one_of("outcome", OUTCOMES),
        asked.day("since"),
        asked.day("until"),
        (by_name := sought(asked)).text,
        by_name.is_alike,
        asked.record_id("person") or b"",
        asked.record_id("enterprise") or b"",
        asked.one_of("state", STATES),
        asked.one_of("flag", FLAGS),
        asked.one_of("only", ONLY),
        typed.line(asked.get("place")),
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


def read_place(asked: Asked, name: str = "after") -> Place | None:
    """Return the place that a list goes on from, or None. Raises RequestWrong."""
    found = re.fullmatch(r"(-?\d{1,16})?\.([0-9a-f]{32})", asked.get(name), re.ASCII)
    if found is None:
        if asked.get(name):
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
    start, key = _columns(records)
    found: list[Stored] = []
    # A page may end among the begun and the next go on there; once one ends among the planned, no
    # begun visit is left, and the first query is not asked again.
    if after is None or after.started_at is not None:
        begun = begun_where(records, reader, wanted)
        if after is not None:
            begun.append(sa.tuple_(start, key) < _tuple(after, key))
        found = records.list("visit", *begun, order=(start.desc(), key.desc()), limit=limit)
    # What the begun leave of a page is filled from the planned: 50 asked, 48 begun, 2 planned.
    if len(found) < limit and _has_planned(wanted):
        planned = _planned_where(records, reader, wanted)
        if after is not None and after.started_at is None:
            planned.append(key < sa.literal(after.record_id, key.type))
        found += records.list("visit", *planned, order=(key.desc(),), limit=limit - len(found))
    return found


def list_before(
    records: Records, reader: Reader, wanted: Filter, *, before: Place, limit: int
) -> list[Stored]:
    """Return the visits that stand right before a place, in the order of `list_visits`."""
    start, key = _columns(records)
    found: list[Stored] = []
    if before.started_at is None and _has_planned(wanted):
        planned = _planned_where(records, reader, wanted)
        planned.append(key > sa.literal(before.record_id, key.type))
        found = records.list("visit", *planned, order=(key,), limit=limit)
    if len(found) < limit:
        begun = begun_where(records, reader, wanted)
        if before.started_at is not None:
            begun.append(sa.tuple_(start, key) > _tuple(before, key))
        found += records.list("visit", *begun, order=(start, key), limit=limit - len(found))
    return found[::-1]


def begun_where(records: Records, reader: Reader, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on visits that were begun; a filter's state names no other."""
    start, _ = _columns(records)
    within = reader.covers(records, "visit")
    days = _between(start, wanted, local_time.day_start)
    if wanted.only == PLANNED:
        days = _between(records.tables.records["visit"].c.planned_on, wanted, int)
    return [within, *_wanted(records, reader, wanted), start.is_not(None), *days]


def _has_planned(wanted: Filter) -> bool:
    """Whether a filter finds visits that are only planned: a state is of those begun."""
    return not wanted.state and wanted.only != BEGUN


def _planned_where(
    records: Records, reader: Reader, wanted: Filter
) -> list[sa.ColumnElement[bool]]:
    table = records.tables.records["visit"]
    start, _ = _columns(records)
    within, days = reader.covers(records, "visit"), _between(table.c.planned_on, wanted, int)
    return [within, *_wanted(records, reader, wanted), start.is_(None), *days]


def _columns(records: Records) -> tuple[sa.Column[Any], sa.Column[Any]]:
    table = records.tables.records["visit"]
    return table.c.started_at, table.c.id


def _tuple(place: Place, key: sa.Column[Any]) -> sa.Tuple:
    # Of two begun in one millisecond the id decides: none is skipped, none shown twice.
    return sa.tuple_(sa.literal(place.started_at), sa.literal(place.record_id, key.type))


def count_visits(records: Records, reader: Reader, wanted: Filter) -> Total:
    """Return how many visits a filter finds, counted no further than lists count."""
    start, key = _columns(records)
    newest = (start.desc(), key.desc())
    found = total(records, "visit", *begun_where(records, reader, wanted), order=newest)
    if found.is_more or not _has_planned(wanted):
        return found
    where = _planned_where(records, reader, wanted)
    planned = total(records, "visit", *where, order=(key.desc(),))
    return found.plus(planned)


def neighbours(
    records: Records, reader: Reader, wanted: Filter, visit: Stored
) -> tuple[bytes | None, bytes | None]:
    """Return the visits before and after one in a list, None where there is none."""
    place = place_of(visit)
    before = list_before(records, reader, wanted, before=place, limit=1)
    after = list_visits(records, reader, wanted, after=place, limit=1)
    return _first(before), _first(after)


def next_to_decide(records: Records, reader: Reader, wanted: Filter, visit: Stored) -> bytes | None:
    """Return the next visit of a list that waits for somebody, from the list's head at its end."""
    waiting = wanted if wanted.state else replace(wanted, state=TO_CHECK)
    found = list_visits(records, reader, waiting, after=place_of(visit), limit=1)
    found = found or list_visits(records, reader, waiting, after=None, limit=2)
    return _first([other for other in found if other.record_id != visit.record_id])


def _first(found: list[Stored]) -> bytes | None:
    return found[0].record_id if found else None


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
    if wanted.place:
        # A commune, or all of a province or region, whose code begins those of its communes.
        inside = table.c.commune_code.startswith(f"{wanted.place}.", autoescape=True)
        yield sa.or_(table.c.commune_code == wanted.place, inside)
    if wanted.state == TO_CHECK:
        yield waiting.is_to_check(records)
    elif wanted.state:
        yield table.c.review_state == wanted.state
    if wanted.flag:
        yield flagged(records, wanted.flag)
    if wanted.text:
        yield _named(records, reader, wanted)[0]


def is_cut(records: Records, reader: Reader, wanted: Filter) -> bool:
    """Whether visits of those whose names are only alike were not looked for."""
    return bool(wanted.text) and _named(records, reader, wanted)[1].is_cut


def _named(
    records: Records, reader: Reader, wanted: Filter
) -> tuple[sa.ColumnElement[bool], Sought]:
    """Return the condition that a visit is of one who answers to what was typed, and the search."""
    found = _FOUND.setdefault(records, {})
    asked = wanted.text, wanted.is_alike
    if asked not in found:
        by_name = Sought(*asked)
        of_each = [_is_of(records, reader, one, by_name) for one in ("person", "enterprise")]
        found[asked] = sa.or_(*of_each), by_name
    return found[asked]


def _is_of(records: Records, reader: Reader, entity: str, sought: Sought) -> sa.ColumnElement[bool]:
    """Return the condition that a visit is of a person or an enterprise that answers.

    By ids the visits of each are found at once; of many, the newest visits are gone through.
    """
    column = records.tables.records["visit"].c[f"{entity}_id"]
    within, regions = reader.covers(records, entity), reader.regions(entity)
    who = answering(records, entity, sought, within, regions=regions)
    if not isinstance(who, list):
        ids = records.connection.scalars(who.query.limit(_BY_ID_MOST + 1)).all()
        if len(ids) > _BY_ID_MOST:
            return who.of(column)
        who = list(ids)
    return among_ids(records.connection, column, who) if who else sa.false()


def flagged(records: Records, flag: str) -> sa.ColumnElement[bool]:
    """Return the condition that a visit has a flag: `any`, `none`, or the one of a code."""
    if flag in (FLAGGED, NOT_FLAGGED):
        found = waiting.is_flagged(records)
        return ~found if flag == NOT_FLAGGED else found
    table, flags = records.tables.records["visit"], records.tables.visit_flag
    here = sa.select(flags.c.visit_id).where(flags.c.visit_id == table.c.id, flags.c.code == flag)
    return sa.exists(here)


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
