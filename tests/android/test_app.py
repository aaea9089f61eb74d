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
from tests.android.tablet import spec

pytestmark = [pytest.mark.java, pytest.mark.api(24, 34)]
MAIN = Path(__file__).parent.parent.parent / "packaging" / "android_main.py"
SECURE = 0x2000
SERVICE, ICON = "ma.nuqta.nuqta.ServiceSync", 7


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


def started(android):
    """Start the service; return it as it runs, or None where it has ended."""
    AndroidService().start(Path("agents/1"), "Nuqta", "Sending")
    return android.state.running.get(SERVICE)


@pytest.mark.api(24, 26, 34)
def test_the_notification_says_the_callers_words_and_opens_the_window(android):
    extended = started(android).getClass().getSuperclass().getName()
    assert extended == spec()["android.service_class_name"]
    of = android.of("bench.Bench").of
    shown = of(android.state.shown)
    assert [shown.get(one) for one in ("title", "text", "icon")] == ["Nuqta", "Sending", ICON]
    opens = of(shown.get("opens"))
    assert opens.get("isImmutable"), "whoever sends it changes nothing of it"
    assert of(opens.get("intent")).get("component") == android.state.entrypoint
    names = [one.getName() for one in android.state.channels.values().toArray()]
    assert names == ([] if android.api < 26 else ["Nuqta"])


@pytest.mark.api(34)
@pytest.mark.parametrize(
    "thrown",
    ["java.lang.SecurityException", "android.app.ForegroundServiceStartNotAllowedException"],
)
def test_a_service_that_may_not_be_in_the_foreground_ends_and_harms_nobody(android, thrown):
    android.fails("startForeground", thrown)
    assert started(android) is None
    assert android.log == ["begins agents/1", "stops"]
    assert started(android) is not None, "another time it may"


@pytest.mark.api(34, 35)
def test_six_hours_end_the_service_and_nothing_else(android):
    """Who does not stop is killed with all of the app: so is the bench's, without `onTimeout`."""
    service = started(android)
    android.state.target = 34
    android.state.sixHoursOver()
    assert android.state.running.get(SERVICE) is not None
    android.state.target = 35
    android.state.sixHoursOver()
    assert (android.state.running.get(SERVICE) is None) == (android.api >= 35)
    if android.api < 35:
        # As Android 14 ends a kind of service that ours is not.
        service.onTimeout(1)
        assert android.state.running.get(SERVICE) is None


def test_nothing_of_the_window_is_pictured_before_python_runs(android):
    android.activity.open()
    assert android.log == [f"window flags {SECURE}", "created", "surface secure", "attached"]


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
