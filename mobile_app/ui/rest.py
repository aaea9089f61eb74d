"""Let the window's loop turn slowly while nobody touches it: Kivy's own turns 60 times a second.

Kivy draws only what changed, but its loop wakes for every frame that might be. After a while
without a touch, a key or a drawing it wakes ten times a second, which is still at once to a finger.
"""

from __future__ import annotations

import ctypes
import gc

from kivy.clock import Clock
from kivy.core.window import Window

from mobile_app.ui.kit import text
from mobile_app.ui.text import runs

FRAMES_S, RESTING_S = 60, 10
_NEVER = 1_000_000
CACHES = (text.sign_of, runs.levels, runs.visual_runs)
"""What is kept only to be quick."""


class Rest:
    """Watches the window. `AFTER_S`: how long nothing must have happened."""

    AFTER_S = 3.0

    def __init__(self):
        self._doze = Clock.create_trigger(self._slow, self.AFTER_S)
        Window.bind(
            on_touch_down=self.touched,
            on_touch_move=self.touched,
            on_key_down=self.touched,
            on_textinput=self.touched,
            on_flip=self.touched,
        )
        self.touched()

    def touched(self, *_):
        """Something happened: turn at full speed."""
        if Clock._max_fps == RESTING_S:
            Clock._max_fps = FRAMES_S
        self._doze.cancel()
        self._doze()
        return False

    def _slow(self, _dt):
        if Clock._max_fps == FRAMES_S:
            Clock._max_fps = RESTING_S


def _trim():
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

    def __init__(self):
        self._is_settled, self._count = False, 0
        self._sweep = Clock.create_trigger(self._collect, self.AFTER_S)
        gc.set_threshold(self.MADE_MAX, 10, _NEVER)

    def left(self, widgets):
        """A screen was left: its pictures of text go at once, its widgets when nobody waits."""
        Clock.schedule_once(lambda _dt: self._release(widgets), self.SHOWN_S)
        self._sweep.cancel()
        self._sweep()

    def spare(self):
        """Give back at once what can be made anew: memory is short."""
        for made in CACHES:
            made.cache_clear()
        self._collect(0)

    def _release(self, widgets):
        for top in widgets:
            for widget in top.walk():
                widget.canvas.clear()
                if isinstance(widget, text.Text):
                    widget.release()
        self._count += 1
        if self._count >= self.LEFT_MAX:
            self._sweep.cancel()
            self._collect(0)

    def _collect(self, _dt):
        self._count = 0
        gc.collect()
        _trim()
        if not self._is_settled:
            # What the start made stays: it need not be looked at again.
            gc.freeze()
            self._is_settled = True
