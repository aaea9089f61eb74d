"""A service of each decider, from the portal through tablet and office to its end, by the pages."""

import csv
import html
import io
import re
import shutil
from uuid import UUID

import pytest

from mobile_app.screens.request.following import Following
from mobile_app.screens.task.presenter import TaskPresenter
from server.accounts import sessions
from server.exchange.bringing import KIND
from server.jobs.job import declared
from server.phrases import load_phrases
from server.reference import files
from server.reference.offices import office_for, offices
from sync.rules.applications import DECIDERS, INSIDE, SELF
from sync.rules.codes import short_code
from sync.scopes import DAY_MS
from tests.doors.conftest import opened
from tests.mobile_app.scenes import linked
from tests.server.job_worker import runner_of
from tests.server.web.conftest import BEYOND_ITS_CARD, SHOTS
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
WALKED = {
    "operator": "m-wallet",
    "administration": "rna",
    "bank": "bank-account",
    "insurer": "crop-insurance",
    "enterprise": "tax-einvoice",
    "coordinator": "sme-onboarding",
    "programme": "training",
    "adviser": "advisory",
    "committee": "innovation",
}
"""Who decides -> the service that is walked."""
PHONE = "0612345678"
SAY = load_phrases("fr").say


class Browser:
    """A client without a window: what it gets, and the forms that it finds on a page."""

    def __init__(self, doors, cookie):
        self.doors = doors
        self.headers = {"cookie": f"{cookie}; lang=fr"}

    def get(self, address):
        return self.doors.get(address, self.headers)

    def send(self, page, address, **form):
        """Post a form with the token and the rev that a page showed. Returns what comes of it."""
        shown = self.get(page)
        assert shown.status_code == 200, (page, shown.status_code)
        token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)[1]
        rev = re.search(r'name="seen_rev" value="(\d+)"', shown.text)
        form = {"_csrf_token": token, **({"seen_rev": rev[1]} if rev else {}), **form}
        answer = self.doors.post(address, self.headers, **form)
        return self.get(answer.headers["location"]) if answer.status_code == 303 else answer

    def upload(self, page, name, content):
        """Send a file by the form of a page. Returns what comes of it."""
        token = re.search(r'name="_csrf_token" value="([^"]+)"', self.get(page).text)[1]
        self.doors.client.cookies.clear()
        answer = self.doors.client.post(
            page,
            headers=self.headers,
            data={"_csrf_token": token},
            files={name: ("answers.csv", content)},
            follow_redirects=False,
        )
        return self.get(answer.headers["location"]) if answer.status_code == 303 else answer


