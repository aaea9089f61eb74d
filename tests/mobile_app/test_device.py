"""What every adapter of a port must keep: the fakes, this machine's, and Android's with stand-ins.

Java is played by mocks: that shows our Python to run and to read what it is given, not that
Android has what we name.
"""

from __future__ import annotations

import math
import os
import stat
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.device import (
    camera,
    dialer,
    files,
    gps,
    handed,
    java,
    keystore,
    microphone,
    network,
    power,
    storage,
)
from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.clock import FakeClock
from mobile_app.device.gps import (
    ACCURACY_GOOD_M,
    TIMEOUT_MS,
    FakeGps,
    Fix,
    Locating,
    NoGps,
    Position,
)
from tests.world import START

GOOD = Position(29_700_000, -9_700_000, ACCURACY_GOOD_M, START)
GOOD_FIX = Fix(29_700_000, -9_700_000, ACCURACY_GOOD_M)


class JavaException(Exception):
    """What jnius raises when Java throws."""


class Android:
    """Stand-ins for the modules that Android alone has."""

    def __init__(self, monkeypatch):
        self.classes, self.services = {}, {}
        self.activity = MagicMock()
        self.activity.checkSelfPermission.return_value = java.PERMISSION_GRANTED
        self.activity.getSystemService.side_effect = self.service
        self.java_class("org.kivy.android.PythonActivity").mActivity = self.activity
        self.asked, self.results = [], MagicMock()
        names = ("jnius", "android", "android.permissions")
        jnius, system, permissions = map(ModuleType, names)
        jnius.autoclass, system.activity = self.java_class, self.results
        jnius.JavaException = JavaException
        permissions.request_permissions = self.asked.extend
        for module in (jnius, system, permissions):
            monkeypatch.setitem(sys.modules, module.__name__, module)

    def java_class(self, name):
        return self.classes.setdefault(name, MagicMock(name=name))

    def service(self, name):
        return self.services.setdefault(name, MagicMock(name=name))

    def refuse(self):
        self.activity.checkSelfPermission.return_value = -1
        refused = JavaException("java.lang.SecurityException")
        self.service("location").getLastKnownLocation.side_effect = refused


@pytest.fixture
def android(monkeypatch):
    return Android(monkeypatch)


def found_by(android, *, accuracy_m):
    """Return the fix that the receiver gives, of this moment."""
    android.service("location").getAllProviders.return_value.toArray.return_value = ["gps"]
    found = android.service("location").getLastKnownLocation.return_value
    found.getLatitude.return_value, found.getLongitude.return_value = 29.7, -9.7
    found.getAccuracy.return_value = accuracy_m
    found.isFromMockProvider.return_value = False
    return found


# Position


def located(receiver, clock=None, seconds=0):
    clock = clock or FakeClock(START)
    waiting = Locating(receiver, clock)
    waiting.look()
    for _ in range(seconds):
        clock.move(1_000)
        waiting.look()
    return waiting


def test_a_good_position_ends_the_wait():
    receiver = FakeGps(GOOD_FIX)
    waiting = located(receiver)
    assert (waiting.best, waiting.is_done, waiting.missing) == (GOOD, True, "")
    assert not receiver.is_looking


