"""What other programs and parts of an Android tablet do for the app, and what they refuse."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from mobile_app.device import (
    adapters,
    camera,
    clock,
    dialer,
    files,
    gps,
    handed,
    java,
    keystore,
    microphone,
    network,
    power,
    scan,
)
from mobile_app.i18n import load_phrases
from tests.android.tablet import CAMERA, CREATE, DIALER, OPEN, SPEC

pytestmark = [pytest.mark.java, pytest.mark.api(24, 34)]


# Camera


@pytest.fixture
def path(android):
    """Where the app lets a picture be written: below the store of `android_main.py`."""
    return handed.fresh(android.folder / "store", handed.PICTURE)


def test_the_camera_app_writes_into_a_file_of_ours(android, path):
    taken = []
    camera.AndroidCamera().take(path, taken.append)
    android.takes_picture(b"jpeg")
    assert taken == [path]
    assert taken[0].read_bytes() == b"jpeg"
    assert android.asked == [], "the camera app has its own permission"


def test_a_picture_elsewhere_is_handed_to_nobody(android, tmp_path):
    with pytest.raises(camera.CameraMissing):
        camera.AndroidCamera().take(tmp_path / "elsewhere.jpg", lambda _path: None)


def test_no_permission_for_the_camera_is_declared():
    assert "android.permission.CAMERA" not in SPEC.read_text("utf-8")


@pytest.mark.parametrize("code", [0, -1])
def test_who_turns_back_in_the_camera_has_taken_nothing(android, path, code):
    taken = []
    camera.AndroidCamera().take(path, taken.append)
    if code:
        path.write_bytes(b"")
    android.returns(code)
    assert taken == [None]


def test_the_answer_to_one_request_is_not_taken_for_anothers(android, path):
    taken = []
    chosen = camera.AndroidCamera()
    for name in ("first", "second"):
        chosen.take(path.with_name(name), lambda found, name=name: taken.append((name, found)))
    first, second = android.state.requests
    assert first != second
    android.state.requests.remove(0)
    android.takes_picture(b"jpeg")
    assert taken == [("second", path.with_name("second"))]


def test_an_answer_may_ask_for_the_next(android, path):
    taken = []
    chosen = camera.AndroidCamera()

    def again(found):
        taken.append(found)
        chosen.take(path.with_name("second"), taken.append)

    chosen.take(path, again)
    files.AndroidFiles().choose(taken.append)
    android.returns(0)
    android.state.requests.remove(0)
    android.takes_picture(b"jpeg")
    assert taken == [None, path.with_name("second")]


def test_without_a_camera_app_a_sentence_is_said(android, path):
    android.lacks(CAMERA)
    with pytest.raises(camera.CameraMissing):
        camera.AndroidCamera().take(path, lambda _path: None)
    files.AndroidFiles().choose(lambda _place: None)
    android.returns(0)


def test_a_picture_that_comes_to_an_app_that_was_ended_meanwhile_harms_nothing(android, path):
    taken = []
    camera.AndroidCamera().take(path, taken.append)
    java._waiting.clear()  # the process is another one
    android.takes_picture(b"jpeg")
    assert taken == []


# Codes


@pytest.mark.parametrize(("light", "text"), [(0, "40x30"), (255, "")])
def test_a_picture_is_handed_to_zxing_as_light_and_one_without_a_code_is_none(
    android, tmp_path, light, text
):
    Image.new("L", (40, 30), light).save(tmp_path / "taken.png")
    assert scan.AndroidScanner().read(tmp_path / "taken.png") == text


def test_zxing_is_in_the_app():
    assert "com.google.zxing:core:" in SPEC.read_text("utf-8")


# Microphone


@pytest.fixture
def recorder(android):
    android.grant("RECORD_AUDIO")
    return microphone.AndroidMicrophone()


def test_what_was_said_is_in_the_file_when_it_ends(android, recorder, tmp_path):
    path = tmp_path / "a.aac"
    recorder.stop()
    recorder.start(path)
    recorder.stop()
    recorder.stop()
    assert path.read_bytes() == bytes(android.state.speech)
    assert android.log == ["recorder max 120000", "recorder released"]


def test_refused_for_ever_a_sentence_says_where_to_allow_it(android, tmp_path):
    recorder = microphone.AndroidMicrophone()
    for _ in range(2):
        with pytest.raises(microphone.MicrophoneMissing):
            recorder.start(tmp_path / "a.aac")
        android.answer(False)
    with pytest.raises(java.PermissionRefused) as refused:
        recorder.start(tmp_path / "a.aac")
    for language, word in (("fr", "Autorisations"), ("ar", "الأذونات")):
        said = load_phrases(language).sentence(refused.value.code, {})
        assert word in said
    android.grant("RECORD_AUDIO")
    recorder.start(tmp_path / "a.aac")
    recorder.stop()


def test_a_device_without_a_microphone_asks_for_none(android, recorder, tmp_path):
    android.state.features.remove("android.hardware.microphone")
    android.revoke("RECORD_AUDIO")
    with pytest.raises(microphone.MicrophoneMissing):
        recorder.start(tmp_path / "a.aac")
    assert android.asked == []
    recorder.stop()


@pytest.mark.parametrize(
    ("member", "thrown"),
    [
        ("MediaRecorder", "java.lang.RuntimeException"),
        ("prepare", "java.io.IOException"),
        ("start", "java.lang.IllegalStateException"),
        ("start", "java.lang.RuntimeException"),  # a call has it
    ],
)
def test_a_microphone_that_is_busy_is_said_and_given_back(
    android, recorder, tmp_path, member, thrown
):
    android.fails(member, thrown)
    with pytest.raises(microphone.MicrophoneBusy):
        recorder.start(tmp_path / "a.aac")
    assert not (tmp_path / "a.aac").exists()
    recorder.start(tmp_path / "a.aac")
    recorder.stop()
    assert android.log.count("recorder released") == (1 if member == "MediaRecorder" else 2)


def test_a_recording_that_a_call_ends_keeps_what_is_in_the_file(android, recorder, tmp_path):
    recorder.start(tmp_path / "a.aac")
    (tmp_path / "a.aac").write_bytes(b"half")
    android.fails("stop", "java.lang.RuntimeException")
    recorder.stop()
    assert (tmp_path / "a.aac").read_bytes() == b"half"
    assert android.log[-1] == "recorder released"


# Telephone


def test_the_dialler_is_shown_the_number(android):
    dialer.AndroidDialer().dial("+212612345678")
    (call,) = android.started
    assert call.getAction() == DIALER
    assert call.getData().toString() == "tel:+212612345678"


def test_without_a_dialler_a_sentence_is_said(android):
    android.lacks(DIALER)
    with pytest.raises(dialer.DialerMissing):
        dialer.AndroidDialer().dial("+212612345678")


# Network


@pytest.mark.parametrize(
    ("line", "is_metered", "said"),
    [
        ("cellular", True, network.Line("mobile", is_metered=True)),
        ("wifi", False, network.Line("wifi", is_metered=False)),
        ("wifi", True, network.Line("wifi", is_metered=True)),
        ("", False, network.Line("none", is_metered=False)),
    ],
)
def test_the_line_is_told_by_kind_and_price(android, line, is_metered, said):
    android.state.line, android.state.isMetered = line, is_metered
    assert network.AndroidNetwork().line() == said


@pytest.mark.parametrize("member", ["getActiveNetwork", "getNetworkCapabilities"])
def test_a_line_that_android_will_not_describe_costs(android, member):
    android.fails(member, "java.lang.SecurityException")
    assert network.AndroidNetwork().line() == network.Line("mobile", is_metered=True)
    assert network.AndroidNetwork().line().kind == "wifi"


def test_beside_the_window_the_system_is_asked_through_the_service(android):
    android.of("org.kivy.android.PythonService").begin()
    assert java.activity() is None
    assert network.AndroidNetwork().line().kind == "wifi"
    assert java.has_permission("INTERNET")


# Power


@pytest.mark.parametrize(
    ("percent", "is_charging", "said"),
    [
        (9, False, power.Battery(9, is_charging=False, may_sleep=True)),
        (9, True, power.Battery(9, is_charging=True, may_sleep=True)),
        (-(2**31), False, power.Battery(None, is_charging=False, may_sleep=True)),
    ],
)
def test_the_battery_is_told_in_percent(android, percent, is_charging, said):
    android.state.battery, android.state.isCharging = percent, is_charging
    assert power.AndroidPower().battery() == said


def test_the_battery_saver_and_doze_are_told(android):
    android.state.isSaving, android.state.isExempt = True, False
    battery = power.AndroidPower().battery()
    assert (battery.is_saving, battery.may_sleep) == (True, True)


def test_a_battery_that_is_not_told_of_is_none(android):
    android.fails("getSystemService.batterymanager", "java.lang.RuntimeException")
    assert not power.AndroidPower().battery().is_low


# Files


def test_what_is_written_where_somebody_says_is_read_again(android, tmp_path):
    path, places = tmp_path / "letter.nql", []
    chosen = files.AndroidFiles()
    chosen.create("letter.nql", places.append)
    assert android.started[0].getStringExtra("android.intent.extra.TITLE") == "letter.nql"
    android.chooses(path)
    places[0].write(b"sealed, and longer")
    places[0].write(b"sealed")
    assert places[0].name == "letter.nql"
    assert chosen.lying() is None
    chosen.choose(places.append)
    android.chooses(path)
    assert places[1].read() == b"sealed"


def test_a_document_whose_address_is_a_number_has_the_name_that_is_shown(android, tmp_path):
    places = []
    files.AndroidFiles().choose(places.append)
    android.chooses(tmp_path / "letter.nql", "letter.nql")
    android.fails("query", "java.lang.SecurityException")
    assert places[0].name == "msf:31"
    assert places[0].name == "letter.nql"


def test_who_turns_back_chooses_nothing(android):
    places = []
    files.AndroidFiles().choose(places.append)
    android.chooses(None)
    assert places == [None]


def test_a_file_that_is_gone_or_has_no_place_is_said(android, tmp_path):
    nowhere = tmp_path / "letter.nql" / "under a file"
    nowhere.parent.write_bytes(b"")
    places = []
    files.AndroidFiles().create("under a file", places.append)
    android.chooses(nowhere)
    with pytest.raises(files.FileUnreadable) as refused:
        places[0].read()
    assert refused.value.values["file"] == "under a file"
    with pytest.raises(files.FileUnwritable):
        places[0].write(b"sealed")
    android.fails("openFileDescriptor", "java.lang.SecurityException")
    with pytest.raises(files.FileUnreadable):
        places[0].read()


def test_a_file_that_was_handed_over_is_its_takers_alone_to_close(android, tmp_path):
    """Its number was closed twice, once when Java swept: by then it was another file's."""
    (tmp_path / "letter.nql").write_bytes(b"sealed")
    places = []
    files.AndroidFiles().choose(places.append)
    android.chooses(tmp_path / "letter.nql")
    number = places[0]._open("r", files.FileUnreadable)
    android.of("bench.Bench").forget()
    for _ in range(5):
        android.of("java.lang.System").gc()
        time.sleep(0.05)  # the cleaner has a thread of its own
    assert os.read(number, 6) == b"sealed"
    os.close(number)


