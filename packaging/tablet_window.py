"""The app in an offscreen window, for `tablet_page.py`: pictures out, what hands do in.

Its pictures go to standard output: 4 bytes, the length of a JSON head; that head; `head["bytes"]`
bytes of JPEG. `head["words"]` is what the screen says. From standard input come lines of JSON:
`{"kind": "down" | "move" | "up" | "wheel" | "text" | "key", …}`; pixels from the top left.

Kivy is imported late: it takes its environment when it is first imported.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import zlib
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from mobile_app.exchange import connection

ROOT = Path(__file__).parent.parent
PICTURES_PER_SECOND = 10
KEYS = {
    "Backspace": 8,
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    "Delete": 127,
    "ArrowUp": 273,
    "ArrowDown": 274,
    "ArrowRight": 275,
    "ArrowLeft": 276,
    "Home": 278,
    "End": 279,
}
"""A browser's names of keys, and Kivy's numbers."""


class Screen:
    """An offscreen window: pictures out, hands in."""

    def __init__(self, size: str, out: BinaryIO) -> None:
        """Open an offscreen window of `size`."""
        width, height = size.split("x")
        os.environ.update(
            SDL_VIDEODRIVER="offscreen",
            KIVY_NO_ARGS="1",
            KIVY_NO_CONSOLELOG="1",
            KIVY_NO_FILELOG="1",
            KIVY_METRICS_DENSITY="1",
            KIVY_CLIPBOARD="dummy",
        )
        from kivy.config import Config

        for section, key, value in (
            ("graphics", "width", width),
            ("graphics", "height", height),
            ("graphics", "maxfps", "30"),
            ("graphics", "multisamples", "0"),
            ("kivy", "exit_on_escape", "0"),
        ):
            Config.set(section, key, value)
        for name in list(Config.options("input")):
            Config.remove_option("input", name)
        Config.set("input", "mouse", "mouse,disable_multitouch")
        self._out = out
        self._mark, self._at = 0, 0.0

    def watch(self) -> None:
        """Send a picture whenever one is drawn that differs, at most so many a second."""
        from kivy.clock import Clock
        from kivy.core.window import Window

        self._later = Clock.create_trigger(
            lambda _dt: Window.canvas.ask_update(), 1 / PICTURES_PER_SECOND
        )
        Window.bind(on_flip=self._drawn)  # before the flip: after it the pixels are gone
        threading.Thread(target=self._listen, daemon=True).start()

    def _drawn(self, window: Any) -> None:
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
        from PIL import Image

        if time.monotonic() - self._at < 1 / PICTURES_PER_SECOND:
            self._later()
            return
        self._at = time.monotonic()
        width, height = window.system_size
        pixels = bytes(glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE))
        mark = zlib.crc32(pixels)
        if mark == self._mark:
            return
        self._mark = mark
        packed = BytesIO()
        image = Image.frombytes("RGB", (width, height), pixels)
        image.transpose(Image.FLIP_TOP_BOTTOM).save(packed, "JPEG", quality=88, subsampling=0)
        head = json.dumps({"bytes": packed.tell(), "words": _words(window)}).encode()
        self._out.write(len(head).to_bytes(4, "big") + head + packed.getvalue())
        self._out.flush()

    def _listen(self) -> None:
        from kivy.app import App
        from kivy.clock import Clock

        acts: SimpleQueue[dict[str, Any]] = SimpleQueue()
        # One a frame: a finger that comes and goes within one frame touches nothing.
        Clock.schedule_interval(lambda _dt: acts.empty() or _do(acts.get()), 0)
        for line in sys.stdin:
            acts.put(json.loads(line))
        Clock.schedule_once(lambda _dt: App.get_running_app().stop())


def _words(window: Any) -> list[list[Any]]:
    """Return what the screen says: text, and its centre in pixels from the top left."""
    found = []
    for top in window.children:
        for widget in top.walk():
            text = getattr(widget, "text", "")
            if text or hasattr(widget, "hint_text"):
                x, y = widget.to_window(widget.center_x, widget.center_y)
                found.append([text, round(x), round(window.height - y)])
    return found


def _do(act: dict[str, Any]) -> None:
    from kivy.core.window import Window

    x, y = act.get("x", 0), act.get("y", 0)
    if act["kind"] in {"down", "up"}:
        Window.dispatch(f"on_mouse_{act['kind']}", x, y, "left", [])
    elif act["kind"] == "move":
        Window.dispatch("on_mouse_move", x, y, [])
    elif act["kind"] == "wheel":
        # Kivy names the wheel by where the finger would go.
        button = "scrollup" if act["down"] else "scrolldown"
        Window.dispatch("on_mouse_down", x, y, button, [])
        Window.dispatch("on_mouse_up", x, y, button, [])
    elif act["kind"] == "text":
        for letter in act["text"]:  # a key and a letter, as SDL tells both
            Window.dispatch("on_keyboard", ord(letter), 0, letter, [])
            Window.dispatch("on_textinput", letter)
    else:
        code = KEYS[act["key"]]
        if not Window.dispatch("on_key_down", code, 0, None, []):
            Window.dispatch("on_keyboard", code, 0, None, [])
        Window.dispatch("on_key_up", code, 0)


def main(store: str, server: str, size: str, language: str) -> None:
    """Run the app until standard input ends.

    Args:
        server: the line to it; what the store remembers from its enrolment is another.
    """
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not stand among them
    screen = Screen(size, out)
    sys.path.insert(0, str(ROOT))
    from mobile_app.ui import fonts

    fonts.install()
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock
    from mobile_app.exchange.transport import Transport
    from mobile_app.store.database import transaction
    from mobile_app.store.records import Store

    def connect(opened: Store) -> Transport:
        with transaction(opened.db):
            opened.kept.url = server
        return connection.connect(opened)

    app = NuqtaApp(store, clock=SystemClock(), language=language)
    app.context.connect = connect
    screen.watch()
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
