"""Run the main job on this machine: the server with the pilot's data, and say what to try.

The first start makes the database with two weeks of a team's work in it (about a minute) and plays
one more visit through the app without a window: written while the server is stopped, then sent. The
next ones keep all. Where there is a display the tablet opens in a window, else it is a page in a
browser (`tablet_page.py`), and nothing opens. Ctrl-C stops everything.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from server import parent  # noqa: E402 - after the path is set
from server.reference import files  # noqa: E402

DATA = ROOT / "var" / "demo"
TABLET = DATA / "tablet"
COORDINATOR, AGENT, PASSWORD = "coord.taroudant", "agent01", "nuqta-demo"
OFFICE = "conseil"
"""Who answers what the story asks for: a service that takes no paper."""
COLLEAGUE = "agent02"
"""Whose visit is played: with communes of their own, and one that both agents serve."""
PAGE_PIN = "1234"
UNREACHABLE = 3
START_S = 60
"""How long the server may take to begin: a machine with more to do than this takes long."""
END_S = 20
"""How long what was begun may take to end before it is killed."""
ELSEWHERE = "02.113.01.01"
"""A commune of another province than the agent's: what is captured there is held."""
STORY = """
Nuqta is at {url}, with two weeks of a team's work. What to try, in this order:

 1. A coordinator begins the day: {url}/desk?lang=fr (or ar)
    Sign in as {coordinator} / {password}.
    À décider: two values of one field, work that the rules held, doubles, steps left out.
    Visites: the newest is {colleague}'s, just sent. Tablettes: who fell silent, and why.

 2. An agent goes on a round: {tablet}
    Today: a round of six, tasks, some late. To see to: visits sent back with a question,
    two values to choose from. Then {cut}; open a visit of the
    round, write a note, Save: it waits. {mend}: it is sent by itself.

 3. An enterprise registers: {url}/?lang=fr (or ar)
    Any phone, such as 0612345678; its code is shown at {url}/dev/outbox.
    Province {province_fr} ({province_ar}), commune {commune_fr}
    ({commune_ar}): after a Sync the agent finds it. Ask for "Conseil agricole"
    (الاستشارة الفلاحية), open that request, agree to share it, and file it.

 4. An office answers: {url}/desk/queue?lang=fr, as {office} / {password}
    Another browser, or sign out first. Take the request, answer it: the enterprise's page
    says so, with a letter (PDF) whose code {url}/verify knows.
    Tenue des délais, Par fichier: how it keeps its delays, and many answers as one CSV.

Others / {password}: coord.berkane, coord.nador, coord.pilote, {agent}, {colleague};
offices: banque, assurance, dpa.taroudant, guichet, cnss, paiement;
by role: programme, observateur, protection, audit, admin, relais.
Ctrl-C stops everything; `make demo-reset` starts afresh.
"""
PAGE = """{url}    PIN {pin}
    There is no display here, so the tablet is that page, the real app drawn into it: tap,
    drag and type; its bar has a switch for the network, the size and the language."""
WINDOW = """the window that opens
    Choose a PIN, then link it: {url}, code {code} (ten minutes; another at the desk,
    Tablettes)."""


