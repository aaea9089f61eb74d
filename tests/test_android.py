"""What goes onto the tablet, its service, and `make android-check`, which needs no SDK."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import pytest

from mobile_app import service, settings
from mobile_app.device import network
from mobile_app.device.clock import FakeClock
from mobile_app.device.network import FakeNetwork
from mobile_app.exchange import metering, pausing
from mobile_app.exchange.calls import Refused, Traffic, Unreachable
from mobile_app.exchange.contact import make_contact
from mobile_app.headless import FILE_NAME, new_id, open_store
from mobile_app.store import handover, media
from mobile_app.store.database import KeyWrong
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from sync.versions import Version
from tests.world import HOME

PACKAGING = Path(__file__).parent.parent / "packaging"


@pytest.fixture(scope="module")
def check():
    sys.path.insert(0, str(PACKAGING))
    try:
        spec = importlib.util.spec_from_file_location("check", PACKAGING / "android_check.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(PACKAGING))


def pinned(check):
    return lambda package: "pinned" if package in check.stage_apk.requirements() else None


def test_every_import_of_the_staged_app_is_pinned(check, tmp_path):
    source = check.stage_apk.stage(tmp_path)
    assert check.without_way(check.imports(source), pinned(check)) == []
    assert check.gone(source) == []
    for name in ("main.py", "mobile_app/service.py", "sync/locale/ar/refusals.po"):
        assert (source / name).is_file()
    assert (source / "mobile_app" / "assets" / "fonts" / "NotoSansArabic-Regular.ttf").is_file()
    assert not (source / "server").exists()


def test_no_app_is_built_of_a_schema_that_may_still_grow(check):
    check.stage_apk.refuse_open(Version(5, "2026-12-01", "roads"))
    with pytest.raises(SystemExit, match="Schema 5 is open"):
        check.stage_apk.refuse_open(Version(5, "2026-12-01", "roads", is_open=True))


@pytest.mark.parametrize("line", ["import orjson", "from orjson import dumps"])
def test_an_import_that_android_has_no_way_for_is_found(check, tmp_path, line):
    (tmp_path / "one.py").write_text(f"import json\n{line}\n")
    (fault,) = check.without_way(check.imports(tmp_path), pinned(check))
    assert fault == "one.py: imports orjson, which has no way there"


@pytest.mark.parametrize(
    "text", ["import telnetlib", "from ast import Num", "import ssl\nssl.wrap_socket()"]
)
def test_what_python_took_away_is_found(check, tmp_path, text):
    (tmp_path / "one.py").write_text(text)
    assert len(check.gone(tmp_path)) == 1


def test_the_pins_are_what_the_tests_run_with(check):
    lock = (PACKAGING.parent / "requirements.lock").read_text()
    assert check.pin_faults(lock) == []
    assert check.pin_faults(lock.replace("h11==", "h11==9")) == [
        "h11: pinned to 0.16.0, tested with 90.16.0"
    ]


def test_the_hook_declares_the_provider_once():
    spec = importlib.util.spec_from_file_location("hook", PACKAGING / "android" / "hook.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    made = hook.with_provider("<manifest><application></application></manifest>")
    assert made.count("androidx.core.content.FileProvider") == 1
    assert hook.with_provider(made) == made


def test_the_service_is_given_the_key_by_the_window_and_by_nobody_else(tmp_path):
    with pytest.raises(KeyWrong, match="nobody offers it"):
        handover.take(tmp_path)
    key = KeyRing(tmp_path).open("1234")
    handover.offer(tmp_path, key)
    assert handover.take(tmp_path) == handover.take(tmp_path) == key
    assert (tmp_path / "key.socket").stat().st_mode & 0o077 == 0


class Line:
    """Answers nothing, then refuses."""

    answer_count, order = 0, ("", 0)

    def __init__(self, fault):
        self.fault = fault
        self.traffic = Traffic()

    def send(self, body):
        self.traffic.bytes_up += len(body)
        raise self.fault

    def close(self):
        pass


def test_the_service_waits_longer_after_each_failure_and_ends_when_it_is_refused(tmp_path):
    faults = [Unreachable("no line")] * 4 + [Refused("device_revoked", "", 403)]
    pauses = []
    store = open_store(tmp_path, None)

    service.serve(store, connect=lambda _store: Line(faults.pop(0)), pause=pauses.append)

    assert pauses == [15, 60, 300, 900]
    assert metering.month_bytes(store) > 5 * 10, "what it carried counts, whatever came of it"
    store.close()


class OverError(Exception):
    """Raised in place of a pause."""


def over(_seconds):
    raise OverError


def photos_left(tablet, may_send):
    """Let the service make one contact; return how many photos still wait."""
    with pytest.raises(OverError):
        service.serve(
            tablet.store,
            connect=lambda _store: tablet.line,
            pause=over,
            may_send_media=may_send,
        )
    return media.pending_count(tablet.store)


def test_the_service_rests_while_a_person_pauses_however_the_clock_is_turned(tmp_path):
    clock = FakeClock(1_795_600_000_000)
    store = Store(":memory:", bytes(32), ENTITIES, clock=clock, ids=new_id)
    pausing.pause(store)
    clock.wall -= 3 * 365 * 86_400_000
    pauses, asked = [], []

    def connect(_store):
        asked.append(len(pauses))
        return Line(Refused("device_revoked", "", 403))

    def wait(seconds):
        pauses.append(seconds)
        clock.move(1_000 * seconds)

    service.serve(store, connect=connect, pause=wait)

    assert pauses == [60] * 15
    assert asked == [15], "then it goes on by itself"
    pausing.pause(store)
    pausing.resume(store)
    assert not pausing.is_paused(store)
    store.close()


def test_a_pause_stops_the_service_between_two_photos(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    for data in (b"one", b"two"):
        media.capture(tablet.store, "photo", {"commune_code": HOME}, data)
    world.serve_blobs()

    def pause_after_one():
        if media.pending_count(tablet.store) == 1:
            pausing.pause(tablet.store)
        return True

    assert photos_left(tablet, pause_after_one) == 1


@pytest.mark.parametrize("folder", [".", "agents/2"])
def test_the_service_keeps_photos_for_wifi_as_it_was_said_in_the_window(world, tmp_path, folder):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    media.capture(tablet.store, "photo", {"commune_code": HOME}, b"one")
    world.serve_blobs()
    settings.save(tmp_path, settings.Settings(photos_on_wifi=True))
    mobile = FakeNetwork(network.Line(network.MOBILE, is_metered=True))
    may_send = service.photos_allowed(tmp_path / folder, mobile)

    assert photos_left(tablet, may_send) == 1
    assert tablet.store.pending_count() == 0, "the texts went"
    mobile.now = network.Line(network.WIFI, is_metered=False)
    assert photos_left(tablet, may_send) == 0


def test_the_service_without_a_window_says_so_and_ends(tmp_path, caplog):
    assert service.main({"PYTHON_SERVICE_ARGUMENT": str(tmp_path)}) == 1
    assert "store_key_wrong" in caplog.text


def test_window_and_service_take_turns(tmp_path):
    stores = [open_store(tmp_path, None) for _ in range(2)]
    inside, go_on, order = threading.Event(), threading.Event(), []

    class Slow(Line):
        def send(self, _body):
            inside.set()
            go_on.wait(5)
            order.append("window")
            raise self.fault

    class Quick(Line):
        def send(self, _body):
            order.append("service")
            raise self.fault

    def contact(store, line):
        with pytest.raises(Unreachable):
            make_contact(store, line)

    window = threading.Thread(target=contact, args=(stores[0], Slow(Unreachable("no line"))))
    other = threading.Thread(target=contact, args=(stores[1], Quick(Unreachable("no line"))))
    window.start()
    assert inside.wait(5)
    other.start()
    other.join(0.2)
    assert other.is_alive()
    go_on.set()
    window.join(5)
    other.join(5)

    assert order == ["window", "service"]
    assert (tmp_path / FILE_NAME).exists()
    for store in stores:
        store.close()
