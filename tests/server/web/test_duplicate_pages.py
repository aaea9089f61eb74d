"""The desk's queue of records that may be one: asked once, answered by one press, undone."""

import re
from uuid import UUID

import pytest

from mobile_app.screens.task.presenter import TaskPresenter
from server.db.work import Author
from server.jobs.job import Ground, Run, declared
from server.jobs.runner import Runner
from server.settings import Settings
from tests.mobile_app.scenes import linked
from tests.mobile_app.test_voice import speak, that_hears
from tests.world import FAR, HOME

ADDRESS = "/desk/duplicates"
ALI = {
    "commune_code": HOME,
    "name_fr": "Mohamed Id Ali",
    "name_ar": "محمد إد علي",
    "birth_year": 1971,
    "phone": "+212662174093",
    "douar": "Tamast",
    "sex": "male",
}
IDALI = {
    **ALI,
    "name_fr": "M'hamed Idali",
    "name_ar": "امحمد إدعلي",
    "birth_year": 1972,
    "birth_year_approx": True,
    "douar": "Ighil",
    "rna": "09-541-00387",
}


def made(world, entity="person", **values):
    author = Author(world.agent("one"))
    return world.database.write(lambda work: work.insert(entity, values, author).record_id)


def done_all(world, name):
    """Do all steps of a job."""
    job, state = declared()[name], {}
    ground = Ground(Settings.from_env({}), world.database)
    while state is not None:
        run = Run(b"", state, None, 0)
        state = world.database.write(job.begin(ground, run)).state


def find(world):
    done_all(world, "compare-new")


@pytest.fixture
def two(world):
    ali, idali = made(world, **ALI), made(world, **IDALI)
    find(world)
    return ali, idali


def send(client, address, **given):
    page = client.get(address.partition("?")[0]).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    fields |= dict(re.findall(r'type="radio" name="(\w+)" value="(\w+)" checked', page))
    return client.post(address, data={**fields, **given})


def test_a_question_says_why_the_strongest_first_and_what_speaks_against(client, two):
    page = client.get(f"{ADDRESS}?lang=fr").text
    signs = [page.index(words) for words in ("Le même nom", "Le même téléphone", "Un autre douar")]
    assert signs == sorted(signs)
    assert "La même personne" in page
    assert "Tamast" in page
    assert "Ighil" in page
    assert "Identiques dans les deux fiches" in page


def test_merging_moves_on_and_can_be_undone(client, world, tablet, two):
    ali, idali = two
    tablet.sync()
    visit = tablet.put("visit", commune_code=HOME, person_id=idali).record_id
    tablet.sync()
    answered = send(client, f"{ADDRESS}/1?lang=fr", answer="merge")
    assert answered.status_code == 200
    # More refers to the second: it stays, and what only the first knew was chosen by its age.
    assert world.get("person", ali)["survivor_id"] == idali
    assert world.get("person", idali)["rna"] == "09-541-00387"
    assert world.get("visit", visit)["person_id"] == idali
    assert "Aucun doublon" in answered.text
    assert "Annulable pendant 30 jours" in answered.text
    listed = client.get("/desk/people?lang=fr").text
    assert listed.count('href="/desk/people/') == 1
    from uuid import UUID

    old = client.get(f"/desk/people/{UUID(bytes=ali)}?lang=fr")
    assert str(old.url).split("?")[0].endswith(str(UUID(bytes=idali)))
    assert "Fiche réunie avec celle-ci" in old.text
    undone = send(client, ADDRESS) and client.post(
        f"{ADDRESS}/merges/1/undo", data={"_csrf_token": _token(client)}
    )
    assert "Fusion annulée" in undone.text
    assert world.get("person", ali)["survivor_id"] is None
    assert "La même personne" in client.get(f"{ADDRESS}?lang=fr").text


def _token(client):
    return re.search(r'name="_csrf_token" value="([^"]+)"', client.get(ADDRESS).text)[1]


def test_not_the_same_is_asked_again_only_if_a_value_changes(client, world, two):
    ali, _ = two
    send(client, f"{ADDRESS}/1", answer="differ")
    world.change("person", ali, landmark="the mill")
    find(world)
    assert "Aucun doublon" in client.get(f"{ADDRESS}?lang=fr").text
    world.change("person", ali, birth_year=1972)
    find(world)
    assert "La même personne" in client.get(f"{ADDRESS}?lang=fr").text


