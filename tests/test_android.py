"""What goes onto the tablet, its service, and `make android-check`, which needs no SDK."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import re
import socket
import struct
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
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
from mobile_app.store.database import KeyWrong, transaction
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
        yield importlib.import_module("android_check.resolved")
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


def test_a_release_is_refused_without_its_key_or_with_one_in_the_tree(check, tmp_path):
    stage = check.stage_apk
    environ = dict.fromkeys(stage.SIGNING, "x")
    with pytest.raises(SystemExit, match="P4A_RELEASE_KEYALIAS_PASSWD"):
        stage.refuse_unsigned(dict.fromkeys(stage.SIGNING[:3], "x"))
    with pytest.raises(SystemExit, match="No keystore"):
        stage.refuse_unsigned(environ | {"P4A_RELEASE_KEYSTORE": str(tmp_path / "none")})
    with pytest.raises(SystemExit, match="in the tree"):
        stage.refuse_unsigned(environ | {"P4A_RELEASE_KEYSTORE": str(stage.SPEC)})
    (tmp_path / "key").write_bytes(b"key")
    stage.refuse_unsigned(environ | {"P4A_RELEASE_KEYSTORE": str(tmp_path / "key")})


@pytest.fixture(scope="module")
def apk_check(check):
    return importlib.import_module("apk_check")


def elf(alignment, *, bits=64):
    """An ELF file of one segment that is loaded, and nothing else."""
    if bits == 64:
        head = struct.pack("<4s5B7x2HIQQQI6H", b"\x7fELF", 2, 1, 1, 0, 0, *HEAD, 64, 0, 0, *SIZES)
        return head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0, 0, alignment)
    sizes = (52, 32, 1, 0, 0, 0)
    head = struct.pack("<4s5B7x2HIIIII6H", b"\x7fELF", 1, 1, 1, 0, 0, *HEAD, 52, 0, 0, *sizes)
    return head + struct.pack("<IIIIIIII", 1, 0, 0, 0, 0, 0, 5, alignment)


HEAD, SIZES = (3, 183, 1, 0), (64, 56, 1, 0, 0, 0)


def packed(path, libraries, *, is_signed=True):
    with zipfile.ZipFile(path, "w") as apk:
        for name, content in libraries.items():
            apk.writestr(name, content)
        apk.comment = b"APK Sig Block 42" if is_signed else b""
    return path


def test_a_library_that_does_not_fit_large_pages_is_found(apk_check, tmp_path):
    name = "lib/arm64-v8a/libone.so"
    bundle = {"lib/arm64-v8a/libpybundle.so": b"an archive, in truth"}
    assert apk_check.faults(packed(tmp_path / "a", {name: elf(16_384)} | bundle)) == []
    (fault,) = apk_check.faults(packed(tmp_path / "b", {name: elf(4_096)} | bundle))
    assert name in fault
    small = {"lib/armeabi-v7a/libone.so": elf(4_096, bits=32)}
    assert apk_check.faults(packed(tmp_path / "c", small)) == []
    assert apk_check.alignment(elf(4_096, bits=32)) == 4_096


def test_an_apk_for_two_kinds_of_tablet_or_without_a_signature_is_found(apk_check, tmp_path):
    both = {
        "lib/arm64-v8a/libone.so": elf(65_536),
        "lib/armeabi-v7a/libone.so": elf(4_096, bits=32),
    }
    found = apk_check.faults(packed(tmp_path / "a", both, is_signed=False))
    assert [one.partition(": ")[2] for one in found] == [
        "for ['arm64-v8a', 'armeabi-v7a'], not for one ABI",
        "not signed (v2)",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("here.startActivity(call)", [1]),
        ("try:\n  here.startActivity(call)\nexcept java.fault():\n  pass", []),
        ("try:\n  here.startActivity(call)\nexcept ValueError:\n  pass", [2]),
        ("with java.thrown_as(Missing, 'x'):\n  here.startActivity(call)", []),
        ("with suppress(java.fault()):\n  here.startActivity(call)", []),
        ("with suppress(ValueError):\n  here.startActivity(call)", [2]),
        ("def one():\n  a.getKey()\nwith suppress(java.fault()):\n  one()", []),
        ("def one():\n  a.getKey()\nwith suppress(java.fault()):\n  one()\none()", [2]),
        ("def one():\n  a.getKey()\nfor key in (one, one):\n  with thrown_as(M):\n    key()", []),
        ("def one():\n  a.getKey()\nfor key in (one, one):\n  key()", [2]),
        ("java.of(_SERVICE).start(here)\nself._gps.start()", [1]),
        ("try:\n  pass\nexcept Exception:\n  here.startActivity(call)", [4]),
    ],
)
def test_a_call_of_java_that_nothing_catches_is_found(check, text, lines):
    guarded = importlib.import_module("android_check.guarded")
    _, bare = guarded.look(text)
    assert [line for line, _ in bare] == lines


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


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hook", PACKAGING / "android" / "hook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_hook_declares_provider_and_restrictions_once(hook):
    made = hook.with_ours("<manifest><application></application></manifest>")
    assert made.count("androidx.core.content.FileProvider") == 1
    assert made.count("android.content.APP_RESTRICTIONS") == 1
    assert hook.with_ours(made) == made


def test_the_hook_changes_how_sdl_rubs_out_or_says_that_it_cannot(hook):
    made = hook.with_backspace(f"class One {{\n{hook.BACKSPACE_OLD}        }}\n    }}\n}}")
    assert hook.BACKSPACE_OLD not in made
    assert "if (true" in made
    assert hook.with_backspace(made) == made
    with pytest.raises(ValueError, match="found 0 times"):
        hook.with_backspace("class One {}")


def test_the_names_that_a_device_manager_sees_are_there_in_both_languages():
    folder = PACKAGING / "android"
    restrictions = (folder / "xml" / "app_restrictions.xml").read_text()
    assert re.findall(r'android:key="(\w+)"', restrictions) == ["server_url", "authority_pem"]
    used = set(re.findall(r"@string/(\w+)", restrictions))
    for values in ("values", "values-ar"):
        words = (folder / "res" / values / "managed.xml").read_text()
        assert set(re.findall(r'<string name="(\w+)">[^<]+<', words)) == used


def test_the_database_is_fetched_as_the_lock_has_it():
    recipe = (PACKAGING / "recipes" / "sqlcipher3" / "__init__.py").read_text()
    (found,) = re.findall(r'sha256sum = "(\w{64})"', recipe)
    assert f"--hash=sha256:{found}" in (PACKAGING.parent / "requirements.lock").read_text()


def test_the_service_is_given_the_key_by_the_window_and_by_nobody_else(tmp_path):
    with pytest.raises(KeyWrong, match="nobody offers it"):
        handover.take(tmp_path)
    key = KeyRing(tmp_path).open("1234")
    offer = handover.Offer(tmp_path, key)
    assert handover.take(tmp_path) == handover.take(tmp_path) == key
    assert (tmp_path / "key.socket").stat().st_mode & 0o077 == 0
    assert not handover.is_withdrawn(tmp_path)
    offer.close()
    assert handover.is_withdrawn(tmp_path)
    with pytest.raises(KeyWrong, match="nobody offers it"):
        handover.take(tmp_path)


def test_who_hangs_up_keeps_nobody_else_from_the_key(tmp_path):
    offer = handover.Offer(tmp_path, bytes(32))
    for _ in range(3):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(tmp_path / "key.socket"))
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert handover.take(tmp_path) == bytes(32)
    offer.close()


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


WIFI, MOBILE, NO_LINE = (
    network.Line(kind, is_metered=False) for kind in (network.WIFI, network.MOBILE, network.NONE)
)
GONE = Refused("device_revoked", "", 403)


class Served:
    """A store with something unsent, its service, and a clock that moves by the service's rests.

    `tried`: when it tried, seconds since the start. `faults`: what each try comes to.
    """

    def __init__(self, *faults, line=WIFI):
        self.clock, self.network = FakeClock(1_795_600_000_000), FakeNetwork(line)
        self.began = self.clock.mono_ms()
        self.store = Store(":memory:", bytes(32), ENTITIES, clock=self.clock, ids=new_id)
        with transaction(self.store.db):
            self.store.kept.device_id = 1
            self.store.kept.inc = 1
            self.store.kept.agent_id = bytes(16)
        self.store.put("person", {"name_fr": "Ali", "commune_code": HOME})
        self.faults, self.tried, self.rested = [*faults], [], lambda: None

    def seconds(self):
        return (self.clock.mono_ms() - self.began) // 1_000

    def connect(self, _store):
        self.tried.append(self.seconds())
        return Line(self.faults.pop(0))

    def rest(self, seconds):
        self.clock.move(1_000 * seconds)
        self.rested()

    def serve(self, **more):
        service.serve(
            self.store, network=self.network, connect=self.connect, pause=self.rest, **more
        )


def test_the_service_waits_longer_after_each_failure_and_ends_when_it_is_refused():
    served = Served(*[Unreachable("no line")] * 4, GONE)
    served.serve()
    waits = [after - before for before, after in itertools.pairwise(served.tried)]
    assert waits == [15, 60, 300, 900]
    assert metering.month_bytes(served.store) > 5 * 10, "what it carried counts, whatever came"


def test_the_service_tries_within_a_look_of_the_lines_return():
    served = Served(*[Unreachable("no line")] * 3, GONE)
    came_at = 3_600 + 7

    def change():
        now = served.seconds()
        served.network.now = NO_LINE if 100 <= now < came_at else WIFI

    served.rested = change
    served.serve()
    assert served.tried[:3] == [0, 15, 75]
    assert came_at <= served.tried[3] <= came_at + service.LOOK_S


def test_without_a_line_nothing_is_tried_and_after_hours_the_service_ends_by_itself():
    served = Served(line=NO_LINE)
    served.serve()
    assert served.tried == []
    assert served.seconds() == service.LONGEST_MS // 1_000 < 6 * 3_600


def test_where_nothing_waits_no_service_runs():
    served = Served()
    with transaction(served.store.db):
        served.store.db.execute("UPDATE outbox SET state = 'held'")
    served.serve()
    assert (served.tried, served.seconds()) == ([], 0), "what a person must look at waits for one"


def test_the_service_ends_soon_after_the_window_locks(tmp_path):
    served, offer = Served(line=NO_LINE), handover.Offer(tmp_path, bytes(32))
    served.rested = lambda: served.seconds() < 60 or offer.close()
    served.serve(is_withdrawn=lambda: handover.is_withdrawn(tmp_path))
    assert served.seconds() == 60


def test_the_service_goes_on_where_the_window_was_ended_for_its_memory(tmp_path):
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from mobile_app.store import handover\n"
        "handover.Offer(Path(sys.argv[1]), bytes(32))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    asked = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(asked, cwd=PACKAGING.parent, check=False).returncode == -9
    assert not handover.is_withdrawn(tmp_path)


class OverError(Exception):
    """Raised in place of a pause."""


def over(_seconds):
    raise OverError


def photos_left(tablet, may_send):
    """Let the service make one contact; return how many photos still wait."""
    with suppress(OverError):
        service.serve(
            tablet.store,
            network=FakeNetwork(WIFI),
            connect=lambda _store: tablet.line,
            pause=over,
            may_send_media=may_send,
        )
    return media.pending_count(tablet.store)


def test_the_service_rests_while_a_person_pauses_however_the_clock_is_turned(tmp_path):
    served = Served(GONE)
    pausing.pause(served.store)
    served.clock.wall -= 3 * 365 * 86_400_000
    served.serve()
    assert served.tried == [15 * 60], "then it goes on by itself"
    pausing.pause(served.store)
    pausing.resume(served.store)
    assert not pausing.is_paused(served.store)


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
    assert tablet.store.outbox.pending_count() == 0, "the texts went"
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
