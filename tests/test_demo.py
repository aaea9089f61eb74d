"""What `make demo` tells to try: for each user where, and with which name."""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.pilot import staff
from server.pilot.pilot import PROVINCES
from server.reference import catalogue
from server.reference.offices import office_for
from tests.server.test_jobs_apart import is_gone, until

ROOT = Path(__file__).parent.parent
HOME = "09.541.01.03"


@pytest.fixture(scope="module")
def demo():
    spec = importlib.util.spec_from_file_location("demo", ROOT / "packaging" / "demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("has_switch", [True, False])
def test_the_story_leads_each_user_to_a_place(demo, has_switch):
    told = demo.story("http://127.0.0.1:1", HOME, "http://127.0.0.1:2/", has_switch=has_switch)

    steps = re.split(r"^ \d\. ", told, flags=re.MULTILINE)[1:]
    assert [step.split()[1] for step in steps] == ["coordinator", "agent", "enterprise", "office"]
    addresses = ("1:1/desk?lang=fr", "1:2/", "1:1/?lang=fr", "1:1/desk/queue?lang=fr")
    for step, address in zip(steps, addresses, strict=True):
        assert address in step
    assert "Taroudannt (تارودانت), commune El Guerdane\n    (الكردان)" in steps[2]
    assert f"{demo.OFFICE} / {demo.PASSWORD}" in steps[3]
    assert f"{demo.COORDINATOR} / {demo.PASSWORD}" in steps[0]
    assert ("switch its network off" in steps[1]) == has_switch
    assert max(map(len, told.splitlines())) <= 100
    assert len(told.splitlines()) <= 34


def test_the_accounts_of_the_story_are_the_pilots(demo):
    source = (ROOT / "server" / "pilot" / "staff.py").read_text(encoding="utf-8")
    others = re.search(r"^offices: (.*?)\.\nCtrl-C", demo.STORY, re.DOTALL | re.MULTILINE)[1]
    named = [*re.findall(r"[a-z.]+(?=,|;|$)", others.replace("by role:", "")), demo.OFFICE]
    assert len(named) == 13
    assert [login for login in named if f'"{login}"' not in source] == []
    assert demo.COORDINATOR.startswith("coord.")


def test_what_the_story_asks_for_is_answered_by_its_office(demo):
    service = catalogue.catalogue().of("advisory")
    organisations = dict(staff._ANSWERING)
    assert office_for("advisory", HOME).code == organisations[demo.OFFICE]
    assert not service.documents, "the story has no paper to bring"
    assert all(service.name(one).partition(" (")[0] in demo.STORY for one in ("fr", "ar"))


def test_the_two_tablets_are_of_two_agents(demo):
    assert demo.AGENT != demo.COLLEAGUE
    assert demo.STORY.count("{colleague}") == 2


def test_what_is_captured_elsewhere_is_in_another_province_of_the_pilot(demo):
    own = HOME[:6]
    assert demo.ELSEWHERE[:6] in PROVINCES
    assert demo.ELSEWHERE[:6] != own


def test_a_port_that_is_taken_is_said(demo):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "packaging/demo.py", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert run.stdout == f"Port {port} is taken. Try another: make demo PORT={port + 1}\n"


BEGUN = """
import runpy, signal, subprocess, sys, time
from pathlib import Path

# As in a terminal: what a shell begins in the background has it ignored, and all that that begins.
signal.signal(signal.SIGINT, signal.default_int_handler)

names = runpy.run_path("packaging/demo.py")
Demo, names["main"].__globals__["DATA"] = names["Demo"], Path(sys.argv.pop(1))
until_told = "import sys; print('begun', flush=True); sys.stdin.read()"
slowly = "import signal, time; signal.signal(15, lambda *_: time.sleep(1) or exit()); " + until_told

def start(demo):
    demo.server = demo.begin("server.log", "-c", slowly, stdout=subprocess.PIPE)
    demo.server.stdout.readline()

def show_tablet(demo):
    demo.page = demo.begin("page.log", "-c", until_told, stdout=subprocess.PIPE)
    print(demo.server.pid, demo.page.pid, flush=True)

Demo.prepare, Demo.start, Demo.show_tablet = lambda demo: None, start, show_tablet
sys.exit(names["main"]())
"""


@pytest.mark.parametrize("told", [(signal.SIGINT, signal.SIGINT), (signal.SIGKILL,)])
def test_nothing_is_left_behind_however_it_ends(tmp_path, told):
    (tmp_path / "commune").write_text(HOME)
    command = [sys.executable, "-c", BEGUN, str(tmp_path), "--port", "0"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env={}, **pipes) as running:
        begun = [int(pid) for pid in running.stdout.readline().split()]
        for number in told:
            running.send_signal(number)
            time.sleep(0.2)
        try:
            running.wait(60)
        finally:
            running.kill()  # else the block would wait for it for ever
        assert len(begun) == 2
        if signal.SIGKILL not in told:
            assert all(map(is_gone, begun)), "it did not wait for them"
        until(lambda: all(map(is_gone, begun)))
