"""Papers given in Chromium, at the width of a telephone, over a line that is cut."""

from __future__ import annotations

import html
import random
import re
import shutil
from uuid import UUID

import pytest
from PIL import Image

from server.phrases import load_phrases
from server.portal import arriving
from server.portal.arriving import PIECE_BYTES
from tests import test_requests
from tests.server.web.conftest import BEYOND_ITS_CARD, SHOTS
from tests.stories import LANGUAGES, SCRIPTS, story
from tests.test_blurred import CHOSEN, taken
from tests.test_blurred import page as written
from tests.test_papers import address, eventually, pages_of, picture
from tests.test_papers_on_lines import AROUND_BYTES, OUTAGES, large_pdf, on_line

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
line = on_line
SENT_AGAIN_MAX = OUTAGES * PIECE_BYTES


@pytest.fixture
def telephone(walk, line, tmp_path):
    """Open the portal in a browser that keeps what it has: `telephone(language, scripts)`."""
    from playwright.sync_api import sync_playwright

    opened = []
    with sync_playwright() as play:

        def open_(language, scripts):
            browser = play.chromium.launch_persistent_context(
                tmp_path / "browser",
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox"],
                base_url=line.url,
                viewport={"width": 360, "height": 780},
                java_script_enabled=scripts,
            )
            pairs = [one.split("=", 1) for one in walk.portal.headers["cookie"].split("; ")]
            known = {name: value for name, value in pairs if name != "lang"} | {"lang": language}
            browser.add_cookies(
                [{"name": name, "value": value, "url": line.url} for name, value in known.items()]
            )
            opened.append(browser)
            return browser, browser.pages[0]

        yield open_
        for browser in opened:
            browser.close()


def look(page, name):
    """Keep a picture of a page, and judge it as every page is."""
    from axe_playwright_python.sync_playwright import Axe

    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"paper-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(BEYOND_ITS_CARD) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@story(0, language=LANGUAGES)
def test_a_large_paper_outlasts_outages_and_the_browser(
    walk, line, telephone, tmp_path, language, monkeypatch
):
    monkeypatch.setattr(arriving, "SILENT_S", 2)
    request, say = walk.register("bank-account")["bank-account"], load_phrases(language).say
    content = large_pdf()
    chosen = tmp_path / "statut.pdf"
    chosen.write_bytes(content)
    browser, page = telephone(language, True)
    page.goto(address(request))
    look(page, f"empty-{language}")
    assert page.evaluate("!window.tus")  # nothing of it is fetched before a file is chosen
    began = line.up
    page.set_input_files("[name=page]", chosen)
    for number in range(OUTAGES):
        until = began + (number + 1) * len(content) // (OUTAGES + 1)
        eventually(lambda until=until: line.up >= until, 60)
        if number == OUTAGES - 2:  # the telephone is put away, and taken out again
            browser.close()
            browser, page = telephone(language, True)
            page.goto(address(request))
            continue
        if number == 1:  # without a word: what was on its way is never answered
            line.hush()
            page.wait_for_selector("[data-again]:visible", timeout=20_000)
            line.mend()
            continue
        line.cut()
        if number == 0:
            page.wait_for_selector("[data-again]:visible", timeout=60_000)
            look(page, f"cut-{language}")
            line.mend()
            page.click("[data-again]")
            page.wait_for_timeout(500)
            look(page, f"sending-{language}")
            continue
        page.wait_for_timeout(200)
        line.mend()
    page.wait_for_selector("[data-papers]", state="hidden", timeout=60_000)
    eventually(lambda: len(pages_of(walk)) == 1, 30)
    pieces = len(content) // PIECE_BYTES + 1
    assert line.up - began - len(content) < SENT_AGAIN_MAX + (pieces + 60) * AROUND_BYTES
    page.wait_for_selector(f"text={say('portal.paper.state.here')}")
    look(page, f"given-{language}")


@story(2, language=LANGUAGES, scripts=SCRIPTS)
def test_photos_are_given_page_by_page(walk, line, telephone, tmp_path, language, scripts):
    request, say = walk.register("bank-account")["bank-account"], load_phrases(language).say
    large = Image.effect_noise((3000, 4000), 60).convert("RGB")
    large.save(tmp_path / "one.jpg", quality=80)  # as a form takes it, too
    (tmp_path / "two.jpg").write_bytes(picture(light=40))
    dice = random.Random(7)
    (tmp_path / "four.jpg").write_bytes(taken(dice, written(dice, CHOSEN[0]), 5, 0))
    (tmp_path / "three.jpg").write_bytes(b"<html>")
    _, page = telephone(language, scripts)
    page.goto(f"/portal/requests/{UUID(bytes=request)}")
    page.click(f'a[href="{address(request)}"]')
    for count, name in enumerate(("one.jpg", "two.jpg"), 1):
        page.set_input_files("[name=page]", tmp_path / name)
        if not scripts:
            page.click(".form .btn-main")
        eventually(lambda count=count: page.locator(".pg img").count() == count or wait(page), 60)
    assert say("portal.paper.dark") in page.content()
    if scripts:  # said as it is chosen, while the line is away
        line.cut()
        page.set_input_files("[name=page]", tmp_path / "four.jpg")
        page.wait_for_selector(f"text={say('portal.paper.again.still')}")
        look(page, f"blurred-{language}")
        line.mend()
        page.wait_for_selector("[data-again]:visible", timeout=60_000)
        page.click("[data-again]")
    else:
        page.set_input_files("[name=page]", tmp_path / "four.jpg")
        page.click(".form .btn-main")
    eventually(lambda: page.locator(".pg img").count() == 3 or wait(page), 60)
    assert say("portal.paper.again.still") in html.unescape(page.content())
    look(page, f"dark-{language}-{scripts}")
    sizes = [one.values["size_bytes"] for one in pages_of(walk)]
    assert max(sizes) < (tmp_path / "one.jpg").stat().st_size / 2
    page.set_input_files("[name=page]", tmp_path / "three.jpg")
    if not scripts:
        page.click(".form .btn-main")
    page.wait_for_selector(".banner-attention:visible")
    kind = load_phrases(language).sentence("paper_kind", {})
    assert kind in re.sub(r"\s+", " ", page.inner_text("main"))
    look(page, f"refused-{language}-{scripts}")


def wait(page):
    page.wait_for_timeout(200)
    return False
