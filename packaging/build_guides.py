"""Make the pictures of the guides: `docs/guides/pictures/NAME-LANGUAGE.webp`, Arabic and French.

The server runs here, on a free port of 127.0.0.1, with the pilot's data in a folder that goes
again; Chromium shows the desk and the portal, a process of its own draws the tablet's screens from
`tests/mobile_app/ui/gallery.py`. Clock, ids, codes and invented people are the same each time, so
that a picture changes only when a screen does.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mobile_app.device.clock import FakeClock  # noqa: E402 - after the path is set
from mobile_app.exchange.connection import connect  # noqa: E402
from mobile_app.exchange.contact import make_contact  # noqa: E402
from mobile_app.exchange.enrolment import enrol  # noqa: E402
from mobile_app.store.records import Store  # noqa: E402
from server.accounts.commands import agent_of  # noqa: E402
from server.accounts.enrolment import make_code  # noqa: E402
from server.app import build_app  # noqa: E402
from server.db.engine import Engines  # noqa: E402
from server.db.schema import EPOCH_BYTES, migrate  # noqa: E402
from server.db.tables import TABLES  # noqa: E402
from server.db.work import Author, Database, Work  # noqa: E402
from server.pilot.generate import PASSWORD, generate  # noqa: E402
from server.reference.load import load  # noqa: E402
from server.settings import Settings  # noqa: E402
from sync.entities import ENTITIES  # noqa: E402
from sync.spec import Values  # noqa: E402

PICTURES = ROOT / "docs" / "guides" / "pictures"
LANGUAGES = ("ar", "fr")
NOW_MS = 1_795_514_400_000
"""24 November 2026, a Tuesday, 11 o'clock in Rabat: the day of the gallery's screens too."""
SEED, FARMERS, VISITS = 20260101, 400, 1200
AGENT, COORDINATOR = "agent01", "coord.taroudant"
COMMUNE, ELSEWHERE = "09.541.01.03", "02.113.01.01"
ADDRESS = "https://nuqta.example"
ENTERPRISES = {
    "ar": ("تعاونية تامونت لزيت أركان", "0600200301"),
    "fr": ("Coopérative Tamounte d'argan", "0600200302"),
}
"""Name and phone, none of those that `server/pilot/people.py` gives to anybody."""
TOTAL_BYTES_MAX = 720_000
TABLET_WIDTH, DESK_WIDTH, PORTAL_WIDTH, QUALITY = 380, 880, 320, 60
"""Pixels of the pictures, and how well WebP keeps them."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_STYLE = """
::-webkit-datetime-edit, ::file-selector-button { visibility: hidden }
input[type=file] { color: transparent }
"""
"""Of empty days and files: Debian's Chromium has them in English alone, people's browsers in their
language."""
SCREENS = {
    "today": "today",
    "find": "find",
    "visit_1": "visit-who",
    "visit_2": "visit-needs",
    "visit_3": "visit-proof",
    "form_person_1": "register",
    "slip": "slip",
    "sync": "sync",
    "attention": "attention",
}
"""A screen as the gallery names it: as its picture is named."""


class Office:
    """The pilot's server in this process, and a tablet of its first agent."""

    def __init__(self, folder: Path) -> None:
        """Furnish a database; `serving` answers requests."""
        stamp, numbers = NOW_MS.to_bytes(6, "big"), itertools.count(1)
        self.ids = lambda: stamp + b"\x70\x00\x80\x00" + next(numbers).to_bytes(6, "big")
        url = f"sqlite:///{folder / 'nuqta.db'}"
        self.database = Database(Engines(url), TABLES, clock=lambda: NOW_MS, ids=self.ids)
        migrate(self.database.engines, TABLES, epoch=bytes(EPOCH_BYTES))
        self.database.write(load)
        generate(
            self.database,
            seed=1,
            farmer_count=FARMERS,
            visit_count=VISITS,
            tell=lambda _what, _done, _all: None,
        )
        environ = {"NUQTA_DATA_DIR": str(folder), "NUQTA_DEMO": "1", "NUQTA_PUBLIC_URL": ADDRESS}
        settings = replace(Settings.from_env(environ), secure_cookies=False)  # it is read by http
        self.app = build_app(settings, self.database)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.visit_id = self.person_id = b""

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer requests while the block runs."""
        server = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(10)

    def spend_a_day(self, folder: Path) -> None:
        """Let the agent visit and correct without a network, while the office corrects too.

        What comes of it: a visit with needs that cannot wait, two values of one phone to choose
        between, and a visit outside the agent's communes, which is held.
        """
        store = Store(
            folder / "tablet.db", bytes(32), ENTITIES, clock=FakeClock(NOW_MS), ids=self.ids
        )
        agent = self.database.read(lambda records: agent_of(records, AGENT))
        code, _ends_at = self.database.write(lambda work: make_code(work, agent))
        enrol(store, self.url, code)
        self._exchange(store)
        person = store.list("person", "name_ar IS NOT NULL AND name_fr IS NOT NULL", limit=1)[0]
        self.person_id = person.record_id
        visit: Values = {
            "person_id": person.record_id,
            "commune_code": person.values["commune_code"],
            "type": "assistance",
            "channel": "home_farm",
            "outcome": "done",
            "state": "ended",
            "needs": ("water", "aid"),
            "urgent_needs": ("water",),
            "notes": "قدمنا الطلب معا وسلمنا الوصل. المضخة معطلة منذ أسبوع.",
            "started_at": NOW_MS - 3_600_000,
            "ended_at": NOW_MS - 1_800_000,
        }
        self.visit_id = store.put("visit", visit).record_id
        store.put("person", {"phone": "+212600000101"}, person.record_id)
        store.put("visit", {**visit, "commune_code": ELSEWHERE, "person_id": None})
        self.database.write(
            lambda work: self._correct(work, person.record_id, {"phone": "+212600000202"})
        )
        self._exchange(store)
        store.close()

    def _correct(self, work: Work, person_id: bytes, values: Values) -> None:
        work.change("person", person_id, values, Author(agent_of(work, COORDINATOR)))

    def _exchange(self, store: Store) -> None:
        line = connect(store)
        try:
            make_contact(store, line)
        finally:
            line.close()


def shoot_desk(page: Any, office: Office, language: str, save: Callable[[str], None]) -> None:
    """Go through the coordinator's pages."""
    page.goto(f"{office.url}/desk/sign-in?lang={language}")
    page.fill("[name=login]", COORDINATOR)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.btn-main")
    page.wait_for_url("**/desk")
    save("desk-morning")
    for name, address in (
        ("visits", "visits"),
        ("visit", f"visits/{UUID(bytes=office.visit_id)}"),
        ("person", f"people/{UUID(bytes=office.person_id)}"),
        ("devices", "devices"),
        ("service", "services/bank-account#recordings"),
        ("service-new", "services/new"),
        ("reviews", "reviews"),
    ):
        page.goto(f"{office.url}/desk/{address}")
        save(f"desk-{name}")
    waiting = page.locator("main a[href^='/desk/reviews/']")
    addresses = [waiting.nth(at).get_attribute("href") for at in range(waiting.count())]
    assert len(addresses) == 2, f"{addresses}: what is held, then the two values"
    for name, address in zip(("held", "review"), addresses, strict=True):
        page.goto(f"{office.url}{address}")
        save(f"desk-{name}")


