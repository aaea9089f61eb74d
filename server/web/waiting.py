"""What waits for somebody at the desk: declared once, for the menu, the morning and the lists.

Of each kind `rows` asks for what waits, a row a thing, with when it began to (`since`). The list at
its address draws the rows of the same conditions, so a figure opens exactly what it counted
(`tests/server/web/test_waiting.py` walks them all). No count goes further than its bound: no page
costs more because more waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from server.accounts.devices import Status
from server.db.among import among
from server.db.indexed import OPEN, is_open
from server.db.records import Records
from server.rights import Reach, Right
from server.web.kept import Kept
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.team import is_held_by, team_ids
from sync import local_time, scopes

MENU_MOST, MORNING_MOST = 99, 999
"""How far a count goes; above it there are "more than" so many."""
SILENT_DAYS = 3
"""A tablet that has not been heard of for longer is asked after."""
DUE_DAYS = 3
"""A request whose day is so near, or past, is looked at today."""
REQUEST_RUNS = OPEN["application"]
"""The states in which the delay of a request runs."""
PAIR_WAITS = ("open", "asked")
"""The states of two records that may be one in which nobody has said what they are."""
TASK_OPEN = OPEN["task"]

Rows: TypeAlias = Callable[[Records, Reader], sa.Select[Any]]
Conditions: TypeAlias = list[sa.ColumnElement[bool]]


def open_reviews(records: Records, reader: Reader, kind: str = "") -> Conditions:
    """Return the conditions of what asks for a decision, of one kind or of all."""
    review = records.tables.records["review"]
    found = [review.c.state == "open", reader.covers(records, "review")]
    return [*found, review.c.kind == kind] if kind else found


def open_held(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of held changes that wait for the reader."""
    return [records.tables.held.c.state == "open", is_seen_held(records, reader)]


def is_seen_held(records: Records, reader: Reader) -> sa.ColumnElement[bool]:
    """Return the condition that a held change is the reader's business.

    By its commune; or, where it names none of its author's own, as what was mistyped does, by its
    author's team.
    """
    table, grant, standing = records.tables.held, records.tables.grant, reader.session.standing
    reach = standing.reach(Right.SEE_REVIEWS)
    if reach is not Reach.REGIONS:
        return sa.true() if reach is Reach.ALL else sa.false()
    # A commune mistyped as 99.99 is nobody's; one typed as a neighbour's would be another office's,
    # who knows nothing of it. So where the author has no grant there, the author's team decides.
    own = sa.select(grant.c.id).where(
        grant.c.agent_id == table.c.agent_id, grant.c.commune_code == table.c.commune_code
    )
    return sa.or_(
        among(table.c.commune_code, standing.communes),
        sa.and_(
            table.c.agent_id.in_(team_ids(records, reader, Right.SEE_REVIEWS)),
            sa.not_(own.exists()),
        ),
    )


