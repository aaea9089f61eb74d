"""A coordinator's whole morning: from ten things that wait, of every kind, to none.

Every page is reached by a link or button of the page before it, as people reach it.
"""

import pytest

from server.accounts import commands
from server.duplicates import finding
from server.web import waiting
from sync import local_time
from sync.scopes import DAY_MS
from tests.server.web.test_deciding_pages import a_person, a_skipped_step
from tests.stories import LANGUAGES, SCRIPTS, WIDTHS, story
from tests.test_deciding import a_review
from tests.test_steps import RECEIPT
from tests.world import FAR, HOME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
ELSEWHERE = ("queue", "complaint")
"""What waits in a queue of its own has a story of its own."""
TEN = {kind.code: 1 for kind in waiting.KINDS if kind.code not in ELSEWHERE} | {"pair": 2}
SILENT = ".entry .row-link[href^='/desk/devices/']"
HOUR = 3_600_000


def ten_things(world, tablet):
    """Write on tablets what waits this morning. Returns the silent tablet and the request."""
    _, _, there = a_review(world, tablet)
    two = world.agent("two")
    world.database.write(lambda work: commands.set_phone(work, two, "0600445566"))
    a_person(tablet, commune_code=FAR, name_fr="Ijja")
    person, _ = a_skipped_step(tablet)
    today = local_time.day_of(world.now) + 4
    asked = {"commune_code": HOME, "person_id": person}
    request = tablet.put("application", **asked, service="cnss", state="draft").record_id
    tablet.put("application", request, state="ready")
    tablet.put("application", request, state="submitted", due_on=today, **RECEIPT)
    tablet.put("task", **asked, due_on=today - 2, state="open")
    began = world.now - HOUR
    tablet.put("visit", **asked, started_at=began, ended_at=began + 60_000)
    for ice in ("001234567000089", "001234567000089"):
        tablet.put("enterprise", commune_code=HOME, name_fr="Coop", ice=ice)
        tablet.sync()
    for name in ("Brahim Oubella", "Brahim Obella"):
        who = {"name_fr": name, "phone": "+212600112233", "birth_year": 1980, "sex": "male"}
        tablet.put("person", commune_code=HOME, **who)
    tablet.sync()
    found = world.database.read(finding.due)
    world.database.write(lambda work: finding.keep_due(work, found))
    world.now += 4 * DAY_MS  # the second agent's tablet is heard of no more
    tablet.sync()
    return there, request


class Morning:
    """What the coordinator does with each kind of thing, on the page that its figure opens."""

    def __init__(self, page, world, tablet, there, request, *, scripts):
        self.page, self.world, self.scripts = page, world, scripts
        self.tablet, self.there, self.request = tablet, there, request

    def press(self, selector, key):
        """Press what has a key by the key, where there are keys; else the thing itself."""
        if self.scripts:
            self.page.wait_for_selector("details.keys:not([hidden])")  # its script is there
        with self.page.expect_navigation():
            if self.scripts:
                self.page.keyboard.press(key)
            else:
                self.page.click(selector)

    def review(self):
        """Decide the questions of a list, which leads from one to the next by itself."""
        page = self.page
        page.locator(".cell-lead .row-link").first.click()
        forms = page.locator("main form[method=post] [name=_csrf_token]")
        while forms.count() > page.locator("form.undo").count():
            if page.locator(".sides [value=mine]").count():
                self.press("[value=mine]", "Digit1")
            else:
                with page.expect_navigation():
                    page.click("button[value=apply], [name=decision][value=theirs]")
            assert "done=" in page.url
        assert page.locator("[role=status]").count() == 1

    conflict = held = duplicate = flag = review

    def pair(self):
        while self.page.locator("[value=merge]").count():
            self.press("[value=merge]", "KeyF")
            assert self.page.locator(".undo").count() == 1
        assert self.page.locator(".empty-state p").count() == 2

    def visit(self):
        page = self.page
        page.locator(".cell-lead .row-link").first.click()
        assert page.locator(".flagged li").count() >= 1
        self.press("[data-key=KeyA]", "KeyA")
        assert "through=1" in page.url

    def request_(self):
        """See whose day is near and ask the agent, who has gone and brings the answer."""
        page = self.page
        page.locator(".cell-lead .row-link").first.click()
        assert "Fadma" in page.inner_text("h1")
        for state in ("in_review", "approved", "delivered"):
            self.tablet.put("application", self.request, state=state)
        self.tablet.sync()

    def task(self):
        page = self.page
        page.check("[name=id]")
        page.click(".choose [value=chosen]")
        page.click("form[action='/desk/tasks/close'] button")
        assert page.locator(".undo").count() == 1

    def silent(self):
        """Call the agent, as the page says; the tablet is switched on."""
        page = self.page
        assert page.locator("main a[href='tel:+212600445566']").count() == 1
        self.there.clock.move(self.world.now - self.there.clock.wall_ms())
        self.there.sync()


def waiting_now(page):
    """Return what waits by kind, as the morning's page shows it."""
    by_url = {kind.url: kind.code for kind in waiting.KINDS}
    rows = page.locator(".decision").all()
    found = {
        by_url[row.locator(".row-link").get_attribute("href")]: int(
            row.locator(".num").inner_text()
        )
        for row in rows
    }
    silent = page.locator(SILENT).count()
    return found | ({"silent": silent} if silent else {})


@story(1, language=LANGUAGES, width=WIDTHS, scripts=SCRIPTS)
def test_ten_things_wait_and_at_the_end_none(world, tablet, browse, language, width, scripts):
    there, request = ten_things(world, tablet)
    with browse(language, scripts=scripts) as (page, _):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/desk?lang={language}")
        morning = Morning(page, world, tablet, there, request, scripts=scripts)
        assert waiting_now(page) == TEN
        left = dict(sorted(TEN.items()))  # the clash of two enterprises before their merging
        while left:
            code = next(iter(left))
            of_kind = f'.decision .row-link[href="{_url(code)}"]'
            page.locator(SILENT if code == "silent" else of_kind).click()
            getattr(morning, "request_" if code == "request" else code)()
            del left[code]
            world.now += 20_000  # the menu of the page before is over
            if width < 800:
                page.click(".bar-brand")
            else:
                page.click(".side .brand")
            assert waiting_now(page) == left, code
        assert page.locator(".places .waiting").count() == 0
        calm, tablets = page.locator(".empty-state").all()
        for said in (calm, tablets):
            assert len(said.locator("p").all()) >= 2  # that there is nothing, and what to do then
        calm.locator("a").click()
        page.wait_for_url("**/desk/visits")


def _url(code):
    return next(kind.url for kind in waiting.KINDS if kind.code == code)