class Walk:
    """One server, its portal's visitor, an agent's tablet and everybody at the desk."""

    def __init__(self, world, doors, folder):
        self.world = world
        self.doors = doors
        self.tablet, self.folder = world.tablet("one"), folder
        self.portal = self.enter_portal()

    def enter_portal(self):
        sent = self.doors.post("/portal/phone", phone=PHONE)
        cookie = sent.headers["set-cookie"].split(";")[0]
        found = self.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text
        code = re.search(r"\b(\d{6})\b", found)[1]
        entered = self.doors.post("/portal/code", {"cookie": cookie}, code=code)
        cookies = [one.split(";")[0] for one in entered.headers.get_list("set-cookie")]
        return Browser(self.doors, "; ".join(cookies))

    def clerk(self, login):
        opened = self.world.database.write(
            lambda work: sessions._open(work, self.world.agent(login))
        )
        return Browser(self.doors, f"nuqta_desk={opened}")

    def register(self, *services):
        """Register a body that asks for services. Returns the requests by service."""
        served = {one.code: one.audience for one in files.services()}
        kind, form = "cooperative", "cooperative"
        if any(kind not in served[service] for service in services):
            kind, form = "enterprise", "sarl"
        done = self.portal.send(
            "/portal/register",
            "/portal/register",
            kind=kind,
            name="Coopérative Tamounte",
            legal_form=form,
            commune_code=HOME,
            services=list(services),
            consent_programme_record="yes",
        )
        assert "Tamounte" in done.text
        found = self.world.database.read(lambda records: records.list("application"))
        self.enterprise = found[0].values["enterprise_id"]
        return {one.values["service"]: one.record_id for one in found}

    def bring(self, *papers):
        """Photograph papers of the cooperative with the agent's tablet."""
        self.world.now += 60_000
        for code in papers:
            self.tablet.put(
                "document",
                commune_code=HOME,
                enterprise_id=self.enterprise,
                type=code,
                taken_at=self.world.now,
            )
        self.tablet.sync()

    def file(self, request):
        return self.act(request, "file", share="yes")

    def act(self, request, act, **form):
        address = f"/portal/requests/{UUID(bytes=request)}"
        self.world.now += 60_000
        return self.portal.send(address, address, act=act, **form)

    def answer(self, clerk, request, state, **said):
        """Answer as an office does: look over what will be read, then send it."""
        page = f"/desk/queue/{UUID(bytes=request)}"
        form = {"state": state, **said}
        sure = clerk.send(page, f"{page}/answer", **form)
        assert SAY("desk.queue.sure") in sure.text
        return clerk.send(page, f"{page}/answer", sure="1", **form)

    def tell(self, request, how):
        """Tell the applicant at the agent's tablet what was answered, and say how."""
        self.tablet.sync()
        wanted = "kind = 'tell' AND state = 'open' AND application_id = ?"
        (task,) = self.tablet.store.list("task", wanted, (request,))
        presenter = TaskPresenter(linked(self.tablet, self.folder), task.record_id)
        assert not presenter.save(), "how is to be said"
        presenter.inputs.choose("told", how)
        assert presenter.save(), presenter.problem
        self.tablet.sync()

    def states(self, request):
        table = self.world.database.tables.records["application_step"]
        found = self.world.database.read(
            lambda records: records.list("application_step", table.c.application_id == request)
        )
        found.sort(key=lambda step: (step.values["at"], step.record_id))
        return [step.values["state"] for step in found]


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    for code, office in offices().items():
        if office.kind not in INSIDE:
            world.user(f"clerk.{code}", role="back_office", organisation=code)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def test_every_decider_is_walked():
    assert WALKED.keys() == DECIDERS
    kinds = {service.code: service.decided_by for service in files.services()}
    assert {kinds[code]: code for code in WALKED.values()} == WALKED


@pytest.mark.parametrize("kind", sorted(WALKED))
def test_a_request_goes_from_the_portal_to_its_end(walk, kind):
    service = WALKED[kind]
    request = walk.register(service)[service]
    papers = next(one.documents for one in files.services() if one.code == service)
    if set(papers) - {"PHONE_OTP"}:
        page = walk.portal.get(f"/portal/requests/{UUID(bytes=request)}").text
        assert SAY("portal.request.bring") in page
        walk.bring(*papers)
    filed = walk.file(request)
    assert filed.status_code == 200
    if kind in SELF:
        assert office_for(service, HOME) is None
        walk.act(request, "done")
        walk.act(request, "done")
        assert walk.states(request) == ["ready", "submitted", "approved", "delivered"]
    else:
        office = office_for(service, HOME)
        clerk = walk.clerk("amina" if kind in INSIDE else f"clerk.{office.code}")
        others = [code for code, one in offices().items() if one.kind not in INSIDE | {kind}]
        for code in others:
            stranger = walk.clerk(f"clerk.{code}")
            assert "Tamounte" not in stranger.get("/desk/queue").text
            assert stranger.get(f"/desk/queue/{UUID(bytes=request)}").status_code == 404
        walk.world.now += 60_000
        taken = clerk.send("/desk/queue", "/desk/queue/next")
        assert "Tamounte" in taken.text
        walk.world.now += 60_000
        walk.answer(clerk, request, "approved")
        assert SAY("application.state.approved") in filed_page(walk, request)
        walk.world.now += 60_000
        page = f"/desk/queue/{UUID(bytes=request)}"
        clerk.send(page, f"{page}/deliver")
        steps = ["ready", "submitted", "in_review", "approved", "delivered"]
        assert walk.states(request) == steps
    walk.world.now += 60_000
    desk = f"/desk/requests/{UUID(bytes=request)}"
    walk.clerk("amina").send(desk, f"{desk}/step", state="closed")
    assert walk.states(request)[-1] == "closed"
    walk.tablet.sync()
    assert walk.tablet.store.get("application", request).values["state"] == "closed"


