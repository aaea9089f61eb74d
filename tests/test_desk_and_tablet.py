"""What a coordinator decides reaches a real tablet and comes back, over a real server.

The tablet is the app without a window, told line by line what to do; the server is its own process,
whose whole log is looked through at the end for anything of the people that it serves.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from sync import flat
from tests.stories import LANGUAGES, SCRIPTS, WIDTHS, story
from tests.test_headless import HOME, Server, headless
from tests.test_journeys import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "figues-et-amandes"
MANY_CHARS = 4
NUMBERS = itertools.count(1)
"""Each story's people have names and phones of their own: it is played on many paths."""


class Office(Server):
    """The server, what it wrote to its log, and what must never be there."""

    def __init__(self, folder):
        super().__init__(folder)
        self.secrets = {PASSWORD}
        self.log = folder / "log.txt"

    def start(self):
        self.output = self.log.open("ab")
        super().start()

    def kill(self):
        super().kill()
        self.output.close()

    def told(self):
        """Return what the log says of what it should not."""
        log = self.log.read_text(encoding="utf-8")
        return [one for one in self.secrets if one in log]

    @contextmanager
    def broken(self, table):
        """Have the server's own database lack a table."""
        with sqlite3.connect(self.folder / "nuqta.db") as there:
            there.execute(f"alter table {table} rename to gone")
        yield
        with sqlite3.connect(self.folder / "nuqta.db") as there:
            there.execute(f"alter table gone rename to {table}")

    def tablet(self, folder, login="agent"):
        code = json.loads(self.run("enrol-code", login, "--json"))["code"]
        self.secrets.add(code)
        return Played(self, folder, code)


