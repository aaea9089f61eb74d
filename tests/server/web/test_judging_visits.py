"""Visits are accepted or returned at the desk; a return closes by itself when its answer comes."""

import re
from uuid import UUID

import pytest

from mobile_app.exchange.uploads import BLOBS_PATH
from server.visits.commands import due_day
from tests.server.web.test_captured_pages import a_visit
from tests.world import FAR, HOME, START

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.fixture
def person(tablet):
    return tablet.put(
        "person", commune_code=HOME, name_fr="Fadma Aït Lahcen", name_ar="فاطمة أيت لحسن"
    )


@pytest.fixture
def visit(tablet, person):
    visit = a_visit(tablet, person, ended_at=START + 1_800_000, outcome="done", notes="Elle vend")
    tablet.sync()
    return visit


def url(visit):
    return f"/desk/visits/{UUID(bytes=visit.record_id)}"


def press(client, visit, act, query="", files=None, **form):
    page = client.get(f"{url(visit)}{query}", params={"lang": "fr"} if not query else None).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    seen = re.search(r'name="seen_rev" value="(\d+)"', page)
    form = {"seen_rev": seen[1] if seen else "", **form, "_csrf_token": token}
    if act == "return":  # its form carries a file, be it none
        files = files or {"recording": ("", b"", "application/octet-stream")}
    return client.post(f"{url(visit)}/{act}{query}", data=form, files=files, follow_redirects=False)


def ask(client, visit, field="notes", note="Que vend-elle ?", **form):
    return press(client, visit, "return", returned_field=field, returned_note=note, **form)


def state(world, visit):
    return world.get("visit", visit.record_id)["review_state"]


def test_a_visit_is_accepted_and_the_press_undone(world, client, visit):
    answer = press(client, visit, "accept")
    assert answer.status_code == 303
    assert state(world, visit) == "accepted"

    listed = client.get(answer.headers["location"]).text
    assert "La visite est acceptée" in listed
    undo = re.search(r'class="undo"[^>]* action="([^"]+)"', listed)[1]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', listed)[1]
    back = client.post(undo, data={"_csrf_token": token}, follow_redirects=False)

    assert state(world, visit) in (None, "submitted")
    assert "revenue" in client.get(back.headers["location"]).text
    assert client.post(undo, data={"_csrf_token": token}).status_code == 409


def test_what_somebody_wrote_since_an_undo_leaves_alone(world, client, visit):
    listed = client.get(press(client, visit, "accept").headers["location"]).text
    world.change("visit", visit.record_id, next_action="Rappeler")
    undo = re.search(r'class="undo"[^>]* action="([^"]+)"', listed)[1]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', listed)[1]
    done = client.post(undo, data={"_csrf_token": token}).text
    assert state(world, visit) == "accepted"
    assert "changé depuis" in done


def test_the_next_of_the_list_opens_and_at_its_end_the_list_says_so(world, tablet, client, person):
    first, second = (
        a_visit(tablet, person, started_at=START - hours * 3_600_000) for hours in (1, 2)
    )
    tablet.sync()
    query = "?from=state%3Dto_check"
    onward = press(client, first, "accept", query).headers["location"]
    assert onward.startswith(f"{url(second)}?from=state%3Dto_check")
    through = press(client, second, "accept", query).headers["location"]
    assert "state=to_check" in through
    assert "Plus rien à décider" in client.get(through).text


def test_a_return_reaches_its_tablet_and_closes_when_the_field_comes(world, tablet, client, visit):
    assert ask(client, visit).status_code == 303
    tablet.sync()
    values = tablet.values("visit", visit.record_id)
    assert (values["review_state"], values["returned_field"]) == ("returned", "notes")
    assert values["returned_note"] == "Que vend-elle ?"
    assert values["returned_by"] == world.agent("amina")

    tablet.put("visit", visit.record_id, next_action="Rappeler")
    tablet.sync()
    assert state(world, visit) == "returned"
    tablet.put("visit", visit.record_id, notes="Elle vend des amandes")
    tablet.sync()

    assert state(world, visit) == "corrected"
    assert tablet.values("visit", visit.record_id)["review_state"] == "corrected"
    page = client.get(f"{url(visit)}?lang=fr").text
    assert "Ce qui a changé depuis le renvoi" in page
    assert "Elle vend des amandes" in page
    assert str(UUID(bytes=visit.record_id)) in client.get("/desk/visits?state=corrected").text
    assert press(client, visit, "accept").status_code == 303


