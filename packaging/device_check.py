"""What a program can see of a tablet by itself: libraries, keystore, Arabic, permissions.

Started on the tablet from About. On any machine: `python packaging/device_check.py FOLDER`. The
numbers are those of docs/how-to/first-hour-on-a-device.md, which has what only eyes can see beside
them. Nothing of a person is read: neither the store nor anything that lies in it is opened.
"""

from __future__ import annotations

import importlib
import io
import os
import platform
import shutil
import socket
import ssl
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # on a tablet the packages lie beside this file
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mobile_app.device import handed, java
from mobile_app.device.adapters import Adapters, adapters_of_this_device
from mobile_app.device.clock import SystemClock
from mobile_app.device.finding import FAILS, HOLDS, UNSEEN, Finding, Reach, report
from mobile_app.device.keystore import KeystoreLost, keystore_of
from mobile_app.device.photo import shrink
from mobile_app.device.storage import PHOTO_ROOM_BYTES, write_private
from mobile_app.exchange.tls import BUILT_MS
from mobile_app.store import handover
from mobile_app.store.database import KEY_BYTES, open_database
from mobile_app.store.key import KeyRing
from sync.errors import Refusal, SyncError

_LIBRARIES = (
    "msgspec",
    "cryptography.hazmat.bindings._rust",
    "httpx",
    "segno",
    "PIL.Image",
    "lzma",
    "bz2",
)
_ARABIC = "بيت"
_FIRST = 7
_AFTER_2038 = 2_208_988_800
"""2040-01-01, which 32 bits of seconds do not reach."""
_PIN_MS_MOST, _SYNC_MS_MOST = 3_000, 300
_MEMORY_MB_LEAST = 1_500
_TARGET_DP, _INCH_DP = 48, 160
_SECURE = 0x2000
_GRANTED = {True: "granted", False: "not granted"}


class Unseen(Exception):
    """There is nothing to look at on this machine."""


@dataclass(frozen=True, slots=True)
class Tablet:
    """`folder`: an empty one that is removed afterwards; `root`: the app's."""

    folder: Path
    root: Path
    device: Adapters
    reach: Reach | None


Look = Callable[[Tablet], str]
"""Returns what was found. Raises Unseen, or anything: then it does not hold."""


def check(root: Path, device: Adapters, reach: Reach | None) -> Iterator[Finding]:
    """Look at one thing after the other; whatever goes wrong with one, the next is looked at."""
    # Of its own: the tablet may have been locked, and another have begun to look.
    folder = Path(tempfile.mkdtemp(prefix="device-check-", dir=root))
    tablet = Tablet(folder, root, device, reach)
    try:
        for number, (code, look) in enumerate(CHECKS.items(), _FIRST):
            try:
                yield Finding(number, code, HOLDS, look(tablet))
            except Unseen as fault:
                yield Finding(number, code, UNSEEN, str(fault))
            except Exception as fault:  # noqa: BLE001 - that is what is looked for
                yield Finding(number, code, FAILS, _told(fault))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(fault: Exception) -> str:
    """Return an exception's name and words, without a path: one may name a person's folder."""
    words = " ".join(one for one in str(fault).split() if "/" not in one)
    return f"{type(fault).__name__}: {words[:120]}"


def _require(is_so: object, said: str) -> str:
    if not is_so:
        raise ValueError(said)
    return said


def _only_there() -> None:
    if not java.is_android():
        raise Unseen("no Android")


def _window_there() -> Any:
    """Return the app's window. Raises Unseen."""
    from kivy.base import EventLoop

    if EventLoop.window is None:
        raise Unseen("no window")
    return EventLoop.window


def _system(_tablet: Tablet) -> str:
    bits = 8 * struct.calcsize("P")
    said = f"Python {platform.python_version()}, {bits} bit, optimised {sys.flags.optimize}"
    if not java.is_android():
        return f"{platform.system()}, {said}"
    build, version = java.of("android.os.Build"), java.of("android.os.Build$VERSION")
    what = f"{build.MANUFACTURER} {build.MODEL}, Android {version.RELEASE}, API {version.SDK_INT}"
    return f"{what}, {said}"


