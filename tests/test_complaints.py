"""A complaint, from one touch on the portal or a tablet to its answer, and one level up."""

import html
import re
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.complaints.titles import ABOUTS, title_in, title_of
from server.exchange.complaints import due_of
from server.notices.inbound import receive
from server.phrases import load_phrases
from server.sms.segments import plain
from sync import local_time
from sync.limits import LINE_CHARS_MAX
from sync.scopes import DAY_MS
from tests import test_requests
from tests.server.test_reminders import night
from tests.test_requests import PHONE, SAY, TaskPresenter, filed_page, linked
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
walk = test_requests.walk
browsing = test_requests.browsing
QUEUE = "/desk/complaints"
FRENCH = load_phrases("fr")
WORDS = "Le papier n'est plus demandé."


@pytest.fixture
def asked(walk):
    """Return a request of which the office has asked for a paper."""
    walk.world.user("karim", HOME, role="regional_coordinator")
    walk.world.user("nadia", role="programme_manager")
    walk.world.user("far", FAR, role="regional_coordinator")
    request = walk.register("rna")["rna"]
    walk.bring("CNIE", "LAND")
    walk.file(request)
    clerk = walk.clerk("clerk.dpa-taroudant")
    clerk.send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    page = f"/desk/queue/{UUID(bytes=request)}"
    form = {"pieces": ["LAND"], "words": "La photo est coupée."}
    clerk.send(f"{page}/ask", f"{page}/ask", sure="1", **form)
    return request


def complaints(walk):
    table = walk.world.database.tables.records["task"]
    found = walk.world.database.read(
        lambda records: records.list("task", table.c.kind == "complaint", order=(table.c.id,))
    )
    return [(f"{QUEUE}/{UUID(bytes=one.record_id)}", one) for one in found]


def test_one_touch_complains_with_the_list_as_evidence_and_is_answered(walk, asked):
    for _ in range(2):
        walk.act(asked, "unlisted")
    walk.act(asked, "given")
    (page, unlisted), (_, given) = complaints(walk)
    for one in (unlisted, given):
        assert one.values["application_id"] == asked
        assert one.values["due_on"] == due_of(HOME, walk.world.now)
    assert one.values["due_on"] >= local_time.day_of(walk.world.now) + 15
    assert "Liste de l'édition" in unlisted.values["notes"]
    shown = filed_page(walk, asked)
    assert SAY("portal.complaint.paper").replace("'", "&#39;") in shown

    assert walk.clerk("clerk.dpa-taroudant").get(QUEUE).status_code == 403
    assert walk.clerk("far").get(page).status_code == 404
    karim = walk.clerk("karim")
    assert page in karim.get(QUEUE).text
    empty = karim.send(page, page, answer=" ")
    assert empty.status_code == 422
    karim.send(page, f"{page}/take")
    done = karim.send(page, page, answer=WORDS)
    assert WORDS.replace("'", "&#39;") in done.text
    assert page not in karim.get(QUEUE).text
    assert page in karim.get(f"{QUEUE}?view=answered").text
    again = walk.world.database.read(lambda records: records.find("task", unlisted.record_id))
    assert (again.values["answer"], again.values["state"]) == (WORDS, "done")
    shown = filed_page(walk, asked)
    assert WORDS.replace("'", "&#39;") in shown
    for line in unlisted.values["notes"].splitlines():
        assert html.escape(line).split("&#x27;")[0] in shown, "what was said stands by its answer"
    assert (
        SAY("portal.complaint.answer", day=FRENCH.day(local_time.day_of(walk.world.now))) in shown
    )
    inbox = walk.portal.get(f"/portal/requests/{UUID(bytes=asked)}/messages").text
    assert "plainte" in inbox or "شكايتك" in inbox
    walk.tablet.sync()
    assert walk.tablet.store.get("task", unlisted.record_id).values["answer"] == WORDS


