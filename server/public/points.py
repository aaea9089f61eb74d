"""The points near a place: how far, open now or when next, what is done there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.db.among import among
from server.db.records import Records, Stored
from server.points.near import REACH_M, Place, codes_of, is_open_to_all, places
from server.points.queries import degrees
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
    away_by_commune = {code: distance_m(*origin, *place) for code, place in places().items()}
    for reach_m in REACH_M:
        communes = [code for code, away in away_by_commune.items() if away <= reach_m]
        table = records.tables.records["contact_point"]
        found = records.list(
            "contact_point", is_open_to_all(records), among(table.c.commune_code, communes)
        )
        near = sorted(_near(found, origin, service), key=lambda one: one.away_m)
        if near:
            return near[:NEAREST_MOST]
    return []


def _near(points: Iterable[Stored], origin: Place, service: str) -> Iterable[Near]:
    for point in points:
        if service and service not in codes_of(point, "services"):
            continue
        exact = place_of(point)
        place = exact or places().get(str(point.values["commune_code"]))
        if place:
            yield Near(point, place, distance_m(*origin, *place), exact is not None)


def place_of(point: Stored) -> Place | None:
    """Return where a point says that it is."""
    latitude, longitude = (degrees(point.values[name]) for name in ("latitude", "longitude"))
    return None if latitude is None or longitude is None else (latitude, longitude)


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
