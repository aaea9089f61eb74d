"""What was decided of a whole record is taken back by one press, or a sentence says why not."""

import re

import pytest

from tests.server.web.test_deciding_pages import first_link, post
from tests.test_deciding import a_person, held
from tests.test_deleted_or_edited import a_meeting, reviews
from tests.world import FAR, HOME, World

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.fixture
def world(world_url, tmp_path):
    """As the pages' world, on each engine."""
    with World(world_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


def undo(client, answer, language="fr"):
    """Press the undo that the page offers to which an answer leads."""
    page = client.get(f"{answer.headers['location']}&lang={language}").text
    action = re.search(r'action="(/desk/reviews/acts/[^"]+/undo)"', page)[1]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    assert 'data-key="KeyZ"' in page
    return client.post(f"{action}?lang={language}", data={"_csrf_token": token})


def is_there(world, person):
    found = world.database.read(lambda records: records.load("person", [person]))
    return person in found and found[person].deleted_at is None


@pytest.mark.parametrize("deletes_first", [False, True])
@pytest.mark.parametrize("is_kept", [False, True], ids=["delete", "keep"])
def test_whether_a_record_stays_can_be_taken_back(world, tablet, client, deletes_first, is_kept):
    person, there = a_meeting(world, tablet, deletes_first)
    (review,) = reviews(world)
    deleted, edited = ("theirs", "mine") if deletes_first else ("mine", "theirs")
    before = is_there(world, person)
    address = first_link(client, "/desk/reviews/")
    answer = post(client, address, decision=edited if is_kept else deleted)
    assert is_there(world, person) is is_kept
    page = undo(client, answer)
    assert page.status_code == 200
    assert is_there(world, person) is before
    (review,) = reviews(world)
    assert (review.values["state"], review.values["decision"]) == ("open", None)
    for one in (tablet, there):
        one.sync()
        assert (one.store.find("person", person) is not None) is before
    again = post(client, address, decision=deleted)  # and it can be decided again
    assert again.status_code == 303
    assert not is_there(world, person)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_record_that_was_written_since_says_that_it_is_too_late(world, tablet, client, language):
    person, _ = a_meeting(world, tablet, deletes_first=True)
    answer = post(client, first_link(client, "/desk/reviews/"), decision="theirs")
    assert not is_there(world, person)
    world.change("person", person, douar="Tamast")
    page = undo(client, answer, language)
    assert page.status_code == 409
    sentence = {"fr": "Ne peut plus être annulé", "ar": "لم يعد التراجع ممكنا"}[language]
    assert sentence in page.text
    (review,) = reviews(world)
    assert review.values["state"] == "decided"


def applied(world, tablet, client, **more):
    """A person held for their commune, with an edit of them, let in; returns id and answer."""
    person = a_person(tablet, commune_code=FAR, **more)
    tablet.sync()
    tablet.put("person", person, douar="Tamast")
    tablet.sync()
    row = held(world)[0]
    answer = post(client, f"/desk/reviews/held/{row.change_id.hex()}", act="apply")
    assert answer.status_code == 303
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "received"
    return person, answer


def test_a_held_record_that_was_let_in_waits_again_and_can_be_let_in_again(world, tablet, client):
    person, answer = applied(world, tablet, client)
    page = undo(client, answer)
    assert page.status_code == 200
    assert not is_there(world, person)
    assert len(held(world)) == 2
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "held", "the agent is told"
    assert tablet.values("person", person)["douar"] == "Tamast", "and has it still"

    first = held(world)[0]
    again = post(client, f"/desk/reviews/held/{first.change_id.hex()}", act="apply")
    assert again.status_code == 303
    tablet.sync()
    assert is_there(world, person)
    assert world.get("person", person)["douar"] == "Tamast"
    assert tablet.store.outbox.state("person", person) == "received"
    assert tablet.values("person", person)["commune_code"] == FAR
    assert not tablet.store.kept.is_in_doubt


def test_a_held_record_that_others_refer_to_by_now_stays(world, tablet, client):
    person, answer = applied(world, tablet, client)
    tablet.put("visit", commune_code=HOME, person_id=person, started_at=world.now)
    tablet.sync()
    page = undo(client, answer)
    assert page.status_code == 409
    assert "Ne peut plus être annulé" in page.text
    assert is_there(world, person)
    assert held(world) == []


def test_a_held_edit_gives_back_what_was_there(world, tablet, client):
    person = a_person(tablet, birth_year=1980)
    tablet.sync()
    tablet.put("person", person, birth_year=1981, commune_code="99.999.99.99")
    tablet.sync()
    (row,) = held(world)
    address = f"/desk/reviews/held/{row.change_id.hex()}"
    answer = post(client, address, act="correct", field="commune_code", value=HOME)
    assert answer.status_code == 303, answer.text
    assert world.get("person", person)["birth_year"] == 1981
    assert undo(client, answer).status_code == 200
    assert world.get("person", person)["birth_year"] == 1980
    assert [one.record_id for one in held(world)] == [person]
