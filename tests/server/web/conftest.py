"""A coordinator, an agent's tablet, and the coordinator's browser without a window."""

import shutil
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from litestar.testing import TestClient

from server.app import build_app
from server.settings import Settings
from tests.world import HOME, World


@pytest.fixture
def world(furnished_url, tmp_path):
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


@pytest.fixture
def tablet(world):
    return world.tablet("one")


@pytest.fixture
def client(world, tmp_path):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
    with TestClient(build_app(settings, world.database)) as client:
        client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
        yield client


BEYOND_ITS_CARD = """() => [...document.querySelectorAll(".card")].flatMap(card => {
    const edge = card.getBoundingClientRect();
    return [...card.querySelectorAll("*")].filter(one => {
        const { left, right, width } = one.getBoundingClientRect();
        return width > 1 && (left < edge.left - 1 || right > edge.right + 1)
            && !one.closest(".table-wrap, .unseen, .floating, svg");
    }).map(one => one.outerHTML.slice(0, 99));
})"""
"""What a page shows outside of the card that it belongs to."""
BEYOND_THE_WINDOW = """() => document.documentElement.scrollWidth <= innerWidth + 1 ? [] :
    [...document.querySelectorAll("body *")].filter(one => {
        const { left, right, width } = one.getBoundingClientRect();
        return width > 1 && (left < -1 || right > innerWidth + 1)
            && !one.closest(".table-wrap, .unseen");
    }).map(one => one.outerHTML.slice(0, 99))"""
"""What stands beside the window, if one has to scroll sideways."""
TWICE_AS_LARGE = "document.documentElement.style.setProperty('font-size', '200%', 'important')"
AS_LARGE_AS_BEFORE = "document.documentElement.style.removeProperty('font-size')"
MORE_RULES = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
"""What axe is asked beside what it looks for by itself: who says what they see presses it."""
SHOTS = Path(__file__).parents[3] / "build" / "screenshots"


@pytest.fixture
def browse(world, tmp_path):
    """Open the desk in Chromium, signed in: `with browse(language) as (page, picture)`.

    `picture(name, address)` looks at a page wide and narrow, at the one that is open without an
    address: nothing beside the window or its card, nothing that a reader of screens would miss, nor
    beside a small window when letters are twice as large.
    """
    import uvicorn
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path / "files")})
    listener = socket.create_server(("127.0.0.1", 0))  # ours from here on: nobody takes the port
    port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(build_app(settings, world.database), log_level="warning")
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()

    @contextmanager
    def opened(language, login="amina", *, scripts=True, camera=None):
        """Sign in; `camera`: a JPEG that the browser's camera sees."""
        seen = camera and (
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
        )
        while not server.started:
            time.sleep(0.05)
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", *(seen or ())]
            )
            page = browser.new_page(
                base_url=f"http://127.0.0.1:{port}",
                viewport={"width": 1440, "height": 900},
                java_script_enabled=scripts,
            )
            page.goto(f"/desk/sign-in?lang={language}")
            page.fill("[name=login]", login)
            page.fill("[name=password]", "password1")
            page.press("[name=password]", "Enter")
            page.wait_for_url("**/desk")
            SHOTS.mkdir(parents=True, exist_ok=True)

            def picture(name, address=""):
                for width in (1440, 360):
                    page.set_viewport_size({"width": width, "height": 900})
                    if address:
                        page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
                    page.screenshot(path=SHOTS / f"{name}-{language}-{width}.png", full_page=True)
                    assert page.evaluate(
                        "document.documentElement.scrollWidth <= window.innerWidth"
                    )
                    assert page.evaluate(BEYOND_ITS_CARD) == []
                    found = Axe().run(page, options=MORE_RULES)
                    assert found.violations_count == 0, found.generate_report()
                page.set_viewport_size({"width": 320, "height": 900})
                page.evaluate(TWICE_AS_LARGE)
                assert page.evaluate(BEYOND_THE_WINDOW) == []
                page.evaluate(AS_LARGE_AS_BEFORE)
                page.set_viewport_size({"width": 360, "height": 900})

            yield page, picture
            browser.close()

    try:
        yield opened
    finally:
        server.should_exit = True
        thread.join()
