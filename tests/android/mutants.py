"""Does the bench find each fault when its cure is taken out?

usage: python -m tests.android.mutants [word of a name]        `make android-mutants MUTANT=camera`

Each mutant is a cure's text put back as it was, in a copy of the sources; the bench must fail. One
that does not apply any more fails too: what it says has gone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COPIED, LINKED = ("mobile_app", "packaging"), ("sync", "server", "tests", "build", "pyproject.toml")
BENCH = "tests/android"
CASES = {
    "keystore.py": "test_keystore.py",
    "gps.py": "test_places.py",
    "installer.py": "test_installer.py",
    "ExchangeService.java": "test_app.py",
    "TabletActivity.java": "test_app.py",
}
"""Where the cases of an adapter are; the others' are in `test_means.py`."""
LANES = 2


@dataclass(frozen=True)
class Mutant:
    """A cure taken out. `path`: of `mobile_app/device`, of our Java, or from the root."""

    name: str
    path: str
    cure: str
    fault: str
    tests: str = ""

    @property
    def file(self) -> str:
        """Return the path from the root."""
        if self.is_java:
            return f"packaging/android/java/ma/nuqta/nuqta/{self.path}"
        return self.path if "/" in self.path else f"mobile_app/device/{self.path}"

    @property
    def is_java(self) -> bool:
        """Return whether it is of our own Java."""
        return self.path.endswith(".java")


