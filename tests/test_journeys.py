"""Whole journeys: tablet, real server process, and a coordinator or an enterprise in Chromium."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from mobile_app.i18n import load_phrases
from tests.line import Line
from tests.mobile_app.ui.driven import Tablet as Window
from tests.stories import LANGUAGES, SCRIPTS, WIDTHS, story
from tests.test_headless import HOME, Server, headless

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOTS = Path(__file__).parent.parent / "build" / "pages"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = {
    "morning": "/desk",
    "visits": "/desk/visits",
    "paper": "/desk/visits/paper",
    "people": "/desk/people",
    "enterprises": "/desk/enterprises",
    "points": "/desk/points",
    "new_point": "/desk/points/new",
    "devices": "/desk/devices",
    "reviews": "/desk/reviews",
    "about": "/about",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    server.environment["NUQTA_DEMO"] = "1"
    server.run("migrate")
    server.run("load-reference")
    for login, role in (("agent", "field_agent"), ("amina", "regional_coordinator")):
        server.run("create-user", login, "--role", role, "--commune", HOME, stdin="password1\n")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def tablet(server, tmp_path_factory):
    store = tmp_path_factory.mktemp("tablet")
    code = json.loads(server.run("enrol-code", "agent", "--json"))["code"]
    headless(store, "enrol", server.url, code)
    return store


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def desk(chromium, server):
    """A coordinator, signed in."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, server)
    yield page
    context.close()


def sign_in(page, server, language="fr"):
    page.goto(f"{server.url}/desk/sign-in?lang={language}")
    page.fill("[name=login]", "amina")
    page.fill("[name=password]", "password1")
    page.click("main button.btn-main")
    page.wait_for_url("**/desk")


def a_person(tablet, **more):
    given = {"name_ar": "زينب أومولود", "commune_code": HOME, **more}
    return headless(tablet, "put", "person", json.dumps(given))


def test_a_coordinator_finds_the_visit_by_the_arabic_name(server, tablet, desk):
    person = a_person(tablet)
    server.kill()
    visit = {"person_id": person["id"], "commune_code": HOME, "outcome": "done", "notes": "ملاحظة"}
    made = headless(tablet, "put", "visit", json.dumps(visit))
    assert headless(tablet, "sync", expect=3)["code"] == "unreachable"
    assert headless(tablet, "get", "visit", made["id"])["arrival"] == "on_tablet"
    server.start()
    headless(tablet, "sync")

    desk.goto(f"{server.url}/desk/visits?q=زينب")
    desk.locator("main table a", has_text="زينب").first.click()

    assert "ملاحظة" in desk.inner_text("main")
    assert headless(tablet, "get", "visit", made["id"])["arrival"] == "received"


@story(0, language=LANGUAGES)
def test_a_visit_written_without_a_network_reaches_the_coordinator(
    server, tablet, desk, tmp_path, language
):
    # Long: one story, from the tablet to the desk.
    name_ar, name_fr = {"ar": ("خديجة أملال", "Khadija Amlal"), "fr": ("هشام باها", "Hicham Baha")}[
        language
    ]
    a_person(tablet, name_ar=name_ar, name_fr=name_fr)
    headless(tablet, "sync")
    notes = f"سلمنا الوصل رقم 25 {language}"
    SHOTS.mkdir(parents=True, exist_ok=True)
    say = load_phrases(language).say
    line = Line(server.port)
    try:
        app = Window(tmp_path, language)
        for _ in range(4):
            app.press("7")
        app.write(0, line.url)
        app.write(1, json.loads(server.run("enrol-code", "agent", "--json"))["code"])
        app.press(say("tablet.enrol.act"))
        app.wait_for(say("tablet.sync.now"))
        app.press(say("tablet.sync.now"))
        app.wait_for(say("tablet.sync.none"))
        app.shot(str(SHOTS / f"window_synced.{language}.png"))

        line.cut()
        app.press(say("tablet.nav.find"))
        app.write(0, name_ar[:4])
        app.wait_for(name_ar)
        app.press(name_ar if language == "ar" else name_fr)
        app.press(say("tablet.person.visit"))
        app.press(say("visit.channel.home_farm"))
        app.press(say("visit.type.assistance"))
        for step in ("needs", "proof", "end", "check"):
            app.press(say("tablet.next").replace("{step}", say(f"tablet.visit.step.{step}")))
            if step == "needs":
                app.write(0, notes)
            if step == "end":
                app.press(say("visit.outcome.done"))
        app.press(say("tablet.visit.save"))
        assert app.here == "slip"
        app.kill()
        assert not desk_finds(desk, server, name_ar)

        app = Window(tmp_path, language)
        for _ in range(4):
            app.press("7")
        assert app.here == "today"
        assert say("tablet.state.on_tablet") in app.words
        app.press(say("tablet.nav.sync"))
        app.press(say("tablet.sync.now"))
        app.wait_for(say("refusal.unreachable"))
        line.mend()
        app.press(say("tablet.sync.now"))
        app.wait_for(say("tablet.sync.none"))

        assert desk_finds(desk, server, name_ar)
        assert notes in desk.inner_text("main")
        app.press(say("tablet.nav.today"))
        assert say("tablet.state.received") in app.words
        assert say("tablet.state.on_tablet") not in app.words
        app.kill()
    finally:
        line.close()


