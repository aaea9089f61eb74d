"""The tests' hands on the window: a real SDL2 window on an EGL surfaceless context.

Environment has to be set before the first `import kivy`, so it is set here, at
import time of this module. No X server is needed: SDL's "offscreen" driver opens a
GL context through EGL and Mesa's llvmpipe draws it. Set KIVY_TEST_X11=1 (and
DISPLAY) to run the same tests in a visible window or on Xvfb.
"""

import os
import tempfile
import time
from contextlib import contextmanager

import mobile_app.ui  # noqa: F401  what the app itself sets before Kivy

if not os.environ.get("KIVY_TEST_X11"):
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
os.environ.setdefault("KIVY_HOME", tempfile.mkdtemp(prefix="kivy-home-"))
os.environ["KIVY_NO_ARGS"] = "1"  # do not let Kivy eat pytest's argv
os.environ["KIVY_NO_FILELOG"] = "1"
os.environ["KIVY_NO_CONSOLELOG"] = "1"  # any value switches it off
os.environ["KIVY_METRICS_DENSITY"] = "1"
os.environ["KIVY_CLIPBOARD"] = "dummy"  # xclip would look for a display

from kivy.config import Config

for _section, _key, _value in (
    ("graphics", "width", "800"),
    ("graphics", "height", "1280"),
    ("graphics", "maxfps", "0"),  # no sleep in Clock.tick: tests run flat out
    ("graphics", "vsync", "0"),
    ("graphics", "multisamples", "0"),
    ("kivy", "exit_on_escape", "0"),
):
    Config.set(_section, _key, _value)
# drop mouse/mtdev/HID readers: only what a test injects may arrive
for _name in list(Config.options("input")):
    Config.remove_option("input", _name)


from mobile_app.ui import fonts  # noqa: E402

fonts.install()


@contextmanager
def handled():
    """Do with a fault what Kivy's own loop does: ask the app, which may have words for it."""
    from kivy.base import ExceptionManager

    try:
        yield
    except Exception as fault:
        if ExceptionManager.handle_exception(fault) == ExceptionManager.RAISE:
            raise


@contextmanager
def letters(scale):
    """Let a person have chosen letters of another size, which a device reads once at its start."""
    from kivy.metrics import Metrics

    from mobile_app.ui import metrics

    before, Metrics.fontscale = Metrics.fontscale, scale
    metrics.sp.cache_clear()
    try:
        yield
    finally:
        Metrics.fontscale = before
        metrics.sp.cache_clear()


