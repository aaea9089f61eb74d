"""A tablet as a case wants it, and what its person does."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from mobile_app.device import java

HERE = Path(__file__).parent
SPEC = HERE.parent.parent / "packaging" / "buildozer.spec"
PATHS = SPEC.parent / "android" / "xml" / "file_paths.xml"
CAMERA, DIALER = "android.media.action.IMAGE_CAPTURE", "android.intent.action.DIAL"
OPEN, CREATE = "android.intent.action.OPEN_DOCUMENT", "android.intent.action.CREATE_DOCUMENT"


def spec():
    """Return the options of the app's spec."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.read_string(
        "\n".join(line for line in SPEC.read_text("utf-8").splitlines() if line[:1] != "#")
    )
    return read["app"]


class Tablet:
    """The stubs' state (`bench.Device`), new. What it does not name is in `state`."""

    def __init__(self, bridge, api, folder, monkeypatch):
        self.bridge, self.api, self.folder = bridge, api, folder
        self.jnius = bridge.jnius
        self.state = bridge.autoclass("bench.Device")
        options = spec()
        self.state.reset(api, int(options["android.api"]), str(folder))
        for name in options["android.permissions"].replace("\n", ",").split(","):
            if name.strip():
                self.state.manifest.add(name.strip())
        self.state.entrypoint = options["android.entrypoint"]
        (paths,) = ET.parse(PATHS).getroot()
        assert paths.tag == "files-path"
        self.state.provided = paths.get("path")
        # Granted as it is installed; the others are "dangerous", and asked for.
        for name in ("INTERNET", "ACCESS_NETWORK_STATE", "FOREGROUND_SERVICE"):
            self.state.grant(name)
        for action in (CAMERA, DIALER, OPEN, CREATE):
            self.state.apps.add(action)
        for feature in ("microphone", "camera.any", "location.gps", "telephony"):
            self.state.features.add(f"android.hardware.{feature}")
        monkeypatch.setattr(sys, "getandroidapilevel", lambda: 24, raising=False)
        # A process of its own, which has asked for nothing.
        monkeypatch.setattr(java, "_refused_for_ever", set())
        monkeypatch.setattr(java, "_waiting", {})
        monkeypatch.syspath_prepend(str(HERE / "p4a"))
        for name in [one for one in sys.modules if one.partition(".")[0] == "android"]:
            monkeypatch.delitem(sys.modules, name)

    def of(self, name):
        """Return a class of Java."""
        return self.bridge.autoclass(name)

    @property
    def activity(self):
        """Return the app's activity."""
        return self.of("org.kivy.android.PythonActivity").mActivity

    def grant(self, *names):
        """Let the person have granted permissions."""
        for name in names:
            self.state.grant(name)

    def revoke(self, *names):
        """Let the person take them back in the system's settings."""
        for name in names:
            self.state.revoke(name)

    def answer(self, is_yes):
        """Let the person answer what was asked."""
        self.state.answer(is_yes)

    def refuse_for_ever(self, *names):
        """Let the person have said no until the system asks no more."""
        for name in names:
            self.state.refused.add(f"android.permission.{name}")
            self.state.refusedForEver.add(f"android.permission.{name}")

    @property
    def asked(self):
        """Return what was asked for, a string a question."""
        return [str(one) for one in self.state.asked]

    def lacks(self, *actions):
        """Take away the apps that take these actions."""
        for action in actions:
            self.state.apps.remove(action)

    def fails(self, member, *thrown):
        """Let calls of a member throw these in turn; with `*` at its end, for ever."""
        for one in thrown:
            self.state.fault(member, one)

    def returns(self, code, answer=None):
        """Let the person return from another app."""
        self.state.result(code, answer)

    def takes_picture(self, content):
        """Let the person take a picture and keep it."""
        assert self.state.picture(content), "the camera app was not told where, or may not write"
        self.returns(-1)

    @property
    def started(self):
        """Return the intents of what was started."""
        return list(self.state.started)

    @property
    def log(self):
        """Return what happened, in order."""
        return [str(one) for one in self.state.log]

    def chooses(self, path, shown=None):
        """Let the person choose a document, which lies in a file of this machine; None: go back.

        `shown`: how the system shows it, where its address is a mere number.
        """
        if path is None:
            self.returns(0)
            return
        intent, uri = self.of("android.content.Intent"), self.of("android.net.Uri")
        text = "content://documents/document/primary%3ADownload%2F" + Path(path).name
        if shown:
            text = "content://downloads/document/msf%3A31"
            self.state.names.put(text, shown)
        self.state.documents.put(text, str(path))
        self.returns(-1, intent("", uri.parse(text)))

    def is_at(self, latitude, longitude, accuracy_m=None, *, at_ms, is_mock=False, time_ms=0):
        """Let the receiver have found itself. `at_ms`: of the running clock."""
        found = self.of("android.location.Location")("gps")
        found.setLatitude(float(latitude))
        found.setLongitude(float(longitude))
        if accuracy_m is not None:
            found.setAccuracy(float(accuracy_m))
        found.setElapsedRealtimeNanos(at_ms * 1_000_000)
        found.setTime(time_ms)
        if is_mock:
            self.of("acts.Feigned").set(found)
        self.state.places.put("gps", found)
