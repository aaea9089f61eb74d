"""The browser of the tests looks at a page that comes bit by bit when all of it is there."""

import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW_S = 0.4


class BitByBit(BaseHTTPRequestHandler):
    """A page with a link, and one whose form comes late."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>-</title><a href='/late'>On</a>")
        if self.path == "/late":
            time.sleep(SLOW_S)
            self.wfile.write(b"<form><p>Late</p></form>")

    def log_message(self, *_):
        pass


@pytest.fixture
def page():
    with ThreadingHTTPServer(("127.0.0.1", 0), BitByBit) as server, sync_playwright() as play:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser.new_page(base_url=f"http://127.0.0.1:{server.server_port}")
        browser.close()
        server.shutdown()
        thread.join()


def test_what_comes_late_is_counted_and_read(page):
    page.goto("/")
    page.click("a")
    assert page.locator("form").count() == 1
    page.goto("/late", wait_until="commit")
    assert "Late" in page.inner_text("body")
