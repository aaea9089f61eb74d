"""A held change is asked about: the question reaches its agent's tablet, the answer its page."""

import re

import pytest

from mobile_app.screens.task.presenter import TaskPresenter
from tests.mobile_app.scenes import linked
from tests.server.web.test_deciding_pages import a_person, post
from tests.test_deciding import held
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
QUESTION = "Est-ce bien la ferme au bord de l'oued ?"


@pytest.fixture
def address(world, tablet):
    a_person(tablet, commune_code=FAR, name_fr="Fadma")
    tablet.sync()
    (row,) = held(world)
    return f"/desk/reviews/held/{row.change_id.hex()}"


def tasks(world):
    return world.database.read(lambda records: records.list("task"))


@pytest.mark.parametrize("has_left", [False, True], ids=["still there", "reassigned"])
def test_the_question_goes_to_the_tablet_and_the_answer_comes_back(
    world, tablet, client, address, has_left, tmp_path
):
    if has_left:
        world.revoke("one", HOME)  # and has no commune any more
        world.user("chief", HOME, role="programme_manager")
        client.post("/desk/sign-in", data={"login": "chief", "password": "password1"})
    assert post(client, address, act="ask", question=QUESTION).status_code == 303
    (task,) = tasks(world)
    assert task.values["owner_id"] == world.agent("one")
    tablet.sync()
    there = tablet.values("task", task.record_id)
    assert there["notes"] == QUESTION

    answer = TaskPresenter(linked(tablet, tmp_path), task.record_id)
    answer.inputs.type("notes", "Oui, vue ce matin.")
    assert answer.save(), answer.problem
    tablet.sync()

    page = client.get(f"{address}?lang=fr").text
    assert "a répondu" in page
    assert "Oui, vue ce matin." in page
    listed = client.get("/desk/reviews?kind=held&lang=fr").text
    assert "L&#39;agent a répondu" in listed
    assert post(client, address, act="apply").status_code == 303


def test_what_is_asked_says_that_it_waits(world, client, address):
    answer = post(client, address, act="ask", question=QUESTION)
    assert "done=asked" in answer.headers["location"]
    for language, words in (("fr", "Question posée"), ("ar", "سئل العون")):
        for place in (address, "/desk/reviews"):
            page = client.get(f"{place}?lang={language}").text
            assert words in page
            assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)


def test_a_question_without_a_sentence_is_said_beside_its_field(world, client, address):
    wrong = post(client, address, act="ask", question="  ")
    assert wrong.status_code == 422
    assert 'id="question-problem"' in wrong.text
    long = post(client, address, act="ask", question="x" * 5000)
    assert long.status_code == 422
    assert "x" * 5000 in long.text
    assert tasks(world) == []


def test_what_was_decided_meanwhile_is_not_asked_about(world, client, address):
    post(client, address, act="dismiss", reason="doublon")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get(f"{address}?lang=fr").text)[
        1
    ]
    late = client.post(address, data={"act": "ask", "question": QUESTION, "_csrf_token": token})
    assert late.status_code in (404, 409)
    assert tasks(world) == []