class Demo:
    """The processes of a demo and how to talk to them."""

    def __init__(self, port: int) -> None:
        """Nothing runs yet."""
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.server: subprocess.Popen[bytes] | None = None
        self.page: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            "NUQTA_DATA_DIR": str(DATA),
            "NUQTA_DATABASE_URL": f"sqlite:///{DATA / 'nuqta.db'}",
            "NUQTA_DEMO": "1",
        }

    def command(self, *arguments: str) -> str:
        """Run one of the server's commands; its progress bars go to the terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(done.returncode)
        return done.stdout

    def tablet(
        self, *arguments: str, may_fail: bool = False, store: Path = TABLET, pin: str = ""
    ) -> object:
        """Run one of the app's commands without a window."""
        done = subprocess.run(
            [sys.executable, "-m", "mobile_app.headless", "--store", str(store), *arguments],
            cwd=ROOT,
            env=self.environment | {"NUQTA_PIN": pin},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and not may_fail:
            sys.exit(done.stdout + done.stderr)
        return done.returncode or json.loads(done.stdout)

    def prepare(self) -> None:
        """Make the database, unless it is there."""
        DATA.mkdir(parents=True, exist_ok=True)
        ready = DATA / "ready"
        self.command("migrate")
        if not ready.exists():
            about = "three pilot provinces and two weeks of work on thirteen tablets"
            print(f"Preparing the demo, about a minute: {about}…", flush=True)
            self.command("load-reference")
            self.command("generate-pilot")
            ready.touch()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        serve = ["-m", "server", "serve", "--port", str(self.port), parent.OPTION]
        self.server = self.begin("server.log", *serve)
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.server.poll() is not None:
                sys.exit(f"The server stopped; see {DATA / 'server.log'}.")
            try:
                urllib.request.urlopen(self.url + "/about", timeout=1).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        sys.exit("The server does not answer.")

    def begin(self, log: str, *arguments: str, **pipes: int) -> subprocess.Popen[bytes]:
        """Begin what ends with this process: its standard input is a pipe from here.

        Args:
            log: the file of what it complains of.
        """
        with (DATA / log).open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                **pipes,
            )

    def code(self, login: str = AGENT) -> str:
        """Return a fresh enrolment code for an agent."""
        made = self.command("enrol-code", login, "--json", "--url", self.url)
        return str(json.loads(made)["code"])

    def play_visit(self) -> None:
        """Write a visit while the network is cut, then send it."""
        if not TABLET.exists():
            self.tablet("enrol", self.url, self.code(COLLEAGUE))
        self.tablet("sync")
        people, questions = self.tablet("list", "person"), self.tablet("list", "review")
        assert isinstance(people, list)
        assert isinstance(questions, list)
        # They disagree on people of the commune that both serve.
        home = next(one["commune_code"] for one in questions if one["kind"] == "conflict")
        person = next(one for one in people if one["commune_code"] == home)
        (DATA / "commune").write_text(home)
        name = person["name_ar"] or person["name_fr"]
        print(f"\nThe network is cut. {COLLEAGUE} visits {name} and writes it down:")
        end(self.server)
        values = {
            "person_id": person["id"],
            "commune_code": person["commune_code"],
            "type": "assistance",
            "channel": "home_farm",
            "outcome": "done",
            "notes": "زيارة العرض: قدمنا الطلب وسلمنا الوصل.",
        }
        visit = self.tablet("put", "visit", json.dumps(values))
        stray = {**values, "commune_code": ELSEWHERE, "person_id": None}
        self.tablet("put", "visit", json.dumps(stray))  # held: the coordinator's to decide
        assert isinstance(visit, dict)
        is_cut = self.tablet("sync", may_fail=True) == UNREACHABLE
        waiting = self.tablet("status")
        assert isinstance(waiting, dict)
        print(f"  on the tablet, waiting: {waiting['pending']} (network reached: {not is_cut})")
        self.start()
        sent = self.tablet("sync")
        assert isinstance(sent, dict)
        print(
            f"The network is back: {sent['sent']} sent in {sent['round_trips']} round trip,"
            f" {sent['bytes_up']} bytes up, {sent['bytes_down']} down."
        )
        print(f"The coordinator sees it at {self.url}/desk/visits/{visit['id']}")

    def show_tablet(self) -> str:
        """Start the tablet as a page. Returns its address; empty where nothing can be drawn."""
        store = DATA / "page"
        if not (store / "nuqta.db").exists():
            self.tablet("enrol", self.url, self.code(), store=store, pin=PAGE_PIN)
            self.tablet("sync", store=store, pin=PAGE_PIN)
        arguments = ["--store", str(store), "--server", self.url, "--port", str(self.port + 1)]
        program = "packaging/tablet_page.py"
        self.page = self.begin("page.log", program, *arguments, stdout=subprocess.PIPE)
        assert self.page.stdout is not None
        return self.page.stdout.readline().decode().strip()

    def open_window(self) -> subprocess.Popen[bytes]:
        """Open the tablet's window."""
        return subprocess.Popen(
            [sys.executable, "-m", "mobile_app.main", "--store", str(DATA / "window")],
            cwd=ROOT,
            env=self.environment,
        )


def end(*begun: subprocess.Popen[bytes] | None) -> None:
    """End processes, and wait until they have; None is none."""
    running = [one for one in begun if one is not None]
    for one in running:
        one.terminate()
    until = time.monotonic() + END_S
    for one in running:
        try:
            one.wait(max(0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def story(url: str, home: str, tablet: str, *, has_switch: bool) -> str:
    """Return what to try in which order.

    Args:
        url: of the server.
        home: the code of a commune of the agent's.
        tablet: where it is.
        has_switch: whether its network can be cut there.
    """
    commune = next(row for row in files.rows("communes") if row["code"] == home)
    province = next(row for row in files.rows("provinces") if row["code"] == home[:6])
    return STORY.format(
        url=url,
        tablet=tablet,
        cut="switch its network off" if has_switch else "no network is needed from here",
        mend="Switch the network on" if has_switch else "When the server is reached",
        commune_fr=commune["name_fr"],
        commune_ar=commune["name_ar"],
        province_fr=province["name_fr"],
        province_ar=province["name_ar"],
        coordinator=COORDINATOR,
        office=OFFICE,
        agent=AGENT,
        colleague=COLLEAGUE,
        password=PASSWORD,
    )


def is_free(port: int) -> bool:
    """Whether a server can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> int:
    """Run the demo until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--once", action="store_true", help="stop when everything was shown")
    chosen = parser.parse_args()
    if not is_free(chosen.port):
        print(f"Port {chosen.port} is taken. Try another: make demo PORT={chosen.port + 1}")
        return 1
    demo = Demo(chosen.port)
    window = None
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    try:
        demo.prepare()
        demo.start()
        if not (DATA / "commune").exists():
            demo.play_visit()
        has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        page = "" if has_display else demo.show_tablet()
        if has_display:
            window = None if chosen.once else demo.open_window()
            tablet = WINDOW.format(url=demo.url, code=demo.code())
        elif page:
            tablet = PAGE.format(url=page, pin=PAGE_PIN)
        else:
            tablet = f"the tablet cannot be drawn here, {DATA / 'page.log'} says why"
        home = (DATA / "commune").read_text()
        print(story(demo.url, home, tablet, has_switch=bool(page)), flush=True)
        while not chosen.once and demo.server is not None and demo.server.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not leave any behind
            signal.signal(number, signal.SIG_IGN)
        end(window, demo.page, demo.server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
