"""The stops of mobile units at weekly souks, near a place: the next day, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.among import among
from server.db.records import Records, Stored
from server.points.near import REACH_M, Box, Place, codes_of, is_open_to_all, places
from server.points.queries import degrees
from server.web.reader import name_in, name_of
from sync import local_time
from sync.phrases import Phrases
from sync.rules.flags import distance_m
from sync.rules.stops import takes_place
from sync.spec import Value

MOST = 5
_WEEK, _AHEAD_DAYS = 7, 53 * 7
"""The rarest stop is once a year."""


@dataclass(frozen=True, slots=True)
class StopNear:
    """A stop, the unit that comes there, where it is, how far away, and its next day."""

    stop: Stored
    unit: Stored | None
    place: Place
    away_m: float
    is_exact: bool
    day: int


def nearest_stops(
    records: Records, origin: Place, now_ms: int, service: str = "", most: int = MOST
) -> list[StopNear]:
    """Return the stops nearest to a place that are to come; of a service, if one is named."""
    table, points = records.tables.records["stop"], records.tables.records["contact_point"]
    works = sa.select(points.c.id).where(is_open_to_all(records), points.c.deleted_at.is_(None))
    for reach_m in REACH_M:
        found = records.list(
            "stop",
            among(table.c.commune_code, Box.around(origin, reach_m).communes()),
            table.c.weekday.is_not(None),
            sa.or_(table.c.point_id.is_(None), table.c.point_id.in_(works)),
        )
        ids = {one for stop in found if isinstance(one := stop.values["point_id"], bytes)}
        units = records.load("contact_point", sorted(ids))
        near = [_near(stop, units, origin, now_ms, service) for stop in found]
        known = sorted((one for one in near if one), key=lambda one: (one.away_m, one.day))
        if known:
            return known[:most]
    return []


def _near(
    stop: Stored, units: Mapping[bytes, Stored], origin: Place, now_ms: int, service: str
) -> StopNear | None:
    values, unit_id = stop.values, stop.values["point_id"]
    unit = units.get(unit_id) if isinstance(unit_id, bytes) else None
    day = next_day(values, now_ms)
    if day is None or (service and (unit is None or service not in codes_of(unit, "services"))):
        return None
    latitude, longitude = (degrees(values[name]) for name in ("latitude", "longitude"))
    is_exact = latitude is not None and longitude is not None
    place = (latitude, longitude) if is_exact else places().get(str(values["commune_code"]))
    if place is None or place[0] is None or place[1] is None:
        return None
    own = (place[0], place[1])
    return StopNear(stop, unit, own, distance_m(*origin, *own), is_exact, day)


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
        "unit": name_of(near.unit, language),
    }


def _clock(phrases: Phrases, minute: int) -> str:
    return phrases.code(local_time.clock_text(minute))
