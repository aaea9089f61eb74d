"""What every adapter of a port must keep: fakes and this machine's; Android's in tests/android."""

from __future__ import annotations

import math
import stat
from pathlib import Path

import pytest

from mobile_app.device import (
    camera,
    dialer,
    files,
    gps,
    handed,
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

    assert handed.clear(tmp_path), "a picture came to nobody, which is said"
    assert [one for one in (*left, kept) if one.exists()] == [kept]
    handed.fresh(tmp_path, ".aac").write_bytes(b"somebody's")
    handed.fresh(tmp_path, ".jpg").write_bytes(b"")
    assert not handed.clear(tmp_path)
    assert not handed.clear(tmp_path / "nowhere")


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


@pytest.mark.parametrize("picture", [b"jpeg", None])
def test_a_camera_gives_a_file_once_or_nothing(picture, tmp_path):
    taken = []
    camera.FakeCamera(picture).take(tmp_path / "taken.jpg", taken.append)
    assert taken == [tmp_path / "taken.jpg" if picture else None]
    if picture:
        assert taken[0].read_bytes() == picture


def test_without_a_camera_a_sentence_is_said(tmp_path):
    with pytest.raises(camera.CameraMissing):
        camera.NoCamera().take(tmp_path / "x", lambda _path: None)


# Microphone


def test_what_was_said_is_in_the_file_when_it_ends(tmp_path):
    chosen = microphone.FakeMicrophone(b"speech")
    chosen.stop()
    chosen.start(tmp_path / "a.m4a")
    chosen.stop()
    chosen.stop()
    assert (tmp_path / "a.m4a").read_bytes() == b"speech"


def test_without_a_microphone_a_sentence_is_said(tmp_path):
    chosen = microphone.NoMicrophone()
    with pytest.raises(microphone.MicrophoneMissing):
        chosen.start(tmp_path / "x")
    chosen.stop()


# Telephone


def test_a_dialler_is_shown_the_number():
    fake = dialer.FakeDialer()
    fake.dial("+212612345678")
    assert fake.dialled == ["+212612345678"]


def test_without_a_dialler_a_sentence_is_said():
    with pytest.raises(dialer.DialerMissing):
        dialer.NoDialer().dial("+212612345678")


# Network


def linux_network(folder, *rows):
    path = folder / "route"
    path.write_text("\n".join(("Iface\tDestination\tGateway", *rows)))
    return network.LinuxNetwork(path)


def test_the_line_is_told_by_kind_and_price(tmp_path):
    mobile = network.Line("mobile", is_metered=True)
    assert network.FakeNetwork(mobile).line() == mobile
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


def test_the_battery_is_told_in_percent(tmp_path):
    low = power.Battery(9, is_charging=False)
    assert low.is_low
    assert not power.Battery(9, is_charging=True).is_low
    assert power.FakePower(low).battery() == low
    assert linux_power(tmp_path, "9\n", "Discharging\n").battery() == low


def test_no_battery_is_never_low(tmp_path):
    none = power.Battery(None, is_charging=True)
    assert power.LinuxPower(tmp_path).battery() == none
    assert not none.is_low


# Files


def files_of(kind, path):
    return (
        files.FolderFiles(path.parent)
        if kind == "folder"
        else files.FakeFiles(files.FakePlace("letter.nql"))
    )


@pytest.mark.parametrize("kind", ["fake", "folder"])
def test_what_is_written_where_somebody_says_is_read_again(kind, tmp_path):
    chosen = files_of(kind, tmp_path / "letter.nql")
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


def test_who_turns_back_chooses_nothing(tmp_path):
    for chosen in (files.FakeFiles(), files.FolderFiles(tmp_path)):
        places = []
        chosen.choose(places.append)
        assert places == [None]


@pytest.mark.parametrize("kind", ["fake", "folder"])
def test_a_file_that_is_gone_or_has_no_place_is_said(kind, tmp_path):
    nowhere = tmp_path / "letter.nql" / "under a file"
    if kind != "fake":
        nowhere.parent.write_bytes(b"")
    places = []
    chosen = files_of(kind, nowhere)
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


# Keystore


@pytest.fixture(params=["file", "fake"])
def keystores(request, tmp_path):
    """Two keystores of devices, each with a key of its own."""
    if request.param == "file":
        return [keystore.FileKeystore(tmp_path / one / "device.key") for one in ("a", "b")]
    return [keystore.FakeKeystore(), keystore.FakeKeystore()]


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


def test_this_device_has_a_keystore_for_each_folder(tmp_path):
    assert keystore.keystore_of(tmp_path) == keystore.FileKeystore(tmp_path / "device.key")
