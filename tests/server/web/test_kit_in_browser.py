"""The kit in Chromium: nothing refused by its own policy, nothing cut, usable without a script."""

import os
import shutil
import socket
import threading
import time

import pytest
import uvicorn

from benchmarks import portal
from server.web.assets import STATIC
from server.web.shell import DESTINATIONS
from tests.server.web.demo_site import build_site
from tests.stories import LANGUAGES, WIDTHS, story

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api")
PAGES = [(page, language) for page in ("desk", "portal") for language in LANGUAGES]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def site():
    listener = socket.create_server(("127.0.0.1", 0))  # ours from here on: nobody takes the port
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(build_site(), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(site, browser):
    contexts = []

    def opened(page, language, width=1440, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.said = []
        tab.on("console", lambda message: tab.said.append(message.text))
        tab.goto(f"{site}/{page}?lang={language}", wait_until="networkidle")
        return tab

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_the_policy_refuses_nothing_of_ours(open_page, page, language):
    assert open_page(page, language).said == []


@story(0, 5, 11, 14, page=("desk", "portal"), language=LANGUAGES, width=(320, *WIDTHS, 800))
def test_a_page_never_scrolls_sideways(open_page, page, language, width):
    tab = open_page(page, language, width)

    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_text_twice_as_large_still_fits_a_telephone(open_page, page, language):
    tab = open_page(page, language, 320, bypass_csp=True)
    tab.add_style_tag(content="html { font-size: 200% !important }")

    assert tab.evaluate("document.documentElement.scrollWidth") <= 321


@story(0, 7, page=("desk", "portal"), language=LANGUAGES, width=WIDTHS)
def test_a_page_is_accessible(open_page, page, language, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = open_page(page, language, width, bypass_csp=True)

    rules = {"runOnly": WCAG, "resultTypes": ["violations"]}
    found = axe.run(tab, options=rules).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []


def test_our_own_letters_are_used(open_page):
    tab = open_page("desk", "ar")

    # Not `fonts.check`: it asks for each font that has a letter, those with vowels too.
    loaded = (
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.weight + f.unicodeRange)"
    )
    of_letters = [one for one in tab.evaluate(loaded) if "U+640-64A" in one]
    assert {one[:3] for one in of_letters} == {"400", "700"}


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_menu_of_a_telephone_opens_without_a_script(open_page, language):
    tab = open_page("desk", language, 360, java_script_enabled=False)
    places = tab.locator(".panel .places a")
    assert not places.first.is_visible()

    tab.click(".nav-menu > summary")

    assert places.count() == len(DESTINATIONS)
    assert places.last.is_visible()
    assert tab.locator(".panel input[type=search]").is_visible()


def test_the_sidebar_stands_at_the_start_side(open_page):
    french, arabic = (open_page("desk", language).locator(".side") for language in ("fr", "ar"))

    assert french.bounding_box()["x"] == 0
    assert arabic.bounding_box()["x"] == 1440 - 232
    assert french.bounding_box()["width"] == 232


def test_a_row_of_a_table_becomes_a_card_name_and_state_first(open_page):
    tab = open_page("desk", "fr", 360)
    row = tab.locator(".rows tbody tr").first
    name, state, day = (
        row.locator(f".cell-{kind}").first.bounding_box() for kind in ("lead", "state", "fact")
    )

    assert abs(name["y"] - state["y"]) < name["height"]
    assert day["y"] >= name["y"] + name["height"] - 1


def test_the_first_tab_offers_the_content(open_page):
    tab = open_page("desk", "fr")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")

    assert tab.evaluate("document.activeElement.id") == "content"


def test_print_leaves_the_frame_away(open_page):
    tab = open_page("desk", "ar")
    tab.emulate_media(media="print")

    assert not tab.locator(".side").is_visible()
    assert not tab.locator(".page > .bar").is_visible()
    assert tab.locator(".rows").first.is_visible()


def test_a_page_is_weighed_as_a_browser_loads_it(site, browser):
    # The fonts of letters that it shows are among it; what is kept is not sent again.
    sheet, fonts = (STATIC / "fonts.css").stat().st_size, (STATIC / "fonts").glob("*.woff2")
    first, again = portal.bytes_of(browser, f"{site}/portal?lang=fr", "fr")
    assert min(one.stat().st_size for one in fonts) < first - again < 60_000 + sheet
    assert again < 15_000
    with pytest.raises(ValueError, match="not in ar"):
        portal.bytes_of(browser, f"{site}/portal?lang=fr", "ar")
