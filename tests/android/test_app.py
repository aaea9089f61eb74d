"""The window and the service beside it, as Android starts, shows and ends them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mobile_app import service
from mobile_app.device.background import AndroidService, ServiceRefused
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.store import handover
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES

pytestmark = [pytest.mark.java, pytest.mark.api(24, 34)]
MAIN = Path(__file__).parent.parent.parent / "packaging" / "android_main.py"
SECURE = 0x2000


def test_the_window_is_hidden_from_screenshots_before_it_opens(android, monkeypatch, tmp_path):
    opened = ModuleType("mobile_app.main")
    opened.open_window = lambda folder, **_more: android.state.log.add(str(folder))
    monkeypatch.setitem(sys.modules, opened.__name__, opened)
    monkeypatch.setenv("ANDROID_PRIVATE", str(tmp_path))
    monkeypatch.syspath_prepend(str(MAIN.parent))  # as they lie beside one another there
    spec = importlib.util.spec_from_file_location("android_main", MAIN)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert android.log == [f"window flags {SECURE}", str(tmp_path / "store")]


def test_the_service_serves_who_is_signed_in(android):
    """python-for-android ignores a start while one runs: who was there before is ended first."""
    service = AndroidService()
    service.start(Path("agents/1"), "Nuqta", "Sending")
    service.start(Path("agents/2"), "Nuqta", "Sending")
    service.stop()
    service.start(Path("agents/2"), "Nuqta", "Sending")
    assert android.log == ["begins agents/1", "ignored agents/2", "stops", "begins agents/2"]


@pytest.mark.api(34)
def test_android_starts_no_service_from_the_background(android):
    android.state.isForeground = False
    with pytest.raises(ServiceRefused):
        AndroidService().start(Path("agents/1"), "Nuqta", "Sending")
    with pytest.raises(android.jnius.JavaException, match="background"):
        android.of("ma.nuqta.nuqta.ServiceSync").start(android.activity, "agents/1")
    intent = android.of("ma.nuqta.nuqta.ServiceSync").getDefaultIntent(
        android.activity, "", "", "", "agents/1"
    )
    with pytest.raises(android.jnius.JavaException) as thrown:
        android.activity.startForegroundService(intent)
    assert thrown.value.classname == "android.app.ForegroundServiceStartNotAllowedException"


@pytest.mark.api(34, 35)
def test_six_hours_end_an_app_that_says_it_is_made_for_android_15(android):
    android.of("ma.nuqta.nuqta.ServiceSync").start(android.activity, "agents/1")
    android.state.target = 34
    android.state.sixHoursOver()
    android.state.target = 35
    if android.api < 35:
        android.state.sixHoursOver()
        return
    with pytest.raises(android.jnius.JavaException, match="DidNotStopInTime"):
        android.state.sixHoursOver()


def test_the_service_runs_on_android_as_it_is(android, monkeypatch, tmp_path):
    key = KeyRing(tmp_path).open("1234")
    Store(tmp_path / FILE_NAME, key, ENTITIES, clock=service.SystemClock(), ids=new_id).close()
    offer = handover.Offer(tmp_path, key)
    android.of("org.kivy.android.PythonService").begin()
    asked = []
    monkeypatch.setattr(service, "photos_allowed", lambda folder, network: asked.append(network))
    assert service.main({"PYTHON_SERVICE_ARGUMENT": str(tmp_path)}) == 0, (
        "it is not linked: it ends"
    )
    assert asked[0].line().kind == "wifi"
    offer.close()
