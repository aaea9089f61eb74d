"""The portal in Chromium, as wide as a telephone, over a bad mobile line, with script and without.

The line is `benchmarks/edge_link.py`: 600 ms there and back, 100 kbit/s, 3 % of packets lost. It
needs root and namespaces; where there are none the same is walked over a line that is good.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import uvicorn

from benchmarks.edge_link import EDGE, TOWER_IP, Link
from server.app import build_app
from server.phrases import load_phrases
from server.settings import Settings
from server.web.site import PORTAL_COOKIE
from tests import test_requests
from tests.line import Line
from tests.server.web.conftest import BEYOND_ITS_CARD, SHOTS
from tests.stories import LANGUAGES, SCRIPTS, story
from tests.test_market import Market
from tests.test_papers import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
NETWORK = 0x40000000
"""CLONE_NEWNET of sched.h."""
PATIENCE_MS = 60_000
"""For one page, on a machine with more to do."""


def listening_inside(namespace):
    """Listen in a network namespace: a thread that goes there makes the socket, which stays."""
    made = []

    def go():
        with Path("/run/netns", namespace).open() as place:
            assert not ctypes.CDLL(None, use_errno=True).setns(place.fileno(), NETWORK)
        made.append(socket.create_server((TOWER_IP, 0)))

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    return made[0]


class Edge:
    """The bad line: it may go dead, as where a valley ends, and come back; no connection ends."""

    def __init__(self, link):
        self._link = link
        self.mend()

    def hush(self):
        self._link.shape(replace(EDGE, loss_percent=100), seed=1)

    def mend(self):
        self._link.shape(EDGE, seed=1)


@contextmanager
def bad_line(folder):
    """Yield a listening socket, the browser that reaches it over a line, its address, the line."""
    if os.geteuid() or not Path("/dev/net/tun").exists():
        listener = socket.create_server(("127.0.0.1", 0))
        line = Line(listener.getsockname()[1])
        yield listener, shutil.which("chromium"), line.url, line
        line.close()
        return
    with Link(seed=1) as link:
        browser = folder / "chromium"
        inside = " ".join([*Link.inside(link.phone), shutil.which("chromium")])
        browser.write_text(f'#!/bin/sh\nexec {inside} "$@"\n')
        browser.chmod(0o755)
        listener = listening_inside(link.tower)
        yield listener, browser, "http://{}:{}".format(*listener.getsockname()), Edge(link)


PATHS = {PORTAL_COOKIE: "/portal"}


@contextmanager
def opening(walk, folder, listener, url, chromium):
    """Serve the walk's portal and desk. Yield what opens a page there.

    `open_(language, scripts, visitor, width)`: of the walk's visitor, if of nobody else.
    """
    from playwright.sync_api import sync_playwright

    settings = Settings.from_env({"NUQTA_DATA_DIR": str(folder), "NUQTA_DEMO": "1"})
    server = uvicorn.Server(
        uvicorn.Config(build_app(settings, walk.world.database), log_level="error")
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    eventually(lambda: server.started)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def open_(language, scripts, visitor=walk.portal, width=360):
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": 780},
                java_script_enabled=scripts,
            )
            context.set_default_timeout(PATIENCE_MS)
            host = str(urlsplit(url).hostname)
            pairs = [one.split("=", 1) for one in visitor.headers["cookie"].split("; ")]
            known = dict(pairs) | {"lang": language}
            context.add_cookies(
                [
                    # As the server gives it: one that it gives anew takes its place.
                    {"name": n, "value": v, "domain": host, "path": PATHS.get(n, "/")}
                    for n, v in known.items()
                ]
            )
            return context.new_page()

        yield open_
        browser.close()
    server.should_exit = True
    thread.join()


@pytest.fixture
def telephone(walk, tmp_path):
    """Open the portal over the bad line, which `telephone.line` hushes and mends."""
    with (
        bad_line(tmp_path) as (listener, chromium, url, line),
        opening(walk, tmp_path, listener, url, chromium) as open_,
    ):
        open_.line = line
        yield open_


@pytest.fixture
def pages(walk, tmp_path):
    """Open the portal and the desk over a good line."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = "http://{}:{}".format(*listener.getsockname())
    with opening(walk, tmp_path, listener, url, shutil.which("chromium")) as open_:
        yield open_


