"""Where communes and points are, for whoever looks for what is near: the portal, everybody."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.reference import files

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


def is_open_to_all(records: Records) -> sa.ColumnElement[bool]:
    """Return the condition of a point that works and that one can go to."""
    table = records.tables.records["contact_point"]
    is_place = sa.or_(table.c.modality.is_(None), table.c.modality != "digital")
    return sa.and_(table.c.status == "active", is_place)


def codes_of(point: Stored, name: str) -> tuple[str, ...]:
    """Return what a point has of a field of codes."""
    value = point.values[name]
    return tuple(map(str, value)) if isinstance(value, tuple) else ()