def filed_page(walk, request):
    return walk.portal.get(f"/portal/requests/{UUID(bytes=request)}").text


def test_papers_are_asked_for_once_and_their_task_closes_when_they_come(walk):
    request = walk.register("rna")["rna"]
    walk.bring("CNIE", "LAND")
    walk.file(request)
    clerk = walk.clerk("clerk.dpa-taroudant")
    walk.world.now += 60_000
    clerk.send("/desk/queue", "/desk/queue/next")
    page = f"/desk/queue/{UUID(bytes=request)}"
    walk.world.now += 60_000
    assert clerk.send(f"{page}/ask", f"{page}/ask", pieces=["LAND"]).status_code == 422
    why = SAY("application_step.piece.unreadable")
    form = {"pieces": ["LAND"], "why_LAND": "unreadable"}
    sure = clerk.send(f"{page}/ask", f"{page}/ask", **form)
    assert SAY("desk.queue.sure.ask") in sure.text
    assert why in sure.text
    clerk.send(f"{page}/ask", f"{page}/ask", sure="1", **form)
    shown = filed_page(walk, request)
    assert why in shown.partition("</ul>")[0]
    assert SAY("portal.request.asked") in shown
    walk.tablet.sync()
    (task,) = walk.tablet.store.list("task")
    assert task.values["kind"] == KIND
    assert any(name in task.values["notes"] for name in files.documents()["LAND"].values())
    following = Following(
        linked(walk.tablet, walk.folder), walk.tablet.store.get("application", request)
    )
    assert set(following.ask().whys) == {"LAND"}
    walk.bring("LAND")
    assert walk.states(request)[-2:] == ["info_requested", "in_review"]
    walk.tablet.sync()
    (task,) = walk.tablet.store.list("task")
    assert task.values["state"] == "done"
    again = clerk.get(page).text
    assert f"{page}/ask" not in again
    assert "Déjà demandé une fois" in again
    refused = clerk.send(page, f"{page}/ask", sure="1", **form)
    assert refused.status_code == 422


def test_a_refusal_says_why_and_may_be_appealed_against(walk):
    request = walk.register("bank-account")["bank-account"]
    walk.bring("CNIE", "ADDRESS")
    walk.file(request)
    clerk = walk.clerk("clerk.cam")
    clerk.send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    said = {"reason": "papers_not_valid", "words": "La carte est périmée."}
    walk.answer(clerk, request, "rejected", **said)
    page = f"/desk/requests/{UUID(bytes=request)}"
    assert SAY("request.told.waits").replace("'", "&#39;") in walk.clerk("amina").get(page).text
    walk.tell(request, "shown")
    told = walk.clerk("amina").get(page).text
    assert SAY("request.told.done") in told
    assert SAY("task.told.shown") in told
    letter = clerk.get(f"/desk/queue/{UUID(bytes=request)}/letter").text
    assert letter.count("La carte est périmée.") == 2  # in both columns
    shown = filed_page(walk, request)
    assert "La carte est périmée." in shown
    assert SAY("application_step.reason.papers_not_valid").replace("'", "&#39;") in shown
    walk.act(request, "appeal")
    assert walk.states(request)[-2:] == ["rejected", "in_review"]
    assert SAY("request.step.appealed") in filed_page(walk, request)
    walk.world.now += 60_000
    walk.answer(clerk, request, "approved")
    assert walk.states(request)[-1] == "approved"


def test_the_requests_of_a_queue_are_walked_in_its_order_with_their_answers_on_keys(walk):
    requests = walk.register("training", "sme-onboarding", "innovation")
    papers = {code for one in files.services() if one.code in requests for code in one.documents}
    walk.bring(*papers)
    for request in requests.values():
        walk.file(request)
    amina = walk.clerk("amina")
    queue = re.findall(
        r'class="row-link" href="(/desk/queue/[^"]+)"', amina.get("/desk/queue").text
    )
    assert len(queue) == 3
    for at, page in enumerate(queue):
        shown = amina.get(page).text
        around = dict(re.findall(r'href="(/desk/queue/[^"]+)" rel="(prev|next)"', shown))
        wanted = {queue[at - 1]: "prev"} if at else {}
        assert around == wanted | ({queue[at + 1]: "next"} if at < 2 else {})
        assert all(f'data-key="Key{letter}"' in shown for letter in "ARO")


