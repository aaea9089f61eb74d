"""While nobody touches the tablet nothing is drawn, and it wakes for what is due alone."""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mobile_app.ui.walk import leave, start

pytestmark = pytest.mark.kivy

ROOT = Path(__file__).parents[3]
QUIET_S = 2.0
SOON_S = 2 * QUIET_S
DOZE_MAX_S = 30.0


@pytest.fixture
def resting(ui, tmp_path, monkeypatch):
    with rested(ui, tmp_path, monkeypatch) as app:
        yield app


@contextmanager
def rested(ui, tmp_path, monkeypatch):
    """Return the app at rest, under its own loop; SDL has told of no finger yet."""
    from kivy.clock import Clock

    from mobile_app.ui.rest import FRAMES_S, Rest, bell

    monkeypatch.setattr(Rest, "AFTER_S", 0.2)
    monkeypatch.setattr(bell(), "is_heard", False)
    flat_out = Clock._max_fps
    for left in Clock.get_events():  # by the apps of other tests, which live on in this process
        left.cancel()
    app = start(ui, tmp_path, "ar")
    Clock._max_fps = FRAMES_S
    doze(ui, app)
    yield app
    app.window.rest.touched()
    Clock._max_fps = flat_out
    if app.context.store is not None:
        leave(app)


def doze(ui, app):
    """Wait until it rests and has nothing left that it does once.

    A new screen is drawn, and the other screens are read one by one, while the window rests.
    """
    end = time.monotonic() + DOZE_MAX_S
    while not is_at_rest(app):
        assert time.monotonic() < end, f"no rest in {DOZE_MAX_S:.0f} s"
        turn(ui)


def is_at_rest(app):
    """Whether nothing is due soon; what comes again and again is the product's, and counts."""
    from kivy.clock import Clock

    from mobile_app.ui.rest import bell

    soon = Clock.time() + SOON_S
    once = [event for event in Clock.get_events() if not event.loop]
    is_due = any(event._last_dt + event.timeout < soon for event in once)
    return app.window.rest._is_resting and not bell().has_rung and not is_due


def turn(ui):
    """Turn Kivy's loop once, as it turns by itself: with SDL's events."""
    ui.frames(1)
    ui.window.mainloop()


def turns_in(ui, seconds):
    """Turn the loop for a while. Returns how often it turned."""
    from kivy.clock import Clock

    turns, end = 0, time.monotonic() + seconds
    Clock.schedule_once(lambda _dt: None, seconds)  # what is due next may be long after
    while time.monotonic() < end:
        turn(ui)
        turns += 1
    return turns


def test_where_nothing_is_told_it_asks_ten_times_a_second(ui, resting):
    assert 5 < turns_in(ui, QUIET_S) < 40


def test_it_wakes_for_what_is_due_alone(ui, resting):
    from kivy.clock import Clock

    from mobile_app.ui.rest import bell

    ui.given()
    assert bell().is_heard
    doze(ui, resting)
    done = []
    Clock.schedule_once(lambda _dt: done.append(time.monotonic()), QUIET_S)
    assert turns_in(ui, QUIET_S) < 5
    ui.until(lambda: done)


def test_screens_that_are_read_slowly_are_read_before_it_is_at_rest(ui, tmp_path, monkeypatch):
    from mobile_app.ui.rest import Later

    monkeypatch.setattr(Later, "APART_S", 0.1)  # as on a busy machine
    with rested(ui, tmp_path, monkeypatch) as app:
        ui.given()
        doze(ui, app)
        assert turns_in(ui, QUIET_S) < 5


def test_without_focus_it_asks_so_that_a_pause_is_seen_while_there_is_a_surface(ui, resting):
    ui.given()
    doze(ui, resting)
    ui.window._focus = False
    try:
        assert 5 < turns_in(ui, QUIET_S) < 40
        resting.window.rest.touched()
        doze(ui, resting)
        assert 5 < turns_in(ui, QUIET_S) < 40
    finally:
        ui.window._focus = True
    doze(ui, resting)
    assert turns_in(ui, QUIET_S) < 5


def test_a_finger_wakes_it(ui, resting):
    ui.given()
    doze(ui, resting)
    pressed = []
    ui.window.bind(on_mouse_down=lambda _window, x, y, *_: pressed.append((x, y)))
    threading.Timer(0.3, ui.given, (200, 100)).start()
    began = time.monotonic()
    while not pressed:
        turn(ui)
        assert time.monotonic() < began + 5, "slept through it"
    assert pressed == [(200, 100)]
    assert not resting.window.rest._is_resting


def test_where_sdl_is_out_of_reach_it_asks(ui, monkeypatch):
    from mobile_app.ui import rest

    def no_library(_path):
        raise OSError

    monkeypatch.setattr(rest.ctypes, "CDLL", no_library)
    assert not rest.Bell().is_heard


def test_what_a_thread_lets_it_do_wakes_it(ui, resting):
    from kivy.clock import Clock

    ui.given()
    doze(ui, resting)
    done = []
    threading.Timer(0.3, lambda: Clock.schedule_once(done.append)).start()
    began = time.monotonic()
    turns = 0
    while not done:
        turn(ui)
        turns += 1
        assert time.monotonic() < began + 5, "slept through it"
    assert turns < 5
    assert resting.window.rest._is_resting, "nobody has touched it"


def test_a_start_reads_two_screens_and_the_rest_while_nobody_touches(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.mobile_app.ui.hands import Ui\n"
        "from tests.mobile_app.ui.walk import start\n"
        "ui = Ui()\n"
        "def read():\n"
        "    names = ('PIL', 'mobile_app.qr', 'mobile_app.screens.visit.view')\n"
        "    return [name for name in names if name in sys.modules]\n"
        "app = start(ui, Path(sys.argv[1]), 'ar')\n"
        "print(*read(), 'at first', flush=True)\n"
        "ui.until(lambda: len(read()) == 3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    assert done.stdout.decode().strip() == "at first"