def test_who_complains_of_no_request_hears_of_the_answer_too(walk, asked):
    of = str(UUID(bytes=walk.enterprise))
    page, mine = f"/portal/file?of={of}", f"/portal/status?of={of}"
    form = {"of": of, "about": "person", "words": "On m'a mal reçue."}
    walk.portal.send(page, "/portal/file/complaint", **form)
    ((address, complaint),) = complaints(walk)
    assert SAY("portal.complaint.until", day=FRENCH.day(complaint.values["due_on"])) in (
        walk.portal.get(mine).text
    )
    walk.clerk("karim").send(address, address, answer=WORDS)
    today = FRENCH.day(local_time.day_of(walk.world.now))
    assert SAY("portal.complaint.answer", day=today) in walk.portal.get(mine).text
    message = walk.world.database.tables.message
    query = sa.select(message.c.body).where(
        message.c.once == f"complaint {complaint.record_id.hex()}"
    )
    found = walk.world.database.read(lambda records: records.connection.scalars(query).all())
    assert found == [plain(load_phrases("ar").say("notice.complaint.own"))]


def test_whom_no_message_reaches_is_told_the_answer_by_an_agent_of_the_commune(walk, asked):
    walk.world.database.write(lambda work: receive(work, PHONE, "STOP"))
    walk.act(asked, "unlisted")
    walk.act(asked, "given")
    (page, _), (other, _) = complaints(walk)
    karim = walk.clerk("karim")
    karim.send(page, page, answer=WORDS)
    karim.send(other, other, answer="Votre papier est retrouvé.")
    assert SAY("request.told.waits").replace("'", "&#39;") in karim.get(page).text
    walk.tablet.sync()
    found = walk.tablet.store.list("task", "kind = 'tell' AND state = 'open'", (), order="id")
    assert [one.values["notes"] for one in found] == [WORDS, "Votre papier est retrouvé."]
    presenter = TaskPresenter(linked(walk.tablet, walk.folder), found[0].record_id)
    assert presenter.subject.record_id == walk.enterprise
    presenter.inputs.choose("told", "spoken")
    assert presenter.save(), presenter.problem
    walk.tablet.sync()
    done = karim.get(page).text
    assert SAY("request.told.done") in done
    assert SAY("task.told.spoken") in done
    assert SAY("request.told.waits").replace("'", "&#39;") in karim.get(other).text


@pytest.mark.parametrize("stored", [title_of("paper"), SAY("portal.complaint.paper")])
def test_what_is_complained_of_is_said_in_the_language_of_whoever_reads_it(stored):
    for language in ("ar", "fr", "en"):
        phrases = load_phrases(language)
        assert title_in(phrases, stored) == phrases.say("portal.complaint.paper")
        assert title_in(phrases, "Suivre la carte") == "Suivre la carte"


def test_a_title_has_room_in_both_languages():
    assert max(len(title_of(about)) for about in ABOUTS) <= LINE_CHARS_MAX


def test_an_answer_is_objected_to_once_and_the_programme_decides(walk, asked):
    walk.act(asked, "unlisted")
    ((page, complaint),) = complaints(walk)
    form = {
        "of": str(UUID(bytes=walk.enterprise)),
        "complaint": str(UUID(bytes=complaint.record_id)),
    }
    own, appeal = f"/portal/file?of={form['of']}", "/portal/file/complaint/appeal"
    assert walk.portal.send(own, appeal, **form).status_code == 422, "there is no answer yet"
    karim = walk.clerk("karim")
    karim.send(page, page, answer=WORDS)
    assert SAY("portal.complaint.appeal").replace("'", "&#39;") in walk.portal.get(own).text
    walk.world.now += DAY_MS
    walk.portal = walk.enter_portal()
    walk.portal.send(own, appeal, **form)
    assert walk.portal.send(own, appeal, **form).status_code == 422, "once"
    later, second = complaints(walk)[1]
    assert second.values["appeal_of"] == complaint.record_id
    karim, nadia = walk.clerk("karim"), walk.clerk("nadia")
    above = SAY("refusal.complaint_above").replace("'", "&#39;")
    for login in ("karim", "amina"):
        clerk = walk.clerk(login)
        assert above in clerk.get(later).text
        assert clerk.send(later, later, answer="Non.").status_code == 403
    assert WORDS.replace("'", "&#39;") in nadia.get(later).text, "what was answered first"
    nadia.send(later, later, answer="Vous avez raison.")
    assert "Vous avez raison." in walk.portal.get(own).text


