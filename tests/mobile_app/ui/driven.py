"""The real app in a process of its own, moved by lines on standard input: what kill -9 can end.

`python -m tests.mobile_app.ui.driven FOLDER LANGUAGE` reads `["press", "words"]`, one a line, and
answers each with `{"here": …, "words": […]}`. `Tablet` is the test's side of it.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]


class Tablet:
    """A running app. Every method is a thing that a hand does."""

    def __init__(self, folder, language, memory_mb=None):
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), language],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if memory_mb:
            most = (memory_mb * 2**20,) * 2
            resource.prlimit(self._process.pid, resource.RLIMIT_DATA, most)
        self.here = ""
        self.words = []
        self._hear()

    def __getattr__(self, act):
        return lambda *given: self._tell(act, *given)

    def kill(self):
        """What an empty battery does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def wait_for(self, words, seconds=20):
        """Let the app run until it says so."""
        end = time.monotonic() + seconds
        while not any(words in one for one in self.words):
            assert time.monotonic() < end, f"{words!r} is not among {self.words}"
            self.rest()

    def _tell(self, act, *given):
        self._process.stdin.write(json.dumps([act, *given]) + "\n")
        self._process.stdin.flush()
        self._hear()

    def _hear(self):
        answer = json.loads(self._process.stdout.readline())
        assert "fault" not in answer, answer["fault"]
        self.here, self.words = answer["here"], answer["words"]


def _serve(folder, language):
    from tests.mobile_app.ui.hands import Ui

    ui = Ui()

    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock
    from mobile_app.device.gps import FakeGps, Fix

    gps = FakeGps(Fix(30_440_000, -8_730_000, 8))
    app = ui.start(
        NuqtaApp(folder, clock=SystemClock(), gps=gps, language=language, is_automatic=False)
    )

    def rest():
        time.sleep(0.02)
        ui.frames(2)

    def settle():
        # Longer than a draft waits for its place on disk.
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            rest()

    acts = {
        "settle": settle,
        "press": ui.press,
        "write": ui.write,
        "rest": rest,
        "shot": ui.screenshot,
        "pause": app.on_pause,
        "lack_memory": lambda: ui.window.dispatch("on_memorywarning"),
    }

    def answer(**more):
        print(json.dumps({"here": app.navigator.here, "words": ui.words(), **more}), flush=True)

    answer()
    for line in sys.stdin:
        act, *given = json.loads(line)
        try:
            acts[act](*given)
        except Exception as fault:  # noqa: BLE001 - told to the test, which fails with it
            answer(fault=repr(fault))
        else:
            answer()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2])
