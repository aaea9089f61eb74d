"""The server's disk is full: each form says so, keeps what was typed, and nothing is lost."""

import re
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from server.visits import many
from tests.server.web.test_duplicate_pages import ADDRESS, send, two
from tests.server.web.test_judging_visits import press, url
from tests.server.web.test_many_visits import a_visit, person, states
from tests.server.web.test_rules import conflicts, phones, run, shown, world

__all__ = ["conflicts", "person", "two", "world"]
pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
FULL = "Le serveur n&#39;a plus de place"
AS_A_BROWSER = {"accept": "text/html"}


@contextmanager
def full_disk(world):
    """Have each write that needs room find none, as the database itself says it."""
    engine = world.engines.writing
    if world.engines.is_sqlite:

        def shrink(connection):
            pages = connection.exec_driver_sql("pragma page_count").scalar_one()
            connection.exec_driver_sql(f"pragma max_page_count = {pages}")
            connection.exec_driver_sql("create table no_room_left (a)")

        sa.event.listen(engine, "begin", shrink)
        yield
        sa.event.remove(engine, "begin", shrink)
        return
    tables = ("act_record", "merge", "feed", "job")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create function no_room() returns trigger language plpgsql as $$ begin"
            " raise exception 'could not extend file' using errcode = '53100'; end $$"
        )
        for table in tables:
            connection.exec_driver_sql(
                f"create trigger no_room before insert on {table} execute function no_room()"
            )
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("drop function no_room cascade")


@pytest.fixture
def visits(tablet, person):
    made = [a_visit(tablet, person, hours, notes="Elle vend") for hours in (1, 2, 3)]
    tablet.sync()
    return made


def many_form(client):
    page = client.get("/desk/visits?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    form = {"scope": "all", "_csrf_token": token}
    counted = client.post("/desk/visits/choose?lang=fr", data=form).text
    return {**form, "counted_at": re.search(r'name="counted_at" value="(\d+)"', counted)[1]}


def accept_many(client, form):
    address = "/desk/visits/accept?lang=fr"
    return client.post(address, data=form, headers=AS_A_BROWSER, follow_redirects=False)


@pytest.mark.parametrize("is_job", [False, True], ids=["now", "later"])
def test_many_that_cannot_be_accepted_are_accepted_when_there_is_room(
    world, client, visits, monkeypatch, is_job
):
    if is_job:
        monkeypatch.setattr(many, "PRESS_MOST", 1)
    form = many_form(client)
    with full_disk(world):
        answer = accept_many(client, form)
        assert answer.status_code == 507
        assert FULL in answer.text
        assert "server_full" not in answer.text
        assert 'hreflang="ar"' not in answer.text  # there is no such page to look at
        assert client.get("/desk/visits?lang=fr").status_code == 200
    assert states(world, visits) == [None] * 3
    assert accept_many(client, form).status_code == 303
    if not is_job:
        assert states(world, visits) == ["accepted"] * 3


def test_a_return_stays_typed_and_an_acceptance_open(world, client, visits):
    asked = {"returned_field": "notes", "returned_note": "Que vend-elle ?"}
    with full_disk(world):
        for act, form in (("accept", {}), ("return", asked)):
            answer = press(client, visits[0], act, "?lang=fr", **form)
            assert answer.status_code == 507, act
            assert FULL in answer.text
        assert "Que vend-elle ?" in answer.text
        assert client.get(url(visits[0])).status_code == 200
    assert states(world, visits) == [None] * 3
    assert press(client, visits[0], "return", **asked).status_code == 303


def test_a_merge_and_a_rule_are_as_if_never_pressed(world, client, two, conflicts):
    _, rows, token = shown(client)
    with full_disk(world):
        merged = send(client, f"{ADDRESS}/1?lang=fr", answer="merge")
        client.headers.update(AS_A_BROWSER)
        ruled = run(client, rows, token, "kind=conflict&field=person.phone&lang=fr")
    assert [merged.status_code, ruled.status_code] == [507, 507]
    assert FULL in merged.text
    assert FULL in ruled.text
    assert {world.get("person", one)["survivor_id"] for one in two} == {None}
    assert phones(world, conflicts) == ["+212611"] * 3
    assert "decided=3" in run(client, rows, token).headers["location"]
    assert send(client, f"{ADDRESS}/1", answer="merge").status_code == 200
