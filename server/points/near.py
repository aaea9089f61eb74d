"""Where communes and points are, for whoever looks for what is near: the portal, everybody."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from server.db.records import Stored
from server.reference import files
from sync import stored
from sync.spec import Kind

REACH_M = (60_000, 250_000)
"""How far is near; and where nothing is, how far else."""

Place = tuple[float, float]
"""Latitude and longitude, in degrees."""


@cache
def places() -> Mapping[str, Place]:
    """Return where communes are, by their codes."""
    return {
        row["code"]: (float(row["lat"]), float(row["lon"]))
        for row in files.rows("communes")
        if row["lat"] and row["lon"]
    }


_DEGREE_M = 111_000
"""A degree of latitude, a little less: no box is too small."""


@dataclass(frozen=True, slots=True)
class Box:
    """What lies so far from a place at most, and its corners a little further; in degrees."""

    south: float
    north: float
    west: float
    east: float

    @classmethod
    def around(cls, origin: Place, reach_m: float) -> Box:
        """Return the box of a reach in metres."""
        latitude, longitude = origin
        high = reach_m / _DEGREE_M
        wide = high / math.cos(math.radians(latitude))
        return cls(latitude - high, latitude + high, longitude - wide, longitude + wide)

    def communes(self) -> list[str]:
        """Return the codes of the communes in it: how far each is costs more than a page."""
        return [
            code
            for code, (latitude, longitude) in places().items()
            if self.south < latitude < self.north and self.west < longitude < self.east
        ]


def is_open_to_all(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition of a point that works and that one can go to."""
    is_place = sa.or_(table.c.modality.is_(None), table.c.modality != "digital")
    return sa.and_(table.c.status == "active", is_place)


def place_at(latitude: object, longitude: object) -> Place | None:
    """Return the place of a latitude and longitude in millionths of a degree; None without both."""
    if isinstance(latitude, int) and isinstance(longitude, int):
        return latitude / 10**6, longitude / 10**6
    return None


def codes_of(point: Stored, name: str) -> tuple[str, ...]:
    """Return what a point has of a field of codes."""
    value = point.values[name]
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def codes_in(column: object) -> tuple[str, ...]:
    """Return what a column of codes has."""
    codes = stored.from_column(Kind.CODES, column)
    return tuple(map(str, codes)) if isinstance(codes, tuple) else ()