class Ui:
    """Drive one widget tree frame by frame."""

    def __init__(self):
        from kivy.base import EventLoop
        from kivy.core.window import Window
        from kivy.graphics.opengl import glFinish

        self.started = []

        self.loop, self.window = EventLoop, Window
        self.taps, self._app = 0, None
        EventLoop.ensure_window()
        # Without a screen to swap to, Mesa keeps what a frame used until it is told to end.
        Window.bind(on_flip=lambda _window: glFinish())
        Window.initialized = True
        if EventLoop.status != "started":
            EventLoop.start()

    def mount(self, widget, size=None):
        self.clear()
        if size:
            self.window.size = size
        self.window.add_widget(widget)
        self.frames(3)
        return widget

    def start(self, app):
        """Run a whole App's start-up (build, on_start) without its main loop."""
        self.clear()
        self._app = app
        self.started.append(app)
        app._run_prepare()
        self.frames(3)
        return app

    def given(self, x=0, y=0):
        """Let SDL be given a press by a thread of its own, as on Android; window points.

        It is a mouse's: on a desk Kivy passes no finger on.
        """
        import ctypes
        import threading

        from kivy.core.window import _window_sdl2

        class Press(ctypes.Structure):  # SDL_MouseButtonEvent, and the rest of an SDL_Event
            _fields_ = (
                ("type", ctypes.c_uint32),
                ("before", ctypes.c_uint32 * 3),
                ("button", ctypes.c_uint8 * 4),
                ("x", ctypes.c_int32),
                ("y", ctypes.c_int32),
                ("rest", ctypes.c_uint8 * 28),
            )

        event = Press(0x401, button=(1, 1, 1, 0), x=x, y=y)
        push = ctypes.CDLL(_window_sdl2.__file__).SDL_PushEvent
        thread = threading.Thread(target=push, args=(ctypes.byref(event),))
        thread.start()
        thread.join()

    def drag(self, points):
        """One finger through window points: a signature, a swipe."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(*points[0])
        touch.touch_down()
        for x, y in points[1:]:
            self.frames(1)
            touch.touch_move(x, y)
        touch.touch_up()
        self.frames(2)

    def clear(self):
        if self._app is not None:
            self._app.window._turned = lambda: None  # the window lives on, and turns for others
        for child in list(self.window.children):
            self.window.remove_widget(child)

    def frames(self, n=1):
        for _ in range(n):
            with handled():
                self.loop.idle()

    def until(self, predicate, seconds=30):
        end = time.monotonic() + seconds
        while not predicate():
            assert time.monotonic() < end, f"not reached in {seconds} s"
            self.loop.idle()
            time.sleep(0.002)

    def find(self, cls=None, **attrs):
        """First widget of `cls` whose attributes all match, depth first."""
        for top in self.window.children:
            for w in top.walk():
                if cls and not isinstance(w, cls):
                    continue
                if all(getattr(w, k, None) == v for k, v in attrs.items()):
                    return w
        raise AssertionError(f"no widget {cls} {attrs}")

    def tap(self, widget):
        from kivy.tests.common import UnitTestTouch

        self.taps += 1
        x, y = widget.to_window(*widget.center)
        touch = UnitTestTouch(x, y)
        with handled():
            touch.touch_down()
        self.frames(1)
        with handled():
            touch.touch_up()
        self.frames(2)

    def type(self, text):
        for ch in text:
            self.window.dispatch("on_textinput", ch)
            self.frames(1)

    def key(self, code, scancode=0, modifiers=()):
        self.window.dispatch("on_key_down", code, scancode, None, list(modifiers))
        self.window.dispatch("on_key_up", code, scancode)
        self.frames(1)

    def screenshot(self, path):
        """Pixels of the frame that is about to be flipped, as a PNG."""
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
        from PIL import Image

        grabbed = {}

        def grab(win):
            w, h = win.system_size
            grabbed["img"] = (w, h, glReadPixels(0, 0, w, h, GL_RGB, GL_UNSIGNED_BYTE))

        self.frames(2)
        self.window.bind(on_flip=grab)  # runs before the default flip
        try:
            self.window.canvas.ask_update()
            self.loop.idle()
        finally:
            self.window.unbind(on_flip=grab)
        w, h, data = grabbed["img"]
        img = Image.frombytes("RGB", (w, h), bytes(data)).transpose(Image.FLIP_TOP_BOTTOM)
        img.save(path)
        return img

    def words(self):
        """All that the screen says, top to bottom as it was added."""
        found = (getattr(w, "text", "") for top in self.window.children for w in top.walk())
        return [text for text in found if text]

    def scroll_to(self, widget):
        from kivy.uix.scrollview import ScrollView

        parent = widget.parent
        while parent is not None and parent is not parent.parent:
            if isinstance(parent, ScrollView):
                if parent.children[0].height > parent.height:
                    parent.scroll_to(widget, padding=40, animate=False)
                self.frames(3)
                return
            parent = parent.parent

    def press(self, text):
        """Tap the button of these words, where it has come to rest."""
        found = self._button(text)
        for _ in range(20):
            self.scroll_to(found)
            at = found.to_window(*found.center)
            self.frames(2)
            again = self._button(text)
            if again is found and at == found.to_window(*found.center):
                break
            found = again  # drawn anew meanwhile
        self.tap(found)
        self.frames(8)  # a scrolling column passes a quick tap on a moment later

    def _button(self, text):
        from kivy.uix.behaviors import ButtonBehavior

        for top in self.window.children:
            for widget in top.walk():
                if isinstance(widget, ButtonBehavior) and getattr(widget, "text", None) == text:
                    return widget
        raise AssertionError(f"no button {text!r} among {self.words()}")

    def press_at_once(self, text):
        """Do what the button of these words does; the next frame shows what came."""
        found = next(
            widget
            for top in self.window.children
            for widget in top.walk()
            if getattr(widget, "done", None) and getattr(widget, "text", None) == text
        )
        found.done()
        self.frames(1)

    def field(self, number=0):
        from mobile_app.ui.text.field import BidiTextInput

        inputs = [
            widget
            for top in self.window.children
            for widget in top.walk()
            if isinstance(widget, BidiTextInput)
        ]
        return inputs[number]

    def write(self, number, text):
        """Tap a field and type."""
        target = self.field(number)
        self.scroll_to(target)
        self.tap(target)
        for _ in range(100):  # a scrolling column passes a quick tap on a moment later
            if target.focus:
                break
            time.sleep(0.01)
            self.frames(1)
        assert target.focus, f"field {number} did not take the tap"
        self.type(text)
