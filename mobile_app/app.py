"""Compose the tablet: store behind its PIN, presenters, screens, and the frame around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout

from mobile_app.headless import FILE_NAME, new_id
from mobile_app.i18n import load_phrases
from mobile_app.navigation import DESTINATIONS, PRESENTERS, VIEWS
from mobile_app.screens.context import Context
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.store.key import load_or_make_key
from mobile_app.store.records import Store
from mobile_app.store.reference import Reference
from mobile_app.ui.kit import AppBar, Banner, Destinations, Divider, LineOfTruth
from mobile_app.ui.mirror import DIRECTION
from mobile_app.ui.theme import THEME
from sync.entities import ENTITIES

_BACK_KEY = 27


class NuqtaApp(App):
    """One window; `go` changes the screen, `show` draws it again."""

    def __init__(self, folder, *, clock, gps, language="ar", theme="light", **more):
        super().__init__(**more)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self.context = Context(folder, load_phrases(language), gps, Reference())
        self.presenter: Any = PinPresenter(self.context, self._open)
        self.here = "pin"
        self.back = []
        self.typed = {}
        self.told = ""
        self.column: Any = None
        THEME.name = theme
        self._speak(language)

    def _open(self, pin):
        folder = self.context.folder
        key = load_or_make_key(folder, pin)
        return Store(folder / FILE_NAME, key, ENTITIES, clock=self.clock, ids=new_id)

    def _speak(self, language):
        self.context.phrases = load_phrases(language)
        THEME.language = language
        DIRECTION.rtl = language == "ar"

    def build(self):
        self.frame = BoxLayout(orientation="vertical")
        Window.clearcolor = THEME.color("bg")
        Window.bind(on_keyboard=self._on_key)
        self.show()
        return self.frame

    def on_stop(self):
        if self.context.store is not None:
            self.context.store.close()

    def opened(self):
        """The PIN was right."""
        self.go("enrol" if self.context.opened.kept("device_id") is None else "today")

    def go(self, name, arguments=()):
        """Lead to a screen; the way back remembers where from."""
        if name in dict(DESTINATIONS):
            self.back = []
        elif self.here not in ("pin", "enrol"):
            self.back.append((self.here, self.presenter))
        self.here = name
        self.presenter = PRESENTERS[name](self.context, *arguments)
        self.show()

    def go_back(self):
        """Return to where one came from. Returns whether there was a way."""
        if not self.back:
            return False
        self.here, self.presenter = self.back.pop()
        self.show()
        return True

    def tell(self, words):
        """Say something on the next screen, once."""
        self.told = words

    def switch_language(self):
        """Change between Arabic and French, without a restart."""
        self._speak("fr" if THEME.language == "ar" else "ar")
        self.show()

    def show(self, keep_scroll=False):
        """Draw the screen as its presenter says."""
        at = self.column.scroll_y if keep_scroll and self.column else 1
        self.frame.clear_widgets()
        say = self.context.say
        is_inside = self.here not in ("pin", "enrol")
        titles = {"person": "", "visit": say("tablet.visit"), "pin": "Nuqta", "enrol": "Nuqta"}
        title = titles.get(self.here) if self.here in titles else say(f"tablet.nav.{self.here}")
        if self.here == "today":
            title = self.presenter.title
        on_back = self.go_back if self.back else None
        self.frame.add_widget(
            AppBar(title, on_back, (say("tablet.language"), self.switch_language))
        )
        if is_inside:
            self.frame.add_widget(LineOfTruth(*self.context.truth()))
        self.frame.add_widget(Divider())
        self.column = VIEWS[self.here].build(self, self.presenter)
        if self.told:
            self.column.box.add_widget(
                Banner(self.told, "ontablet"), index=len(self.column.box.children)
            )
            self.told = ""
        self.frame.add_widget(self.column)
        self.column.scroll_y = at
        if is_inside and self.here != "visit":
            places = [(code, say(f"tablet.nav.{code}"), sign) for code, sign in DESTINATIONS]
            self.frame.add_widget(Divider())
            self.frame.add_widget(Destinations(places, self.here, self.go))

    def _on_key(self, _window, key, *_more):
        return self.go_back() if key == _BACK_KEY else False
