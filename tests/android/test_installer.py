"""What Android's package manager and installer make of a newer version of the app."""

from __future__ import annotations

import pytest

from mobile_app.device import installer
from mobile_app.device.installer import (
    InstallBlocked,
    Installed,
    InstallFailed,
    InstallFull,
    InstallStopped,
    UpdateDamaged,
    UpdateForeign,
    UpdateOlder,
)
from sync.updates import ABIS

pytestmark = [pytest.mark.java, pytest.mark.api(24, 28, 34)]
OURS = "ma.nuqta.nuqta"


@pytest.fixture
def system(android, monkeypatch):
    """The installer of a tablet that runs version 7, signed by `a`."""
    monkeypatch.setattr(installer, "_waiting", {})
    monkeypatch.setattr(installer, "_listening", [])
    found = android.of("acts.Installing")
    found.begin(7, "a")
    return found


def apk(tmp_path, said, name="new.apk"):
    path = tmp_path / name
    path.write_text(said)
    return path


def handed(system, tmp_path, ends):
    """Hand the installer a file; return the number of the session."""
    asked = installer.AndroidInstaller()
    asked.prepare()
    asked.install(apk(tmp_path, f"{OURS} 8 a" + " " * 100_000), ends.append)
    (number,) = list(system.committed.keySet().toArray())
    return number


def test_what_runs_here_is_named(android, system):
    assert installer.AndroidInstaller().installed() == Installed(7, ABIS[1])


def test_the_same_app_in_a_higher_version_is_taken(android, system, tmp_path):
    installer.AndroidInstaller().check(apk(tmp_path, f"{OURS} 8 a"), 8)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("no app", UpdateDamaged),
        (f"{OURS} 9 a", UpdateDamaged),
        (f"{OURS} 8 b", UpdateForeign),
        ("other.app 8 a", UpdateForeign),
        (f"{OURS} 7 a", UpdateOlder),
        (f"{OURS} 6 a", UpdateOlder),
    ],
)
def test_what_is_wrong_is_refused_in_words(android, system, tmp_path, said, refusal):
    with pytest.raises(refusal):
        installer.AndroidInstaller().check(apk(tmp_path, said), 8)


def test_it_is_written_whole_and_the_person_is_asked(android, system, tmp_path):
    ends = []
    number = handed(system, tmp_path, ends)
    says = android.of("android.content.pm.PackageInstaller")
    android.state.apps.add(system.CONFIRM)
    assert len(bytes(system.committed.get(number))) > 100_000
    system.says(number, says.STATUS_PENDING_USER_ACTION)
    assert ends == []
    assert [one.getAction() for one in android.started] == [system.CONFIRM]
    system.says(number, says.STATUS_SUCCESS)
    assert ends == [None]
    system.says(number, says.STATUS_SUCCESS)
    assert ends == [None]


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("FAILURE_ABORTED", InstallStopped),
        ("FAILURE_BLOCKED", InstallBlocked),
        ("FAILURE_STORAGE", InstallFull),
        ("FAILURE_CONFLICT", UpdateForeign),
        ("FAILURE_INVALID", UpdateDamaged),
        ("FAILURE_INCOMPATIBLE", InstallFailed),
        ("FAILURE", InstallFailed),
    ],
)
def test_each_end_has_its_sentence(android, system, tmp_path, status, refusal):
    ends = []
    number = handed(system, tmp_path, ends)
    code = getattr(android.of("android.content.pm.PackageInstaller"), f"STATUS_{status}")
    system.says(number, code)
    assert [type(one) for one in ends] == [refusal]


def test_where_no_question_may_be_shown_it_is_said(android, system, tmp_path):
    ends = []
    number = handed(system, tmp_path, ends)
    says = android.of("android.content.pm.PackageInstaller")
    system.says(number, says.STATUS_PENDING_USER_ACTION)
    assert [type(one) for one in ends] == [InstallBlocked]


def test_a_full_disk_leaves_no_session_and_nobody_waiting(android, system, tmp_path):
    android.fails("openWrite", "java.io.IOException")
    with pytest.raises(InstallFailed):
        handed(system, tmp_path, [])
    assert android.log == ["session abandoned", "session closed"]
    assert installer._waiting == {}


def test_another_intent_is_none_of_ours(android, system, tmp_path):
    ends = []
    handed(system, tmp_path, ends)
    android.activity.intended(android.of("android.content.Intent")("x"))
    assert ends == []