def test_a_draft_expires_with_its_season_and_no_other_does(walk):
    requests = walk.register("crop-insurance", "advisory")
    night = runner_of(walk.world.database, declared())
    night.run_now("expire-drafts")
    assert walk.states(requests["crop-insurance"]) == []
    walk.world.now += 400 * DAY_MS
    night.run_now("expire-drafts")
    assert walk.states(requests["crop-insurance"]) == ["expired"]
    assert walk.states(requests["advisory"]) == []
    walk.portal = walk.enter_portal()
    assert SAY("application.state.expired") in filed_page(walk, requests["crop-insurance"])


def test_a_withdrawn_request_is_nobodys_to_answer(walk):
    request = walk.register("advisory")["advisory"]
    walk.file(request)
    asked = walk.portal.get(f"/portal/requests/{UUID(bytes=request)}?withdraw=1")
    assert SAY("portal.request.withdraw.sure") in asked.text
    walk.act(request, "withdraw")
    clerk = walk.clerk("clerk.onca")
    assert SAY("desk.queue.none.all") in clerk.get("/desk/queue").text
    page = f"/desk/queue/{UUID(bytes=request)}"
    late = clerk.send("/desk/queue", f"{page}/take")
    assert late.status_code in (404, 405, 409)
    assert walk.states(request)[-1] == "withdrawn"


def test_a_consent_that_is_withdrawn_closes_the_request_and_stays_listed(walk):
    request = walk.register("advisory")["advisory"]
    refused = walk.act(request, "file")
    assert refused.status_code == 422
    walk.file(request)
    clerk = walk.clerk("clerk.onca")
    assert "Tamounte" in clerk.get("/desk/queue").text
    walk.act(request, "unshare")
    assert "Tamounte" not in clerk.get("/desk/queue").text
    assert clerk.get(f"/desk/queue/{UUID(bytes=request)}").status_code == 404
    shown = filed_page(walk, request)
    assert "ONCA" in shown
    assert "fermé depuis" in shown
    walk.file(request)  # given again, it is open again
    assert "Tamounte" in clerk.get("/desk/queue").text


def test_nobody_else_reads_or_moves_a_request(walk):
    request = walk.register("advisory")["advisory"]
    address = f"/portal/requests/{UUID(bytes=request)}"
    assert walk.doors.get(address).status_code == 303
    walk.world.now += 3_600_000
    sent = walk.doors.post("/portal/phone", phone="0698765432")
    found = walk.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text
    cookie = sent.headers["set-cookie"].split(";")[0]
    code = re.search(r"\b(\d{6})\b", found)[1]
    entered = walk.doors.post("/portal/code", {"cookie": cookie}, code=code)
    cookies = [one.split(";")[0] for one in entered.headers.get_list("set-cookie")]
    stranger = Browser(walk.doors, "; ".join(cookies))
    assert stranger.get(address).status_code == 404
    page = stranger.get("/portal/register")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)[1]
    gone = walk.doors.post(address, stranger.headers, _csrf_token=token, act="withdraw")
    assert gone.status_code == 404
    assert walk.states(request) == []


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_portal_and_the_desk_can_be_seen(walk, browsing, language):
    requests = walk.register("rna", "bank-account", "advisory", "crop-insurance")
    walk.bring("CNIE", "LAND", "ADDRESS")
    for service in ("rna", "bank-account", "advisory"):
        walk.file(requests[service])
    dpa, bank = walk.clerk("clerk.dpa-taroudant"), walk.clerk("clerk.cam")
    walk.world.now += 20 * DAY_MS
    dpa, bank = walk.clerk("clerk.dpa-taroudant"), walk.clerk("clerk.cam")
    page = f"/desk/queue/{UUID(bytes=requests['rna'])}"
    dpa.send("/desk/queue", "/desk/queue/next")
    walk.world.now += DAY_MS
    dpa = walk.clerk("clerk.dpa-taroudant")
    asked = {"pieces": ["LAND"], "words": "La photo est coupée, le nom du douar manque."}
    dpa.send(f"{page}/ask", f"{page}/ask", sure="1", **asked)
    bank = walk.clerk("clerk.cam")
    said = {"reason": "papers_not_valid", "words": "La carte est périmée."}
    walk.answer(bank, requests["bank-account"], "rejected", **said)
    walk.world.now += 9 * DAY_MS
    visitor, coordinator = walk.enter_portal(), walk.clerk("amina")
    for name, browser, address in (
        ("status", visitor, "/portal/status"),
        ("request-asked", visitor, f"/portal/requests/{UUID(bytes=requests['rna'])}"),
        ("request-refused", visitor, f"/portal/requests/{UUID(bytes=requests['bank-account'])}"),
        ("request-late", visitor, f"/portal/requests/{UUID(bytes=requests['advisory'])}"),
        ("request-draft", visitor, f"/portal/requests/{UUID(bytes=requests['crop-insurance'])}"),
        (
            "request-withdraw",
            visitor,
            f"/portal/requests/{UUID(bytes=requests['advisory'])}?withdraw=1",
        ),
        ("desk-request", coordinator, f"/desk/requests/{UUID(bytes=requests['rna'])}"),
        ("desk-requests", coordinator, "/desk/requests"),
    ):
        browsing(name, browser, address, language)