def _memory(_tablet: Tablet) -> str:
    sizes = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text("ascii").splitlines()
    )
    whole, free = (int(sizes[name].split()[0]) // 1024 for name in ("MemTotal", "MemAvailable"))
    return _require(whole >= _MEMORY_MB_LEAST, f"{whole} MB, {free} MB of it free")


def _libraries(_tablet: Tablet) -> str:
    for name in _LIBRARIES:
        importlib.import_module(name)
    return f"{len(_LIBRARIES)} load; {ssl.OPENSSL_VERSION}"


def _cipher(tablet: Tablet) -> str:
    path = tablet.folder / "store"
    for content in (1, 2):
        db = open_database(path, bytes(KEY_BYTES))
        version = db.execute("PRAGMA cipher_version").fetchone()
        db.execute("CREATE TABLE IF NOT EXISTS one (a)")
        db.execute("INSERT INTO one VALUES (?)", (content,))
        count = db.execute("SELECT count(*) FROM one").fetchone()[0]
        db.close()
    _require(not path.read_bytes().startswith(b"SQLite format"), "the file is not encrypted")
    return _require(version and count == content, f"SQLCipher {version and version[0]}")


def _keystore(tablet: Tablet) -> str:
    keystore = keystore_of(tablet.folder)
    secret = os.urandom(KEY_BYTES)
    sealed = keystore.wrap(secret)
    _require(keystore.unwrap(sealed) == secret, "what was sealed comes back as something else")
    keystore.forget()
    try:
        keystore.unwrap(sealed)
    except KeystoreLost:
        return f"sealed, opened, forgotten; {len(sealed) - len(secret)} bytes more"
    raise ValueError("a forgotten key still opens")


def _pin(tablet: Tablet) -> str:
    ring = KeyRing(tablet.folder / "agent")
    key = ring.open("4711")
    began = time.monotonic()
    again = KeyRing(tablet.folder / "agent").open("4711")
    took = int((time.monotonic() - began) * 1_000)
    ring.destroy()
    return _require(again == key and took <= _PIN_MS_MOST, f"opened in {took} ms")


def _clocks(_tablet: Tablet) -> str:
    clock = SystemClock()
    before = clock.mono_ms()
    time.sleep(0.05)
    _require(clock.mono_ms() > before, "the running clock stands")
    _require(time.gmtime(_AFTER_2038).tm_year == 2040, "no year after 2038")
    day = time.strftime("%Y-%m-%d", time.gmtime(clock.wall_ms() / 1_000))
    return _require(clock.wall_ms() >= BUILT_MS, f"the date is {day}")


def _boot(_tablet: Tablet) -> str:
    first, again = SystemClock().boot_id(), SystemClock().boot_id()
    return _require(
        first == again and first not in ("", "unknown"), "the start has a name of its own"
    )


def _server(tablet: Tablet) -> str:
    if tablet.reach is None:
        raise Unseen("not linked to a server yet")
    began = time.monotonic()
    try:
        tablet.reach()
    except (Refusal, SyncError) as fault:
        raise ValueError(fault.code) from fault
    return f"answered after {int((time.monotonic() - began) * 1_000)} ms"


def _network(tablet: Tablet) -> str:
    line = tablet.device.network.line()
    return f"{line.kind}, {'metered' if line.is_metered else 'not metered'}"


def _power(tablet: Tablet) -> str:
    battery = tablet.device.power.battery()
    if battery.percent is None:
        raise Unseen("no battery")
    return f"{battery.percent} %, {'charging' if battery.is_charging else 'not charging'}"


def _rest(_tablet: Tablet) -> str:
    _only_there()
    manager = java.service("power")
    is_exempt = manager.isIgnoringBatteryOptimizations(java.activity().getPackageName())
    said = f"exempt from Doze: {bool(is_exempt)}, battery saver: {bool(manager.isPowerSaveMode())}"
    return _require(not manager.isPowerSaveMode(), said)


def _has(feature: str) -> str:
    """Return the name of a part. Raises Unseen where the tablet lacks it, as some may."""
    _only_there()
    if not java.activity().getPackageManager().hasSystemFeature(f"android.hardware.{feature}"):
        raise Unseen(f"no {feature}")
    return feature


def _location(_tablet: Tablet) -> str:
    _has("location.gps")
    is_on = "gps" in set(java.service("location").getProviders(True).toArray())  # noqa: FBT003
    is_allowed = java.has_permission("ACCESS_FINE_LOCATION")
    return _require(
        is_on and is_allowed, f"receiver {'on' if is_on else 'off'}, {_GRANTED[is_allowed]}"
    )


def _camera(_tablet: Tablet) -> str:
    return _has("camera.any")


def _microphone(_tablet: Tablet) -> str:
    return f"{_has('microphone')}, {_GRANTED[java.has_permission('RECORD_AUDIO')]}"


def _telephone(_tablet: Tablet) -> str:
    return _has("telephony")


def _storage(tablet: Tablet) -> str:
    free = tablet.device.storage.free_bytes()
    began = time.monotonic()
    for number in range(10):
        write_private(tablet.folder / "file", bytes([number]) * 4_096)
    took = int((time.monotonic() - began) * 100)
    is_private = (tablet.folder / "file").stat().st_mode & 0o077 == 0
    said = f"{free // 2**20} MB free, a file on disk in {took} ms, private: {is_private}"
    return _require(is_private and free > PHOTO_ROOM_BYTES and took <= _SYNC_MS_MOST, said)


def _photo(_tablet: Tablet) -> str:
    from PIL import Image

    picture = io.BytesIO()
    # A gradient: one colour alone would be no work.
    Image.linear_gradient("L").resize((3_264, 2_448)).convert("RGB").save(picture, "JPEG")
    began = time.monotonic()
    photo = shrink(picture.getvalue())
    took = int((time.monotonic() - began) * 1_000)
    return _require(
        photo.content[8:12] == b"WEBP", f"8 megapixels to {len(photo.content)} bytes in {took} ms"
    )


def _arabic(_tablet: Tablet) -> str:
    """Joined letters are narrower than the same letters apart: shaping by HarfBuzz is there."""
    from kivy.core.text import Label

    label = Label(text=_ARABIC, font_name="App", font_size=64)
    # Measured, not drawn: a texture may be made on the window's thread alone.
    joined, *apart = (label.get_extents(text)[0] for text in (_ARABIC, *_ARABIC))
    return _require(joined < 0.9 * sum(apart), f"joined {joined}, apart {sum(apart)} pixels")


def _window(_tablet: Tablet) -> str:
    _only_there()
    flags = java.activity().getWindow().getAttributes().flags
    return _require(flags & _SECURE, f"flags {flags:#x}")


def _screen(_tablet: Tablet) -> str:
    window = _window_there()
    from kivy.metrics import Metrics

    inch = Metrics.dpi
    said = f"{window.width} x {window.height} pixels, density {Metrics.density}, {inch:.0f} an inch"
    # Seven millimetres: what a finger hits, whatever the maker says of its density.
    return _require(_TARGET_DP * Metrics.density / inch * 25.4 >= 7, said)


def _handed(tablet: Tablet) -> str:
    _only_there()
    here, path = java.activity(), handed.fresh(tablet.root, ".jpg")
    file = java.of("java.io.File")(str(path))
    provider = java.of("androidx.core.content.FileProvider")
    uri = provider.getUriForFile(here, f"{here.getPackageName()}.fileprovider", file)
    return str(uri.getScheme())


def _notices(_tablet: Tablet) -> str:
    _only_there()
    is_on = java.service("notification").areNotificationsEnabled()
    return _require(is_on, f"notifications {'on' if is_on else 'off'}")


def _service(_tablet: Tablet) -> str:
    _only_there()
    here = java.activity()
    name = java.of("android.content.ComponentName")(
        here.getPackageName(), f"{here.getPackageName()}.ServiceSync"
    )
    found = here.getPackageManager().getServiceInfo(name, 0)
    data_sync = java.of("android.content.pm.ServiceInfo").FOREGROUND_SERVICE_TYPE_DATA_SYNC
    type_ = found.getForegroundServiceType()
    return _require(type_ & data_sync, f"type {type_:#x}")


def _handover(tablet: Tablet) -> str:
    if not hasattr(socket, "AF_UNIX"):
        raise Unseen("no sockets of files")
    key = os.urandom(KEY_BYTES)
    offer = handover.Offer(tablet.folder, key)
    try:
        return _require(handover.take(tablet.folder) == key, "the window hands over a key")
    finally:
        offer.close()


def _keyboard(_tablet: Tablet) -> str:
    _only_there()
    secure = java.of("android.provider.Settings$Secure")
    return str(secure.getString(java.activity().getContentResolver(), "default_input_method"))


def _sound(_tablet: Tablet) -> str:
    from kivy.core.audio import SoundLoader

    names = [one.__name__ for one in SoundLoader._classes if "aac" in one.extensions()]
    if not names and not java.is_android():
        raise Unseen("nothing here plays AAC")
    return _require(names, f"AAC by {', '.join(names) or 'nothing'}")


CHECKS: dict[str, Look] = {
    "system": _system,
    "memory": _memory,
    "libraries": _libraries,
    "cipher": _cipher,
    "keystore": _keystore,
    "pin": _pin,
    "clocks": _clocks,
    "boot": _boot,
    "storage": _storage,
    "arabic": _arabic,
    "screen": _screen,
    "window": _window,
    "keyboard": _keyboard,
    "network": _network,
    "server": _server,
    "handover": _handover,
    "service": _service,
    "notices": _notices,
    "rest": _rest,
    "location": _location,
    "handed": _handed,
    "camera": _camera,
    "photo": _photo,
    "microphone": _microphone,
    "sound": _sound,
    "telephone": _telephone,
    "power": _power,
}
"""What is looked at, and how, in the order of the list, of which they are the middle."""


def main(arguments: list[str]) -> int:
    """Check this machine, print the report. Returns 1 if something does not hold."""
    if len(arguments) != 1:
        print("usage: device_check.py FOLDER", file=sys.stderr)
        return 2
    from mobile_app.ui import fonts

    fonts.install()
    root = Path(arguments[0])
    findings = list(check(root, adapters_of_this_device(root), None))
    print(report(findings), end="")
    return any(one.verdict == FAILS for one in findings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
