"""The demo's tablet in a browser, over HTTP: taps, words, the network's switch, and who may ask."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from mobile_app.i18n import load_phrases
from tests.test_headless import HOME, Server, headless

pytestmark = pytest.mark.kivy
ROOT = Path(__file__).parent.parent
SAY = load_phrases("fr").say


class Page:
    """What a browser does with it."""

    def __init__(self, store, server_url):
        settings = ["--store", str(store), "--server", server_url, "--language", "fr"]
        self.process = subprocess.Popen(
            [sys.executable, "packaging/tablet_page.py", *settings],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip().rstrip("/")
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        self.number = 0

    def close(self):
        self.client.close()
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def picture(self):
        answer = self.client.get(f"/picture?after={self.number}")
        assert answer.status_code == 200
        self.number = int(answer.headers["picture"])
        return Image.open(BytesIO(answer.content))

    def post(self, path, value, **headers):
        headers = {"Origin": self.url, **headers}
        return self.client.post(path, content=json.dumps(value), headers=headers)

    def state(self):
        return self.client.get("/state").json()

    def place(self, words, seconds=20):
        end = time.monotonic() + seconds
        while True:
            said = self.state()["words"]
            for text, x, y in said:
                if text == words:
                    return x, y
            assert time.monotonic() < end, f"{words!r} is not among {[one[0] for one in said]}"
            time.sleep(0.1)

    def rest(self, words):
        """Return where words are once they stand: a screen slides in, and nobody taps before."""
        before, place = None, self.place(words)
        while before != place:
            time.sleep(0.2)
            before, place = place, self.place(words)
        return place

    def tap(self, words):
        x, y = self.rest(words)
        self.number = self.state()["number"]
        acts = [{"kind": kind, "x": x, "y": y} for kind in ("down", "up")]
        assert self.post("/hands", acts).status_code == 204
        self.picture()
        time.sleep(0.4)  # a scrolling column passes a quick tap on a moment later

    def open(self):
        for _ in range(4):
            self.tap("1")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    server.run("migrate")
    server.run("load-reference")
    server.run(
        "create-user", "one", "--role", "field_agent", "--commune", HOME, stdin="password1\n"
    )
    server.start()
    yield server
    server.kill()


@pytest.fixture
def page(server, tmp_path):
    code = json.loads(server.run("enrol-code", "one", "--json"))["code"]
    headless(tmp_path, "enrol", server.url, code, NUQTA_PIN="1111")
    page = Page(tmp_path, server.url)
    yield page
    page.close()


def test_a_pin_is_tapped_a_visit_to_the_network_and_back(page):
    before = page.picture()
    assert before.size == (800, 1280)
    page.open()
    page.tap(SAY("tablet.nav.sync"))
    page.place(SAY("tablet.sync.now"))
    page.number = 0
    after = page.picture()
    assert after.tobytes() != before.tobytes()

    assert page.post("/state", {"is_cut": True}).json()["is_cut"]
    page.tap(SAY("tablet.sync.now"))
    page.place(SAY("refusal.unreachable"))
    assert not page.post("/state", {"is_cut": False}).json()["is_cut"]
    page.tap(SAY("tablet.sync.now"))
    page.place(SAY("tablet.sync.none"))


def test_words_are_typed_and_the_screen_gets_another_size(page):
    page.picture()
    assert page.post("/state", {"size": "1280x800"}).json()["size"] == "1280x800"
    end = time.monotonic() + 20
    while page.picture().size != (1280, 800):
        assert time.monotonic() < end
    page.post("/hands", [{"kind": "text", "text": "1111"}])  # a keyboard types the PIN too
    page.tap(SAY("tablet.nav.find"))  # while the exchange draws anew that begins as it opens
    page.tap("")  # the field
    page.post("/hands", [{"kind": "text", "text": "Zohrx"}, {"kind": "key", "key": "Backspace"}])
    page.place("Zohr")
    page.post("/hands", [{"kind": "wheel", "x": 400, "y": 400, "down": True}])
    assert page.state()["size"] == "1280x800"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/hands", "[]", {}, 403),
        ("/hands", "[]", {"Origin": "http://elsewhere.example"}, 403),
        ("/hands", "[]", {"Host": "elsewhere.example", "Origin": "http://elsewhere.example"}, 403),
        ("/hands", "{", {"Origin": "ours"}, 400),
        ("/hands", '[{"kind": "shout"}]', {"Origin": "ours"}, 400),
        ("/hands", '[{"kind": "down", "x": "a", "y": 1}]', {"Origin": "ours"}, 400),
        ("/state", '{"size": "9999x9999"}', {"Origin": "ours"}, 400),
        ("/state", "[]", {"Origin": "ours"}, 400),
        ("/elsewhere", "[]", {"Origin": "ours"}, 404),
    ],
)
def test_nobody_else_moves_the_tablet(page_alone, path, body, headers, status):
    headers = {name: page_alone.url if text == "ours" else text for name, text in headers.items()}
    answer = page_alone.client.post(path, content=body, headers=headers)
    assert answer.status_code == status
    # A body that was not read ends the line; who does not know sends the next request into it.
    assert (answer.headers.get("Connection") == "close") == (status == 403)


@pytest.fixture(scope="module")
def page_alone(tmp_path_factory):
    page = Page(tmp_path_factory.mktemp("store"), "http://127.0.0.1:9")
    yield page
    page.close()


def test_nobody_else_sees_the_tablet(page_alone):
    assert page_alone.client.get("/", headers={"Host": "elsewhere.example"}).status_code == 403
    for path in ("/", "/page.js", "/page.css"):
        answer = page_alone.client.get(path)
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
