"""The desk's pages of what waits: every way to decide, in both languages, as people press it."""

import re
from uuid import UUID

import pytest

from sync.rules.codes import short_code
from tests.stories import LANGUAGES, story
from tests.test_deciding import a_person, a_review, held
from tests.test_deleted_or_edited import a_meeting
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


def post(client, address, below="", /, **form):
    page = client.get(f"{address}?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    seen = re.search(r'name="seen_rev" value="(\d+)"', page)
    form = {"seen_rev": seen[1] if seen else "", **form, "_csrf_token": token}
    return client.post(address + below, data=form, follow_redirects=False)


def first_link(client, part):
    return re.search(rf'href="({part}[^"]+)"', client.get("/desk/reviews?lang=fr").text)[1]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_nothing_that_waits_is_said_in_words(client, language):
    page = client.get(f"/desk/reviews?lang={language}").text
    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
    assert "empty-state" in page


def test_the_list_says_values_as_people_read_them(world, tablet, client):
    person = a_person(tablet, phone="+212612345678")
    tablet.sync()
    world.change("person", person, phone="+212600000001")
    tablet.put("person", person, phone="+212600000002")
    tablet.sync()
    listed = client.get("/desk/reviews?lang=fr").text
    assert "06 00 00 00 01" in listed
    assert "06 00 00 00 02" in listed
    assert "+212" not in listed


def test_a_review_is_decided_by_one_click(world, tablet, client):
    person, review, _ = a_review(world, tablet)
    address = first_link(client, "/desk/reviews/")
    page = client.get(f"{address}?lang=fr").text
    for value in ("1980", "1981", "1982"):
        assert value in page

    answer = post(client, address, decision="mine", notes="vu")

    assert answer.status_code == 303
    assert world.get("person", person)["birth_year"] == 1982
    assert world.get("review", review.record_id)["decided_by"] == world.agent("amina")
    assert "Décision enregistrée" in client.get("/desk/reviews?done=decided&lang=fr").text
    assert "C&#39;est décidé" in client.get(f"{address}?lang=fr").text


def test_a_third_value_is_typed_and_a_wrong_one_explained(world, tablet, client):
    person, _, _ = a_review(world, tablet)
    address = first_link(client, "/desk/reviews/")

    wrong = post(client, address, decision="other", value="deux")
    assert wrong.status_code == 422
    assert "banner-attention" in wrong.text
    assert 'value="deux"' in wrong.text
    assert post(client, address, decision="other", value="1979").status_code == 303
    assert world.get("person", person)["birth_year"] == 1979


def test_who_comes_second_is_told(world, tablet, client):
    person, _, _ = a_review(world, tablet)
    address = first_link(client, "/desk/reviews/")
    world.change("person", person, birth_year=1990)
    late = post(client, address, decision="mine", seen_rev="2")
    assert late.status_code == 409
    assert "a changé depuis" in late.text
    assert "1990" in late.text
    with_csrf = re.search(r'name="_csrf_token" value="([^"]+)"', late.text)[1]
    post(client, address, decision="mine")
    twice = client.post(address, data={"decision": "theirs", "_csrf_token": with_csrf})
    assert twice.status_code == 409
    assert "déjà décidé" in twice.text


def test_a_held_record_is_corrected_applied_and_dismissed(world, tablet, client):
    people = [a_person(tablet, commune_code=code) for code in (FAR, "99.999.99.99", FAR)]
    tablet.sync()
    rows = {row.record_id: row for row in held(world)}
    addresses = [f"/desk/reviews/held/{rows[one].change_id.hex()}" for one in people]

    assert post(client, addresses[0], act="apply").status_code == 303
    still = post(client, addresses[1], act="apply")
    assert still.status_code == 422
    assert "banner-attention" in still.text
    assert (
        post(client, addresses[1], act="correct", field="commune_code", value=HOME).status_code
        == 303
    )
    assert post(client, addresses[2], act="dismiss", reason="").status_code == 422
    assert post(client, addresses[2], act="dismiss", reason="doublon").status_code == 303
    tablet.sync()

    assert [tablet.store.outbox.state("person", one) for one in people] == [
        "received",
        "received",
        "dismissed",
    ]
    assert "non retenue" in client.get(f"{addresses[2]}?lang=fr").text


def test_what_is_held_names_whom_it_is_of_and_says_its_values_in_words(world, tablet, client):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma Aït")
    tablet.sync()
    agent = tablet.store.kept.agent_id
    values = {"commune_code": FAR, "person_id": person.record_id, "agent_id": agent}
    tablet.put("visit", **values, satisfaction=5)
    tablet.sync()
    (row,) = held(world)
    page = client.get(f"/desk/reviews/held/{row.change_id.hex()}?lang=fr").text
    assert "Fadma Aït" in re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1]
    assert "Très content" in page
    assert short_code(person.record_id) not in page
    assert short_code(agent) not in page