def desk_finds(desk, server, name):
    """Look for a visit by the person's name, and open it. Returns whether there is one."""
    desk.goto(f"{server.url}/desk/visits?q={name}")
    found = desk.locator("main table a", has_text=name)
    if not found.count():
        return False
    found.first.click()
    return True


def test_two_tablets_and_the_desk_change_one_person_and_all_three_changes_stay(
    server, tablet, desk, tmp_path
):
    other = tmp_path / "other"
    code = json.loads(server.run("enrol-code", "agent", "--json"))["code"]
    headless(other, "enrol", server.url, code)
    person = a_person(tablet, name_ar="رقية تاموح")
    headless(tablet, "sync")
    headless(other, "sync")

    headless(tablet, "put", "person", json.dumps({"id": person["id"], "landmark": "المسجد"}))
    headless(other, "put", "person", json.dumps({"id": person["id"], "douar": "تالمست"}))
    desk.goto(f"{server.url}/desk/people/{person['id']}")
    desk.click(".card-fold:has([name=phone]) > summary")
    desk.fill("[name=phone]", "06 00 00 00 42")
    desk.click("main form button.btn-main")
    for store in (tablet, other, tablet):
        headless(store, "sync")

    expected = ("+212600000042", "المسجد", "تالمست")
    for store in (tablet, other):
        now = headless(store, "get", "person", person["id"])
        assert (now["phone"], now["landmark"], now["douar"]) == expected
    desk.goto(f"{server.url}/desk/people/{person['id']}")
    assert desk.input_value("[name=landmark]") == "المسجد"
    assert desk.input_value("[name=douar]") == "تالمست"


def test_a_wrong_phone_is_answered_by_a_sentence_and_stays_in_the_form(server, tablet, desk):
    person = a_person(tablet, name_ar="حليمة بيهي")
    headless(tablet, "sync")
    desk.goto(f"{server.url}/desk/people/{person['id']}")
    desk.click(".card-fold:has([name=phone]) > summary")
    desk.fill("[name=phone]", "12")
    desk.click("main form button.btn-main")
    assert "10 chiffres" in desk.inner_text("main")
    assert desk.input_value("[name=phone]") == "12"


def test_what_is_held_is_shown_to_the_coordinator_with_its_reason(server, tablet, desk):
    far = {"name_fr": "Far", "commune_code": "01.051.01.01"}
    headless(tablet, "put", "person", json.dumps(far))
    assert headless(tablet, "sync")["held"] == 1
    desk.goto(f"{server.url}/desk/reviews")
    assert "Hors de la province de l'agent" in desk.inner_text("main")


def test_a_contact_point_is_added_opened_and_suspended(server, tablet, desk):
    desk.goto(f"{server.url}/desk/points/new")
    desk.fill("[name=name_fr]", "Relais El Guerdane")
    desk.fill("[name=name_ar]", "نقطة الكردان")
    desk.select_option("[name=kind]", "kiosk")
    desk.select_option("[name=modality]", "both")
    desk.select_option("[name=commune_code]", HOME)
    desk.fill("[name=hours]", "Mo-Fr 08:30-16:30")
    desk.locator("main form button.btn-main").last.click()
    desk.locator("main form button", has_text="Ouvrir").click()
    headless(tablet, "sync")
    (point,) = headless(tablet, "list", "contact_point", "--search", "Guerdane")
    assert (point["status"], point["hours"]) == ("active", "Mo-Fr 08:30-16:30")
    desk.locator("main form button", has_text="Suspendre").click()
    headless(tablet, "sync")
    assert headless(tablet, "get", "contact_point", point["id"])["status"] == "suspended"


def through(page, line, press):
    """Press while the line is cut: the browser says so, and its own way to try again sends it."""
    line.cut()
    with contextlib.suppress(PlaywrightError):
        press()
        page.wait_for_url("chrome-error://**")
    line.mend()
    page.reload()


