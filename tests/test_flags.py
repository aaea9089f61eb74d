"""What makes one look at a visit twice is found as it arrives, whatever comes first."""

import pytest
import sqlalchemy as sa

from server.jobs import queue
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.settings import Settings
from server.visits import jobs
from sync import local_time
from tests.world import HOME, START

MORNING = local_time.day_start(local_time.day_of(START)) + 9 * 3_600_000
PLACE = {"latitude": 30_386_000, "longitude": -8_610_000, "accuracy_m": 8}
MINUTE = 60_000


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


@pytest.fixture
def person(tablet):
    return tablet.put("person", commune_code=HOME, name_fr="Fadma")


@pytest.fixture
def here(world):
    """Return a place at the commune's own point."""
    table = world.database.tables.records["commune"]
    (commune,) = world.database.read(lambda records: records.list("commune", table.c.code == HOME))
    return {name: commune.values[name] for name in ("latitude", "longitude")}


def a_visit(tablet, person, here, minute=0, minutes=30, **more):
    start = MORNING + minute * MINUTE
    values = {
        "commune_code": HOME,
        "person_id": person.record_id,
        "agent_id": tablet.store.kept.agent_id,
        "started_at": start,
        "ended_at": start + minutes * MINUTE,
        **here,
    }
    return tablet.put("visit", **{**values, **more})


def flags(world, visit):
    table = world.database.tables.visit_flag
    query = sa.select(table).where(table.c.visit_id == visit.record_id).order_by(table.c.code)
    rows = world.database.read(lambda records: records.connection.execute(query).all())
    return {row.code: row.figure for row in rows}


def test_a_visit_as_it_should_be_has_none(world, tablet, person, here):
    visit = a_visit(tablet, person, here)
    tablet.sync()
    assert flags(world, visit) == {}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ended_at": MORNING + 2 * MINUTE}, "short"),
        ({"latitude": None, "longitude": None}, "no_position"),
        ({"position_mock": True}, "mock_position"),
    ],
)
def test_what_a_visit_says_by_itself(world, tablet, person, here, more, code):
    visit = a_visit(tablet, person, here, **more)
    tablet.sync()
    assert list(flags(world, visit)) == [code]


def test_who_calls_is_not_where_they_call(world, tablet, person, here):
    call = a_visit(tablet, person, {}, channel="phone", position_missing="by_phone")
    tablet.sync()
    assert flags(world, call) == {}


def test_a_place_far_from_where_the_person_lives(world, tablet, person, here):
    away = {**here, "latitude": here["latitude"] + 900_000}  # some 100 km to the north
    visit = a_visit(tablet, person, away)
    tablet.sync()
    assert 95_000 < flags(world, visit)["far"] < 105_000


def test_a_correction_takes_a_flag_away(world, tablet, person, here):
    visit = a_visit(tablet, person, {})
    tablet.sync()
    assert "no_position" in flags(world, visit)
    tablet.put("visit", visit.record_id, **here)
    tablet.sync()
    assert flags(world, visit) == {}


def test_visits_at_one_time_are_flagged_both_in_whatever_order_they_come(
    world, tablet, person, here
):
    first = a_visit(tablet, person, here, 0)
    tablet.sync()
    second = a_visit(tablet, person, here, 29)
    third = a_visit(tablet, person, here, 59)
    tablet.sync()
    assert [list(flags(world, one)) for one in (first, second, third)] == [
        ["overlap"],
        ["overlap"],
        [],
    ]


def test_the_sixteenth_of_a_day_flags_the_day(world, tablet, person, here):
    visits = [a_visit(tablet, person, here, 20 * at, 10) for at in range(15)]
    tablet.sync()
    assert flags(world, visits[0]) == {}
    visits.append(a_visit(tablet, person, here, 400, 10))
    tablet.sync()
    assert [flags(world, one) for one in visits] == [{"many_a_day": 16}] * 16


def test_a_photo_or_a_signature_of_two_visits_is_flagged_at_both(world, tablet, person, here):
    first, second = a_visit(tablet, person, here), a_visit(tablet, person, here, 60)
    beside = {"commune_code": HOME, "taken_at": MORNING}
    for sha256, purpose in (("ab" * 32, "evidence"), ("cd" * 32, "signature")):
        tablet.put("photo", visit_id=first.record_id, purpose=purpose, sha256=sha256, **beside)
    tablet.sync()
    assert flags(world, first) == {}
    for sha256, purpose in (("ab" * 32, "evidence"), ("cd" * 32, "signature")):
        tablet.put("photo", visit_id=second.record_id, purpose=purpose, sha256=sha256, **beside)
    tablet.sync()
    assert (
        list(flags(world, first))
        == list(flags(world, second))
        == [
            "same_photo",
            "same_signature",
        ]
    )


def test_one_photo_twice_in_one_visit_is_none_of_another(world, tablet, person, here):
    visit = a_visit(tablet, person, here)
    for _ in range(2):
        tablet.put("photo", commune_code=HOME, visit_id=visit.record_id, sha256="ab" * 32)
    tablet.sync()
    assert flags(world, visit) == {}


def test_a_week_on_the_tablet_and_a_wrong_clock(world, tablet, person, here):
    visit = a_visit(tablet, person, here)
    world.now += 9 * 24 * 60 * MINUTE
    tablet.sync()
    assert set(flags(world, visit)) == {"clock_off", "late"}
    assert flags(world, visit)["late"] == 8
    tablet.put("visit", visit.record_id, notes="Vu")
    tablet.sync()
    assert set(flags(world, visit)) == {"clock_off", "late"}


def test_a_chunk_costs_the_same_few_queries_whatever_is_in_it(world, tablet, person, here):
    def queries(count):
        for at in range(count):
            a_visit(tablet, person, here, 3 * at, 1)
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            tablet.sync()
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return sum("visit_flag" in one and one.startswith("SELECT") for one in seen), len(seen)

    tablet.sync()
    queries(2)
    (few, few_all), (many, many_all) = queries(3), queries(30)
    assert few == many == 1
    assert many_all <= few_all + 40


def test_what_was_stored_before_the_rules_gets_its_flags_by_night_and_once(
    world, tablet, person, here, monkeypatch
):
    monkeypatch.setattr(jobs, "_FLAGS_PER_TURN", 1)
    for minute in (0, 10, 100):
        a_visit(tablet, person, here, minute)
    tablet.sync()
    table = world.database.tables.visit_flag
    columns = [column for column in table.c if column.name != "at"]

    def kept():
        query = sa.select(*columns).order_by(table.c.visit_id, table.c.code)
        return world.database.read(lambda records: records.connection.execute(query).all())

    as_they_came = kept()
    assert as_they_came
    world.database.write(lambda work: work.connection.execute(sa.delete(table)))
    runner = Runner(Ground(Settings.from_env({}), world.database))
    world.database.write(lambda work: queue.enqueue(work, jobs.FLAGGING, {}))
    runner.run_due()
    clock = [one for one in as_they_came if one.code == "clock"]
    assert kept() == [one for one in as_they_came if one not in clock]

    world.database.write(lambda work: work.connection.execute(sa.delete(table)))
    world.database.write(lambda work: queue.enqueue(work, jobs.FLAGGING, {}))
    runner.run_due()
    assert kept() == [], "it was done, and is not done again"