def test_what_is_of_a_held_visit_is_called_by_whom_was_visited(world, tablet, client):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma Aït")
    tablet.sync()
    visit = tablet.put("visit", commune_code=FAR, person_id=person.record_id)
    note = tablet.put("voice_note", commune_code=FAR, visit_id=visit.record_id, purpose="need")
    tablet.sync()
    (row,) = [one for one in held(world) if one.record_id == note.record_id]
    page = client.get(f"/desk/reviews/held/{row.change_id.hex()}?lang=fr").text
    assert "Fadma Aït" in re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1]
    assert short_code(note.record_id) not in client.get("/desk/reviews?kind=held").text


def a_skipped_step(tablet):
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma Aït Lahcen", name_ar="فاطمة")
    asked = {"commune_code": HOME, "person_id": person.record_id, "service": "credit"}
    application = tablet.put("application", **asked, state="ready")
    tablet.put("application", application.record_id, state="rejected")
    tablet.sync()
    return person.record_id, application.record_id


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_skipped_step_waits_and_is_shown_with_its_person(world, tablet, client, language):
    person, _ = a_skipped_step(tablet)
    listed = client.get(f"/desk/reviews?lang={language}").text
    morning = client.get(f"/desk?lang={language}").text
    about = client.get(f"/desk/people/{UUID(bytes=person)}?lang={language}").text
    address = first_link(client, "/desk/reviews/")
    page = client.get(f"{address}?lang={language}").text

    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", listed + morning + about + page)
    title, reason = {
        "fr": ("Étapes à vérifier", "Une étape a été sautée."),
        "ar": ("مراحل ينبغي التحقق منها", "تم تخطي مرحلة."),
    }[language]
    assert title in morning
    for shown in (listed, about, page):
        assert reason in shown
    assert f'href="{address}"' in about
    assert f'href="/desk/people/{UUID(bytes=person)}"' in page


def test_a_flagged_step_is_let_stand_or_taken_back(world, tablet, client):
    person, application = a_skipped_step(tablet)
    address = first_link(client, "/desk/reviews/")
    assert post(client, address, decision="mine").status_code == 303
    assert world.get("application", application)["state"] == "ready"
    assert "state-attention" not in client.get(f"/desk/people/{UUID(bytes=person)}?lang=fr").text


def test_what_another_team_captured_is_not_found(world, tablet, client):
    world.user("far", FAR)
    other = world.tablet("far")
    a_person(other, commune_code=HOME)
    world.user("karim", "01.511", role="regional_coordinator")
    other.sync()
    (row,) = held(world)
    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    address = f"/desk/reviews/held/{row.change_id.hex()}"
    assert client.get(address).status_code == 404


@pytest.mark.browser
@pytest.mark.slow
@story(1, language=LANGUAGES)
def test_the_pages_can_be_seen_and_used_with_the_keyboard(world, tablet, browse, language):
    person, review, _ = a_review(world, tablet)
    a_person(tablet, commune_code=FAR, notes="Rencontrée au souk, habite plus loin.")
    tablet.sync()
    (row,) = held(world)
    asking, _ = a_skipped_step(tablet)
    (asked,) = world.database.read(
        lambda records: [one for one in records.list("review") if one.values["kind"] == "flag"]
    )
    flag = f"/desk/reviews/{UUID(bytes=asked.record_id)}"
    with browse(language) as (page, picture):
        decided = f"/desk/reviews/{UUID(bytes=review.record_id)}"
        picture("decide-reviews", "/desk/reviews")
        picture("decide-review", decided)
        picture("decide-flag", flag)
        picture("decide-person", f"/desk/people/{UUID(bytes=asking)}")
        picture("decide-morning", "/desk")
        picture("decide-held", f"/desk/reviews/held/{row.change_id.hex()}")
        picture("decide-devices", "/desk/devices")
        picture("decide-device", f"/desk/devices/{tablet.store.kept.device_id}")
        page.goto(f"{decided}?lang={language}")
        page.focus("[value=mine]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk/reviews?done=decided*")
        assert page.locator("[role=status]").count() == 1
    assert world.get("person", person)["birth_year"] == 1982


def test_a_third_value_of_a_whole_record_is_no_answer(world, tablet, client):
    a_meeting(world, tablet, deletes_first=True)
    address = first_link(client, "/desk/reviews/")
    answer = post(client, address, decision="other", value="x")
    assert answer.status_code == 422  # no page of ours asks it; nor is it a fault of the server


@pytest.mark.parametrize("decision", ["keep", "delete"])
def test_whether_a_deleted_record_stays_is_decided_by_one_click(world, tablet, client, decision):
    person, _ = a_meeting(world, tablet, deletes_first=True)
    for language in ("ar", "fr"):
        listed = client.get(f"/desk/reviews?lang={language}").text
        page = client.get(f"{first_link(client, '/desk/reviews/')}?lang={language}").text
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", listed + page)
    assert "Suppression" in listed
    assert "Année de naissance" in page
    sides = re.findall(r'name="decision" value="(\w+)"', page)
    assert sides == ["mine", "theirs"]  # to keep first; the edit came second

    address = first_link(client, "/desk/reviews/")
    answer = post(client, address, decision=sides[decision == "delete"])

    assert answer.status_code == 303
    record = world.database.read(lambda records: records.load("person", [person])[person])
    assert (record.deleted_at is None) == (decision == "keep")
