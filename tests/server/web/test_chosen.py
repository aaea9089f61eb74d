"""Many records of a list: a task made of each for an agent, and taken back; or a file of them."""

import csv
import io
import re

import pytest
import sqlalchemy as sa

from server.chosen import many
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.settings import Settings
from sync import flat, local_time
from tests.stories import LANGUAGES, story
from tests.world import FAR, HOME, NEAR

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
LISTS = {
    "people": ("person", "person_id", "follow_up"),
    "enterprises": ("enterprise", "enterprise_id", "follow_up"),
    "points": ("contact_point", "point_id", "verification"),
    "requests": ("application", "application_id", "missing_piece"),
}


@pytest.fixture
def made(world, tablet):
    """Three records of each list, and a person of another region. Returns ids by list."""
    world.user("far", FAR)
    there = world.tablet("far")
    there.put("person", name_fr="Ailleurs", commune_code=FAR)
    there.sync()
    found = {name: [] for name in LISTS}
    for number in range(3):
        named = {"name_fr": f"Fadma {number}", "commune_code": HOME}
        person = tablet.put("person", **named, phone="+212661000000").record_id
        found["people"].append(person)
        found["enterprises"].append(tablet.put("enterprise", **named).record_id)
        point = tablet.put("contact_point", **named, kind="kiosk", status="active")
        found["points"].append(point.record_id)
        asked = {"commune_code": HOME, "person_id": person, "service": "credit"}
        found["requests"].append(tablet.put("application", state="ready", **asked).record_id)
    tablet.sync()
    return found


