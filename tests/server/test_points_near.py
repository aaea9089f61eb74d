"""Which points are nearest, found without reading those that are not: on both databases."""

import random

import pytest
import sqlalchemy as sa

from server.db.work import Author
from server.points.stops import nearest_stops
from server.public.points import NEAREST_MOST, nearest, places
from sync import local_time
from sync.rules.flags import distance_m
from tests.world import HOME

OPEN = {"status": "active", "modality": "physical"}
KILOMETRE = 9_000
"""Of latitude, in millionths of a degree."""


@pytest.fixture
def put(world):
    def put(*points):
        def insert(work):
            for values in points:
                work.insert("contact_point", {"commune_code": HOME, **OPEN, **values}, Author(None))

        world.database.write(insert)

    return put


@pytest.fixture
def near(world):
    def near(origin, service=""):
        found = world.database.read(lambda records: nearest(records, origin, service))
        return [(one.point.values["name_fr"], round(one.away_m), one.is_exact) for one in found]

    return near


def test_the_nearest_are_those_that_measuring_all_would_find(put, near):
    rng = random.Random(7)
    origin = places()[HOME]
    codes = [code for code, place in places().items() if distance_m(*origin, *place) < 90_000]
    points = []
    for number in range(120):
        commune = rng.choice(codes)
        lat, lon = (round(10**6 * one) for one in places()[commune])
        spread = rng.choice((2, 20, 60)) * KILOMETRE
        own = (lat + rng.randint(-spread, spread), lon + rng.randint(-spread, spread))
        place = rng.choice((own, own, (None, None), (own[0], None)))
        values = {"name_fr": f"P{number}", "commune_code": commune}
        values |= {"services": ("rna",) if number % 9 else ("rna-other",)}
        points.append(values | dict(zip(("latitude", "longitude"), place, strict=True)))
    put(*points)

    for at in (origin, (origin[0] + 0.3, origin[1] - 0.2)):
        for service in ("", "rna", "rna-other"):
            measured = []
            for one in points:
                if service and service not in one["services"]:
                    continue
                is_exact = None not in (one["latitude"], one["longitude"])
                own = [(one[name] or 0) / 10**6 for name in ("latitude", "longitude")]
                away = distance_m(*at, *(own if is_exact else places()[one["commune_code"]]))
                measured.append((round(away), is_exact))
            most = sorted(one for one in measured if one[0] <= 60_000)[:NEAREST_MOST]
            assert [away for _, away, _ in near(at, service)] == [away for away, _ in most]


def test_where_nothing_is_near_the_far_ones_are_shown(put, near):
    origin = places()[HOME]
    lat, lon = (round(10**6 * one) for one in origin)
    put({"name_fr": "Far", "latitude": lat + 100 * KILOMETRE, "longitude": lon})
    assert [name for name, _, _ in near(origin)] == ["Far"]
    put({"name_fr": "Near", "latitude": lat + 50 * KILOMETRE, "longitude": lon})
    assert [name for name, _, _ in near(origin)] == ["Near"]


def test_points_beyond_reach_are_never_read(world, put, near):
    origin = places()[HOME]
    lat, lon = (round(10**6 * one) for one in origin)
    around = [{"latitude": lat + number * 100, "longitude": lon} for number in range(12)]
    beyond = [{"latitude": lat + 30 * KILOMETRE + number, "longitude": lon} for number in range(90)]
    put(*({"name_fr": f"P{number}", **one} for number, one in enumerate((*around, *beyond))))
    rows = []

    def count(_connection, cursor, *_):
        rows.append(cursor.rowcount)

    reading = world.database.engines.reading
    if reading.dialect.name == "postgresql":  # SQLite counts no rows of what is read
        sa.event.listen(reading, "after_cursor_execute", count)
    assert len(near(origin)) == NEAREST_MOST
    assert sum(rows) <= len(around) + NEAREST_MOST


def test_of_stops_equally_far_the_one_that_comes_first_is_shown(world):
    today = local_time.day_of(world.now)

    def insert(work):
        for ahead in (5, 2, 4):
            stop = {"commune_code": HOME, "weekday": local_time.weekday_of(today + ahead)}
            work.insert("stop", stop, Author(None))

    world.database.write(insert)
    for most in (1, 2):
        found = world.database.read(
            lambda records, most=most: nearest_stops(records, places()[HOME], world.now, most=most)
        )
        assert [one.day - today for one in found] == [2, 4][:most]
