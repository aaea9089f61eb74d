"""About this tablet, and what a check of it finds and writes down."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.files import FakePlace
from mobile_app.device.finding import FAILS, HOLDS, UNSEEN, Finding
from mobile_app.device.network import NONE, FakeNetwork, Line
from mobile_app.device.storage import FakeStorage
from mobile_app.exchange.calls import Unreachable
from mobile_app.i18n import load_phrases
from mobile_app.screens.about.presenter import AboutPresenter
from mobile_app.store.database import transaction
from sync.languages import LANGUAGES
from tests.mobile_app.scenes import a_context

PACKAGING = Path(__file__).parents[3] / "packaging"


@pytest.fixture
def checking(monkeypatch):
    """Return the module as the tablet has it, beside its packages."""
    monkeypatch.syspath_prepend(PACKAGING)
    monkeypatch.delitem(sys.modules, "device_check", raising=False)
    import device_check

    def elsewhere(_tablet):
        raise device_check.Unseen("no window here")

    for name in ("arabic", "screen", "sound"):  # looked at in a window: ui/test_about.py
        monkeypatch.setitem(device_check.CHECKS, name, elsewhere)
    return device_check


@pytest.fixture
def context(tmp_path):
    context = a_context(tmp_path, "fr")
    context.root, context.device = tmp_path, adapters_of_this_device(tmp_path)
    with transaction(context.opened.db):
        context.opened.kept.device_id = None
    return context


def link(context):
    with transaction(context.opened.db):
        context.opened.kept.device_id = 7
        context.opened.kept.url = "https://nuqta.example/"
        context.opened.kept.login = "amina"


def test_what_the_tablet_is_stands_there_linked_or_not(context):
    before = {label: value for _, value, label in AboutPresenter(context).facts()}
    assert before["Serveur"] == before["Numéro de la tablette"] == "Pas encore"
    link(context)
    after = {label: value for _, value, label in AboutPresenter(context).facts()}
    assert (after["Serveur"], after["Numéro de la tablette"]) == ("nuqta.example", "7")


def test_this_machine_is_checked_and_nothing_is_left_of_it(checking, context, tmp_path):
    there = {path.name for path in tmp_path.iterdir()}
    screen = AboutPresenter(context)
    screen.prepare()
    screen.run(checking.check)
    assert not screen.is_running
    found = {one.code: one for one in screen.findings}
    assert list(found) == list(checking.CHECKS)
    assert [code for code, one in found.items() if one.verdict == FAILS] == []
    assert {found[code].verdict for code in ("cipher", "keystore", "pin", "photo", "boot")} == {
        HOLDS
    }
    assert screen.summary() == ("Tout est en ordre.", True)
    assert {found[code].verdict for code in ("window", "camera", "service")} == {UNSEEN}
    assert {path.name for path in tmp_path.iterdir()} == there


def test_what_does_not_hold_is_said_with_what_to_do_and_the_rest_is_looked_at(
    checking, context, monkeypatch
):
    def broken(_tablet):
        raise OSError("cannot write /data/user/0/ma.nuqta.nuqta/store/amina: no room")

    monkeypatch.setitem(checking.CHECKS, "cipher", broken)
    device = replace(context.device, storage=FakeStorage(1_000))
    found = {one.code: one for one in checking.check(context.root, device, None)}
    assert found["cipher"] == Finding(10, "cipher", FAILS, "OSError: cannot write no room")
    assert found["storage"].verdict == FAILS
    assert found["clocks"].verdict == HOLDS, "the next is looked at"
    screen = AboutPresenter(context)
    screen.findings = [found["storage"], found["cipher"]]
    screen.findings.insert(0, found["clocks"])
    (_, todo, verdict), (_, number, _), (_, _, last) = screen.rows()
    assert last == HOLDS
    assert screen.summary() == ("À voir\u202f: 2", False)
    assert verdict == FAILS
    assert todo.startswith("Libérez de la place")
    assert number == "Point 10 de la première heure"


@pytest.mark.parametrize(("fault", "verdict"), [(None, HOLDS), (Unreachable("no line"), FAILS)])
def test_the_server_of_a_linked_tablet_is_called(checking, context, monkeypatch, fault, verdict):
    calls = []

    class Called:
        def greet(self):
            calls.append("greet")
            if fault:
                raise fault

        def close(self):
            calls.append("close")

    link(context)
    context.connect = lambda _store: Called()
    for name in set(checking.CHECKS) - {"server"}:
        monkeypatch.delitem(checking.CHECKS, name)
    screen = AboutPresenter(context)
    screen.run(checking.check)
    (found,) = screen.findings
    assert (found.verdict, calls) == (verdict, ["greet", "close"])
    if fault:
        assert found.detail == "ValueError: unreachable"


def test_the_report_names_nobody(checking, context):
    link(context)
    context.opened.put("person", {"name_fr": "Fatima Ait", "commune_code": "09.541.01.03"})
    context.device = replace(context.device, network=FakeNetwork(Line(NONE, is_metered=False)))
    screen, place = AboutPresenter(context), FakePlace("report.txt")
    context.connect = lambda _store: None  # no server: fails, and is said
    screen.run(checking.check)
    screen.write_report(place)
    said = place.content.decode()
    assert screen.result == "Rapport enregistré\u202f: report.txt"
    assert len(said.splitlines()) == 1 + len(checking.CHECKS)
    assert "none, not metered" in said
    for secret in ("Fatima", "amina", "nuqta.example", str(context.root)):
        assert secret not in said
    screen.write_report(FakePlace("report.txt", is_full=True))
    assert screen.problem
    assert not screen.result


def test_each_check_has_its_words_and_stands_in_the_list(checking, context):
    import device_check

    listed = (PACKAGING.parent / "docs" / "how-to" / "first-hour-on-a-device.md").read_text()
    for code in LANGUAGES:
        words = load_phrases(code).messages
        assert {f"tablet.check.{one}" for one in device_check.CHECKS} <= set(words)
    for one in device_check.check(context.root, context.device, None):
        assert f"| {one.number} | `{one.code}` |" in listed
    numbers = [int(one) for one in re.findall(r"^\| (\d+) \|", listed, re.MULTILINE)]
    assert numbers == list(range(1, 42))
