"""Run the main job on this machine: the server with the pilot's data, and a visit that arrives.

The first start makes the database (a few seconds), the next ones keep it. Ctrl-C stops everything.
Where there is no display, a visit is played through the app without a window: written while the
server is stopped, then sent. The tablet itself is then a page in a browser (`tablet_page.py`).
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

import segno

ROOT = Path(__file__).parent.parent
DATA = ROOT / "var" / "demo"
TABLET = DATA / "tablet"
COORDINATOR, AGENT, PASSWORD = "coord.taroudant", "agent01", "nuqta-demo"
PAGE_PIN = "1234"
UNREACHABLE = 3


class Demo:
    """The processes of a demo and how to talk to them."""

    def __init__(self, port: int) -> None:
        """Nothing runs yet."""
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.server: subprocess.Popen[bytes] | None = None
        self.page: subprocess.Popen[str] | None = None
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
            print("Preparing the demo: reference data and the three pilot provinces…", flush=True)
            self.command("load-reference")
            self.command("generate-pilot")
            ready.touch()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        arguments = [sys.executable, "-m", "server", "serve", "--port", str(self.port)]
        with (DATA / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                arguments, cwd=ROOT, env=self.environment, stderr=log, start_new_session=True
            )
        for _ in range(200):
            if self.server.poll() is not None:
                sys.exit(f"The server stopped; see {DATA / 'server.log'}.")
            try:
                urllib.request.urlopen(self.url + "/about", timeout=1).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        sys.exit("The server does not answer.")

    def stop(self) -> None:
        """Stop the server, by its own id."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(5)
            except subprocess.TimeoutExpired:
                self.server.kill()

    def code(self) -> dict[str, str]:
        """Return a fresh enrolment code for the agent."""
        made = self.command("enrol-code", AGENT, "--json", "--url", self.url)
        return dict(json.loads(made))

    def play_visit(self) -> None:
        """Write a visit while the network is cut, then send it."""
        if not TABLET.exists():
            self.tablet("enrol", self.url, self.code()["code"])
        self.tablet("sync")
        people = self.tablet("list", "person", "--limit", "1")
        assert isinstance(people, list)
        person = people[0]
        name = person["name_ar"] or person["name_fr"]
        print(f"\nThe network is cut. {AGENT} visits {name} and writes it down:")
        self.stop()
        visit = self.tablet(
            "put",
            "visit",
            json.dumps(
                {
                    "person_id": person["id"],
                    "commune_code": person["commune_code"],
                    "type": "assistance",
                    "channel": "home_farm",
                    "outcome": "done",
                    "notes": "زيارة العرض: قدمنا الطلب وسلمنا الوصل.",
                }
            ),
        )
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
            self.tablet("enrol", self.url, self.code()["code"], store=store, pin=PAGE_PIN)
            self.tablet("sync", store=store, pin=PAGE_PIN)
        arguments = ["--store", str(store), "--server", self.url, "--port", str(self.port + 1)]
        with (DATA / "page.log").open("ab") as log:
            self.page = subprocess.Popen(
                [sys.executable, "packaging/tablet_page.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.page.stdout is not None
        return self.page.stdout.readline().strip()


def main() -> int:
    """Run the demo until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--once", action="store_true", help="stop when everything was shown")
    chosen = parser.parse_args()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", chosen.port))
        except OSError:
            print(f"Port {chosen.port} is taken. Try another: make demo PORT={chosen.port + 1}")
            return 1
    demo = Demo(chosen.port)
    app = None
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    try:
        demo.prepare()
        demo.start()
        has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        if has_display and (ROOT / "mobile_app" / "main.py").exists():
            app = subprocess.Popen(
                [sys.executable, "-m", "mobile_app.main", "--store", str(DATA / "window")],
                cwd=ROOT,
                env=demo.environment,
            )
        elif not TABLET.exists():
            demo.play_visit()
        page = "" if has_display or chosen.once else demo.show_tablet()
        code = demo.code()
        print(f"\n  desk      {demo.url}/desk      {COORDINATOR} / {PASSWORD}")
        print(f"            also coord.berkane, coord.nador, coord.pilote / {PASSWORD}")
        print(
            "            by role: programme, observateur, banque, protection, audit, admin, relais"
        )
        print(f"  portal    {demo.url}/          codes appear at {demo.url}/dev/outbox")
        if page:
            print(f"  tablet    {page}      PIN {PAGE_PIN}; with a switch that cuts its network")
        elif not has_display and not chosen.once:
            print(f"  tablet    cannot be drawn here: see {DATA / 'page.log'}")
        print(f"  enrolment {AGENT}: code {code['code']} at {code['url']}, 10 minutes")
        segno.make(f"nuqta:{code['url']}#{code['code']}", error="l").terminal(compact=True)
        print("Ctrl-C stops everything; `make demo-reset` starts afresh.", flush=True)
        while not chosen.once and demo.server is not None and demo.server.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not leave any behind
        demo.stop()
        for one in (app, demo.page):
            if one is not None and one.poll() is None:
                one.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