def shoot_portal(page: Any, office: Office, language: str, save: Callable[[str], None]) -> None:
    """Register an enterprise, as it does by itself."""
    name, phone = ENTERPRISES[language]
    page.goto(f"{office.url}/?lang={language}")
    page.fill("[name=phone]", phone)
    save("portal-phone")
    page.click("main button.btn-main")
    page.wait_for_url("**/portal/code")
    code = office.database.read(
        lambda records: records.connection.scalar(
            sa.select(TABLES.outbox.c.body).order_by(TABLES.outbox.c.id.desc()).limit(1)
        )
    )
    page.goto(f"{office.url}/portal/call?province={COMMUNE[:6]}")
    page.select_option("[name=commune_code]", COMMUNE)
    save("portal-call")
    page.goto(f"{office.url}/portal/code")
    page.fill("[name=code]", re.findall(r"\d{6}", str(code))[0])
    save("portal-code")
    page.click("main button.btn-main")
    page.wait_for_url("**/portal/register")
    page.check("[name=kind][value=cooperative]", force=True)
    page.fill("[name=name]", name)
    save("portal-register")
    steps: tuple[Callable[[], object], ...] = (
        lambda: page.select_option("[name=legal_form]", "cooperative"),
        lambda: page.select_option("[name=province]", COMMUNE[:6]),
        lambda: page.select_option("[name=commune_code]", COMMUNE),
        lambda: page.fill("[name=area_ha]", "12"),
        page.locator("[name=services]").first.check,
        lambda: [
            one.check(force=True) for one in page.locator("[name^=consent_][value=yes]").all()
        ],
    )
    for answer in steps:
        page.click("main button.btn-main")
        answer()
    page.click("main button.btn-main")
    page.click("main button.btn-main")
    page.wait_for_url("**/portal/status")
    save("portal-status")
    page.click("main a[href^='/portal/requests/']")
    page.wait_for_url("**/portal/requests/*")
    save("portal-request")


