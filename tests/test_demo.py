"""What `make demo` tells to try: for each user where, and with which name."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.pilot import staff
from server.pilot.pilot import PROVINCES
from server.reference import catalogue
from server.reference.offices import office_for

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
