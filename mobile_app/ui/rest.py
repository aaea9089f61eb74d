"""Let the window's loop rest while nobody touches it: Kivy's own turns 60 times a second.

Kivy draws only what changed, but its loop wakes for every frame that might be. After a while
without a touch, a key or a drawing it wakes for what is scheduled and for what happens; where SDL
does not tell what happens, ten times a second, which is still at once to a finger.
"""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from typing import Any

from kivy.cache import Cache
from kivy.clock import Clock
from kivy.core.window import Window, _window_sdl2
from kivy.uix.widget import Widget

from mobile_app.ui.kit import text
from mobile_app.ui.text import runs

FRAMES_S, RESTING_S = 60, 10
_NEVER = 1_000_000
_wait_for_a_frame = Clock.idle
CACHES = (text.sign_of, text.line_of, text.block_of, runs.levels, runs.visual_runs)
"""What is kept only to be quick."""


class Bell:
    """Rings when SDL is given an event by a thread that is not the window's.

    On Android a finger comes in a thread of its own, and so does a key; nothing need be asked for
    then. On a desk SDL has events only when it is asked: whether `is_heard` shows by the first one.
    """

    _HANDS = (0x300, 0x400, 0x700)
    """Of SDL's event types, those of keys, mouse and fingers; the last two digits say which."""
    _TYPE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint32))

    def __init__(self) -> None:
        self.is_heard = self.has_rung = False
        self.woken = threading.Event()
        self._window = threading.get_ident()
        # Kept for as long as SDL may call it: Python frees what nobody holds.
        self._watch = self._TYPE(self._given)
        with suppress(OSError, AttributeError):  # SDL is out of reach: it is asked, as before
            ctypes.CDLL(_window_sdl2.__file__).SDL_AddEventWatch(self._watch, None)

    def _given(self, _data: object, event: Any) -> int:
        if threading.get_ident() != self._window:
            self.is_heard = self.is_heard or event[0] & ~0xFF in self._HANDS
            self.has_rung = True
            self.woken.set()
        return 1


bell = cache(Bell)


class Rest:
    """Watches the window. `AFTER_S`: how long nothing must have happened."""

    AFTER_S = 3.0
    LONGEST_S = 60.0
    """Of one wait, if nothing at all were scheduled."""

    def __init__(self) -> None:
        self._doze = Clock.create_trigger(self._slow, self.AFTER_S)
        self._is_resting, self._bell = False, bell()
        # In place of a frame's wait. What a thread lets the clock do is done at once, too.
        Clock.idle = self._wait
        Clock.on_schedule = self._scheduled
        Window.bind(
            on_touch_down=self.touched,
            on_touch_move=self.touched,
            on_key_down=self.touched,
            on_textinput=self.touched,
            on_flip=self.touched,
            focus=self._pace,
        )
        self.touched()

    def _scheduled(self, _event: object) -> None:
        if not self._bell.woken.is_set():  # as it is but at rest: a screen schedules hundreds
            self._bell.woken.set()

    def touched(self, *_: object) -> bool:
        """Something happened: turn at full speed."""
        if self._is_resting:
            self._is_resting = False
            Clock._max_fps = FRAMES_S
            Clock.schedule_interval(Cache._purge_by_timeout, 1)
        self._doze.cancel()
        self._doze()
        return False

    def _slow(self, _dt: float) -> None:
        if Clock._max_fps == FRAMES_S:
            self._is_resting = True
            self._pace()
            Clock.unschedule(Cache._purge_by_timeout)  # nothing is put there meanwhile

    def _is_told(self) -> bool:
        """Whether SDL tells all that may happen.

        Of a pause it does not: that is looked for at each turn, and a window loses its focus first.
        """
        return self._bell.is_heard and Window.focus

    def _pace(self, *_: object) -> None:
        """Be slow at rest where SDL must be asked."""
        if self._is_resting:
            Clock._max_fps = FRAMES_S if self._is_told() else RESTING_S

    def _wait(self) -> float:
        """Wait for the next turn: a frame's while; at rest, what is due next or an event."""
        if self._is_resting and self._is_told():
            due = Clock.get_min_timeout() - Clock.time()
            self._bell.woken.wait(min(due, self.LONGEST_S))
            # Before the turn, not after it: what rings while it runs wakes the next wait at once.
            self._bell.woken.clear()
        now = _wait_for_a_frame()
        if self._bell.has_rung:
            # It rings before the event can be fetched, which the next turns do. What is scheduled
            # counts from the last turn, so only here.
            self._bell.has_rung = False
            self.touched()
        return now


class Later:
    """Does one thing after another while nobody touches the tablet."""

    AFTER_S, APART_S = 0.5, 0.02
    """Since a touch; and between two things, so that a finger is not kept waiting."""

    def __init__(self, things: Iterable[Callable[[], object]]) -> None:
        self._things = iter(things)
        self._wait = Clock.create_trigger(self._do_one, self.AFTER_S)
        self._go_on = Clock.create_trigger(self._do_one, self.APART_S)
        Window.bind(on_touch_down=self._put_off, on_key_down=self._put_off)
        self._wait()

    def _put_off(self, *_: object) -> bool:
        self._go_on.cancel()
        self._wait.cancel()
        self._wait()
        return False

    def _do_one(self, _dt: float) -> None:
        thing = next(self._things, None)
        if thing is None:
            Window.unbind(on_touch_down=self._put_off, on_key_down=self._put_off)
        else:
            thing()
            self._go_on()


def _trim() -> None:
    """Give freed memory back to the system, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Sweeper:
    """Takes away screens that were left, once the next one stands.

    Widgets refer to one another in circles, so only the garbage collector frees them. By itself it
    comes in the middle of a touch and looks at everything; here it looks at what came after the
    start, when nobody waits.
    """

    AFTER_S = 0.3
    SHOWN_S = 0.05
    """Until the next screen stands."""
    LEFT_MAX = 4
    """Screens left since the last time, after which it is time whoever waits."""
    MADE_MAX = 50_000
    """New objects after which the young are looked at: a screen is some 20,000."""

    def __init__(self) -> None:
        self._count = 0
        self._sweep = Clock.create_trigger(self._collect, self.AFTER_S)
        gc.set_threshold(self.MADE_MAX, 10, _NEVER)

    def left(self, widgets: Iterable[Widget]) -> None:
        """A screen was left: its pictures of text go at once, its widgets when nobody waits."""
        Clock.schedule_once(lambda _dt: self._release(widgets), self.SHOWN_S)
        self._sweep.cancel()
        self._sweep()

    def freeze(self) -> None:
        """All is read from disk that ever will be: it stays, and need not be looked at again."""
        self._collect(0)
        gc.freeze()

    def spare(self) -> None:
        """Give back at once what can be made anew: memory is short."""
        for made in CACHES:
            made.cache_clear()
        self._collect(0)

    def _release(self, widgets: Iterable[Widget]) -> None:
        for top in widgets:
            for widget in top.walk():
                widget.canvas.clear()
                if isinstance(widget, text.Text):
                    widget.release()
        self._count += 1
        if self._count >= self.LEFT_MAX:
            self._sweep.cancel()
            self._collect(0)

    def _collect(self, _dt: float) -> None:
        self._count = 0
        gc.collect()
        _trim()