def test_the_task_is_in_the_words_of_who_reads_it_and_not_of_who_asked(client, world, two):
    send(client, f"{ADDRESS}/1?lang=ar", answer="ask")
    (task,) = world.database.read(lambda records: records.list("task"))
    assert task.values["title"].startswith("Vérifier\u202f: "), "the agent reads French"
    assert "peut-être" in task.values["notes"]
    assert "تحققوا: هل" in client.get("/desk/tasks?lang=ar").text
    assert "Vérifier\u202f: " in client.get("/desk/tasks?lang=fr").text


def test_who_does_not_know_asks_the_agent_by_a_task(client, world, two):
    send(client, f"{ADDRESS}/1?lang=fr", answer="ask")
    (task,) = world.database.read(lambda records: records.list("task"))
    assert task.values["kind"] == "verification"
    assert task.values["owner_id"] == world.agent("one")
    assert "Mohamed Id Ali" in task.values["notes"]
    assert "agent interrogé" in client.get(f"{ADDRESS}?lang=fr").text


def test_what_the_agent_answers_stands_beside_the_two(client, world, tablet, two, tmp_path):
    send(client, f"{ADDRESS}/1?lang=fr", answer="ask")
    tablet.sync()
    (task,) = tablet.store.list("task")
    asked = client.get(f"{ADDRESS}/1?lang=fr").text
    assert "a répondu" not in asked
    assert "est peut-être aussi" in asked
    context = that_hears(linked(tablet, tmp_path))
    answer = TaskPresenter(context, task.record_id)
    answer.inputs.type("notes", "Deux cousins, chacun sa ferme.")
    speak(context, answer.voice)
    assert answer.save(), answer.problem
    tablet.sync()
    page = client.get(f"{ADDRESS}/1?lang=fr").text
    assert "a répondu" in page
    assert "Deux cousins, chacun sa ferme." in page
    assert 'class="recordings"' in page


def test_a_decision_of_a_colleague_is_seen_and_not_undone_by_mine(client, world, two):
    from server.duplicates import merging

    page = client.get(f"{ADDRESS}/1").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    ali, idali = two
    world.change("person", ali, landmark="the mill")
    late = client.post(f"{ADDRESS}/1", data={**fields, "answer": "merge"})
    assert late.status_code == 409
    world.database.write(lambda work: merging.merge(work, "person", ali, idali, (), by=None))
    late = client.post(f"{ADDRESS}/1", data={**fields, "answer": "merge"})
    assert late.status_code == 409
    assert world.get("person", idali)["survivor_id"] == ali


def test_a_record_of_another_region_is_not_shown_until_its_coordinator_shows_it(client, world):
    own, far = made(world, **ALI), made(world, **{**IDALI, "commune_code": FAR})
    find(world)
    page = client.get(f"{ADDRESS}?lang=fr").text
    assert "autre région" in page
    assert "Idali" not in page
    assert "Ighil" not in page
    assert send(client, f"{ADDRESS}/1", answer="merge").status_code == 422
    asked = send(client, f"{ADDRESS}/1?lang=fr", answer="want")
    assert "Idali" not in asked.text
    world.user("far", FAR, role="regional_coordinator")
    client.post("/desk/sign-in", data={"login": "far", "password": "password1"})
    theirs = client.get(f"{ADDRESS}?lang=fr").text
    assert "demande si cette fiche" in theirs
    assert "Mohamed" not in theirs
    send(client, f"{ADDRESS}/1", answer="share")
    client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
    assert "Idali" in client.get(f"{ADDRESS}?lang=fr").text
    send(client, f"{ADDRESS}/1", answer="merge")
    led = {world.get("person", one)["survivor_id"] for one in (own, far)}
    assert None in led
    assert len(led) == 2


def test_nothing_waits_says_what_was_compared_and_when_again(client):
    page = client.get(f"{ADDRESS}?lang=fr").text
    assert "chaque nuit" in page


def test_what_comes_a_minute_after_the_last_comparing_is_compared_too(world, tablet, client):
    runner = Runner(Ground(Settings.from_env({}), world.database))
    for values in (ALI, IDALI):
        tablet.put("person", **values)
        tablet.sync()
        world.now += 60_000
        runner.run_due()
    world.now += 10 * 60_000  # and nobody sends anything more
    runner.run_due()
    assert "La même personne" in client.get(f"{ADDRESS}?lang=fr").text


def test_whoever_writes_a_record_it_is_compared_without_a_push(world):
    made(world, **ALI), made(world, **IDALI)
    Runner(Ground(Settings.from_env({}), world.database)).run_due()
    table = world.database.tables.duplicate_pair
    found = world.database.read(lambda records: records.connection.scalars(table.select()).all())
    assert len(found) == 1