def test_who_sees_to_it_is_reminded_before_its_end_and_who_is_above_after(walk, asked):
    walk.act(asked, "unlisted")
    ((page, complaint),) = complaints(walk)

    def reminded(days):
        due = complaint.values["due_on"] + days
        walk.world.now += max(0, due - local_time.day_of(walk.world.now)) * DAY_MS
        night(walk.world)
        head = re.compile(re.escape(SAY("desk.queue.reminders")) + r".*?</ul>", re.DOTALL)
        logins = ("karim", "amina", "nadia")
        pages = {login: walk.clerk(login).get(QUEUE).text for login in logins}
        found = {login: head.search(text) for login, text in pages.items()}
        return {login for login, it in found.items() if it and page in it[0]}

    assert reminded(-11) == set()
    assert reminded(-10) == {"karim", "amina"}, "nobody took it"
    walk.clerk("karim").send(page, f"{page}/take")
    assert reminded(0) == {"karim"}
    assert reminded(1) == {"karim", "nadia"}
    walk.clerk("nadia").send(page, page, answer=WORDS)
    assert reminded(2) == set()


def test_whoever_did_it_and_family_do_not_decide(walk):
    walk.world.user("karim", HOME, role="regional_coordinator")
    request = walk.register("sme-onboarding")["sme-onboarding"]
    walk.bring("CNIE", "ICE", "RC", "STATUTES")
    walk.file(request)
    amina = walk.clerk("amina")
    amina.send("/desk/queue", "/desk/queue/next")
    walk.act(request, "unlisted")
    ((page, _),) = complaints(walk)
    assert SAY("refusal.complaint_own") in amina.get(page).text
    assert amina.send(page, page, answer="Rien à dire.").status_code == 403
    karim = walk.clerk("karim")
    queue = f"/desk/queue/{UUID(bytes=request)}"
    karim.send(queue, f"{queue}/family", is_family="1")
    assert karim.send(page, page, answer="Rien à dire.").status_code == 403
    walk.world.user("nadia", role="programme_manager")
    assert walk.clerk("nadia").send(page, page, answer="Nous regardons.").status_code == 200


def test_a_tablets_complaint_gets_its_day_and_outlasts_being_marked_as_done(walk, asked):
    walk.tablet.sync()
    task = walk.tablet.put(
        "task",
        commune_code=HOME,
        enterprise_id=walk.enterprise,
        application_id=asked,
        kind="complaint",
        title="Déjà donné",
        state="open",
    )
    walk.tablet.sync()
    ((page, complaint),) = complaints(walk)
    assert complaint.values["due_on"] == due_of(HOME, walk.world.now)
    walk.tablet.sync()
    walk.tablet.put("task", task.record_id, state="done")
    walk.tablet.sync()
    assert page in walk.clerk("karim").get(QUEUE).text, "only an answer ends it"
    menu = re.search(
        r'href="/desk/complaints".*?</a>', walk.clerk("karim").get("/desk").text, re.DOTALL
    )
    assert ">1<" in menu[0]
    assert "Déjà donné" not in walk.clerk("karim").get("/desk/tasks").text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_complaints_can_be_seen(walk, asked, browsing, language):
    walk.act(asked, "unlisted")
    ((page, _),) = complaints(walk)
    karim = walk.clerk("karim")
    browsing("complaints", karim, QUEUE, language)
    browsing("complaint", karim, page, language)
    browsing("request-complained", walk.portal, f"/portal/requests/{UUID(bytes=asked)}", language)
    karim.send(page, page, answer=WORDS)
    file = f"/portal/file?of={UUID(bytes=walk.enterprise)}"
    browsing("file-answered", walk.portal, file, language)
    browsing("verify", walk.portal, "/verify/0000", language)