def test_a_device_without_a_chooser_says_so(android):
    android.lacks(OPEN, CREATE)
    for ask in (files.AndroidFiles().choose, lambda done: files.AndroidFiles().create("a", done)):
        with pytest.raises(files.ChooserMissing):
            ask(lambda _place: None)


# Clock


class Closed:
    """A file that shows that it is there, as Android 8 has it."""

    def exists(self):
        return True

    def read_text(self):
        raise PermissionError(13, "Permission denied")


def test_where_the_kernel_says_nothing_android_counts_the_starts(android, monkeypatch):
    monkeypatch.setattr(clock, "_BOOT_ID", Closed())
    assert clock.SystemClock().boot_id() == "unknown"
    android.state.settings.put("boot_count", 41)
    before = clock.SystemClock().boot_id()
    assert before == clock.SystemClock().boot_id() != "unknown"
    android.state.settings.put("boot_count", 42)
    assert clock.SystemClock().boot_id() != before


# Permissions


@pytest.mark.api(31, 34)
def test_notifications_are_asked_for_where_android_wants_that(android):
    java.ask_for_notifications()
    wanted = ["android.permission.POST_NOTIFICATIONS"] if android.api >= 33 else []
    assert android.asked == wanted
    for _ in wanted:
        android.answer(False)
        java.ask_for_notifications()
        android.answer(False)
    java.ask_for_notifications()
    assert android.asked == wanted * 2


# All of them


def test_android_has_one_of_each_and_finds_its_own_classes_at_the_start(
    android, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr(java, "of", lambda name, real=java.of: asked.append(name) or real(name))
    found = adapters.adapters_of_this_device(tmp_path)
    assert isinstance(found.gps, gps.AndroidGps)
    assert isinstance(found.camera, camera.AndroidCamera)
    assert "androidx.core.content.FileProvider" in asked
    assert "org.kivy.android.PythonActivity" in asked


def test_each_folder_has_a_key_of_its_own(android, tmp_path):
    one, other = (keystore.keystore_of(tmp_path / name) for name in "ab")
    assert isinstance(one, keystore.AndroidKeystore)
    assert one != other
    assert one == keystore.keystore_of(Path(tmp_path) / "a")
