"""How much a page asks of the database: counted, for no machine's speed changes it."""

import threading
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.accounts.visitors import Visitor
from server.applications.papers import papers_of
from server.db.work import Author
from server.phrases import load_phrases
from server.points.near import places
from server.portal.file import file_page
from server.portal.mine import my_page
from server.portal.requests import request_page
from server.public.points import nearest
from server.web import seen
from tests.world import HOME, World

ONE_MOST, REVIEW_MOST, TABLETS_MOST, TABLET_MOST = 27, 26, 10, 9
MINE_MOST, REQUEST_MOST, PAPERS_MOST = 11, 14, 3
ICE, PHONE = "001525713000000", "+212612345678"


@pytest.fixture
def world(world_url, tmp_path):
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


@pytest.fixture
def asked(world, client):
    """Read a page a second time: how many statements that asks, and how many it builds anew."""
    statements = []

    def note(_connection, _cursor, statement, *_):
        # Of the threads that draw pages: what the audit log reads meanwhile is not the page's.
        if threading.current_thread().name.startswith("pages") and statement != "BEGIN":
            statements.append(statement)

    def count(address):
        assert client.get(address).status_code == 200
        statements.clear()
        built = seen._query_of.cache_info().misses
        assert client.get(address).status_code == 200
        return len(statements), seen._query_of.cache_info().misses - built

    reading = world.database.engines.reading
    sa.event.listen(reading, "before_cursor_execute", note)
    yield count
    sa.event.remove(reading, "before_cursor_execute", note)


def test_a_page_of_one_record_asks_few_statements_and_builds_none_of_them_again(
    asked, tablet, world
):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma")
    visit = tablet.put("visit", commune_code=HOME, person_id=person.record_id, started_at=world.now)
    tablet.sync()
    for folder, record in (("people", person), ("visits", visit)):
        statements, built = asked(f"/desk/{folder}/{UUID(bytes=record.record_id)}")
        assert (statements <= ONE_MOST, built) == (True, 0), (folder, statements)


def test_a_page_of_a_review_reads_whom_it_is_about_in_one_statement(asked, tablet, world):
    for name in ("Amal", "Amel"):
        tablet.put("enterprise", commune_code=HOME, ice=ICE, name_fr=name)
    tablet.sync()
    (review,) = world.database.read(lambda records: records.list("review"))
    statements, built = asked(f"/desk/reviews/{UUID(bytes=review.record_id)}")
    assert (statements <= REVIEW_MOST, built) == (True, 0), statements


def test_tablets_are_listed_by_few_statements_however_many_there_are(asked, tablet, world):
    tablet.sync()
    few, _ = asked("/desk/devices")
    for login in ("two", "three"):
        world.user(login, HOME)
        world.tablet(login).sync()
    more, _ = asked("/desk/devices")
    one, _ = asked(f"/desk/devices/{tablet.store.kept.device_id}")
    assert (more <= few <= TABLETS_MOST, one <= TABLET_MOST) == (True, True), (few, more, one)


def test_my_requests_ask_as_few_statements_however_many_there_are(world):
    phrases, statements = load_phrases("fr"), []
    reading = world.database.engines.reading
    sa.event.listen(reading, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def make(entity, **values):
        given = {"commune_code": HOME, **values}
        return world.database.write(lambda work: work.insert(entity, given, Author(None)))

    def asked(query):
        statements.clear()
        world.database.read(query)
        return sum(one != "BEGIN" for one in statements)

    of = make("enterprise", name_fr="Amal", phone=PHONE).record_id

    visitor = Visitor(PHONE, "", "", world.now)
    page = partial(my_page, visitor=visitor, of=of, phrases=phrases, now_ms=world.now)

    make("stop", weekday="th")
    make("application", enterprise_id=of, service="rna")
    (request,) = world.database.read(lambda records: records.list("application"))
    asked(page)  # the names of communes are kept
    one = asked(page)
    for service in ("bank-account", "training"):
        make("application", enterprise_id=of, service=service)
    assert asked(page) == one <= MINE_MOST, statements
    page = partial(
        request_page,
        visitor=visitor,
        text=str(UUID(bytes=request.record_id)),
        phrases=phrases,
        now_ms=world.now,
    )
    assert asked(page) <= REQUEST_MOST, statements
    # Of whom no person is, no person's papers are asked for.
    assert asked(lambda records: papers_of(records, [request])) == PAPERS_MOST, statements


def test_no_page_of_the_portal_goes_through_a_table_for_what_is_near(world):
    reading = world.database.engines.reading
    if reading.dialect.name != "postgresql":
        pytest.skip("what a country has is PostgreSQL's")
    phrases, statements = load_phrases("fr"), []

    def make(entity, **values):
        given = {"commune_code": HOME, **values}
        return world.database.write(lambda work: work.insert(entity, given, Author(None)))

    of = make("person", name_fr="Fadma", phone=PHONE, source="portal").record_id
    make("stop", weekday="th")
    visitor = Visitor(PHONE, "", "", world.now)
    pages = (
        lambda records: my_page(records, visitor, of, phrases, world.now),
        lambda records: file_page(records, visitor, of, phrases, world.now),
        lambda records: nearest(records, places()[HOME], "rna"),
    )
    for page in pages:
        world.database.read(page)  # the names of communes are kept
    sa.event.listen(reading, "before_cursor_execute", lambda *given: statements.append(given[2:4]))
    for page in pages:
        world.database.read(page)
    asked = [one for one in statements if one[0] != "BEGIN"]
    with reading.connect() as connection:
        assert not [one for one in asked if gone_through(connection, *one)]


def gone_through(connection, statement, parameters):
    """Return the tables of which PostgreSQL has no index to find the rows of a statement by."""
    # Few rows are read whole. If that is dear, it tells what it does where they are many.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    nodes = [explain.scalar_one()[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", ())
    by_index = {"Index Cond", "Recheck Cond"}
    return {
        node["Relation Name"]
        for node in nodes
        if "Relation Name" in node and not by_index & node.keys()
    }