class Played:
    """A tablet that does what lines say, at the moments that they say: now."""

    def __init__(self, office, folder, code):
        self.office, self.folder = office, folder
        self.do({"do": "enrol", "url": office.url, "code": code})

    def do(self, *acts):
        at = flat.moment_text(time.time_ns() // 1_000_000)
        lines = "\n".join(json.dumps({"at": at, **act}) for act in acts)
        return headless(self.folder, "play", stdin=lines)

    def put(self, entity, record_id=None, **values):
        # What is short, as a year, may stand in a log by chance.
        self.office.secrets |= {one for one in values.values() if len(str(one)) > MANY_CHARS}
        values = {"commune_code": HOME, **values} if record_id is None else values
        return self.do({"do": "put", "entity": entity, "id": record_id, "values": values})

    def sync(self):
        done = self.do({"do": "sync"})
        assert done.get("pending") == 0, done

    def get(self, entity, record_id):
        return headless(self.folder, "get", entity, record_id)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("office"))
    office.run("migrate")
    office.run("load-reference")
    for login, role in (("agent", "field_agent"), ("amina", "regional_coordinator")):
        stdin = f"{PASSWORD}\n"
        office.run("create-user", login, "--role", role, "--commune", HOME, stdin=stdin)
    office.start()
    yield office
    office.kill()
    assert office.told() == []  # whichever story was the last


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browse(office, chromium):
    """Open the desk, signed in: `with browse(language, width, scripts) as page`."""

    @contextmanager
    def opened(language, width, scripts):
        context = chromium.new_context(
            base_url=office.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        page = context.new_page()
        page.goto(f"/desk/sign-in?lang={language}")
        page.fill("[name=login]", "amina")
        page.fill("[name=password]", PASSWORD)
        page.click("main button.btn-main")
        page.wait_for_url("**/desk")
        yield page
        office.secrets |= {one["value"] for one in context.cookies() if one["name"] != "lang"}
        office.secrets.add(page.locator("[name=_csrf_token]").first.get_attribute("value"))
        context.close()

    return opened


def people(number):
    """Return what two people are called who may be one, as nobody else is."""
    phone = f"+2126{number:08}"
    latin, arabic = f"Zahra Ouhmad{number:04}", f"زهرة أوحماد{number}"
    known = {"phone": phone, "birth_year": 1970, "sex": "female", "name_ar": arabic}
    return {**known, "name_fr": latin}, {**known, "name_fr": latin.replace("Zahra", "Zohra")}


def turn_to(page, *names):
    """Turn over the pairs that wait until one names all: a page lists those around its own."""
    seen = set()
    while not all(name in page.inner_text("main form") for name in names):
        rows = page.locator(".entries .row-link").all()
        unseen = [url for url in (row.get_attribute("href") for row in rows) if url not in seen]
        seen.add(unseen[0])
        page.goto(unseen[0])


def press(page, selector):
    with page.expect_navigation():
        page.locator(selector).first.click()


@story(6, language=LANGUAGES, width=WIDTHS, scripts=SCRIPTS)
def test_a_return_goes_to_the_tablet_and_closes_when_it_comes_back_corrected(
    office, browse, tmp_path, language, width, scripts
):
    tablet = office.tablet(tmp_path)
    who = people(next(NUMBERS))[0]
    person = tablet.put("person", **who)
    note = f"Vend au souk {who['name_fr']}"
    visit = tablet.put("visit", person_id=person, notes=note)
    tablet.sync()
    with browse(language, width, scripts) as page:
        page.goto(f"/desk/visits?q={who['name_fr']}")
        press(page, ".cell-lead .row-link")
        page.select_option("[name=returned_field]", "notes")
        question = f"Que vend {who['name_fr']} ?"
        page.fill("[name=returned_note]", question)
        due_on = page.input_value("[name=returned_due_on]")
        press(page, "#return [type=submit]")

        tablet.sync()
        returned = tablet.get("visit", visit)
        assert returned["review_state"] == "returned"
        assert (returned["returned_field"], returned["returned_note"]) == ("notes", question)
        assert returned["returned_due_on"] == due_on > flat.moment_text(office_now())[:10]

        page.goto("/desk/visits?state=returned")
        assert page.locator(f".row-link[href*='{visit}']").count() == 1
        answer = f"Des amandes, dit {who['name_fr']}"
        tablet.put("visit", visit, notes=answer)
        tablet.sync()
        assert tablet.get("visit", visit)["review_state"] == "corrected"
        page.reload()
        assert page.locator(f".row-link[href*='{visit}']").count() == 0
        page.goto("/desk/visits?state=corrected")
        press(page, f".row-link[href*='{visit}']")
        words = page.inner_text(".was-is")
        assert note in words
        assert answer in words
        press(page, "[data-key=KeyA]:visible")
    tablet.sync()
    assert tablet.get("visit", visit)["review_state"] == "accepted"


def office_now():
    return time.time_ns() // 1_000_000


@story(1, language=LANGUAGES, width=WIDTHS, scripts=SCRIPTS)
def test_a_merge_meets_the_loser_s_edit_and_is_undone(
    office, browse, tmp_path, language, width, scripts
):
    tablet = office.tablet(tmp_path)
    one, other = people(next(NUMBERS))
    stays = tablet.put("person", **one, landmark="Le puits")
    loser = tablet.put("person", **other, landmark="Le moulin")
    own = tablet.put("visit", person_id=loser)
    for _ in range(2):  # to whom more refers stays
        tablet.put("visit", person_id=stays)
    tablet.sync()
    # Out of reach: the tablet does not know what is decided meanwhile.
    tablet.put("person", loser, landmark="Le moulin neuf", douar="Tamast")
    late = tablet.put("visit", person_id=loser)
    office.run("nightly")
    with browse(language, width, scripts) as page:
        page.goto("/desk/duplicates")
        turn_to(page, one["name_fr"], other["name_fr"])
        press(page, "[value=merge]")
        assert page.locator(".undo").count() == 1
        merged = page.url

        tablet.sync()
        page.goto(f"/desk/people/{loser}")
        assert page.url.partition("?")[0].endswith(stays)  # who follows an old address is led on
        assert page.input_value("[name=landmark]") == "Le moulin neuf"
        assert page.input_value("[name=douar]") == "Tamast"
        for visit in (own, late):
            assert tablet.get("visit", visit)["person_id"] == stays
        assert tablet.get("person", loser)["survivor_id"] == stays
        assert tablet.get("person", stays)["landmark"] == "Le moulin neuf"

        page.goto(merged)
        press(page, ".undo button")
        page.goto(f"/desk/people/{loser}")
        assert page.url.partition("?")[0].endswith(loser)
        assert other["name_fr"] in page.inner_text("h1")
    tablet.sync()
    back = tablet.get("person", loser)
    assert (back["survivor_id"], back["name_fr"]) == (None, other["name_fr"])
    assert tablet.get("person", stays)["name_fr"] == one["name_fr"]
    for visit in (own, late):
        assert tablet.get("visit", visit)["person_id"] == loser


def test_the_whole_log_names_nobody(office, browse, tmp_path):
    """After all that the stories did, and what goes wrong: forms, addresses, bytes, passwords."""
    tablet = office.tablet(tmp_path)
    who = people(next(NUMBERS))[0]
    person = tablet.put("person", **who)
    far = tablet.put("person", **{**who, "commune_code": "01.051.01.01"})
    tablet.do({"do": "sync"})
    with browse("fr", 1440, True) as page:
        token = page.locator("[name=_csrf_token]").first.get_attribute("value")
        asked = page.request
        form = {"_csrf_token": token, "name_fr": who["name_fr"], "was_name_fr": ""}
        tries = {
            422: asked.post(f"/desk/people/{person}", form={**form, "phone": who["phone"] * 9}),
            404: asked.get(f"/desk/people/{far}?q={who['name_fr']}"),
            403: asked.post(f"/desk/people/{person}", form={**form, "_csrf_token": "x"}),
            400: asked.post("/desk/visits/choose", form={**form, "id": who["name_fr"]}),
        }
        with office.broken("history"):
            changed = {"name_fr": who["name_fr"] * 2, "was_name_fr": who["name_fr"]}
            tries[500] = asked.post(f"/desk/people/{person}", form={**form, **changed})
        assert [answer.status for answer in tries.values()] == list(tries)
        failed = asked.post("/desk/sign-in", form={"login": who["phone"], "password": "faux-mot"})
        assert failed.status == 401
        signed = {"sync-auth": f"v1 1 9 {who['name_fr'].replace(' ', '')}"}
        assert asked.post("/sync/v1", data=who["name_fr"], headers=signed).status >= 400
    office.secrets.add("faux-mot")
    assert "unexpected fault" in office.log.read_text(encoding="utf-8")
    assert office.told() == []