def shoot_pages(folder: Path) -> None:
    """Write the pictures of desk and portal."""
    with tempfile.TemporaryDirectory() as kept, sync_playwright() as play:
        office = Office(Path(kept))
        with office.serving():
            office.spend_a_day(Path(kept))
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for language in LANGUAGES:
                for shoot, size, width in (
                    (shoot_desk, (1280, 800), DESK_WIDTH),
                    (shoot_portal, (390, 780), PORTAL_WIDTH),
                ):
                    context = browser.new_context(
                        viewport={"width": size[0], "height": size[1]},
                        locale=f"{language}-MA",
                        timezone_id="Africa/Casablanca",
                        reduced_motion="reduce",
                        bypass_csp=True,  # else the pictures' own style is refused
                    )
                    page = context.new_page()

                    save = partial(_save, page, folder, language, width)
                    shoot(page, office, language, save)
                    context.close()
            browser.close()


def _save(page: Any, folder: Path, language: str, width: int, name: str) -> None:
    shrink(
        page.screenshot(style=_STYLE, animations="disabled"),
        folder / f"{name}-{language}.webp",
        width,
    )


def draw_tablet(folder: Path) -> None:
    """Write the pictures of the tablet."""
    with tempfile.TemporaryDirectory() as drawn:
        subprocess.run([sys.executable, __file__, "--screens", drawn], cwd=ROOT, check=True)
        for path in sorted(Path(drawn).glob("*.png")):
            shrink(path.read_bytes(), folder / f"{path.stem}.webp", TABLET_WIDTH)


def draw_screens(folder: Path) -> None:
    """Draw the screens as they are; in a process of its own: Kivy takes its window at import."""
    from tests.mobile_app.ui import gallery  # noqa: PLC0415
    from tests.mobile_app.ui.hands import Ui  # noqa: PLC0415

    ui = Ui()
    for language in LANGUAGES:
        with tempfile.TemporaryDirectory() as store:
            app = gallery.start(ui, store, language, "light")
            for screen in gallery.draw_all(ui, app):
                if screen in SCREENS:
                    ui.screenshot(folder / f"tablet-{SCREENS[screen]}-{language}.png")


def shrink(png: bytes, path: Path, width: int) -> None:
    """Write a picture as WebP, so many pixels wide."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    height = round(picture.height * width / picture.width)
    picture.resize((width, height), Image.Resampling.LANCZOS).save(
        path, "WEBP", quality=QUALITY, method=6
    )


def repeat_chance() -> None:
    """Let every code that is made from here on be the same each time."""
    chance = random.Random(SEED)
    secrets.token_bytes = lambda size=32: chance.randbytes(size)
    secrets.randbelow = chance.randrange


def main() -> int:
    """Make all pictures. Returns 1 if they weigh too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screens", metavar="FOLDER", help="the tablet's alone, as they are drawn")
    chosen = parser.parse_args()
    if chosen.screens:
        draw_screens(Path(chosen.screens))
        return 0
    logging.disable(logging.INFO)
    repeat_chance()
    with tempfile.TemporaryDirectory() as made:
        shoot_pages(Path(made))
        draw_tablet(Path(made))
        shutil.rmtree(PICTURES, ignore_errors=True)  # only now: a fault leaves those of before
        shutil.copytree(made, PICTURES)
    sizes = [path.stat().st_size for path in PICTURES.iterdir()]
    print(f"{len(sizes)} pictures, {sum(sizes):,} bytes of {TOTAL_BYTES_MAX:,}")
    return int(sum(sizes) > TOTAL_BYTES_MAX)


if __name__ == "__main__":
    sys.exit(main())
