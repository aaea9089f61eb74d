"""How well an office keeps its delays: by service, of the requests that it answered in a month.

Of each month no more answers are counted than `ANSWERS_MOST`, the last ones, by an index; what is
counted is computed of steps, as the clock of each request is, and nothing of it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from statistics import median
from typing import Any

import sqlalchemy as sa

from server.applications.clocks import clocks_of
from server.db.records import Records, Stored
from server.exchange.passing import WAITING
from server.reference import catalogue
from server.rights import Right
from server.web.asked import Asked, RequestWrong
from server.web.csv import first_line, line
from server.web.lists import Listing
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site
from sync import local_time
from sync.flat import day_text
from sync.rules.delays import Clock

URL = f"{DESK}/queue/levels"
MONTHS = 12
ANSWERS_MOST = 1_000
_WAITING_MOST = 5_000
_COLUMNS = ("month", "service", "answered", "within", "median", "waiting", "oldest")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Level:
    """What a month was for one service.

    Args:
        answered: how many requests were answered; `counted`: those of them that have a delay.
        within: of the counted those answered before its end.
        median_days: from what begins the delay to the answer; None: none was answered.
        waiting: how many wait now; `oldest_on`: the day on which the first of them was filed.
    """

    service: str
    answered: int = 0
    counted: int = 0
    within: int = 0
    median_days: int | None = None
    waiting: int = 0
    oldest_on: int | None = None


def read_month(asked: Asked) -> str:
    """Return the month that an address asks for, `2026-11`; "": none. Raises RequestWrong."""
    text = asked.get("month")
    if text and not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise RequestWrong("queue: no month")
    return text


def narrowed(records: Records, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a queue's address: of one service, answered in one month.

    Raises:
        RequestWrong: the address cannot be read.
    """
    table, month, where = records.tables.records["application"], read_month(asked), []
    if service := asked.get("service"):
        where.append(table.c.service == service)
    if month:
        first, after = bounds_of(month)
        where += [table.c.decided_at >= first, table.c.decided_at < after]
    return where


def bounds_of(month: str) -> tuple[int, int]:
    """Return the moments, Unix ms, with which a month begins and the next does, by the wall."""
    year, number = map(int, month.split("-"))
    days = (date(year, number, 1), date(year + number // 12, number % 12 + 1, 1))
    first, after = (local_time.day_start((day - _EPOCH).days) for day in days)
    return first, after


def months_until(now_ms: int) -> list[str]:
    """Return the last months, that of a moment first."""
    today = date.fromordinal(_EPOCH.toordinal() + local_time.day_of(now_ms))
    last = today.year * 12 + today.month - 1
    return [f"{one // 12}-{one % 12 + 1:02d}" for one in range(last, last - MONTHS, -1)]


def levels_of(records: Records, reader: Reader, month: str) -> list[Level]:
    """Return what a month was, by service in the order of their codes."""
    table = records.tables.records["application"]
    own, (first, after) = _own(records, reader), bounds_of(month)
    answered = records.list(
        "application",
        own,
        table.c.decided_at >= first,
        table.c.decided_at < after,
        table.c.state.not_in(WAITING),
        order=(table.c.decided_at.desc(), table.c.id.desc()),
        limit=ANSWERS_MOST,
    )
    clocks, waiting = clocks_of(records, answered, reader.now_ms), _waiting(records, own)
    by_service: dict[str, list[Stored]] = {service: [] for service in waiting}
    for one in answered:
        by_service.setdefault(str(one.values["service"]), []).append(one)
    return [
        _level(service, by_service[service], clocks, waiting.get(service, (0, None)))
        for service in sorted(by_service)
    ]


def _own(records: Records, reader: Reader) -> sa.ColumnElement[bool]:
    return reader.covers(records, "application", Right.ANSWER_REQUESTS)


def _waiting(records: Records, own: sa.ColumnElement[bool]) -> dict[str, tuple[int, int | None]]:
    """Return how many wait of each service, and since which moment the first."""
    table = records.tables.records["application"]
    # What an older tablet filed does not say when.
    since = sa.func.coalesce(table.c.submitted_at, table.c.created_at, table.c.received_at)
    some = (
        sa.select(table.c.service, since.label("since"))
        .where(own, table.c.state.in_(WAITING), table.c.deleted_at.is_(None))
        .order_by(table.c.due_on)
        .limit(_WAITING_MOST)
        .subquery()
    )
    query = sa.select(some.c.service, sa.func.count(), sa.func.min(some.c.since))
    rows = records.connection.execute(query.group_by(some.c.service)).all()
    return {str(row[0]): (int(row[1]), row[2]) for row in rows}


def _level(
    service: str,
    answered: Sequence[Stored],
    clocks: Mapping[bytes, Clock | None],
    waiting: tuple[int, int | None],
) -> Level:
    counted = [clock for one in answered if (clock := clocks[one.record_id]) is not None]
    days = [_days(one, clocks[one.record_id]) for one in answered]
    known = [one for one in days if one is not None]
    count, since = waiting
    return Level(
        service,
        len(answered),
        len(counted),
        sum(not clock.is_over for clock in counted),
        int(median(known)) if known else None,
        count,
        None if since is None else local_time.day_of(since),
    )


def _days(request: Stored, clock: Clock | None) -> int | None:
    """Return how many days an answer took; None: nobody knows when it was asked for."""
    if clock is not None and clock.answered_on is not None:
        return clock.answered_on - clock.began_on
    filed, decided = request.values["submitted_at"], request.values["decided_at"]
    if not isinstance(filed, int) or not isinstance(decided, int):
        return None
    return local_time.day_of(decided) - local_time.day_of(filed)


def levels_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page shows. Raises RequestWrong."""
    months, queue = months_until(reader.now_ms), Listing(f"{DESK}/queue", reader, {})
    month = read_month(reader.asked) or months[0]
    names = catalogue.names(reader.language)
    return {
        "month": month,
        "months": [
            {
                "label": _month_words(reader, one),
                "url": f"{URL}?month={one}",
                "is_on": one == month,
            }
            for one in months
        ],
        "rows": [
            {
                "level": one,
                "service": names.get(one.service, one.service),
                "within": _share(reader, one),
                "answered_url": queue.link(view="answered", service=one.service, month=month),
                "waiting_url": queue.link(service=one.service),
            }
            for one in levels_of(records, reader, month)
        ],
        "most": ANSWERS_MOST,
    }


def _share(reader: Reader, level: Level) -> str:
    return reader.phrases.percent(level.within / level.counted, 0) if level.counted else "—"


def _month_words(reader: Reader, month: str) -> str:
    year, number = month.split("-")
    return reader.phrases.code(f"{number}/{year}")


def level_lines(site: Site, reader: Reader) -> Iterator[str]:
    """Yield the last months as a table, each read in a transaction of its own."""
    say = reader.phrases.say
    yield first_line(say(f"desk.levels.column.{name}") for name in _COLUMNS)
    names = catalogue.names(reader.language)
    for month in months_until(reader.now_ms):
        for one in site.read(partial(levels_of, reader=reader, month=month)):
            yield line(
                (
                    month,
                    names.get(one.service, one.service),
                    str(one.answered),
                    f"{one.within}/{one.counted}" if one.counted else "",
                    "" if one.median_days is None else str(one.median_days),
                    str(one.waiting),
                    "" if one.oldest_on is None else day_text(one.oldest_on),
                )
            )