MUTANTS = (
    Mutant("1 keystore: a list for varargs", "keystore.py",
           'setBlockModes("GCM")', 'setBlockModes(["GCM"])'),
    Mutant("1 keystore: a list for varargs, paddings", "keystore.py",
           'setEncryptionPaddings("NoPadding")', 'setEncryptionPaddings(["NoPadding"])'),
    Mutant("2 keystore: key not cast where it seals", "keystore.py",
           "java.cast(_KEY, key())", "key()"),
    Mutant("2 keystore: neither cast where it opens", "keystore.py",
           "java.cast(_KEY, key), java.cast(_PARAMETERS, spec))", "key, spec)"),
    Mutant("2 keystore: parameters not cast where it is made", "keystore.py",
           "java.cast(_PARAMETERS, spec.setKeySize(8 * _KEY_BYTES).build())",
           "spec.setKeySize(8 * _KEY_BYTES).build()"),
    Mutant("2 camera: address not cast", "camera.py",
           'java.cast("android.os.Parcelable", target)', "target"),
    Mutant("2 files: a text that passes for letters", "files.py", "java.text(title)", "title"),
    Mutant("4 GPS: immutable intent", "gps.py",
           "pending.FLAG_MUTABLE if", "pending.FLAG_IMMUTABLE if"),
    Mutant("4 GPS: mutable where there is no such flag", "gps.py",
           "pending.FLAG_MUTABLE if java.version() >= _MUTABLE_FROM else 0",
           "pending.FLAG_MUTABLE"),
    Mutant("4 GPS: intent of no app", "gps.py",
           "        intent.setPackage(here.getPackageName())\n", ""),
    Mutant("4 GPS: what Java throws is not caught", "gps.py",
           "except java.fault():  # taken back in between, or a receiver",
           "except ZeroDivisionError:  # taken back in between, or a receiver"),
    Mutant("5 GPS: the fine one asked for alone", "gps.py",
           '_PERMISSION, "ACCESS_COARSE_LOCATION")', "_PERMISSION)"),
    Mutant("GPS: a receiver that is off is waited for", "gps.py",
           "if not manager.isProviderEnabled(_PROVIDER):", "if False:"),
    Mutant("GPS: feigned places pass for true", "gps.py",
           "is_mock=bool(found.isFromMockProvider())", "is_mock=False"),
    Mutant("GPS: taken back while it looks", "gps.py",
           "with suppress(java.fault()):  # it is no longer",
           "with suppress():  # it is no longer"),
    Mutant("7 dialler: asked for, not tried", "dialer.py",
           "        with java.thrown_as(DialerMissing",
           "        if intent(intent.ACTION_DIAL, address).resolveActivity("
           "java.activity().getPackageManager()) is None:\n"
           '            raise DialerMissing("")\n'
           "        with java.thrown_as(DialerMissing"),
    Mutant("7 dialler: no app takes it", "dialer.py",
           'with java.thrown_as(DialerMissing, "dialer: no app takes it"):', "if True:"),
    Mutant("11 clock: /proc is closed", "clock.py", "except OSError:", "except FileNotFoundError:"),
    Mutant("11 clock: starts are not counted", "clock.py",
           '_boot_count() if java.is_android() else "unknown"', '"unknown"'),
    Mutant("11 clock: Android does not count them", "clock.py",
           "except java.fault():", "except ZeroDivisionError:"),
    Mutant("12 notifications: not asked for", "java.py",
           'is_permitted("POST_NOTIFICATIONS")', "pass"),
    Mutant("13 keystore: not tried twice", "keystore.py", "_TRIES = 2", "_TRIES = 1"),
    Mutant("13 keystore: getKey outside the try", "keystore.py",
           "            with suppress(java.fault()):\n                key = self._key()\n",
           "            key = self._key()\n            with suppress(java.fault()):\n"),
    Mutant("13 keystore: sealing is not tried twice", "keystore.py",
           "(self._kept, self._kept, self._make)", "(self._kept, self._make)"),
    Mutant("13 keystore: a spoilt key stays", "keystore.py",
           "(self._kept, self._kept, self._make)", "(self._kept, self._kept)"),
    Mutant("13 keystore: no key is made, and no refusal", "keystore.py",
           'raise KeystoreFailed(f"keystore: {self.alias} does not seal")',
           'raise RuntimeError("keystore")'),
    Mutant("15 camera: what was left stays", "handed.py",
           "        path.unlink(missing_ok=True)\n", "        pass\n",
           "tests/mobile_app/test_device.py"),
    Mutant("15 camera: a lost picture is not told of", "handed.py",
           "return has_picture", "return False", "tests/mobile_app/test_device.py"),
    Mutant("16 camera: CAMERA declared", "packaging/buildozer.spec",
           "    android.permission.RECORD_AUDIO,",
           "    android.permission.CAMERA,\n    android.permission.RECORD_AUDIO,"),
    Mutant("16 camera: no app for it", "java.py",
           'with thrown_as(missing, "no other app takes it"):', "if True:"),
    Mutant("16 camera: leave asked for", "camera.py",
           "        with java.thrown_as(CameraMissing",
           '        java.is_permitted("CAMERA")\n        with java.thrown_as(CameraMissing'),
    Mutant("17 (27) the app's classes not found at the start", "adapters.py",
           "        java.load()\n", ""),
    Mutant("other apps: a listener that leaves while it is called", "java.py",
           "    answered = _waiting.pop(number, None)\n",
           "    answered = _waiting.pop(number, None)\n"
           "    _listening.pop().unbind(on_activity_result=_came)\n"),
    Mutant("other apps: one number for all", "java.py",
           "number = next(_numbers)", "number = 7_400"),
    Mutant("permissions: refused for ever, asked for ever", "java.py",
           "            _refused_for_ever.add(wanted)\n", "            pass\n",
           f"{BENCH}/test_places.py"),
    Mutant("permissions: a question that was cut off is taken for a no", "java.py",
           "if asked and not asks", "if not asks", f"{BENCH}/test_places.py"),
    Mutant("microphone: none on this device", "microphone.py",
           "if not java.activity().getPackageManager().hasSystemFeature(_FEATURE):", "if False:"),
    Mutant("microphone: busy", "microphone.py",
           'with java.thrown_as(MicrophoneBusy, "microphone: it does not record"):', "if True:"),
    Mutant("microphone: not given back", "microphone.py",
           "            self.stop()\n            path.unlink", "            path.unlink"),
    Mutant("microphone: taken by a call", "microphone.py",
           "with suppress(java.fault()):  # stopped before", "with suppress():  # stopped before"),
    Mutant("network: Android will not say", "network.py",
           "except java.fault():", "except ZeroDivisionError:"),
    Mutant("power: Android will not say", "power.py",
           "except java.fault():", "except ZeroDivisionError:"),
    Mutant("files: not ours to open", "files.py",
           'with java.thrown_as(refusal, "document"):', "if True:"),
    Mutant("files: no chooser", "files.py", "missing=ChooserMissing", "missing=FileUnreadable"),
    Mutant("files: the number for the name", "files.py",
           "if rows.moveToFirst() and rows.getString(0):", "if False:"),
    Mutant("service: asked through a window that is not there", "java.py",
           'return activity() or of("org.kivy.android.PythonService").mService',
           "return activity()"),
    Mutant("update: signers asked for as no file's are told", "installer.py",
           ".GET_SIGNATURES)", ".GET_SIGNING_CERTIFICATES)"),
    Mutant("update: another's signature", "installer.py",
           " or _signers(found) != _signers(own)", ""),
    Mutant("update: the system's question not cast", "installer.py",
           'java.cast("android.content.Intent", asked)', "asked"),
    Mutant("update: an answer that cannot be filled in", "installer.py",
           "flags |= pending.FLAG_MUTABLE", "flags |= pending.FLAG_IMMUTABLE"),
    Mutant("update: an answer that leads nowhere", "installer.py",
           "setComponent(here.getComponentName())", "setPackage(here.getPackageName())"),
    Mutant("update: not declared that this app installs", "packaging/buildozer.spec",
           "    android.permission.REQUEST_INSTALL_PACKAGES\n", "", f"{BENCH}/test_installer.py"),
    Mutant("service: an older class of service", "packaging/buildozer.spec",
           "ma.nuqta.nuqta.ExchangeService", "org.kivy.android.PythonService",
           f"{BENCH}/test_app.py"),
    Mutant("service: not the caller's words", "ExchangeService.java",
           'extras.getString("contentText")', 'extras.getString("pythonName")'),
    Mutant("service: a channel of no words", "ExchangeService.java",
           'CHANNEL,\n                            extras.getString("contentTitle")',
           'CHANNEL,\n                            ""'),
    Mutant("service: what is touched opens another", "ExchangeService.java",
           "TabletActivity.class", "org.kivy.android.PythonActivity.class"),
    Mutant("service: others may change what opens", "ExchangeService.java",
           "PendingIntent.FLAG_IMMUTABLE", "PendingIntent.FLAG_MUTABLE"),
    Mutant("service: neither immutable nor mutable", "ExchangeService.java",
           "PendingIntent.FLAG_IMMUTABLE | ", ""),
    Mutant("service: a channel before there were any", "ExchangeService.java",
           "Build.VERSION.SDK_INT >= Build.VERSION_CODES.O", "true"),
    Mutant("service: no channel where there must be one", "ExchangeService.java",
           "manager.createNotificationChannel(channel);", ""),
    Mutant("service: refused from the background, and a crash", "ExchangeService.java",
           "IllegalStateException | SecurityException", "SecurityException"),
    Mutant("service: not permitted, and a crash", "ExchangeService.java",
           "IllegalStateException | SecurityException", "IllegalStateException"),
    Mutant("service: refused, and left running", "ExchangeService.java",
           "refused);\n            stopSelf();", "refused);"),
    Mutant("service: runs on after six hours", "ExchangeService.java",
           "onTimeout(int startId, int type)", "onTimeIsOver(int startId, int type)"),
    Mutant("service: runs on after three minutes", "ExchangeService.java",
           "onTimeout(int startId)", "onTimeIsOver(int startId)"),
    Mutant("window: pictured before it is hidden", "TabletActivity.java",
           "        getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE);\n"
           "        super.onCreate(state);\n",
           "        super.onCreate(state);\n"
           "        getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE);\n"),
    Mutant("window: its surface is pictured", "TabletActivity.java",
           "        surface.setSecure(true);\n", ""),
    Mutant("update: a session left open", "installer.py",
           "                session.abandon()\n", ""),
)  # fmt: skip