def test_a_photo_answers_a_return_that_asks_for_one(world, tablet, client, visit):
    ask(client, visit, field="photos", note="Il manque la parcelle.")
    tablet.sync()
    beside = {"commune_code": HOME, "visit_id": visit.record_id, "taken_at": START}
    tablet.put("photo", purpose="signature", **beside)
    tablet.sync()
    assert state(world, visit) == "returned"
    tablet.put("photo", purpose="evidence", **beside)
    tablet.sync()
    assert state(world, visit) == "corrected"


def test_what_was_written_before_the_return_is_no_answer_to_it(world, tablet, client, visit):
    tablet.put("visit", visit.record_id, notes="Elle vend du miel")
    world.now += 60_000
    ask(client, visit)
    tablet.sync()
    assert state(world, visit) == "returned"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"field": ""}, "Dites ce qui est à revoir"),
        ({"note": " "}, "Dites ce qui est à revoir"),
        ({"returned_due_on": "2020-01-01"}, "Ce jour est passé"),
        ({"returned_due_on": "demain"}, "24/11/2026"),
        ({"returned_due_on": "0000-00-00"}, "24/11/2026"),
    ],
)
def test_a_return_that_asks_nothing_is_shown_again_as_typed(world, client, visit, form, sentence):
    answer = ask(client, visit, **form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert state(world, visit) is None
    if "note" not in form:
        assert "Que vend-elle ?" in answer.text


def test_all_that_a_return_lacks_is_said_at_once(world, client, visit):
    answer = ask(client, visit, field="", note="x" * 5_000, returned_due_on="hier")
    assert answer.status_code == 422
    assert answer.text.count('class="problem-line"') == 3
    assert "x" * 5_000 in answer.text
    assert 'value="hier"' in answer.text


def test_who_decides_second_sees_the_first_decision(world, client, visit):
    seen = client.get(f"{url(visit)}?lang=fr").text
    old = re.search(r'name="seen_rev" value="(\d+)"', seen)[1]
    ask(client, visit)
    late = press(client, visit, "accept", seen_rev=old)
    assert late.status_code == 409
    assert "déjà décidé" in late.text
    assert "Que vend-elle ?" in late.text
    assert press(client, visit, "accept").status_code == 303  # having seen it


def test_what_changed_since_the_page_is_looked_at_before(world, client, visit):
    old = re.search(r'name="seen_rev" value="(\d+)"', client.get(url(visit)).text)[1]
    world.change("visit", visit.record_id, next_action="Rappeler")
    late = press(client, visit, "accept", seen_rev=old)
    assert late.status_code == 409
    assert "Rappeler" in late.text
    assert state(world, visit) is None


def test_nobody_accepts_a_visit_that_they_made(world, client, person, tablet):
    tablet.sync()
    world.user("karim", HOME, role="regional_coordinator")
    own = world.tablet("amina")
    visit = a_visit(own, person)
    own.sync()
    page = client.get(f"{url(visit)}?lang=fr").text
    assert "Vous avez fait cette visite vous-même" in page
    assert press(client, visit, "accept").status_code == 403
    assert state(world, visit) is None

    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    assert press(client, visit, "accept").status_code == 303


def test_nobody_accepts_a_visit_to_their_family(world, client, visit):
    press(client, visit, "family", is_family="1")
    assert "de votre famille" in client.get(f"{url(visit)}?lang=fr").text
    assert press(client, visit, "accept").status_code == 403
    press(client, visit, "family", is_family="0")
    assert press(client, visit, "accept").status_code == 303


@pytest.mark.parametrize(("login", "status"), [("watcher", 403), ("other", 404)])
def test_who_has_not_the_right_or_the_commune_decides_nothing(world, client, visit, login, status):
    world.user("watcher", role="auditor")
    world.user("other", FAR, role="regional_coordinator")
    client.post("/desk/sign-in", data={"login": login, "password": "password1"})
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get("/desk/visits").text)[1]
    form = {"_csrf_token": token, "seen_rev": "1"}
    none = {"recording": ("", b"", "application/octet-stream")}
    form |= {"returned_field": "notes", "returned_note": "?"}
    assert client.post(f"{url(visit)}/accept", data=form).status_code == status
    assert client.post(f"{url(visit)}/return", data=form, files=none).status_code == status
    assert state(world, visit) is None