@pytest.fixture
def browsing(walk):
    """Look at a page in Chromium as it was served to a browser of ours, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.route("**/*", lambda route: route.fulfill(**served(walk, route.request.url)))

        def look(name, browser, address, language):
            walk.looking = {
                "cookie": browser.headers["cookie"].replace("lang=fr", f"lang={language}")
            }
            for width in (1440, 360):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"http://nuqta.test{address}")
                SHOTS.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=SHOTS / f"{name}-{language}-{width}.png", full_page=True)
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                assert page.evaluate(BEYOND_ITS_CARD) == []
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()

        yield look
        chromium.close()


def served(walk, address):
    """What the app answers to a request of Chromium's."""
    answer = walk.doors.get(address.removeprefix("http://nuqta.test"), walk.looking)
    hidden = ("content-encoding", "content-length", "content-security-policy")
    headers = {name: text for name, text in answer.headers.items() if name not in hidden}
    return {"status": answer.status_code, "headers": headers, "body": answer.content}


def test_an_office_answers_its_list_by_a_file(walk):
    requests = walk.register("bank-account", "rna")
    walk.bring("CNIE", "ADDRESS", "LAND")
    for request in requests.values():
        walk.file(request)
    clerk, others = walk.clerk("clerk.cam"), walk.clerk("clerk.dpa-taroudant")
    table = clerk.get("/desk/queue/list.csv")
    assert table.headers["content-type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(table.text.removeprefix("\ufeff")))
    listed = dict(zip(head, row, strict=True))
    assert listed["nom"] == "Coopérative Tamounte"
    assert listed["déposée le"] == "2026-11-24"
    walk.world.now += 60_000
    listed |= {"décision": "Refuser", "motif": "papers_not_valid", "explication": "Carte périmée."}
    foreign = dict.fromkeys(head, "") | {"référence": short_code(requests["rna"])}
    foreign["décision"] = "approved"
    answers = io.StringIO()
    lines = csv.writer(answers, delimiter=";")
    lines.writerows([head, listed.values(), foreign.values()])
    shown = clerk.upload("/desk/queue/files", "table", answers.getvalue().encode("cp1252"))
    assert SAY("desk.answers.sure") in html.unescape(shown.text)
    assert "Aucune demande de votre file" in shown.text
    page = str(shown.url.path)
    assert walk.states(requests["bank-account"])[-1] == "submitted"
    assert others.get(page).status_code == 404
    wrong = clerk.get(f"{page}/wrong.csv").text
    assert short_code(requests["rna"]) in wrong
    assert "Aucune demande de votre file" in wrong
    clerk.send(page, f"{page}/apply")
    runner_of(walk.world.database, declared()).run_due()
    assert "Une réponse a été envoyée." in clerk.get(page).text
    assert walk.states(requests["bank-account"])[-1] == "rejected"
    assert walk.states(requests["rna"])[-1] == "submitted"
    assert "Carte périmée." in filed_page(walk, requests["bank-account"])