@story(1, language=LANGUAGES, script=SCRIPTS)
def test_a_cooperative_registers_over_a_line_that_is_cut_and_the_agent_visits_it(
    server, tablet, chromium, desk, language, script
):
    context = chromium.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=script
    )
    page, line = context.new_page(), Line(server.port)
    name = f"تعاونية الفجر {language} {script:d}"
    phone = f"06000005{LANGUAGES.index(language)}{script:d}"

    def enter(phone):
        page.goto(f"{line.url}/?lang={language}")
        page.fill("[name=phone]", phone)
        go_on()
        outbox = context.new_page()
        outbox.goto(f"{server.url}/dev/outbox")
        code = re.search(r"\d{6}", outbox.inner_text("main"))[0]
        outbox.close()
        page.fill("[name=code]", code)
        go_on()

    def go_on():
        page.click("main button.btn-main")

    enter(phone)
    page.check("[name=kind][value=cooperative]", force=True)
    page.fill("[name=name]", name)
    through(page, line, go_on)
    page.select_option("[name=legal_form]", "cooperative")
    page.fill("[name=contact_name]", "زهرة")
    page.click(".languages button")  # another language, and back again
    page.click(".languages button")
    assert page.input_value("[name=contact_name]") == "زهرة"
    page.keyboard.press("Enter")
    page.click("main button.btn-main")
    page.select_option("[name=province]", HOME[:6])
    page.click("button.back")
    page.click("main button.btn-main")
    page.click("main button.btn-main")
    page.select_option("[name=commune_code]", HOME)
    through(page, line, go_on)
    page.fill("[name=area_ha]", "12,5")
    go_on()
    page.locator("input[name=services]").nth(1).check()
    page.locator("input[name=services]").nth(2).check()
    go_on()
    page.check("[name=consent_programme_record][value=yes]", force=True)
    page.check("[name=consent_contact_sms][value=yes]", force=True)
    go_on()
    assert name in page.inner_text("main")
    through(page, line, go_on)
    assert page.url.endswith("/portal/status")
    enter("+212 " + phone[1:])
    assert page.url.endswith("/portal/status")
    context.close()
    line.close()

    headless(tablet, "sync")
    found = headless(tablet, "list", "enterprise", "--search", name)
    found = found if isinstance(found, list) else [found]
    (firm,) = [one for one in found if one["name_ar"] == name]
    applications = headless(tablet, "list", "application")
    assert len([one for one in applications if one["enterprise_id"] == firm["id"]]) == 2
    visit = {"enterprise_id": firm["id"], "commune_code": HOME, "outcome": "done"}
    headless(tablet, "put", "visit", json.dumps(visit))
    headless(tablet, "sync")
    desk.goto(f"{server.url}/desk/visits?q=الفجر")
    assert name in desk.inner_text("main")


def test_the_outbox_is_shown_in_demo_mode_only(server):
    import httpx

    hidden = Server(server.folder)
    hidden.start()
    try:
        assert httpx.get(hidden.url + "/dev/outbox").status_code == 404
    finally:
        hidden.kill()


def test_a_form_from_elsewhere_changes_nothing(server, tablet, desk):
    person = a_person(tablet, name_ar="يامنة أزناك")
    headless(tablet, "sync")
    answer = desk.request.post(
        f"{server.url}/desk/people/{person['id']}",
        form={"name_fr": "Forged", "was_name_fr": "", "_csrf_token": "x"},
    )
    assert answer.status == 403
    headless(tablet, "sync")
    assert headless(tablet, "get", "person", person["id"])["name_fr"] is None


def test_who_is_not_signed_in_sees_the_sign_in(server, chromium):
    page = chromium.new_page()
    page.goto(f"{server.url}/desk/visits")
    assert page.url.endswith("/desk/sign-in?to=%2Fdesk%2Fvisits")
    page.close()


@story(1, 6, language=LANGUAGES, width=WIDTHS, script=SCRIPTS)
def test_every_page_opens_whole_and_worded(server, chromium, language, width, script):
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=script
    )
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    sign_in(page, server, language)
    for name, path in PAGES.items():
        answer = page.goto(server.url + path)
        assert answer.status == 200, path
        page.screenshot(path=SHOTS / f"{name}.{language}.{width}.png")
        is_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(is_wide), f"{path} scrolls sideways"
        assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        assert not re.search(r"\[[a-z_]+\.[a-z_.]+\]", page.inner_text("body")), path
    assert all(url.startswith((server.url, "data:")) for url in asked)
    assert [one for one in said if "Content Security Policy" in one] == []
    context.close()
