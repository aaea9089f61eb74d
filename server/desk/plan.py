"""Yesterday's visits against what was planned for it, place by place.

Places are regions, provinces or communes: the coarsest of which the reader has several, so that a
line can be acted on. A visit counts as done on the day that it began, as planned on its day.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from server.db.records import Records
from server.rights import Reach, Right
from server.web.reader import Reader
from server.web.shell import DESK
from sync import local_time
from sync.flat import day_text

_PLACES_MOST = 8
"""Bars on the page: where there are more, those furthest behind their plan."""


def plan_of(records: Records, reader: Reader, day: int) -> dict[str, Any] | None:
    """Return what was done and planned on a day (since 1970) by place, the names in order.

    Returns:
        None where the reader is shown no places, or nothing was done or planned.
    """
    if reader.session.standing.reach(Right.SEE_FIGURES) is Reach.AGGREGATES:
        return None
    table = records.tables.records["visit"]
    begin, end = local_time.day_start(day), local_time.day_start(day + 1)
    done = _by_commune(records, reader, table.c.started_at >= begin, table.c.started_at < end)
    planned = _by_commune(records, reader, table.c.planned_on == day)
    places, length = _level(set(done) | set(planned))
    if not places:
        return None
    rows = {
        place: tuple(
            sum(number for code, number in counts.items() if _cut(code, length) == place)
            for counts in (done, planned)
        )
        for place in places
    }
    worst = sorted(rows, key=lambda place: rows[place][0] - rows[place][1])[:_PLACES_MOST]
    names = _names(records, reader, length, worst)
    shown = sorted(worst, key=lambda place: names.get(place, place))
    may_open = reader.may(Right.SEE_VISITS)
    return {
        "rows": [(names.get(place, place), *rows[place]) for place in shown],
        "urls": [_urls(day, place) for place in shown] if may_open else [],
        "done": sum(done.values()),
        "planned": sum(planned.values()),
        "day": day,
    }


def _by_commune(records: Records, reader: Reader, *where: sa.ColumnElement[bool]) -> Counter[str]:
    table = records.tables.records["visit"]
    within = reader.covers(records, "visit", Right.SEE_FIGURES)
    query = (
        sa.select(table.c.commune_code, sa.func.count())
        .where(table.c.deleted_at.is_(None), within, *where)
        .group_by(table.c.commune_code)
    )
    return Counter({code: int(number) for code, number in records.connection.execute(query)})


def _level(communes: set[str]) -> tuple[set[str], int]:
    """Return the places to show and how many parts their codes have."""
    regions, provinces = ({_cut(code, length) for code in communes} for length in (1, 2))
    if len(provinces) > _PLACES_MOST and len(regions) > 1:
        return regions, 1
    return (provinces, 2) if len(provinces) > 1 else (communes, 0)


def _cut(code: str, length: int) -> str:
    """Return the region (1) or province (2) of a commune; 0: itself."""
    return ".".join(code.split(".")[:length]) if length else code


def _names(records: Records, reader: Reader, length: int, codes: list[str]) -> dict[str, str]:
    table = records.tables.records[{1: "region", 2: "province", 0: "commune"}[length]]
    name = table.c.name_ar if reader.language == "ar" else table.c.name_fr
    query = sa.select(table.c.code, name).where(table.c.code.in_(codes))
    return {row.code: row[1] for row in records.connection.execute(query)}


def _urls(day: int, place: str) -> tuple[str, str]:
    """Return the lists of what was done, and of what was planned, on a day at a place."""
    days = f"since={day_text(day)}&until={day_text(day)}&place={place}"
    return (f"{DESK}/visits?{days}&only=begun", f"{DESK}/visits?{days}&only=planned")
