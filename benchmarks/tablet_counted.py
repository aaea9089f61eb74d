"""The tablet's window in a process of its own, its code counted: for `benchmarks.tablet_counts`.

    python -m benchmarks.tablet_counted calls|instructions FOLDER LANGUAGE

Prints one JSON object: of each act the mean calls of Python and of C from Python, or the mean
instructions of bytecode, with what was `_later`; and how many of Kivy's instructions are `drawn`.

One run does what the other did: Kivy's clock goes on by a frame's time with each frame, the wall's
stands, garbage is looked for only where the app does so. Only the window's thread is counted, and
Kivy's own compiled code where Python calls it, and where it calls Python.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOW, FRAME_S, CALM_FRAMES = 1_795_500_000_000, 1 / 60, 31
READ_FRAMES = 200
"""In which one looks at the first screen; the others are read from disk meanwhile."""
TYPED = ("fatima", "محمد", "ait brahim", "0612", "٠٦٦١", "coop", "زينب", "hass")
RECORDS, SAVES, FRAMES = 12, 6, 120
"""Frames scroll half of the list."""
COLUMNS = {"calls": ("calls", "c_calls"), "instructions": ("instructions",)}
COUNT = [0, 0]
FOUND: dict[str, dict[str, list[int]]] = {}


def note(act: str, column: str, value: int) -> None:
    """Note what an act has cost, once more."""
    FOUND.setdefault(act, {}).setdefault(column, []).append(value)


def _call(_frame: object, event: str, _what: object) -> None:
    if event == "call":
        COUNT[0] += 1
    elif event == "c_call":
        COUNT[1] += 1


def _enter(frame: Any, _event: str, _what: object) -> Callable[..., Any]:
    frame.f_trace_opcodes, frame.f_trace_lines = True, False
    return _step


def _step(_frame: object, event: str, _what: object) -> Callable[..., Any]:
    if event == "opcode":
        COUNT[0] += 1
    return _step


@contextmanager
def counted(act: str, later: str = "") -> Iterator[None]:
    """Count what is done within, as one more of an act. `later`: ends the columns' names."""
    COUNT[:] = [0, 0]
    if sys.argv[1] == "calls":
        sys.setprofile(_call)
    else:
        sys.settrace(_enter)
    try:
        yield
    finally:
        sys.setprofile(None)
        sys.settrace(None)
        for column, value in zip(COLUMNS[sys.argv[1]], COUNT, strict=False):
            note(act, column + later, value)


def drawn(instruction: Any) -> int:
    """Return how many of Kivy's instructions stand under one; Mesa, or a GPU, does them."""
    return sum(1 + drawn(one) for one in getattr(instruction, "children", ()))


class Window:
    """The app in its window, whose clock is moved by hand."""

    def __init__(self, folder: Path, language: str) -> None:
        """Start it, give its PIN, and wait until Today is drawn."""
        from benchmarks.tablet_window import PIN
        from tests.mobile_app.ui.hands import Ui

        self.ui = Ui()
        from kivy.clock import Clock

        from mobile_app.app import NuqtaApp
        from mobile_app.device.clock import FakeClock
        from mobile_app.device.gps import FakeGps, Fix

        self._seconds = Clock.time()
        Clock.time = lambda: self._seconds
        gps = FakeGps(Fix(29_800_000, -9_300_000, 8))
        self.app = self.ui.start(
            NuqtaApp(folder, clock=FakeClock(NOW), gps=gps, language=language, is_automatic=False)
        )
        for digit in PIN:
            self.app.navigator.presenter.press(digit)
        self.app.session.enter()
        self.frames(3)

    def frames(self, count: int = 1) -> None:
        """Let some frames pass."""
        for _ in range(count):
            self._seconds += FRAME_S
            self.ui.frames(1)

    def draws(self, act: str) -> None:
        """Note what a frame of this screen draws."""
        note(act, "drawn", drawn(self.ui.window.canvas))

    def calm(self, act: str) -> None:
        """Wait as a person does between two acts; what was put off is done then, and counted."""
        self.draws(act)
        with counted(act, "_later"):
            self.frames(CALM_FRAMES)


def search(window: Window) -> None:
    """Type letter by letter, both scripts and numbers."""
    app = window.app
    app.navigator.go("find")
    window.frames(CALM_FRAMES)
    box = window.ui.field(0)
    for text in TYPED:
        for end in range(1, len(text) + 1):
            with counted("search_letter"):
                box.text = text[:end]
                app.typing.flush()
                window.frames()
        window.calm("search_letter")
    app.typing.texts["find"] = ""


def scroll(window: Window) -> None:
    """Let a finger scroll the list of people to its end."""
    from mobile_app.ui.kit.rowlist import RowList

    window.app.navigator.go("find")
    window.frames(CALM_FRAMES)
    rows = window.ui.find(RowList)
    for frame in range(FRAMES):
        with counted("scrolled_frame"):
            rows.scroll_y = 1 - frame / FRAMES
            window.frames()
    window.draws("scrolled_frame")
    window.frames(CALM_FRAMES)


def open_records(window: Window, people: list[bytes]) -> None:
    """Open people, one after the other, from Today."""
    for person in people:
        with counted("opened_record"):
            window.app.navigator.go("person", ("person", person))
            window.frames()
        window.calm("opened_record")
        window.app.navigator.go("today")
        window.frames(CALM_FRAMES)


def save_visits(window: Window, people: list[bytes]) -> None:
    """Fill in visits and save them; the slip is drawn."""
    app = window.app
    for person in people:
        app.navigator.go("visit", ("person", person))
        visit = app.navigator.presenter
        for name, code in (("channel", "souk"), ("type", "support"), ("outcome", "done")):
            visit.inputs.put(name, code)
        visit.number = len(visit.steps)
        app.window.show()
        window.frames(CALM_FRAMES)
        save = window.ui.find(text=app.context.say("tablet.visit.save"), is_main=True)
        with counted("saved_visit"):
            save.done()
            window.frames()
        assert app.navigator.here == "slip", visit.problem
        window.calm("saved_visit")
        app.navigator.go("today")
        window.frames(CALM_FRAMES)


def main() -> None:
    """Do each act, and print what it cost."""
    _, _, folder, language = sys.argv
    gc.disable()
    with counted("start"):
        window = Window(Path(folder), language)
    window.draws("start")
    window.frames(READ_FRAMES)
    rows = window.app.context.opened.db.execute("SELECT id FROM person ORDER BY id").fetchall()
    people = [one for (one,) in rows[:: len(rows) // (RECORDS + SAVES)]]
    search(window)
    scroll(window)
    open_records(window, people[:RECORDS])
    save_visits(window, people[RECORDS : RECORDS + SAVES])
    means = {
        act: {column: statistics.mean(values) for column, values in columns.items()}
        for act, columns in FOUND.items()
    }
    print(json.dumps(means))


if __name__ == "__main__":
    main()