def asked_pairs(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of two records that may be one, one side at least the reader's."""
    table = records.tables.duplicate_pair
    bound = reader.session.standing.bound(Right.SEE_REVIEWS)
    waits: Conditions = [table.c.state.in_(PAIR_WAITS)]
    if bound is None:
        return waits
    return [*waits, sa.or_(among(table.c.low_commune, bound), among(table.c.high_commune, bound))]


def pair_url(records: Records, reader: Reader, first: bytes, second: bytes) -> str:
    """Return the address of the question if two records are one; "" if it does not wait for one."""
    low, high = sorted((first, second))
    table = records.tables.duplicate_pair
    query = sa.select(table.c.id).where(
        table.c.low_id == low, table.c.high_id == high, *asked_pairs(records, reader)
    )
    number = records.connection.scalar(query)
    return f"{DESK}/duplicates/{number}" if number else ""


def due_requests(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of requests whose day is near or past."""
    table, today = records.tables.records["application"], local_time.day_of(reader.now_ms)
    return [
        is_open(table),
        table.c.due_on <= today + DUE_DAYS,
        reader.covers(records, "application"),
    ]


def untaken_requests(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of requests of the reader's queue that nobody has taken."""
    table = records.tables.records["application"]
    return [
        table.c.state.in_(REQUEST_RUNS[:-1]),
        table.c.holder_id.is_(None),
        reader.covers(records, "application", Right.ANSWER_REQUESTS),
    ]


def open_complaints(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of complaints that nobody has answered."""
    table = records.tables.records["task"]
    return [
        table.c.kind == "complaint",
        table.c.answer.is_(None),
        reader.covers(records, "task", Right.DECIDE),
    ]


def is_no_complaint(records: Records) -> sa.ColumnElement[bool]:
    """Return the condition that a task is none that has a queue of its own."""
    kind = records.tables.records["task"].c.kind
    return sa.or_(kind.is_(None), kind != "complaint")


def overdue_tasks(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of tasks that should have been done before today."""
    table, today = records.tables.records["task"], local_time.day_of(reader.now_ms)
    return [
        is_open(table),
        is_no_complaint(records),
        table.c.due_on < today,
        reader.covers(records, "task"),
    ]


def is_to_check(records: Records) -> sa.ColumnElement[bool]:
    """Return the condition that somebody is to look at a visit."""
    state = records.tables.records["visit"].c.review_state
    return sa.or_(state.is_(None), state.in_(("submitted", "corrected")))


def is_flagged(records: Records) -> sa.ColumnElement[bool]:
    """Return the condition that a rule remarked something in a visit."""
    table, flags = records.tables.records["visit"], records.tables.visit_flag
    return sa.exists(sa.select(flags.c.visit_id).where(flags.c.visit_id == table.c.id))


def _visits(records: Records, reader: Reader) -> sa.Select[Any]:
    table = records.tables.records["visit"]
    return sa.select(table.c.received_at.label("since")).where(
        table.c.deleted_at.is_(None),
        table.c.started_at.is_not(None),
        is_to_check(records),
        is_flagged(records),
        reader.covers(records, "visit"),
    )


def silent_tablets(records: Records, reader: Reader) -> Conditions:
    """Return the conditions of tablets that have not been heard of."""
    table = records.tables.device
    return [
        table.c.status == Status.ACTIVE,
        table.c.seen_at < reader.now_ms - SILENT_DAYS * scopes.DAY_MS,
        is_held_by(records, reader, Right.SEE_TABLETS),
    ]


def _reviews(kind: str) -> Rows:
    def rows(records: Records, reader: Reader) -> sa.Select[Any]:
        table = records.tables.records["review"]
        where = (table.c.deleted_at.is_(None), *open_reviews(records, reader, kind))
        return sa.select(table.c.received_at.label("since")).where(*where)

    return rows


def _pairs(records: Records, reader: Reader) -> sa.Select[Any]:
    table = records.tables.duplicate_pair
    where = asked_pairs(records, reader)
    return sa.select(table.c.found_at.label("since")).where(*where)


def _held(records: Records, reader: Reader) -> sa.Select[Any]:
    # One decides on a record: its changes are one thing that waits.
    table = records.tables.held
    since = sa.func.min(table.c.received_at).label("since")
    where = open_held(records, reader)
    return sa.select(since).where(*where).group_by(table.c.entity, table.c.record_id)


def _by_day(entity: str, conditions: Callable[[Records, Reader], Conditions]) -> Rows:
    def rows(records: Records, reader: Reader) -> sa.Select[Any]:
        table = records.tables.records[entity]
        where = (table.c.deleted_at.is_(None), *conditions(records, reader))
        return sa.select(table.c.due_on.label("since")).where(*where)

    return rows


def _silent(records: Records, reader: Reader) -> sa.Select[Any]:
    table = records.tables.device
    return sa.select(table.c.seen_at.label("since")).where(*silent_tablets(records, reader))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of thing that waits; its words are `desk.waiting.CODE` and `desk.waiting.CODE.why`.

    `here` is the destination that shows it at `url`; `tone` how it is drawn; `is_due` says that
    `since` is the day (since 1970) that it is to be done by; else it is a moment, Unix ms.
    """

    code: str
    here: str
    url: str
    right: Right
    rows: Rows
    tone: str = ""
    is_due: bool = False


KINDS = (
    Waiting(
        "conflict",
        "reviews",
        f"{DESK}/reviews?kind=conflict",
        Right.SEE_REVIEWS,
        _reviews("conflict"),
        "attention",
    ),
    Waiting("held", "reviews", f"{DESK}/reviews?kind=held", Right.SEE_REVIEWS, _held, "held"),
    Waiting("pair", "reviews", f"{DESK}/duplicates", Right.SEE_REVIEWS, _pairs),
    Waiting(
        "duplicate",
        "reviews",
        f"{DESK}/reviews?kind=duplicate",
        Right.SEE_REVIEWS,
        _reviews("duplicate"),
    ),
    Waiting("flag", "reviews", f"{DESK}/reviews?kind=flag", Right.SEE_REVIEWS, _reviews("flag")),
    Waiting(
        "visit",
        "visits",
        f"{DESK}/visits?state=to_check&flag=any",
        Right.SEE_VISITS,
        _visits,
    ),
    Waiting(
        "request",
        "requests",
        f"{DESK}/requests?due=soon",
        Right.SEE_REQUESTS,
        _by_day("application", due_requests),
        is_due=True,
    ),
    Waiting(
        "task",
        "tasks",
        f"{DESK}/tasks?due=over",
        Right.SEE_VISITS,
        _by_day("task", overdue_tasks),
        is_due=True,
    ),
    Waiting(
        "queue",
        "queue",
        f"{DESK}/queue?view=free",
        Right.ANSWER_REQUESTS,
        _by_day("application", untaken_requests),
        is_due=True,
    ),
    Waiting(
        "complaint",
        "complaints",
        f"{DESK}/complaints",
        Right.DECIDE,
        _by_day("task", open_complaints),
        "attention",
        is_due=True,
    ),
    Waiting(
        "silent",
        "devices",
        f"{DESK}/devices",
        Right.SEE_TABLETS,
        _silent,
        "attention",
    ),
)
DECIDED_AT_REVIEWS = tuple(kind.code for kind in KINDS if kind.url.startswith(f"{DESK}/reviews?"))
"""The kinds that the page of what is to be decided lists."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many wait, at most one more than was asked to count to, and the `since` of the oldest."""

    number: int
    oldest: int | None


def counted(
    records: Records, reader: Reader, most: int, *, is_aged: bool = True
) -> Mapping[str, Count]:
    """Return how many of each kind wait for the reader, in one query; none that may not be seen.

    Args:
        most: how far to count.
        is_aged: the `since` of the oldest is wanted, and right also where the count is cut.
    """
    reader, standing = reader.unplanned(), reader.session.standing
    if standing.organisation or standing.point_id:
        query = _counting(records, reader, most, is_aged=is_aged)
    else:
        dialect, today = records.connection.dialect.name, local_time.day_of(reader.now_ms)
        _, query = _COUNTING.get(
            (records.tables, dialect, standing, most, is_aged, today),
            reader.now_ms,
            lambda: _counting(records, reader, most, is_aged=is_aged),
        )
    if query is None:
        return {}
    counts = records.connection.execute(query)
    return {row.code: Count(int(row.number), row.oldest) for row in counts}


_COUNTING: Kept[sa.CompoundSelect[Any] | None] = Kept(60_000)
"""What is asked for a reader: to build it takes longer than to run it. Its `now` is a minute old at
most. An office's is made of files, and is built anew."""


def _counting(
    records: Records, reader: Reader, most: int, *, is_aged: bool
) -> sa.CompoundSelect[Any] | None:
    parts = []
    for kind in KINDS:
        if reader.may(kind.right):
            found = kind.rows(records, reader).limit(most + 1)
            rows = (found.order_by(sa.text("since")) if is_aged else found).subquery()
            parts.append(
                sa.select(
                    sa.literal(kind.code).label("code"),
                    sa.func.count().label("number"),
                    sa.func.min(rows.c.since).label("oldest"),
                ).select_from(rows)
            )
    return sa.union_all(*parts) if parts else None


def of_menu(counts: Mapping[str, Count]) -> dict[str, int]:
    """Return how many things each destination of the menu waits with."""
    found: dict[str, int] = {}
    for kind in KINDS:
        if count := counts.get(kind.code):
            found[kind.here] = found.get(kind.here, 0) + count.number
    return found
