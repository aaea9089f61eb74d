"""The short ways of services: training, maturity, innovation, young entrepreneurs, by the pages."""

import html
import re
from uuid import UUID

import pypdfium2
import pytest

from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.proof.presenter import ProofPresenter
from mobile_app.screens.training.presenter import TrainingPresenter
from mobile_app.screens.visit import rating
from server.db.work import Author
from server.phrases import load_phrases
from server.reference import files
from sync import local_time, proof
from tests.doors.conftest import opened
from tests.mobile_app.scenes import linked
from tests.test_letters import facts_of, square_on, text_of
from tests.test_requests import Walk
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
SAY = load_phrases("fr").say


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("clerk.ada", role="back_office", organisation="ada")
    world.user("one", HOME)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def plan(walk, amina, **changed):
    day = load_phrases("fr").day(local_time.day_of(walk.world.now) + 7, "digits")
    form = {
        "on": re.sub(r"[^\d/.-]", "", day),
        "hour": "9:30",
        "topic": "digital_skills",
        "commune_code": HOME,
        "place": "Maison des jeunes",
        "places": "1",
        **changed,
    }
    was = {f"was_{name}": "" for name in form}
    planned = amina.send("/desk/sessions", "/desk/sessions", **form, **was)
    assert "Maison des jeunes" in planned.text
    return planned


def place(walk, amina, request, name="Fatima Aït Ali"):
    page = f"/desk/requests/{UUID(bytes=request)}/place"
    session = re.search(r'name="session" value="([0-9a-f-]{36})"', amina.get(page).text)[1]
    return amina.send(page, page, session=session, name=name)


def test_a_training_has_its_place_presence_scores_and_attestation(walk, tmp_path):
    request = walk.register("training")["training"]
    walk.file(request)
    amina = walk.clerk("amina")
    desk = f"/desk/requests/{UUID(bytes=request)}"
    assert f"{desk}/place" in amina.get(desk).text
    assert SAY("training.none") in amina.get(f"{desk}/place").text
    plan(walk, amina)
    walk.world.now += 60_000
    given = place(walk, amina, request)
    assert "Fatima Aït Ali" in given.text
    assert walk.states(request)[-1] == "approved"
    address = f"/portal/requests/{UUID(bytes=request)}"
    assert "Maison des jeunes" in walk.portal.get(address).text
    assert SAY("training.place.has") in amina.get(f"{desk}/place").text

    walk.tablet.sync()
    store = walk.tablet.store
    (session,) = store.list("training_session")
    presenter = TrainingPresenter(
        linked(walk.tablet, tmp_path), "training_session", session.record_id
    )
    (attendee,) = presenter.people()
    assert "Fatima" in attendee.title
    presenter.mark(attendee.attendance_id, "present")
    scores = {"score_before_percent": 40, "score_after_percent": 75}
    store.put("attendance", scores, attendee.attendance_id)
    assert "75" in presenter.people()[0].scores
    presenter.confirm()
    walk.world.now += 8 * 86_400_000
    walk.tablet.sync()
    assert walk.states(request)[-1] == "delivered"
    walk.portal = walk.enter_portal()
    assert f"{address}/attestation" in walk.portal.get(address).text
    letter = walk.portal.get(f"{address}/attestation").text
    assert "Fatima Aït Ali" in letter
    assert "75" in letter
    amina = walk.clerk("amina")
    page = f"/desk/sessions/{UUID(bytes=session.record_id)}"
    found = re.search(rf'href="({page}/attestation/[0-9a-f-]+)"', amina.get(page).text)[1]
    assert "Fatima Aït Ali" in amina.get(found).text
    for browser, printed in ((walk.portal, f"{address}/attestation"), (amina, found)):
        assert f"{printed}/printed" in browser.get(printed).text
        pdf = pypdfium2.PdfDocument(browser.get(f"{printed}/printed").content)
    an_attestation_is_checked(walk, tmp_path, pdf)


def an_attestation_is_checked(walk, tmp_path, pdf):
    """By its square and its code, on the page and on a tablet; withdrawn when it holds no more."""
    words, square = text_of(pdf), square_on(pdf)
    assert "Fatima Aït Ali" in words
    assert "شهادة تكوين" in words
    french, path = {"cookie": "lang=fr"}, square[square.index(proof.PAPER_PATH) :]
    told = walk.doors.get(path, french)
    assert SAY("verify.genuine") in told.text
    assert {"Fatima Aït Ali", SAY("training.attestation")} <= set(facts_of(told.text).values())
    typed = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", words)[0]
    assert facts_of(walk.doors.post("/verify", french, code=typed).text) == facts_of(told.text)
    other = typed[:-1] + ("0" if typed[-1] != "0" else "1")
    assert SAY("verify.genuine") not in walk.doors.post("/verify", french, code=other).text
    presenter = ProofPresenter(linked(walk.tablet, tmp_path), square)
    assert presenter.problem == ""
    assert "Fatima Aït Ali" in {value for _, value, _ in presenter.facts()}
    assert not [value for _, value, _ in presenter.facts() if value.startswith("[")]

    def cancel(work):
        (session,) = work.list("training_session")
        work.write("training_session", session.record_id, {"state": "cancelled"}, Author(None))

    walk.world.database.write(cancel)
    withdrawn = SAY("verify.withdrawn").replace("'", "&#39;")
    assert withdrawn in walk.doors.get(path, french).text
    assert withdrawn in walk.doors.post("/verify", french, code=typed).text


