"""The morning's page: what waits for a decision, tablets that are silent, how the weeks went."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import sqlalchemy as sa

from server.db.records import Records
from server.desk.plan import plan_of
from server.rights import Reach, Right
from server.sms.outage import outage_of
from server.tablets.queries import list_silent
from server.visits.queries import count_between
from server.web import waiting
from server.web.kept import Kept
from server.web.reader import CELL_LEAST, Reader
from server.web.shell import DESK
from server.web.values import age, due
from sync import local_time
from sync.flat import day_text

_WEEK_DAYS = 7
_WEEKS = 12
_SILENT_SHOWN = 4
_DECIDERS = (Right.SEE_REVIEWS, Right.SEE_TABLETS)
"""Who has one of these is shown what waits, others what there is."""


def morning_page(records: Records, reader: Reader, kept: Kept[Any], now_ms: int) -> dict[str, Any]:
    """Return what the morning's page shows, as far as the reader may know it."""
    is_decider = any(reader.may(right) for right in _DECIDERS)
    counts = waiting.counted(records, reader, waiting.MORNING_MOST)
    weeks = _weeks(records, reader, kept, now_ms)
    return {
        "is_decider": is_decider,
        "rows": _decisions(reader, counts),
        "counts": counts,
        "outage": outage_of(records, now_ms) if reader.may(Right.SEE_REQUESTS) else None,
        "silent": list_silent(records, reader, _SILENT_SHOWN)
        if reader.may(Right.SEE_TABLETS)
        else None,
        "figures": {} if is_decider else _figures(records, reader, kept, now_ms),
        "plan": plan_of(records, reader, local_time.day_of(now_ms) - 1),
        **weeks,
    }


def _decisions(reader: Reader, counts: Mapping[str, waiting.Count]) -> list[dict[str, Any]]:
    """Return a line for each kind of which something waits: the same that its list shows."""
    return [
        _decision(reader, kind, counts[kind.code])
        for kind in waiting.KINDS
        if kind.here != "devices" and kind.code in counts and counts[kind.code].number
    ]


def _decision(reader: Reader, kind: waiting.Waiting, count: waiting.Count) -> dict[str, Any]:
    oldest = count.oldest
    return {
        "code": kind.code,
        "number": min(count.number, waiting.MORNING_MOST),
        "is_more": count.number > waiting.MORNING_MOST,
        "age": _age(reader, kind, oldest),
        "days": None if kind.is_due or oldest is None else _days_since(reader, oldest),
        "url": kind.url,
        "tone": kind.tone,
    }


def _age(reader: Reader, kind: waiting.Waiting, oldest: int | None) -> str:
    """Return how old or late the oldest is; "" where none has a day, as of a clock that stands."""
    if oldest is None:
        return ""
    return due(reader, oldest) if kind.is_due else age(reader, oldest)


def _days_since(reader: Reader, moment: int) -> int:
    return local_time.day_of(reader.now_ms) - local_time.day_of(moment)


def _weeks(records: Records, reader: Reader, kept: Kept[Any], now_ms: int) -> dict[str, Any]:
    """Return the visits of each of the last weeks, the present one last."""
    today = local_time.day_of(now_ms)
    last_days = range(today - (_WEEKS - 1) * _WEEK_DAYS, today + 1, _WEEK_DAYS)
    within = reader.covers(records, "visit", Right.SEE_FIGURES)

    def count(last: int) -> int:
        return count_between(records, within, last - _WEEK_DAYS + 1, last)

    # The line is kept for minutes; its last point is a figure that opens its rows, so it is not.
    _, earlier = kept.get(
        ("weeks", today, *_reach_of(reader)),
        now_ms,
        lambda: [count(last) for last in last_days[:-1]],
    )
    counts = [*earlier, count(today)]
    weeks = [
        (reader.phrases.day(last, "short"), count)
        for last, count in zip(last_days, counts, strict=True)
    ]
    # A line of weeks says each count: one small week would give away what the figures hide.
    hides = reader.session.standing.reach(Right.SEE_FIGURES) is Reach.AGGREGATES
    return {
        "weeks": [] if hides and any(0 < count < CELL_LEAST for count in counts) else weeks,
        "visits_week": reader.count(counts[-1]),
        "week_url": _visits_url(reader, today - _WEEK_DAYS + 1, today),
    }


def _visits_url(reader: Reader, first: int, last: int) -> str:
    days = f"since={day_text(first)}&until={day_text(last)}"
    return f"{DESK}/visits?{days}&only=begun" if reader.may(Right.SEE_VISITS) else ""


def _figures(records: Records, reader: Reader, kept: Kept[Any], now_ms: int) -> Mapping[str, str]:
    """Return how many people, enterprises and points there are, for who decides nothing."""
    tables = records.tables

    def count(entity: str, *where: sa.ColumnElement[bool]) -> int:
        table = tables.records[entity]
        is_reached = reader.covers(records, entity, Right.SEE_FIGURES)
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .where(is_reached, table.c.deleted_at.is_(None), *where)
        )
        return int(records.connection.scalar(query) or 0)

    points = tables.records["contact_point"]
    _, counts = kept.get(
        ("figures", *_reach_of(reader)),
        now_ms,
        lambda: {
            "people": count("person"),
            "enterprises": count("enterprise"),
            "points": count("contact_point", points.c.status == "active"),
        },
    )
    return {name: reader.count(number) for name, number in counts.items()}


def _reach_of(reader: Reader) -> tuple[Hashable, ...]:
    """Return what figures depend on: readers of the same reach share them."""
    standing = reader.session.standing
    return (standing.reach(Right.SEE_FIGURES), standing.communes, standing.point_id)