def look(page, name, language, scripts):
    """Keep a picture of a page, and judge it as every page is."""
    from axe_playwright_python.sync_playwright import Axe

    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"portal-{name}-{language}.png", full_page=True)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(BEYOND_ITS_CARD) == []
    if scripts:  # axe is one
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def press(page, words):
    """Press what says some words, and wait for the page behind it."""
    with page.expect_navigation():
        page.locator("main button, main a.btn", has_text=words).first.click()


@story(1, language=LANGUAGES, scripts=SCRIPTS)
def test_what_a_service_is_is_read_and_it_is_asked_for(walk, telephone, language, scripts):
    say = load_phrases(language).say
    walk.register("bank-account")
    page = telephone(language, scripts)
    page.goto("/services/m-wallet")
    look(page, "service", language, scripts)
    page.goto(f"/portal/services/m-wallet?of={UUID(bytes=walk.enterprise)}")
    look(page, "service-asked", language, scripts)
    press(page, say("portal.service.begin"))
    look(page, "service-request", language, scripts)
    assert say("application.state.draft") in page.inner_text("main")
    stored = walk.world.database.read(lambda records: records.list("application"))
    assert sorted(one.values["service"] for one in stored) == ["bank-account", "m-wallet"]


@story(2, language=LANGUAGES, scripts=SCRIPTS)
def test_what_the_bank_asks_for_once_is_read_and_its_refusal_appealed_against(
    walk, telephone, language, scripts
):
    say = load_phrases(language).say
    request = walk.register("bank-account")["bank-account"]
    address = f"/portal/requests/{UUID(bytes=request)}"
    walk.bring("CNIE", "ADDRESS")
    page = telephone(language, scripts)
    walk.world.now += 60_000
    page.goto(address)
    page.check("[name=share]", force=True)
    press(page, say("portal.request.file.act"))
    assert walk.states(request)[-1] == "submitted"

    clerk, queue = walk.clerk("clerk.cam"), f"/desk/queue/{UUID(bytes=request)}"
    walk.world.now += 60_000
    clerk.send("/desk/queue", "/desk/queue/next")
    asked = {"pieces": ["ADDRESS"], "words": "La photo est coupée."}
    walk.world.now += 60_000
    clerk.send(f"{queue}/ask", f"{queue}/ask", sure="1", **asked)
    page.goto(address)
    look(page, "asked", language, scripts)
    assert say("portal.request.asked") in page.inner_text("main")
    assert "La photo est coupée." in page.inner_text("main")

    walk.bring("ADDRESS")
    walk.world.now += 60_000
    walk.answer(clerk, request, "rejected", reason="papers_not_valid", words="Trop ancienne.")
    page.goto(address)
    look(page, "refused", language, scripts)
    walk.world.now += 60_000
    press(page, say("portal.request.appeal"))
    assert walk.states(request)[-2:] == ["rejected", "in_review"]
    assert say("request.step.appealed") in page.inner_text("main")


@story(3, language=LANGUAGES, scripts=SCRIPTS)
def test_an_offer_of_the_market_is_ordered(walk, telephone, language, scripts):
    say = load_phrases(language).say
    market = Market(walk.world, walk.doors, walk.folder)
    request = market.register("market")["market"]
    market.bring("PRODUCT_PHOTOS", "HEALTH_OK", "RIB")
    market.file(request)
    market.offer()
    market.publish()
    _, (offer,) = market.public()
    page = telephone(language, scripts, market.buyer())
    page.goto("/portal/market")
    look(page, "market", language, scripts)
    page.locator("main a", has_text="Miel de thym").first.click()
    press(page, say("market.order.begin"))
    page.fill("[name=quantity]", "2")
    page.fill("[name=buyer]", "Samira")
    look(page, "order", language, scripts)
    press(page, say("market.order.act"))
    assert "Miel de thym" in page.inner_text("main")
    assert "Coopérative Tamounte" in page.inner_text("main")
    look(page, "ordered", language, scripts)
    assert market.order_url(market.buyer())
    assert offer in walk.doors.get("/portal/market", {"cookie": "lang=fr"}).text
