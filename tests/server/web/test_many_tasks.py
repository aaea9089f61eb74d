"""Many tasks closed or given to another agent by one press, and taken back by another."""

import re

import pytest

from server.phrases import load_phrases
from server.tasks import many
from sync import local_time
from tests.server.web.conftest import SHOTS
from tests.server.web.test_deciding_pages import post
from tests.stories import LANGUAGES, story
from tests.world import FAR, HOME, NEAR

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
URL = "/desk/tasks"


@pytest.fixture
def tasks(world, tablet):
    """Three tasks of the team, the first late, and one of another region."""
    world.user("two", HOME, NEAR)
    world.user("far", FAR)
    there = world.tablet("far")
    today = local_time.day_of(world.now)
    made = [
        tablet.put("task", commune_code=HOME, title=f"T{day}", due_on=today + day, state="open")
        for day in (-2, 1, 2)
    ]
    there.put("task", commune_code=FAR, title="ailleurs", due_on=today, state="open")
    tablet.sync()
    there.sync()
    return [one.record_id for one in made]


def form_of(page, **more):
    """Return what the form for all kinds of acts of a page of counting carries."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {**fields, "id": re.findall(r'name="id" value="(\w+)"', page), **more}


def pressed(client, act, **chosen):
    page = client.get(f"{URL}?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    counted = client.post(f"{URL}/choose", data={**chosen, "_csrf_token": token}).text
    more = {"agent": chosen["agent"]} if "agent" in chosen else {}
    return counted, client.post(f"{URL}/{act}", data=form_of(counted, **more))


def states(world, tasks):
    return [world.get("task", one)["state"] for one in tasks]


def test_those_that_are_ticked_are_counted_closed_and_put_back(world, client, tasks):
    counted, done = pressed(client, "close", scope="chosen", id=[one.hex() for one in tasks[:2]])
    assert re.search(r'class="display n">([^<]+)', counted)[1] == "2 tâches"
    assert states(world, tasks) == ["dropped", "dropped", "open"]
    assert "Tâches closes\u202f: 2" in done.text
    world.change("task", tasks[0], title="Une autre")

    undo = re.search(rf'action="({URL}/acts/\w+/undo)"', done.text)[1]
    back = client.post(undo, data=form_of(done.text))
    assert "Remises comme avant\u202f: 1" in back.text
    assert "et laissées\u202f: 1" in back.text
    assert states(world, tasks) == ["dropped", "open", "open"]


def test_all_of_a_list_is_what_the_list_showed_and_no_task_of_others(world, client, tasks):
    pressed(client, "close", scope="all", due="over")
    assert states(world, tasks) == ["dropped", "open", "open"]
    pressed(client, "close", scope="all")
    assert states(world, tasks) == ["dropped"] * 3
    every = world.database.read(lambda records: records.list("task"))
    assert [one.values["state"] for one in every if one.values["title"] == "ailleurs"] == ["open"]


def test_they_are_given_to_an_agent_of_their_commune_alone(world, client, tasks):
    two = world.agent("two")
    counted, done = pressed(client, "assign", scope="all", agent=two.hex())
    assert two.hex() in counted
    assert world.agent("far").hex() not in counted
    assert "Tâches confiées\u202f: 3" in done.text
    assert {world.get("task", one)["owner_id"] for one in tasks} == {two}
    _, nobody = pressed(client, "assign", scope="all", agent=world.agent("far").hex())
    assert nobody.status_code == 422


def test_more_than_one_turn_is_done_and_undone_as_one(world, client, tablet, monkeypatch):
    monkeypatch.setattr(many.acts, "RECORDS_PER_TURN", 2)
    made = [tablet.put("task", commune_code=HOME, state="open").record_id for _ in range(5)]
    tablet.sync()
    _, done = pressed(client, "close", scope="all")
    assert states(world, made) == ["dropped"] * 5
    undo = re.search(rf'action="({URL}/acts/\w+/undo)"', done.text)[1]
    client.post(undo, data=form_of(done.text))
    assert states(world, made) == ["open"] * 5


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_word_is_there_and_each_list_is_printed(world, client, tasks, language):
    page = client.get(f"{URL}?lang={language}").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    chosen = {"scope": "chosen", "_csrf_token": token}
    for answer in (
        page,
        client.post(f"{URL}/choose?lang={language}", data={**chosen, "scope": "all"}).text,
        client.post(f"{URL}/choose?lang={language}", data=chosen).text,
    ):
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", answer)


def test_each_list_with_rows_is_printed(client, tablet):
    lists = {name: f"/desk/{name}" for name in ("people", "enterprises", "points", "requests")}
    for name, address in lists.items():
        assert "data-print" not in client.get(address).text, name
    person = tablet.put("person", name_fr="Fadma", commune_code=HOME).record_id
    tablet.put("enterprise", name_fr="Argane", commune_code=HOME)
    tablet.put("contact_point", name_fr="Igli", commune_code=HOME, status="active")
    about = {"person_id": person, "service": "credit", "state": "ready"}
    tablet.put("application", commune_code=HOME, **about)
    tablet.sync()
    for name, address in lists.items():
        assert "data-print" in client.get(address).text, name


def test_nothing_without_the_right(world, client, tasks):
    world.user("watch", role="auditor")
    client.post("/desk/sign-in", data={"login": "watch", "password": "password1"})
    assert f"{URL}/choose" not in client.get(f"{URL}?lang=fr").text
    assert post(client, URL, "/close", scope="all", counted_at="1").status_code in (403, 404)
    assert states(world, tasks) == ["open"] * 3


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_many_tasks_can_be_seen(tasks, browse, language):
    with browse(language) as (page, picture):
        picture("tasks", URL)
        page.goto(f"{URL}?lang={language}")
        assert page.locator("[data-print]").is_visible()
        page.locator(".pick-box").first.check()
        page.click("[name=scope][value=chosen]")
        picture("tasks-many", "")
        page.locator("form[action$=close] button[type=submit]").click()
        picture("tasks-done", "")
        page.emulate_media(media="print")
        page.screenshot(path=SHOTS / f"tasks-print-{language}.png", full_page=True)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_tasks_given_to_nobody_are_asked_for_again(client, tasks, language):
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get("/desk/tasks").text)[1]
    chosen = {"scope": "chosen", "id": [one.hex() for one in tasks[:2]], "_csrf_token": token}
    counted = client.post(f"/desk/tasks/choose?lang={language}", data=chosen).text
    answer = client.post(f"/desk/tasks/assign?lang={language}", data=form_of(counted, agent=""))
    assert answer.status_code == 422
    assert load_phrases(language).say("refusal.agent_not_chosen") in answer.text
    kept = re.findall(r'name="id" value="(\w+)"', answer.text)
    assert sorted(set(kept)) == sorted(one.hex() for one in tasks[:2]), "what was chosen stays"