def run(mutant: Mutant | None) -> tuple[bool, str]:
    """Return whether the bench fails, and its first failure or what is wrong with the mutant."""
    # Java that is changed is compiled in a folder of its own.
    linked = [one for one in LINKED if one != "build" or not (mutant and mutant.is_java)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in linked:
            (root / name).symlink_to(ROOT / name)
        tests = BENCH
        if mutant is not None:
            path = root / mutant.file
            cases = f"{BENCH}/{CASES.get(mutant.path, 'test_means.py')}"
            tests = mutant.tests or cases
            text = path.read_text("utf-8")
            if text.count(mutant.cure) != 1:
                return False, f"does not apply: found {text.count(mutant.cure)} times"
            path.write_text(text.replace(mutant.cure, mutant.fault), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no", "-p", "no:randomly",
             "-p", "no:cacheprovider", f"--rootdir={root}", tests],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
    first = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 1 and first:
        return True, first[0].partition("::")[2].partition(" - ")[0]
    return False, (done.stdout + done.stderr).strip().splitlines()[-1] if done.returncode else ""


def main(word: str = "") -> int:
    """Print a table; return 1 if any fault is not found."""
    chosen = [one for one in MUTANTS if word in one.name]
    is_found, why = run(None)
    if is_found or why:
        print(f"the bench fails as it is: {why}")
        return 1
    lost = 0
    with ThreadPoolExecutor(LANES) as lanes:
        for one, (is_found, what) in zip(chosen, lanes.map(run, chosen), strict=True):
            print(f"{'found' if is_found else 'NOT FOUND':10}{one.name:66}{what}", flush=True)
            lost += not is_found
    print(f"{len(chosen)} cures taken out, {len(chosen) - lost} found")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
