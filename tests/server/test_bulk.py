"""Bulk data are what `Work` would have stored: the check passes, and work goes on upon them."""

import shutil

import pytest
import sqlalchemy as sa

from server.check import check
from server.cli.main import main
from server.db.work import Author
from server.pilot.bulk import NotEmpty, generate_bulk
from server.pilot.bulk_parts import Profile
from server.settings import Settings
from sync.rules import search
from tests.world import World

SMALL = Profile(
    people=90, enterprises=12, points=60, requests=40, visits=300, agents=30, coordinators=13
)


@pytest.fixture
def bulk(world):
    told = []
    made = generate_bulk(world.database, SMALL, seed=7, tell=lambda *how: told.append(how))
    return world, made, told


def faults_of(world):
    found = check(Settings.from_env({}), world.database)
    assert found["schema_is_current"]
    return found["faults"]


def test_what_is_made_is_as_work_would_have_stored_it(bulk):
    world, made, told = bulk
    assert faults_of(world) == []
    tables = world.database.tables

    def count(connection, name):
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.records[name]))

    with world.engines.read() as connection:
        counted = {
            "people": count(connection, "person"),
            "enterprises": count(connection, "enterprise"),
            "points": count(connection, "contact_point"),
            "requests": count(connection, "application"),
            "visits": count(connection, "visit"),
        }
        terms = connection.execute(
            sa.select(tables.search_term.c.record_id, tables.search_term.c.term).where(
                tables.search_term.c.entity == tables.number_by_entity["person"]
            )
        ).all()
    assert (
        counted
        == {name: made[name] for name in counted}
        == {name: getattr(SMALL, name) for name in counted}
    )
    people = world.database.read(lambda records: records.list("person"))
    assert {
        (one.record_id, term)
        for one in people
        for term in search.terms(one.entity, one.record_id, one.values)
    } == {tuple(row) for row in terms}
    assert {what for what, _, _ in told} >= {"staff", "people", "visits"}


def test_the_lists_and_queues_have_rows(bulk):
    world, made, _ = bulk
    tables = world.database.tables
    assert made["held"] > 0
    reviews = world.database.read(lambda records: records.list("review"))
    assert {one.values["state"] for one in reviews} <= {"open", "decided"}
    visits = world.database.read(lambda records: records.list("visit"))
    states = {one.values["review_state"] for one in visits}
    assert {"accepted", "submitted"} <= states
    assert any(one.values["started_at"] is None for one in visits)
    with world.engines.read() as connection:
        devices = connection.execute(sa.select(tables.device.c.agent_id)).all()
    assert len(devices) == SMALL.agents


def test_work_goes_on_where_the_bulk_ended(bulk):
    world, *_ = bulk
    known = world.database.read(lambda records: records.list("person"))[0]
    communes = {
        one.values["commune_code"]
        for one in world.database.read(lambda records: records.list("person"))
    }
    new = next(
        one.values["code"]
        for one in world.database.read(lambda records: records.list("commune"))
        if one.values["code"] not in communes
    )

    def write(work):
        for code in (known.values["commune_code"], new):
            work.insert("person", {"commune_code": code, "name_fr": "Said Ouchen"}, Author(None))
        work.change("person", known.record_id, {"landmark": "au puits"}, Author(None))

    world.database.write(write)
    assert faults_of(world) == []


def test_the_same_seed_makes_the_same(furnished_file, tmp_path):
    made = []
    for name in ("one", "two"):
        url = f"sqlite:///{shutil.copy(furnished_file, tmp_path / name)}"
        with World(url, tmp_path / "files", is_furnished=True) as world:
            generate_bulk(world.database, SMALL, seed=7, tell=lambda *_: None)
            visits = world.database.read(lambda records: records.list("visit"))
            made.append([(one.record_id, one.values["notes"], one.rev) for one in visits])
    assert made[0] == made[1]


def test_bulk_data_are_made_beside_no_others(bulk):
    world, *_ = bulk
    with pytest.raises(NotEmpty):
        generate_bulk(world.database, SMALL, seed=7, tell=lambda *_: None)


def test_the_command_scales_and_refuses_with_a_sentence(tmp_path, capsys):
    environ = {"NUQTA_DATA_DIR": str(tmp_path), "LANG": "fr"}
    for command in (["migrate"], ["load-reference"]):
        assert main(command, environ, None) == 0
    command = ["generate-pilot", "--bulk", "--scale", "0.0002", "--visits", "50", "--agents", "12"]
    assert main(command, environ, None) == 0
    assert "100 people" in (said := capsys.readouterr().out)
    assert "50 visits" in said
    assert main(command, environ, None) == 4
    assert "base vide" in capsys.readouterr().err
