"""The stops of mobile units at weekly souks, near a place: the next day, from when to when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.db.among import among_given
from server.db.records import Records, Stored
from server.points.near import REACH_M, Box, Place, codes_in, is_open_to_all, place_at, places
from server.web.reader import name_in
from sync import local_time
from sync.phrases import Phrases
from sync.rules.flags import distance_m
from sync.rules.stops import takes_place
from sync.spec import Value

MOST = 5
_OF_UNIT = 3
"""Columns of a stop's unit after its own: services, French and Arabic name."""
_WEEK, _AHEAD_DAYS = 7, 53 * 7
"""The rarest stop is once a year."""


@dataclass(frozen=True, slots=True)
class StopNear:
    """A stop, where it is, how far away, and its next day.

    `unit`: the name of the unit that comes there, in French and in Arabic, as far as it has one.
    """

    stop: Stored
    unit: tuple[Value, Value]
    place: Place
    away_m: float
    is_exact: bool
    day: int


def nearest_stops(
    records: Records, origin: Place, now_ms: int, service: str = "", most: int = MOST
) -> list[StopNear]:
    """Return the stops nearest to a place that are to come; of a service, if one is named."""
    for reach_m in REACH_M:
        near: list[StopNear] = []
        within = sorted(
            _within(records, origin, reach_m, service), key=lambda one: (one[0], one[-1][0])
        )
        for away_m, place, is_exact, row in within:
            if len(near) >= most and away_m > near[most - 1].away_m:
                break
            stop, unit = records.from_row("stop", row[:-_OF_UNIT]), (row[-2], row[-1])
            if (day := next_day(stop.values, now_ms)) is not None:
                near.append(StopNear(stop, unit, place, away_m, is_exact, day))
        if near:
            return sorted(near, key=lambda one: (one.away_m, one.day))[:most]
    return []


def _within(
    records: Records, origin: Place, reach_m: int, service: str
) -> Iterator[tuple[float, Place, bool, Sequence[Any]]]:
    """Yield the stops within reach that are held: how far, where, if exactly, `_held`'s row."""
    tables, box = records.tables.records, Box.around(origin, reach_m)
    query = _held(tables["stop"], tables["contact_point"])
    for row in records.connection.execute(query, {"communes": box.communes()}).all():
        if service and service not in codes_in(row.services):
            continue
        exact = place_at(row.latitude, row.longitude)
        place = exact or places().get(row.commune_code)
        if place is not None:
            yield distance_m(*origin, *place), place, exact is not None, row


@cache
def _held(stop: sa.Table, unit: sa.Table) -> sa.Select[Any]:
    """Ask for the stops in `communes` that are given, whose unit works, if one is named.

    After a stop's columns are its unit's. Each is joined with its own: of a list of all units that
    work PostgreSQL goes through the whole country's points.
    """
    works = sa.and_(is_open_to_all(unit), unit.c.deleted_at.is_(None))
    return (
        sa.select(stop, unit.c.services, unit.c.name_fr, unit.c.name_ar)
        .outerjoin(unit, unit.c.id == stop.c.point_id)
        .where(
            stop.c.deleted_at.is_(None),
            among_given(stop.c.commune_code, "communes"),
            stop.c.weekday.is_not(None),
            sa.or_(stop.c.point_id.is_(None), works),
        )
    )


def next_day(stop: Mapping[str, Value], now_ms: int) -> int | None:
    """Return the next day on which a stop takes place, today until it ends; None: on none."""
    weekday, ends = stop.get("weekday"), stop.get("to_minute")
    today = local_time.day_of(now_ms)
    if isinstance(ends, int) and local_time.minutes_of(now_ms) >= ends:
        today += 1
    ahead = next((n for n in range(_WEEK) if local_time.weekday_of(today + n) == weekday), None)
    if ahead is None:
        return None
    days = range(today + ahead, today + ahead + _AHEAD_DAYS, _WEEK)
    return next((day for day in days if takes_place(stop, day)), None)


def stop_row(phrases: Phrases, near: StopNear, communes: Mapping[str, str]) -> dict[str, Any]:
    """Return a stop as a page shows it. `communes`: names by code."""
    values, language = near.stop.values, phrases.language.code
    commune = communes.get(str(values["commune_code"]), "")
    km = phrases.number(near.away_m / 1000, 1)
    begins, ends = values["from_minute"], values["to_minute"]
    day, when = phrases.day(near.day, "weekday"), ""
    if isinstance(begins, int) and isinstance(ends, int):
        hours = {"begins": _clock(phrases, begins), "ends": _clock(phrases, ends)}
        when = phrases.say("public.stop.when", day=day, **hours)
    every = values["every_weeks"]
    is_rare = isinstance(every, int) and every > 1
    return {
        "name": name_in(language, values["place_fr"], values["place_ar"]) or commune,
        "commune": commune,
        "away": phrases.say("public.point.away" if near.is_exact else "public.point.about", km=km),
        "when": when or day,
        "every": phrases.count("public.stop.every", every)
        if is_rare and isinstance(every, int)
        else phrases.say("public.stop.weekly"),
        "unit": name_in(language, *near.unit),
    }


def _clock(phrases: Phrases, minute: int) -> str:
    return phrases.code(local_time.clock_text(minute))
