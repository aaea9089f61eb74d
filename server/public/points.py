"""The points near a place: how far, open now or when next, what is done there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.among import among
from server.db.records import Records, Stored
from server.points.near import Box, Place, codes_in, codes_of, is_open_to_all, place_at, places
from server.public.hours import hours_of, standing_of
from server.reference import files
from server.reference.catalogue import catalogue
from server.web.reader import name_of
from sync import local_time, scopes
from sync.entities.contact_point import CONTACT_POINT
from sync.phrases import Phrases
from sync.rules.flags import distance_m
from sync.wording import in_words

NEAREST_MOST = 8
_NEAR_M = 60_000
"""How far is near; only where nothing is, is a point shown that is farther."""
_REACHES_M = (8_000, 25_000, _NEAR_M, 250_000)
"""How far is looked, one after the other, until the nearest are surely among what was found."""
_CLOSE_M = 10_000
_OF_PEOPLE = frozenset({"partner_shop", "cooperative_seat"})
"""Kinds of points whose phone is somebody's own: a shopkeeper's, a president's."""


@dataclass(frozen=True, slots=True)
class Near:
    """A point, where it is, and how far away. `is_exact`: its own place, not its commune's."""

    point: Stored
    place: Place
    away_m: float
    is_exact: bool


def nearest(records: Records, origin: Place, service: str = "") -> list[Near]:
    """Return the points nearest to a place, the nearest first; of a service, if one is named."""
    for reach_m in _REACHES_M:
        near = sorted(_within(records, origin, reach_m, service))[:NEAREST_MOST]
        if len(near) == NEAREST_MOST or (near and reach_m >= _NEAR_M):
            points = records.load("contact_point", [record_id for _, record_id, _, _ in near])
            return [
                Near(points[record_id], place, away_m, is_exact)
                for away_m, record_id, place, is_exact in near
            ]
    return []


def _within(
    records: Records, origin: Place, reach_m: int, service: str
) -> Iterator[tuple[float, bytes, Place, bool]]:
    """Yield how far a point within reach is, its id, where it is, and whether that is exact.

    Of all others nothing is read: a whole country has thousands, of long rows.
    """
    table = records.tables.records["contact_point"]
    box = Box.around(origin, reach_m)
    is_asked = [is_open_to_all(table), table.c.deleted_at.is_(None)]
    if service:
        is_asked.append(table.c.services.contains(service, autoescape=True))
    columns = [table.c[name] for name in ("id", "commune_code", "latitude", "longitude")]
    has_place = sa.and_(table.c.latitude.is_not(None), table.c.longitude.is_not(None))
    # One statement for each index: of a condition or the other a database may go through all.
    query = sa.union_all(
        sa.select(*columns, table.c.services).where(
            table.c.latitude.between(round(10**6 * box.south), round(10**6 * box.north)),
            table.c.longitude.between(round(10**6 * box.west), round(10**6 * box.east)),
            *is_asked,
        ),
        sa.select(*columns, table.c.services).where(
            among(table.c.commune_code, box.communes()), sa.not_(has_place), *is_asked
        ),
    )
    for record_id, commune, latitude, longitude, services in records.connection.execute(query):
        if service and service not in codes_in(services):
            continue
        exact = place_at(latitude, longitude)
        place = exact or places()[commune]
        away_m = distance_m(*origin, *place)
        if away_m <= reach_m:
            yield away_m, record_id, place, exact is not None


def place_of(point: Stored) -> Place | None:
    """Return where a point says that it is."""
    return place_at(point.values["latitude"], point.values["longitude"])


def public_phone(point: Stored) -> str:
    """Return the phone of a point; none where it is somebody's own."""
    return "" if point.values["kind"] in _OF_PEOPLE else str(point.values["phone"] or "")


def row_of(
    phrases: Phrases, near: Near, communes: Mapping[str, str], now_ms: int
) -> dict[str, Any]:
    """Return a point as the page shows it. `communes`: names by code."""
    point, values, calendar = near.point, near.point.values, files.calendar()

    def words(name: str) -> str:
        return in_words(phrases, CONTACT_POINT, name, values[name])

    hours = hours_of(values, calendar, local_time.day_of(now_ms))
    km = phrases.number(near.away_m / 1000, 1 if near.away_m < _CLOSE_M else 0)
    known = [catalogue().of(code) for code in codes_of(point, "services")]
    return {
        "name": name_of(point, "ar" if phrases.language.code == "ar" else "fr"),
        "kind": "contact_point.kind." + str(values["kind"]) if values["kind"] else "",
        "where": [
            communes.get(str(values["commune_code"]), ""),
            str(values["douar"] or ""),
            str(values["landmark"] or ""),
        ],
        "away": phrases.say("public.point.away" if near.is_exact else "public.point.about", km=km),
        "standing": standing_of(phrases, values, calendar, now_ms),
        "hours": in_words(phrases, CONTACT_POINT, "hours", hours),
        "services": [(one.code, one.names) for one in known if one],
        "about": [one for one in (words("languages"), words("accessibility")) if one],
        "phone": public_phone(point),
    }


def provinces_shown(shown: Iterable[Stored], commune: str) -> set[str]:
    """Return the codes of the provinces that a map of points and stops has in it."""
    codes = [str(one.values["commune_code"]) for one in shown]
    return {scopes.province_of(code) for code in (*codes, commune) if code}