def test_who_lost_the_commune_since_undoes_nothing_there(world, client, visit):
    world.grant("amina", FAR)
    listed = client.get(press(client, visit, "accept").headers["location"]).text
    undo = re.search(r'class="undo"[^>]* action="([^"]+)"', listed)[1]
    token = re.search(r'name="_csrf_token" value="([^"]+)"', listed)[1]
    world.revoke("amina", HOME)
    done = client.post(undo, data={"_csrf_token": token}, follow_redirects=False)
    assert "back=0&left=1" in done.headers["location"]
    assert state(world, visit) == "accepted"


def test_another_cannot_undo(world, client, visit):
    listed = client.get(press(client, visit, "accept").headers["location"]).text
    undo = re.search(r'class="undo"[^>]* action="([^"]+)"', listed)[1]
    world.user("karim", HOME, role="regional_coordinator")
    client.post("/desk/sign-in", data={"login": "karim", "password": "password1"})
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get("/desk/visits").text)[1]
    assert client.post(undo, data={"_csrf_token": token}).status_code == 404
    assert state(world, visit) == "accepted"


def test_three_working_days_pass_over_the_week_end():
    friday = 20_420  # 27 November 2025 is a Thursday: 20 419
    assert due_day(friday) == friday + 5
    assert due_day(friday - 4) == friday - 1


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_word_lacks(client, visit, language):
    for address in (url(visit), "/desk/visits", "/desk/visits?state=returned&flag=short"):
        page = client.get(address, params={"lang": language} if "?" not in address else None).text
        assert not re.search(r"\[[a-z_]+\.[a-z._]+\]", page)


WEBM = b"\x1aE\xdf\xa3\x86\x86A_OPUS" + bytes(500)


def test_a_question_may_be_spoken_and_is_heard_on_the_tablet(world, tablet, client, visit):
    files = {"recording": ("question", WEBM, "audio/webm")}
    answer = ask(client, visit, note="", seconds="7", files=files)
    assert answer.status_code == 303
    tablet.sync()
    (note,) = [one for one in tablet.store.list("voice_note") if one.values["purpose"] == "return"]
    assert note.values["seconds"] == 7
    assert note.values["visit_id"] == visit.record_id
    address = BLOBS_PATH + "/" + note.values["sha256"]
    heard = b"".join(content for _, _, content in tablet.line.download(address, 0))
    assert heard == WEBM

    page = client.get(f"{url(visit)}?lang=fr")
    sound = client.get(re.search(r'<audio[^>]* src="([^"]+)"', page.text)[1])
    assert sound.headers["content-type"] == "audio/webm"
    assert sound.content == WEBM
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "microphone=()" in client.get("/desk/visits").headers["permissions-policy"]


def test_a_file_that_is_no_sound_is_refused_beside_it(world, client, visit):
    files = {"recording": ("a.html", b"<script>", "text/html")}
    answer = ask(client, visit, files=files)
    assert answer.status_code == 422
    assert "pas un enregistrement" in answer.text
    assert "Que vend-elle ?" in answer.text
    assert state(world, visit) is None


def test_no_more_is_read_than_a_form_of_ours_has(world, client, visit):
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get(url(visit)).text)[1]
    form = {"_csrf_token": token, "seen_rev": "1", "returned_field": "notes"}
    big = {"recording": ("a", WEBM + bytes(3_000_000), "audio/webm")}
    assert client.post(f"{url(visit)}/return", data=form, files=big).status_code in (400, 413)
    other = {"picture": ("a", WEBM, "audio/webm")}
    assert client.post(f"{url(visit)}/return", data=form, files=other).status_code == 400
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b"--x\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: a\r\n\r\n--x--\r\n",
    ):
        answer = client.post(f"{url(visit)}/return", content=body, headers=kind)
        assert answer.status_code == 400
    assert state(world, visit) is None


def test_a_family_is_declared_on_the_person_s_page_too(world, client, visit, person):
    address = f"/desk/people/{UUID(bytes=person.record_id)}"
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get(address).text)[1]
    client.post(f"{address}/family", data={"is_family": "1", "_csrf_token": token})
    assert "de votre famille" in client.get(f"{address}?lang=fr").text
    assert press(client, visit, "accept").status_code == 403
    assert f"/desk/visits?person={UUID(bytes=person.record_id)}" in client.get(address).text
    client.post(f"{address}/family", data={"is_family": "0", "_csrf_token": token})
    assert press(client, visit, "accept").status_code == 303