def form_of(page, **more):
    """Return what the form of a page of counting carries."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {**fields, "id": re.findall(r'name="id" value="(\w+)"', page), **more}


def choose(client, name, language="fr", address="", **chosen):
    page = client.get(f"/desk/{name}?lang={language}{address and '&' + address}").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    url = re.search(rf'action="(/desk/{name}/choose[^"]*)"', page)[1].replace("&amp;", "&")
    return client.post(url, data={**chosen, "_csrf_token": token})


def order(client, name, counted, **typed):
    url = re.search(rf'action="(/desk/{name}/tasks[^"]*)"', counted)[1].replace("&amp;", "&")
    return client.post(url, data=form_of(counted, **typed))


def tasks(world):
    return world.database.read(lambda records: records.list("task"))


@pytest.mark.parametrize("name", LISTS)
def test_a_task_is_made_of_each_that_is_ticked_once_and_taken_back(world, client, made, name):
    _, field, kind = LISTS[name]
    ids = made[name][:2]
    counted = choose(client, name, scope="chosen", id=[one.hex() for one in ids]).text
    assert "2" in re.search(r'class="display n">([^<]+)', counted)[1]
    due_on = local_time.day_of(world.now) + 7
    typed = {"kind": kind, "owner_id": world.agent("one").hex(), "due_on": flat.day_text(due_on)}
    done = order(client, name, counted, **typed)
    assert "Tâches créées\u202f: 2" in done.text
    found = tasks(world)
    assert {task.values[field] for task in found} == set(ids)
    for task in found:
        assert task.values["commune_code"] == HOME
        assert (task.values["kind"], task.values["state"]) == (kind, "open")
        assert (task.values["owner_id"], task.values["due_on"]) == (world.agent("one"), due_on)

    counted = choose(client, name, scope="all").text
    again = order(client, name, counted, **typed)
    assert "Tâches créées\u202f: 1" in again.text, "nobody is sent twice"
    undo = re.search(r'action="(/desk/chosen/acts/\w+/undo)"', done.text)[1]
    assert "Remises comme avant\u202f: 2" in client.post(undo, data=form_of(done.text)).text
    states = {task.values[field]: task.values["state"] for task in tasks(world)}
    assert [states[one] for one in made[name]] == ["dropped", "dropped", "open"]


def test_all_of_a_list_is_what_it_showed(world, client, made):
    counted = choose(client, "people", scope="all", address="q=Fadma+2").text
    order(client, "people", counted, kind="call_back", owner_id=world.agent("one").hex())
    assert [task.values["person_id"] for task in tasks(world)] == [made["people"][2]]


def test_the_agents_tablet_has_the_tasks(world, tablet, client, made):
    counted = choose(client, "points", scope="all").text
    order(client, "points", counted, kind="verification", owner_id=world.agent("one").hex())
    tablet.sync()
    for task in tasks(world):
        assert tablet.values("task", task.record_id)["point_id"] in made["points"]
    assert len(tasks(world)) == 3


def test_only_those_of_the_agents_communes(world, client, made):
    world.user("two", NEAR)
    world.grant("amina", NEAR)
    counted = choose(client, "people", scope="all").text
    assert world.agent("two").hex() in counted
    order(client, "people", counted, kind="follow_up", owner_id=world.agent("two").hex())
    assert tasks(world) == []


def test_all_that_is_wrong_is_said_beside_its_field(world, client, made):
    counted = choose(client, "people", scope="all").text
    page = order(client, "people", counted, kind="", owner_id="", due_on="2001-01-01")
    assert page.status_code == 422
    assert page.text.count("has-problem") == 3
    assert 'value="2001-01-01"' in page.text
    assert tasks(world) == []


def test_more_than_one_waits_for_is_a_job_and_taken_back_on_its_page(
    world, client, made, monkeypatch
):
    monkeypatch.setattr(many, "PRESS_MOST", 2)
    monkeypatch.setattr(many.acts, "RECORDS_PER_TURN", 2)
    runner = Runner(Ground(Settings.from_env({}), world.database))
    counted = choose(client, "people", scope="all").text
    page = order(client, "people", counted, kind="follow_up", owner_id=world.agent("one").hex())
    assert "Créer des tâches" in page.text
    assert tasks(world) == []
    runner.run_due()
    assert len(tasks(world)) == 3
    page = client.get("/desk/jobs?lang=fr").text
    assert "Créées\u202f: 3" in page
    undo = re.search(r'action="(/desk/chosen/acts/\w+/undo)"', page)[1]
    client.post(undo, data=form_of(page))
    runner.run_due()
    assert {task.values["state"] for task in tasks(world)} == {"dropped"}
    for language in ("fr", "ar"):
        page = client.get(f"/desk/jobs?lang={language}").text
        assert not re.search(r"\[[a-z]+\.[a-z._-]+\]", page)


@pytest.mark.parametrize("name", LISTS)
def test_a_file_has_the_rows_of_the_list_alone_and_the_log_keeps_each(client, world, made, name):
    counted = choose(client, name, scope="all").text
    url = re.search(rf'action="(/desk/{name}/export.csv[^"]*)"', counted)[1]
    answer = client.post(url, data=form_of(counted))
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert not [cell for cell in head if cell.startswith("[")], head
    assert {row[0].replace("-", "") for row in rows} == {one.hex() for one in made[name]}
    assert "Ailleurs" not in answer.text
    entity = LISTS[name][0]
    assert exported(world, client, entity) == set(made[name])


def exported(world, client, entity):
    """Return of what records the audit log says that they were taken out."""
    client.app.on_shutdown[0].__self__.audit.write()
    event, value = world.database.tables.audit_event, world.database.tables.audit_value
    query = (
        sa.select(value.c.record_id)
        .join(event, sa.and_(event.c.writer == value.c.writer, event.c.seq == value.c.seq))
        .where(event.c.action == "export", event.c.entity == entity)
    )
    return set(world.database.read(lambda records: records.connection.scalars(query).all()))


def test_who_may_not_decide_takes_a_file_and_orders_nothing(world, client, made):
    world.user("watch", role="auditor")
    client.post("/desk/sign-in", data={"login": "watch", "password": "password1"})
    counted = choose(client, "people", scope="all").text
    assert "/desk/people/tasks" not in counted
    assert client.post("/desk/people/export.csv", data=form_of(counted)).text.count("Fadma") == 3
    typed = {"kind": "follow_up", "owner_id": world.agent("one").hex()}
    answer = client.post("/desk/people/tasks", data=form_of(counted, **typed))
    assert answer.status_code in (403, 404)
    assert tasks(world) == []


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_word_is_there(client, made, language):
    for name in LISTS:
        for chosen in ({"scope": "all"}, {"scope": "chosen"}):
            answer = choose(client, name, language, **chosen).text
            assert not re.search(r"\[[a-z]+\.[a-z._]+\]", answer), name


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_what_is_done_to_many_can_be_seen(made, browse, language):
    with browse(language) as (page, picture):
        picture("people-choose", "/desk/people")
        page.goto(f"/desk/people?lang={language}")
        page.locator(".pick-box").first.check()
        page.click("[name=scope][value=chosen]")
        picture("people-many", "")
