"""Compose the tablet, and lead from screen to screen; a draft is on disk before one leaves.

Its parts: `door.py` who is there, `drawing.py` how it is drawn, `means.py` what screens ask for.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from mobile_app import beside, seats, settings
from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.door import Door
from mobile_app.drawing import Drawing
from mobile_app.exchange.again import Again
from mobile_app.i18n import load_phrases
from mobile_app.means import Means
from mobile_app.navigation import DESTINATIONS, OUTSIDE, presenter_of, readings
from mobile_app.part import Left
from mobile_app.screens.context import Context
from mobile_app.shell.touches import Touches
from mobile_app.store.idle import IdleLock
from mobile_app.store.reference import Reference
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import DIRECTION
from mobile_app.ui.rest import Later, Rest, Sweeper
from mobile_app.ui.text.keyboard import KEYS
from mobile_app.ui.theme import THEME, THEMES
from sync.errors import Refusal

_BACK_KEY, _ERASE_KEY = 27, 8
_KEEP_S = 0.4
"""From a change to its draft on disk: less than the second that may be lost."""
_SOON_S = 0.05
_EXCHANGE_S = 900
_LOOK_S = 15


class _Refused(ExceptionHandler):
    """A refusal that no screen expected, as of a full disk under any touch, is said: no crash."""

    def handle_exception(self, fault):
        app = App.get_running_app()
        if not isinstance(fault, Refusal) or app is None:
            return ExceptionManager.RAISE
        app.refused(fault)
        return ExceptionManager.PASS


_REFUSED = _Refused()


class NuqtaApp(Door, Drawing, Means, App):
    """One window; `go` changes the screen, `show` draws it again."""

    title = "Nuqta"

    def __init__(
        self, folder, *, clock, gps=None, language="ar", theme="light", device=None,
        check=None, is_automatic=True, **more,
    ):  # fmt: skip
        """Show the file in `folder`.

        `device`: its ports; `gps` takes the place of its receiver. `check`: looks whether all of
        the device works (`device.finding.Check`); None: nothing does. `is_automatic`: exchange at
        the start, on resuming, and every quarter of an hour.
        """
        super().__init__(**more)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self.device = device or adapters_of_this_device(self.folder)
        if gps is not None:
            self.device = replace(self.device, gps=gps)
        self.settings = settings.load(self.folder, settings.Settings(language, theme))
        phrases = load_phrases(self.settings.language)
        self.context = Context(
            self.folder,
            phrases,
            self.device.gps,
            Reference(),
            self.settings,
            device=self.device,
            root=self.folder,
        )
        KEYS.port, KEYS.is_simple = self.device.keyboard, self.settings.simple_keyboard
        self._is_automatic = is_automatic
        self.idle, self.again = IdleLock(clock), Again(clock)
        self._line_shown: Any = None
        Clock.schedule_interval(lambda _dt: self.exchange_quietly(), _EXCHANGE_S)
        self.check = check
        self._key, self.is_aiming = b"", False
        self._offer = None
        seats.finish_emptying(self.folder)
        self.here = ""
        self.presenter = None
        self.back = []
        self._arguments = ()
        self.typed: dict[str, str] = {}
        self.told, self._told_tone, self._told_done, self._is_told = "", "", None, False
        self.is_practice = False
        self.scroller: Any = None
        self._side = None
        self._is_side_kept = False
        self.sheet = None
        self._keep = Clock.create_trigger(lambda _dt: self._keep_typed(), _KEEP_S)
        self._later = None
        self._speak(self.settings.language)
        THEME.name = self.settings.theme
        self._begin()

    def _speak(self, language):
        self.context.phrases = load_phrases(language)
        THEME.language = language
        DIRECTION.rtl = self.context.phrases.language.direction == "rtl"

    def build(self):
        ExceptionManager.add_handler(_REFUSED)
        self.root_box = FloatLayout()
        Window.softinput_mode = "below_target"
        Window.bind(on_keyboard=self._on_key, on_resize=lambda *_: self._turned())
        self.touches, self.rest, self._sweeper = Touches(), Rest(), Sweeper()
        # Held here: Kivy's clock and window refer to it weakly.
        self._readings = Later(chain(readings(), [self._sweeper.freeze]))
        Window.bind(on_memorywarning=lambda *_: self._spare())
        for event in ("on_touch_down", "on_key_down", "on_textinput"):
            Window.bind(**{event: self._touched})
        Clock.schedule_interval(lambda _dt: (self.lock_if_idle(), self.look_for_line()), _LOOK_S)
        self.show()
        return self.root_box

    def on_resume(self):
        self._show_told()
        self.exchange_quietly()

    def on_pause(self):
        self.touches.forget()
        self._leave_now()
        self._remember()
        self.go_on_aside()
        return True

    def _spare(self):
        """The system lacks memory: keep the draft before it ends the app, and need less."""
        self._keep_now()
        self._remember()
        self._sweeper.spare()

    def on_stop(self):
        self._leave_now()
        self._close()

    def go(self, name, arguments=()):
        """Lead to a screen; the way back remembers where from."""
        is_kept = self._leave_now()
        if name in dict(DESTINATIONS):
            if not is_kept:
                self.show(keep_scroll=True)
                return
            self.back = []
        elif self.here not in OUTSIDE:
            self.back.append(self._left())
        self._enter(name, arguments)

    def go_from_list(self, name, arguments=()):
        """Lead on from the list at the start side, which stays as it is."""
        if self.here not in beside.LISTS:
            self.here, self.presenter, self._arguments, _ = self.back.pop()
        self._is_side_kept = name in beside.LISTS[self.here]
        self.go(name, arguments)

    def swap(self, name, arguments=()):
        """Lead to a screen that takes the place of this one on the way back."""
        self._enter(name, arguments)

    def _left(self):
        """Return this screen as the way back finds it."""
        return Left(self.here, self.presenter, self._arguments, self._scrolled())

    def _enter(self, name, arguments):
        try:
            presenter = presenter_of(name)(self.context, *arguments)
        except Refusal as refusal:
            self.refused(refusal)
            return
        self.here, self.presenter, self._arguments = name, presenter, arguments
        self.show()

    def go_back(self):
        """Return to where one came from. Returns whether there was a way."""
        if self.sheet is not None:
            self._dismiss()
            return True
        if not self._leave_now():
            self.show(keep_scroll=True)
            return True
        if not self.back:
            return False
        self.here, self.presenter, self._arguments, at = self.back.pop()
        self.show(at=at)
        return True

    def leave(self):
        """Leave something guided: its draft stays."""
        if not self.go_back():
            self.go("today")

    def lead(self, presenter, name, widget):
        """Scroll to the field that brought one to a form, once it is drawn; only once."""
        if presenter.leads_to == name:
            presenter.leads_to = ""
            # Where it stands is known a frame later, when all is laid out.
            Clock.schedule_once(
                lambda _dt: Clock.schedule_once(lambda _dt: self._scroll_to(widget)), _SOON_S
            )

    def _scroll_to(self, widget):
        column = self.scroller
        if widget.get_root_window() and column.outer.height > column.height:
            column.scroll_to(widget, padding=dp(40), animate=False)

    def keep_soon(self):
        """Put the draft of this screen on disk in a moment, however much is typed meanwhile."""
        if not self._keep.is_triggered:
            self._keep()

    def _keep_typed(self):
        if not self._keep_now():
            # Around the field that has the keyboard, which a new drawing takes.
            self.touches.after(self._show_told)

    def _keep_now(self):
        """Put the draft on disk, if there is one. Returns False, and tells why, if it cannot."""
        self._keep.cancel()
        is_dirty = self.context.store is not None and getattr(self.presenter, "is_dirty", False)
        if not is_dirty:
            return True
        try:
            self.presenter.keep()
        except Refusal as refusal:
            self.tell(self.context.sentence(refusal), "attention")
            return False
        return True

    def _leave_now(self):
        """Put what is typed and what is being said on disk. Returns whether it is there."""
        voice = getattr(self.presenter, "voice", None)
        if voice is not None and self.context.store is not None:
            try:
                voice.stop()
            except Refusal as refusal:
                self.tell(self.context.sentence(refusal), "attention")
        return self._keep_now()

    def kept_note(self, kept_ms):
        """Return that the draft is kept, and when."""
        if not kept_ms:
            return ""
        return self.context.say("tablet.draft.kept", time=self.context.phrases.time(kept_ms))

    def soon(self, act):
        """Do something once typing rests for an instant; the last one wins."""
        if self._later is not None:
            self._later[0].cancel()
        self._later = (
            Clock.schedule_once(lambda _dt: self.touches.after(self.flush), _SOON_S),
            act,
        )

    def flush(self):
        """Do now what was to be done soon."""
        act = self.forget_soon()
        if act is not None and self.context.store is not None:  # else locked since
            act()

    def forget_soon(self):
        """Do no more what was to be done soon. Returns it, or None."""
        if self._later is None:
            return None
        (event, act), self._later = self._later, None
        event.cancel()
        return act

    def speak_in(self, language):
        """Change the language, without a restart."""
        self.settings.language = language
        self.save_settings()
        self._speak(language)
        self._side = None
        self.show(keep_scroll=True)

    def shine(self, theme):
        """Change the theme."""
        self.settings.theme = THEME.name = theme
        self.save_settings()
        self._side = None
        self.show(keep_scroll=True)

    def simplify_keyboard(self):
        """Let the keyboard compose no words, or again."""
        self.settings.simple_keyboard = KEYS.is_simple = not KEYS.is_simple
        self.save_settings()
        self.show(keep_scroll=True)

    def next_theme(self):
        """Take the next theme: one tap away from the sun."""
        after = {"light": "sunlight", "sunlight": "dark", "dark": "light"}
        self.shine(after.get(self.settings.theme, THEMES[0]))

    def save_settings(self):
        """Keep what was chosen."""
        settings.save(self.folder, self.settings)

    def _on_key(self, _window, key, _code=None, text="", *_more):
        if key == _BACK_KEY:
            return self.go_back()
        if self.on_digit and (key == _ERASE_KEY or (text and text.isdecimal())):
            self.on_digit("" if key == _ERASE_KEY else str(int(text)))
            return True
        return False