def test_the_night_finds_what_the_day_did(world):
    made(world, **ALI)
    made(world, **IDALI)
    made(world, **{**ALI, "commune_code": FAR, "name_fr": "Other", "name_ar": None})
    table = world.database.tables.duplicate_pair
    done_all(world, "compare-all")
    with world.engines.read() as connection:
        (row,) = connection.execute(table.select()).all()
    assert row.score >= 90


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_page_can_be_seen(browse, world, tablet, two, language):
    tablet.sync()
    tablet.put("visit", commune_code=HOME, person_id=two[1])
    tablet.put("consent", commune_code=HOME, person_id=two[0], purpose="share_bank", given=False)
    tablet.sync()
    made(world, **{**ALI, "name_fr": "Brahim Oubella", "name_ar": None, "phone": "+212600112233"})
    made(world, **{**ALI, "name_fr": "Brahim Obella", "name_ar": None, "phone": "+212600112233",
                   "commune_code": FAR})  # fmt: skip
    find(world)
    with browse(language) as (page, picture):
        picture("duplicates", ADDRESS)
        picture("duplicates-elsewhere", f"{ADDRESS}/2")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{ADDRESS}/1?lang={language}")
        page.keyboard.press("KeyF")
        page.wait_for_url("**done=merge*")
        picture("duplicates-merged")
        page.click(".undo button")
        page.wait_for_url("**done=undone*")
        picture("duplicates-undone")


@pytest.fixture
def across(client, world):
    """A pair across two regions of which amina asked the other to show its record."""
    own, far = made(world, **ALI), made(world, **{**IDALI, "commune_code": FAR})
    find(world)
    for login, commune in (("colleague", HOME), ("far", FAR)):
        world.user(login, commune, role="regional_coordinator")
    send(client, f"{ADDRESS}/1", answer="want")
    return own, far


def sign_in(client, login):
    client.post("/desk/sign-in", data={"login": login, "password": "password1"})


def test_a_colleague_of_who_asked_cannot_show_what_is_another_region_s(client, across):
    sign_in(client, "colleague")
    page = client.get(f"{ADDRESS}/1?lang=fr").text
    assert "demande si cette fiche" not in page
    assert send(client, f"{ADDRESS}/1", answer="share").status_code == 422
    assert send(client, f"{ADDRESS}/1", answer="deny").status_code == 422
    sign_in(client, "amina")
    assert "Idali" not in client.get(f"{ADDRESS}/1?lang=fr").text


def test_what_was_shown_to_one_is_shown_to_no_other_who_asks(client, across):
    sign_in(client, "far")
    send(client, f"{ADDRESS}/1", answer="share")
    sign_in(client, "colleague")
    assert "Idali" not in send(client, f"{ADDRESS}/1?lang=fr", answer="want").text
    assert "Idali" not in client.get(f"{ADDRESS}/1?lang=fr").text
    sign_in(client, "far")  # asks in turn for what it may not see either
    assert "demande si cette fiche" in client.get(f"{ADDRESS}/1?lang=fr").text
    assert "Mohamed" not in send(client, f"{ADDRESS}/1?lang=fr", answer="want").text


def test_a_pair_of_which_one_was_deleted_waits_no_more(client, world, two):
    world.database.write(lambda work: work.delete("person", two[0]))
    gone = send(client, f"{ADDRESS}/1?lang=fr", answer="merge")
    assert gone.status_code == 422
    assert 'class="banner banner-attention"' in gone.text
    find(world)
    assert "Idali" not in client.get(f"{ADDRESS}?lang=fr").text


def test_who_lost_the_commune_is_not_told_of_whom_they_merged(client, world, two):
    world.grant("amina", FAR)
    send(client, f"{ADDRESS}/1", answer="merge")
    assert 'class="undo"' in client.get(f"{ADDRESS}?lang=fr").text
    world.revoke("amina", HOME)
    page = client.get(f"{ADDRESS}?lang=fr").text
    assert 'class="undo"' not in page
    assert "Id Ali" not in page


def test_for_thirty_days_the_survivors_page_has_the_undo(client, world, two):
    send(client, f"{ADDRESS}/1", answer="merge")
    survivor, loser = sorted(two, key=lambda one: bool(world.get("person", one)["survivor_id"]))
    address = f"/desk/people/{UUID(bytes=survivor)}"
    world.user("watcher", role="auditor")
    sign_in(client, "watcher")
    assert 'class="undo"' not in client.get(address).text
    world.now += 29 * 24 * 3_600_000
    sign_in(client, "amina")
    assert 'class="undo"' not in client.get(ADDRESS).text

    page = client.get(address).text
    undo = re.search(r'class="undo"[^>]* action="([^"]+)"', page)[1]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    client.post(undo, data={"_csrf_token": token})

    assert world.get("person", loser)["survivor_id"] is None
    assert 'class="undo"' not in client.get(address).text