def test_the_best_of_what_came_is_taken_when_the_time_is_over():
    clock, receiver = FakeClock(START), FakeGps(None)
    waiting = Locating(receiver, clock)
    for accuracy in (400, 80, 300):
        receiver.here = Fix(1, 1, accuracy)
        waiting.look()
        assert not waiting.is_done
        clock.move(TIMEOUT_MS // 3)
    assert waiting.look().accuracy_m == 80
    assert (waiting.is_done, waiting.missing) == (True, "")


@pytest.mark.parametrize(
    ("here", "missing"),
    [
        (None, "no_signal"),
        (Fix(1, 1, 5_000), "no_signal"),  # a cell's, not a farm's
        (Fix(1, 1, 5, gps.AGE_MS_MAX + 1), "no_signal"),  # of yesterday's farm
    ],
)
def test_without_a_good_position_there_is_a_reason_after_a_while(here, missing):
    receiver = FakeGps(here)
    waiting = located(receiver, seconds=29)
    assert not waiting.is_done
    waiting = located(receiver, seconds=30)
    assert (waiting.best, waiting.is_done, waiting.missing) == (None, True, missing)


@pytest.mark.parametrize(
    ("receiver", "missing"),
    [(NoGps(), "no_device"), (FakeGps(GOOD_FIX, trouble="refused"), "refused")],
)
def test_what_cannot_look_says_so_at_once(receiver, missing):
    waiting = located(receiver)
    assert (waiting.best, waiting.is_done, waiting.missing) == (None, True, missing)


@pytest.mark.parametrize("years", [-10, 0, 10])
def test_a_fix_is_as_old_as_the_running_clock_says_whatever_the_others_do(android, years):
    """The tablet's clock is wrong by years, the receiver's by its weeks: neither is asked."""
    found = found_by(android, accuracy_m=12.0)
    found.getTime.return_value = START - 1_024 * 7 * 86_400_000
    clock = FakeClock(START + years * 365 * 86_400_000)
    clock.mono = 500_000
    found.getElapsedRealtimeNanos.return_value = 490_000 * 1_000_000
    waiting = located(gps.AndroidGps(clock), clock)

    assert waiting.best == Position(29_700_000, -9_700_000, 12, clock.wall - 10_000)
    assert waiting.is_done


def test_a_fix_of_before_the_start_is_none(android):
    found = found_by(android, accuracy_m=12.0)
    found.getElapsedRealtimeNanos.return_value = 90_000_000 * 1_000_000
    assert gps.AndroidGps(FakeClock(START)).position() is None


@pytest.mark.parametrize("accuracy_m", [0.0, -1.0])
def test_a_fix_that_does_not_say_how_exact_it_is_comes_after_all_that_do(accuracy_m):
    unknown = gps.fix(29.6, -9.6, accuracy_m, age_ms=0)
    clock, receiver = FakeClock(START), FakeGps(unknown)
    waiting = Locating(receiver, clock)
    waiting.look()
    assert (waiting.is_done, waiting.best.accuracy_m) == (False, None)
    receiver.here = Fix(29_700_000, -9_700_000, 80)
    assert waiting.look().accuracy_m == 80
    receiver.here = unknown
    clock.move(TIMEOUT_MS)
    assert (waiting.look().accuracy_m, waiting.is_done) == (80, True)

    alone = located(FakeGps(unknown), seconds=30)
    assert (alone.best.latitude, alone.best.accuracy_m) == (29_600_000, None)


@pytest.mark.parametrize(
    ("latitude", "longitude", "accuracy_m"),
    [
        (0.0, 0.0, 5.0),
        (0.0000001, -0.0, 5.0),
        (math.nan, -9.0, 5.0),
        (29.0, math.inf, 5.0),
        (29.0, -9.0, math.nan),
        (91.0, 0.0, 5.0),
        (29.0, -181.0, 5.0),
    ],
)
def test_what_is_no_place_is_no_fix(latitude, longitude, accuracy_m):
    assert gps.fix(latitude, longitude, accuracy_m, age_ms=0) is None


def test_a_clock_set_back_does_not_make_it_wait_for_ever():
    clock = FakeClock(START)
    waiting = Locating(FakeGps(None), clock)
    clock.wall -= 86_400_000
    clock.mono += TIMEOUT_MS
    waiting.look()
    assert waiting.is_done


def test_the_reasons_are_choices_of_a_visit():
    from sync.entities.visit import VISIT

    choices = VISIT.field_by_name["position_missing"].choices
    assert {gps.NO_DEVICE, gps.NO_SIGNAL, gps.REFUSED} <= set(choices)


def test_android_tells_where_it_is_and_who_feigned_it(android):
    manager = android.service("location")
    manager.getAllProviders.return_value.toArray.return_value = ["network", "gps"]
    found = manager.getLastKnownLocation.return_value
    found.getLatitude.return_value, found.getLongitude.return_value = 29.7000004, -9.7
    found.getAccuracy.return_value, found.getTime.return_value = 12.4, START
    found.isFromMockProvider.return_value = True
    clock = FakeClock(START)
    found.getElapsedRealtimeNanos.return_value = clock.mono_ms() * 1_000_000
    waiting = located(gps.AndroidGps(clock), clock)
    assert waiting.best == Position(29_700_000, -9_700_000, 12, START, is_mock=True)
    assert manager.requestLocationUpdates.call_args[0][:2] == ("gps", 1_000)
    manager.removeUpdates.assert_called_once()


def test_android_says_why_there_is_no_position(android):
    manager = android.service("location")
    manager.getAllProviders.return_value.toArray.return_value = ["network"]
    assert gps.AndroidGps().start() == "no_device"
    android.refuse()
    assert gps.AndroidGps().start() == "refused"
    gps.AndroidGps().stop()
    assert android.asked == ["android.permission.ACCESS_FINE_LOCATION"]


def test_android_gives_no_position_it_may_not_have_or_has_not_and_asks_nobody(android):
    last = android.service("location").getLastKnownLocation
    last.return_value = None
    assert gps.AndroidGps().position() is None
    android.refuse()
    assert gps.AndroidGps().position() is None
    android.activity.checkSelfPermission.return_value = java.PERMISSION_GRANTED
    assert gps.AndroidGps().position() is None, "taken back in between"
    assert android.asked == []


def test_android_gives_no_old_position_whatever_the_wall_clock_says(android):
    found = android.service("location").getLastKnownLocation.return_value
    found.getLatitude.return_value, found.getLongitude.return_value = 29.7, -9.7
    found.getAccuracy.return_value, found.getTime.return_value = 12.4, START
    clock = FakeClock(START)
    found.getElapsedRealtimeNanos.return_value = clock.mono_ms() * 1_000_000
    receiver = gps.AndroidGps(clock)
    clock.mono += gps.LAST_MS_MAX
    assert receiver.position() is not None
    clock.mono += 1
    assert receiver.position() is None


# What other programs are handed


def test_what_is_handed_out_has_a_name_of_its_own_and_does_not_stay(tmp_path):
    names = {handed.fresh(tmp_path, ".jpg") for _ in range(50)}
    assert len(names) == 50
    assert not any(one.exists() for one in names)
    assert stat.S_IMODE(names.pop().parent.stat().st_mode) == 0o700
    left = [handed.fresh(tmp_path, ".jpg"), tmp_path / "camera.jpg", tmp_path / "voice-play.aac"]
    for one in left:
        one.write_bytes(b"somebody's")
    kept = tmp_path / "nuqta.db"
    kept.write_bytes(b"store")

    handed.clear(tmp_path)
    assert [one for one in (*left, kept) if one.exists()] == [kept]
    handed.clear(tmp_path / "nowhere")


def test_a_second_file_of_one_name_does_not_take_the_first_ones_place(tmp_path):
    places = []
    for content in (b"amina", b"brahim", b"aicha"):
        chosen = files.FolderFiles(tmp_path)
        chosen.create("answer.nqa", places.append)
        places[-1].write(content)
    assert [one.read() for one in places] == [b"amina", b"brahim", b"aicha"]
    assert [Path(one.name).name for one in places] == [
        "answer.nqa", "answer-2.nqa", "answer-3.nqa",
    ]  # fmt: skip


# Camera


def test_the_answer_to_one_request_for_a_picture_is_not_taken_for_anothers(android, tmp_path):
    listening, asked, taken = [], [], []
    android.results.bind.side_effect = lambda **bound: listening.extend(bound.values())
    android.activity.startActivityForResult.side_effect = lambda _intent, code: asked.append(code)
    chosen = camera.AndroidCamera()
    for name in ("first", "second"):
        chosen.take(tmp_path / name, lambda path, name=name: taken.append((name, path)))
    (tmp_path / "second").write_bytes(b"jpeg")
    for one in listening:
        one(asked[1], -1, None)
    assert taken == [("second", tmp_path / "second")]


def test_who_turns_back_in_the_camera_has_taken_nothing(android, tmp_path):
    (tmp_path / "left").write_bytes(b"another's")
    taken = []
    chosen = android_camera(android, None)
    chosen.take(tmp_path / "left", taken.append)
    assert taken == [None]


def android_camera(android, picture):
    """Return Android's camera, of which the person takes `picture` or turns back."""

    def answer(on_activity_result):
        def open_camera(_intent, request):
            target = android.java_class("java.io.File").call_args[0][0]
            if picture is not None:
                Path(target).write_bytes(picture)
            on_activity_result(request + 1, -1, None)  # another's
            on_activity_result(request, 0 if picture is None else -1, None)

        android.activity.startActivityForResult.side_effect = open_camera

    android.results.bind.side_effect = answer
    return camera.AndroidCamera()


@pytest.mark.parametrize("kind", ["fake", "android"])
@pytest.mark.parametrize("picture", [b"jpeg", None])
def test_a_camera_gives_a_file_once_or_nothing(kind, picture, android, tmp_path):
    taken = []
    chosen = camera.FakeCamera(picture) if kind == "fake" else android_camera(android, picture)
    chosen.take(tmp_path / "taken.jpg", taken.append)
    assert taken == [tmp_path / "taken.jpg" if picture else None]
    if picture:
        assert taken[0].read_bytes() == picture


def test_without_a_camera_a_sentence_is_said(android, tmp_path):
    android.refuse()
    for chosen in (camera.NoCamera(), camera.AndroidCamera()):
        with pytest.raises(camera.CameraMissing):
            chosen.take(tmp_path / "x", lambda _path: None)


# Microphone


def android_microphone(android):
    recorder = android.java_class("android.media.MediaRecorder").return_value

    def write():
        Path(recorder.setOutputFile.call_args[0][0]).write_bytes(b"speech")

    recorder.stop.side_effect = write
    return microphone.AndroidMicrophone()


@pytest.mark.parametrize("kind", ["fake", "android"])
def test_what_was_said_is_in_the_file_when_it_ends(kind, android, tmp_path):
    chosen = microphone.FakeMicrophone(b"speech") if kind == "fake" else android_microphone(android)
    chosen.stop()
    chosen.start(tmp_path / "a.m4a")
    chosen.stop()
    chosen.stop()
    assert (tmp_path / "a.m4a").read_bytes() == b"speech"


def test_android_records_no_longer_than_it_may(android, tmp_path):
    chosen = android_microphone(android)
    chosen.start(tmp_path / "a.m4a")
    recorder = android.java_class("android.media.MediaRecorder").return_value
    recorder.setMaxDuration.assert_called_once_with(microphone.SECONDS_MAX * 1_000)
    chosen.stop()
    recorder.release.assert_called_once()


def test_without_a_microphone_a_sentence_is_said(android, tmp_path):
    android.refuse()
    for chosen in (microphone.NoMicrophone(), microphone.AndroidMicrophone()):
        with pytest.raises(microphone.MicrophoneMissing):
            chosen.start(tmp_path / "x")
        chosen.stop()


# Telephone


def test_a_dialler_is_shown_the_number(android):
    fake = dialer.FakeDialer()
    fake.dial("+212612345678")
    assert fake.dialled == ["+212612345678"]
    dialer.AndroidDialer().dial("+212612345678")
    android.java_class("android.net.Uri").parse.assert_called_once_with("tel:+212612345678")
    android.activity.startActivity.assert_called_once()


def test_without_a_dialler_a_sentence_is_said(android):
    intent = android.java_class("android.content.Intent").return_value
    intent.resolveActivity.return_value = None
    for chosen in (dialer.NoDialer(), dialer.AndroidDialer()):
        with pytest.raises(dialer.DialerMissing):
            chosen.dial("+212612345678")


# Network


def linux_network(folder, *rows):
    path = folder / "route"
    path.write_text("\n".join(("Iface\tDestination\tGateway", *rows)))
    return network.LinuxNetwork(path)


def android_network(android, transport, is_metered):
    manager = android.service("connectivity")
    manager.isActiveNetworkMetered.return_value = is_metered
    mobile = android.java_class("android.net.NetworkCapabilities").TRANSPORT_CELLULAR
    can = manager.getNetworkCapabilities.return_value
    can.hasTransport.side_effect = lambda wanted: transport == "mobile" and wanted is mobile
    if transport == "none":
        manager.getActiveNetwork.return_value = None
    return network.AndroidNetwork()


def test_the_line_is_told_by_kind_and_price(android, tmp_path):
    mobile = network.Line("mobile", is_metered=True)
    assert network.FakeNetwork(mobile).line() == mobile
    assert android_network(android, "mobile", is_metered=True).line() == mobile
    assert android_network(android, "wifi", is_metered=False).line() == network.Line("wifi", False)
    assert android_network(android, "none", is_metered=False).line() == network.Line("none", False)
    out, near = "eth0\t00000000\t0101A8C0", "eth0\t0001A8C0\t00000000"
    assert linux_network(tmp_path, near, out).line().kind == "wifi"
    assert linux_network(tmp_path, near).line().kind == "none"
    assert network.LinuxNetwork(tmp_path / "lacks").line().kind == "none"


# Power


def linux_power(folder, capacity, status):
    battery = folder / "BAT0"
    battery.mkdir()
    (battery / "capacity").write_text(capacity)
    (battery / "status").write_text(status)
    return power.LinuxPower(folder)


def android_power(android, percent, is_charging):
    manager = android.service("batterymanager")
    manager.getIntProperty.return_value, manager.isCharging.return_value = percent, is_charging
    system = android.service("power")
    system.isPowerSaveMode.return_value = False
    system.isIgnoringBatteryOptimizations.return_value = True
    return power.AndroidPower()


def test_the_battery_is_told_in_percent(android, tmp_path):
    low = power.Battery(9, is_charging=False)
    assert low.is_low
    assert not power.Battery(9, is_charging=True).is_low
    assert power.FakePower(low).battery() == low
    assert android_power(android, 9, is_charging=False).battery() == low
    assert linux_power(tmp_path, "9\n", "Discharging\n").battery() == low


def test_no_battery_is_never_low(android, tmp_path):
    none = power.Battery(None, is_charging=True)
    assert power.LinuxPower(tmp_path).battery() == none
    assert android_power(android, -1, is_charging=True).battery() == none
    assert not none.is_low


def test_the_battery_saver_and_doze_are_told(android):
    adapter, system = android_power(android, 50, is_charging=False), android.service("power")
    system.isPowerSaveMode.return_value = True
    system.isIgnoringBatteryOptimizations.return_value = False
    battery = adapter.battery()
    assert (battery.is_saving, battery.may_sleep) == (True, True)


# Files


def android_files(android, path):
    """Return Android's chooser, whose person chooses a file of this machine, or turns back."""
    answer = MagicMock()
    answer.getData.return_value.getLastPathSegment.return_value = "primary:Download/letter.nql"

    def opened(_uri, mode):
        flags = os.O_RDONLY if mode == "r" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = MagicMock()
        descriptor.detachFd.return_value = os.open(path, flags)
        return descriptor

    android.activity.getContentResolver.return_value.openFileDescriptor.side_effect = opened

    def bind(on_activity_result):
        def start(_intent, request):
            on_activity_result(request, -1 if path else 0, answer)

        android.activity.startActivityForResult.side_effect = start

    android.results.bind.side_effect = bind
    return files.AndroidFiles()


def files_of(kind, android, path):
    if kind == "android":
        return android_files(android, path)
    return (
        files.FolderFiles(path.parent)
        if kind == "folder"
        else files.FakeFiles(files.FakePlace("letter.nql"))
    )


@pytest.mark.parametrize("kind", ["fake", "folder", "android"])
def test_what_is_written_where_somebody_says_is_read_again(kind, android, tmp_path):
    chosen = files_of(kind, android, tmp_path / "letter.nql")
    places = []
    chosen.create("letter.nql", places.append)
    (place,) = places
    place.write(b"sealed, and longer")
    place.write(b"sealed")
    assert place.name.endswith("letter.nql")
    lying = chosen.lying()
    if lying is None:
        chosen.choose(places.append)
        lying = places[1:]
    assert [one.read() for one in lying] == [b"sealed"]


def test_who_turns_back_chooses_nothing(android, tmp_path):
    for chosen in (files.FakeFiles(), android_files(android, None), files.FolderFiles(tmp_path)):
        places = []
        chosen.choose(places.append)
        assert places == [None]


@pytest.mark.parametrize("kind", ["fake", "folder", "android"])
def test_a_file_that_is_gone_or_has_no_place_is_said(kind, android, tmp_path):
    nowhere = tmp_path / "letter.nql" / "under a file"
    if kind != "fake":
        nowhere.parent.write_bytes(b"")
    places = []
    chosen = files_of(kind, android, nowhere)
    chosen.create("under a file", places.append)
    (place,) = places
    with pytest.raises(files.FileUnreadable):
        place.read()
    if kind == "fake":
        place.is_full = True
    with pytest.raises(files.FileUnwritable):
        place.write(b"sealed")


# All of them


def test_this_machine_has_an_adapter_of_each(tmp_path):
    found = adapters_of_this_device(tmp_path)
    assert isinstance(found.gps, NoGps)
    assert found.storage == storage.DiskStorage(tmp_path)
    assert found.network.line().kind in (network.NONE, network.WIFI)
    percent = found.power.battery().percent
    assert percent is None or 0 <= percent <= 100


def test_android_has_one_of_each_too(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "getandroidapilevel", lambda: 34, raising=False)
    found = adapters_of_this_device(tmp_path)
    assert isinstance(found.gps, gps.AndroidGps)
    assert isinstance(found.camera, camera.AndroidCamera)


# Keystore


@pytest.fixture(params=["file", "fake", "android"])
def keystores(request, tmp_path, android):
    """Two keystores of devices, each with a key of its own."""
    if request.param == "file":
        return [keystore.FileKeystore(tmp_path / one / "device.key") for one in ("a", "b")]
    if request.param == "fake":
        return [keystore.FakeKeystore(), keystore.FakeKeystore()]
    java_keystore(android)
    return [keystore.AndroidKeystore("a"), keystore.AndroidKeystore("b")]


def java_keystore(android):
    """Let the stand-ins seal as javax.crypto does."""
    keys, nonce = {}, bytes(12)
    store = android.java_class("java.security.KeyStore").getInstance.return_value
    store.containsAlias.side_effect = keys.__contains__
    store.getKey.side_effect = lambda alias, _password: keys[alias]
    store.deleteEntry.side_effect = keys.pop
    builder = android.java_class("android.security.keystore.KeyGenParameterSpec$Builder")

    def build(alias, _purposes):
        spec = MagicMock(alias=alias)
        for name in ("setBlockModes", "setEncryptionPaddings", "setKeySize", "build"):
            getattr(spec, name).return_value = spec
        return spec

    builder.side_effect = build
    maker = android.java_class("javax.crypto.KeyGenerator").getInstance.return_value

    def make():
        alias = maker.init.call_args[0][0].alias
        return keys.setdefault(alias, AESGCM(alias.encode() * 16))

    maker.generateKey.side_effect = make
    cipher = android.java_class("javax.crypto.Cipher").getInstance.return_value
    cipher.getIV.return_value = nonce

    def do(content):
        mode, key = cipher.init.call_args[0][:2]
        return (key.encrypt if mode == 1 else key.decrypt)(nonce, content, None)

    cipher.doFinal.side_effect = do


def test_a_keystore_opens_what_it_wrapped_and_no_other_does(keystores):
    one, other = keystores
    sealed = one.wrap(b"secret")
    assert b"secret" not in sealed
    assert one.unwrap(sealed) == b"secret"
    assert one.unwrap(one.wrap(b"another")) == b"another"
    with pytest.raises(keystore.KeystoreLost):
        other.unwrap(sealed)
    other.wrap(b"")
    with pytest.raises(keystore.KeystoreLost):
        other.unwrap(sealed)
    with pytest.raises(keystore.KeystoreLost):
        one.unwrap(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_what_a_forgotten_key_wrapped_opens_no_more(keystores):
    one, _ = keystores
    one.forget()
    sealed = one.wrap(b"secret")
    one.forget()
    with pytest.raises(keystore.KeystoreLost):
        one.unwrap(sealed)


def test_only_its_owner_reads_the_key_in_a_file(tmp_path):
    keystore.FileKeystore(tmp_path / "device.key").wrap(b"secret")
    assert (tmp_path / "device.key").stat().st_mode & 0o077 == 0


def test_this_device_has_a_keystore_for_each_folder(tmp_path, android, monkeypatch):
    assert keystore.keystore_of(tmp_path) == keystore.FileKeystore(tmp_path / "device.key")
    monkeypatch.setattr(sys, "getandroidapilevel", lambda: 34, raising=False)
    one, other = (keystore.keystore_of(tmp_path / name) for name in "ab")
    assert one != other
    assert one == keystore.keystore_of(tmp_path / "a")
