"""The tablet's window in a process of its own, offscreen: what `benchmarks.tablet` measures.

    python -m benchmarks.tablet_window FOLDER LANGUAGE   the app on the file in FOLDER
    python -m benchmarks.tablet_window --bare            a window with one label

Prints a line `usable` once the first screen stands, then one JSON object, and ends.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mobile_app.ui.hands import Ui

PIN = "7777"
QUERIES = ("fatima", "محمد", "ait brahim", "0612", "٠٦٦١", "coop", "زينب", "hass")
RECORDS, SAVES, SCROLLED, IDLE_S, CALM_S = 40, 25, 240, 60, 0.5
LOOKED = 6
"""Calms in which one looks at the first screen; the others are read from disk meanwhile."""
_NOW = time.perf_counter


def rss_anon_mb() -> float:
    """Return the private memory of this process (`RssAnon`), MiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no RssAnon")


def p95(values: list[float]) -> float:
    """Return the 95th percentile, milliseconds."""
    return round(statistics.quantiles(values, n=20)[-1], 1)


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    began = _NOW()
    work()
    return 1_000 * (_NOW() - began)


def bare() -> dict[str, Any]:
    """Measure a window with one label."""
    from kivy.uix.label import Label

    ui = Ui()
    ui.mount(Label(text="نقطة", font_name="App"))
    ui.frames(5)
    print("usable", flush=True)
    return {"memory_mb": round(rss_anon_mb(), 1)}


def calm(ui: Ui) -> None:
    """Wait as long as a person does between two acts, at least; what is put off is done then."""
    end = _NOW() + CALM_S
    while _NOW() < end:
        ui.frames(1)
        time.sleep(0.01)


def app(folder: Path, language: str, idle_s: float) -> dict[str, Any]:  # noqa: PLR0915 - a day
    """Measure the app."""
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock
    from mobile_app.device.gps import FakeGps, Fix

    ui = Ui()
    gps = FakeGps(Fix(29_800_000, -9_300_000, 8))
    app = ui.start(
        NuqtaApp(folder, clock=SystemClock(), gps=gps, language=language, is_automatic=False)
    )
    for digit in PIN:
        app.navigator.presenter.press(digit)
    app.session.enter()
    ui.frames(3)
    print("usable", flush=True)
    for _ in range(LOOKED):
        calm(ui)
    rng = random.Random(3)  # noqa: S311
    store = app.context.opened
    people = [row[0] for row in store.db.execute("SELECT id FROM person").fetchall()]

    def search(text: str) -> float:
        box = ui.field(0)

        def look() -> None:
            box.text = text
            app.typing.flush()
            ui.frames(1)

        return timed(look)

    app.navigator.go("find")
    ui.frames(3)
    searches = [search(text[:end]) for text in QUERIES for end in range(1, len(text) + 1)]
    app.typing.texts["find"] = ""
    app.navigator.go("find")
    ui.frames(5)
    scrolls = _scroll(ui, app)
    calm(ui)

    def open_record(person: bytes) -> float:
        took = timed(lambda: (app.navigator.go("person", ("person", person)), ui.frames(1)))
        calm(ui)
        app.navigator.go("today")
        calm(ui)
        return took

    opens = [open_record(person) for person in rng.sample(people, RECORDS)]

    def save(person: bytes) -> float:
        app.navigator.go("visit", ("person", person))
        visit = app.navigator.presenter
        for name, code in (("channel", "souk"), ("type", "support"), ("outcome", "done")):
            visit.inputs.put(name, code)
        visit.number = len(visit.steps)
        app.window.show()
        calm(ui)
        saved = app.context.say("tablet.visit.save")
        took = timed(lambda: ui.press_at_once(saved))
        assert app.navigator.here == "slip", visit.problem
        app.navigator.go("today")
        calm(ui)
        return took

    saves = [save(person) for person in rng.sample(people, SAVES)]
    app.navigator.go("today")
    ui.frames(5)
    memory = rss_anon_mb()
    frames, wakes = _idle(ui, app, idle_s)
    return {
        "search_p95_ms": p95(searches),
        "open_record_p95_ms": p95(opens),
        "save_visit_p95_ms": p95(saves),
        "scroll_p95_ms": p95(scrolls),
        "memory_mb": round(memory, 1),
        "idle_frames": frames,
        "idle_wakes": wakes,
        "idle_s": idle_s,
    }


def _scroll(ui: Ui, app: Any) -> list[float]:
    """Return the milliseconds of each frame while a finger scrolls the list to its end and back."""
    from mobile_app.ui.kit.rowlist import RowList

    rows = ui.find(RowList)
    took = []
    for step in range(SCROLLED):
        share = step / (SCROLLED / 2)
        rows.scroll_y = 1 - share if share <= 1 else share - 1
        took.append(timed(lambda: ui.frames(1)))
    assert app.navigator.presenter.rows
    return took


def _idle(ui: Ui, app: Any, seconds: float) -> tuple[int, int]:
    """Leave the app alone, under its own loop. Returns frames drawn, and turns of the loop.

    One press has come as on Android, by a thread of its own: none need be asked for then.
    """
    from kivy.base import EventLoop
    from kivy.clock import Clock
    from kivy.core.window import Window

    from mobile_app.ui.rest import FRAMES_S

    drawn = [0]
    Clock._max_fps = FRAMES_S  # the tests' hands run flat out; the app does not
    app.window.rest.touched()
    ui.given()

    def count(*_args: object) -> None:
        drawn[0] += 1

    end = time.monotonic() + app.window.rest.AFTER_S + 1
    while time.monotonic() < end:
        EventLoop.idle()
        Window.mainloop()
    Window.bind(on_flip=count)
    turns, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        EventLoop.idle()
        Window.mainloop()
        turns += 1
    Window.unbind(on_flip=count)
    return drawn[0], turns


def main() -> int:
    """Measure, and print the row."""
    if sys.argv[1] == "--bare":
        row = bare()
    else:
        row = app(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    print(json.dumps(row), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