def to_do(walk):
    """Return the tasks at the tablet beside those to tell of an answer."""
    return [one for one in walk.tablet.store.list("task") if one.values["kind"] != "tell"]


def assess(walk, steps, **more):
    """Assess the cooperative on the agent's tablet: every question at a step."""
    form = files.maturity_forms()["enterprise"]
    answers = {item.code: steps for item in form.items}
    given = {"commune_code": HOME, "enterprise_id": walk.enterprise, **rating.values(form, answers)}
    walk.tablet.put("maturity_assessment", **given, **more)
    walk.tablet.sync()


def test_an_assessment_keeps_its_plan_in_view_and_is_compared_with_the_next(walk, tmp_path):
    request = walk.register("maturity")["maturity"]
    walk.file(request)
    amina = walk.clerk("amina")
    amina.send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    walk.answer(amina, request, "approved")
    walk.tablet.sync()
    assess(walk, 1)
    assert walk.states(request)[-1] == "delivered"
    walk.tablet.sync()
    (task,) = to_do(walk)
    assert task.values["due_on"] == local_time.day_of(walk.world.now) + 180
    walk.world.now += 60_000
    assess(walk, 2)
    action = files.maturity_forms()["enterprise"].items[0].action["fr"]
    of = UUID(bytes=walk.enterprise)
    person = PersonPresenter(linked(walk.tablet, tmp_path), "enterprise", walk.enterprise)
    level, results, plan = person.maturity()
    assert action in plan
    assert all("+25" in words for _, words in results)
    for browser, address in (
        (walk.portal, f"/portal/file?of={of}"),
        (walk.portal, f"/portal/requests/{UUID(bytes=request)}"),
        (amina, f"/desk/enterprises/{of}"),
        (amina, f"/desk/requests/{UUID(bytes=request)}"),
    ):
        shown = html.unescape(browser.get(address).text)
        assert action in shown, address
        assert "+25" in shown, address
        assert level in shown, address


def test_a_proposal_is_said_screened_tried_and_its_result_public_with_consent(walk):
    request = walk.register("innovation")["innovation"]
    walk.bring("PROJECT")
    walk.act(request, "idea", idea="Un séchoir solaire pour le thym.")
    walk.file(request)
    amina = walk.clerk("amina")
    queue = amina.send("/desk/queue", "/desk/queue/next")
    assert "séchoir solaire" in queue.text
    walk.world.now += 60_000
    walk.answer(amina, request, "approved")
    walk.tablet.sync()
    (pilot,) = to_do(walk)
    assert pilot.values["application_id"] == request
    done = {"state": "done", "notes": "Séchage en deux jours, sans moisissure."}
    walk.tablet.put("task", record_id=pilot.record_id, **done)
    walk.world.now += 60_000
    walk.tablet.sync()
    assert walk.states(request)[-1] == "delivered"
    desk, public = f"/desk/requests/{UUID(bytes=request)}", "/portal/innovation"
    assert "sans moisissure" in amina.get(desk).text
    amina.send(desk, f"{desk}/result", result="Séché en deux jours.")
    assert "Séché" not in walk.doors.get(public, {"cookie": "lang=fr"}).text
    assert walk.act(request, "publish").status_code == 422  # the box is empty
    walk.act(request, "publish", publish="yes")
    shown = walk.doors.get(public, {"cookie": "lang=fr"}).text
    assert "Séché en deux jours." in shown
    assert "Tamounte" in shown
    assert "0612345678" not in shown
    walk.world.change("enterprise", walk.enterprise, status="suspended")
    assert "Séché" not in walk.doors.get(public, {"cookie": "lang=fr"}).text
    walk.world.change("enterprise", walk.enterprise, status="active")
    walk.act(request, "unpublish")
    assert "Séché" not in walk.doors.get(public, {"cookie": "lang=fr"}).text


@pytest.mark.parametrize("answer", ["approved", "referred"])
def test_a_young_entrepreneur_is_referred_answered_and_followed_up(walk, answer):
    put, here = walk.tablet.put, {"commune_code": HOME}
    person = put("person", name_fr="Yassine", birth_year=2002, **here).record_id
    of = {"person_id": person, **here}
    agreed = {"purpose": "share_administration", "recipient": "ada", "given": True}
    put("consent", given_at=walk.world.now, method="finger_signature", **agreed, **of)
    asked = {"service": "young-entrepreneur", "agent_id": walk.world.agent("one")}
    request = put("application", state="draft", **asked, **of).record_id
    walk.tablet.sync()
    for values in ({"state": "ready"}, {"state": "submitted", "receipt_number": "ADA-7"}):
        walk.world.now += 120_000
        put("application", record_id=request, **values)
        walk.tablet.sync()
    clerk = walk.clerk("clerk.ada")
    assert "Yassine" in clerk.send("/desk/queue", "/desk/queue/next").text
    walk.world.now += 60_000
    walk.answer(clerk, request, answer, words="Requalification à l'institut de Taroudannt.")
    walk.tablet.sync()
    (task,) = to_do(walk)
    assert task.values["owner_id"] == walk.world.agent("one")
    walk.world.now += 60_000
    put("task", record_id=task.record_id, state="done", notes="Il a commencé.")
    walk.tablet.sync()
    ended = "delivered" if answer == "approved" else "referred"
    assert walk.states(request)[-1] == ended
    amina, desk = walk.clerk("amina"), f"/desk/requests/{UUID(bytes=request)}"
    amina.send(desk, f"{desk}/step", state="closed")
    assert walk.states(request)[-1] == "closed"
