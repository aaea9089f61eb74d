"""What in a visit's own figures makes one look at it twice: hints, each with its figure.

A flag never sanctions: an agent who visits three farms in one courtyard overlaps, and was there.
Each rule is told what is known and answers with the figure that its sentence says, None where it
has nothing to say. What is unknown says nothing.
"""

from __future__ import annotations

import math

SHORTEST_S = 3 * 60
"""A visit shorter than so many seconds."""
FARTHEST_M = 10_000
"""Metres beyond the edge of the beneficiary's commune, taken as a circle about its point."""
MOST_A_DAY = 15
"""Visits of one agent on one day."""
LATEST_MS = 7 * 24 * 60 * 60 * 1000
"""From a visit's end to its arrival."""
CLOCK_OFF_MS = 10 * 60 * 1000
"""How far the tablet's clock may be from ours."""

SHORT = "short"
FAR = "far"
NO_POSITION = "no_position"
MOCK = "mock_position"
OVERLAP = "overlap"
SAME_PHOTO = "same_photo"
SAME_SIGNATURE = "same_signature"
MANY = "many_a_day"
LATE = "late"
CLOCK = "clock_off"
CODES = (
    SHORT,
    FAR,
    NO_POSITION,
    MOCK,
    OVERLAP,
    SAME_PHOTO,
    SAME_SIGNATURE,
    MANY,
    LATE,
    CLOCK,
)

_EARTH_M = 6_371_000


def too_short(started_at: int | None, ended_at: int | None, active_s: int | None) -> int | None:
    """Return how many seconds a visit took, of one that was too short."""
    if active_s is None:
        if started_at is None or ended_at is None:
            return None
        active_s = (ended_at - started_at) // 1000
    return active_s if 0 <= active_s < SHORTEST_S else None


def too_far(distance_m: float | None, radius_m: float) -> int | None:
    """Return the metres from the commune's point, of a place too far beyond its edge."""
    if distance_m is None or distance_m <= radius_m + FARTHEST_M:
        return None
    return round(distance_m)


def too_late(ended_at: int | None, received_at: int) -> int | None:
    """Return the whole days from a visit's end to its arrival, where they are too many."""
    if ended_at is None or received_at - ended_at <= LATEST_MS:
        return None
    return (received_at - ended_at) // (24 * 60 * 60 * 1000)


def too_many(count: int) -> int | None:
    """Return the visits of an agent's day, where they are too many."""
    return count if count > MOST_A_DAY else None


def clock_off(off_ms: int) -> int | None:
    """Return the minutes that a tablet's clock is off, where they are too many."""
    return abs(off_ms) // 60_000 if abs(off_ms) > CLOCK_OFF_MS else None


def do_overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two visits, each from and to, were at one time; one may begin as another ends."""
    return first[0] < second[1] and second[0] < first[1]


def distance_m(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """Return the metres between two places given in degrees, over the sphere."""
    north, south = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((south - north) / 2) ** 2
        + math.cos(north)
        * math.cos(south)
        * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(math.sqrt(half))
