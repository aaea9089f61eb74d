"""The tablet's one window: what is shown in it, keys, its size, fingers, rest; Kivy's loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from mobile_app.screens.context import Context
from mobile_app.shell.catalogue import REFRESHED
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.panes import Notice, Panes
from mobile_app.shell.ports import Act
from mobile_app.shell.touches import Touches
from mobile_app.ui.kit import Sheet
from mobile_app.ui.metrics import dp
from mobile_app.ui.rest import Later, Rest, Sweeper
from mobile_app.ui.settle import settle
from mobile_app.ui.theme import THEME
from sync.errors import Refusal

_BACK_KEY, _ERASE_KEY = 27, 8
_LAID_OUT_S = 0.05


class KivyLoop:
    """Kivy's loop, which is the window's thread (`ports.Loop`)."""

    def after(self, seconds: float, act: Act) -> Callable[[], None]:
        """Do `act` in so many seconds. Returns what calls it off."""
        event = Clock.schedule_once(lambda _dt: act(), seconds)
        cancel: Callable[[], None] = event.cancel
        return cancel

    def every(self, seconds: float, act: Act) -> None:
        """Do `act` again and again, until it returns False."""
        Clock.schedule_interval(lambda _dt: act(), seconds)

    def beside(self, work: Act, then: Act) -> None:
        """Do `work` on another thread, then `then`."""

        def run() -> None:
            work()
            Clock.schedule_once(lambda _dt: then())

        threading.Thread(target=run, daemon=True).start()


class TabletWindow:
    """Shows what the navigator stands at, as `Panes` draws it (`ports.Stage`).

    `notice`: what is said above the screen. `sheet`: a question over it. `rest`: when the loop may.
    """

    root: FloatLayout
    rest: Rest
    _panes: Panes
    _navigator: Navigator
    _touches: Touches

    def __init__(self, context: Context, notice: Notice) -> None:
        """Open nothing yet: until `open` something may be said, but not shown."""
        self._context, self.notice = context, notice
        self.sheet: Any = None

    def open(
        self,
        navigator: Navigator,
        panes: Panes,
        readings: Iterator[Act],
        *,
        on_touch: Act,
        on_memory: Act,
    ) -> FloatLayout:
        """Bind Kivy's window and show the first screen. Returns what Kivy is to show.

        Args:
            readings: what is to be read from disk while nobody touches the tablet.
            on_touch: called at each touch and key.
            on_memory: called when the system lacks memory, before what can be spared is.
        """
        self._navigator, self._panes = navigator, panes
        self.root = FloatLayout()
        self._touches, self.rest, self._sweeper = Touches(), Rest(), Sweeper()
        # Held here: Kivy's clock and window refer to it weakly.
        self._readings = Later(chain(readings, [self._sweeper.freeze]))
        Window.softinput_mode = "below_target"
        Window.bind(on_keyboard=self._on_key, on_resize=lambda *_: self._turned())
        Window.bind(on_memorywarning=lambda *_: spare())

        def spare() -> None:
            on_memory()
            self._sweeper.spare()

        def touched(*_: Any) -> bool:
            on_touch()
            return False

        for event in ("on_touch_down", "on_key_down", "on_textinput"):
            Window.bind(**{event: touched})
        self.show()
        return self.root

    # What is shown

    def show(self, *, keep_scroll: bool = False, at: float = 1.0) -> None:
        """Draw the screen as its presenter says, at once."""
        question = self.sheet if keep_scroll else None
        at = self.scrolled() if keep_scroll else at
        self.dismiss()
        if self.notice.is_shown and not keep_scroll:
            self.notice.words = ""
        left = list(self.root.children)
        self.root.clear_widgets()
        Window.clearcolor = THEME.color("bg")
        self.root.add_widget(self._panes.draw(is_same=keep_scroll, at=at))
        if question is not None:  # a position that comes takes no question from under the finger
            self._put(question)
        settle(self.root)
        self._sweeper.left(left)

    def renew(self) -> None:
        """Draw the screen and the list beside it anew: what both look like has changed."""
        self._panes.forget_list()
        self.show(keep_scroll=True)

    def refresh(self) -> None:
        """Draw again what changed by itself: when no finger is down, where nobody types."""
        self.after_touch(self._refresh)

    def _refresh(self) -> None:
        if self._navigator.here in REFRESHED:
            self.show(keep_scroll=True)

    def redraw(self, presenter: Any) -> None:
        """Draw a screen again that changed by itself, once no finger is down, if it still shows."""

        def draw() -> None:
            if self._navigator.presenter is presenter:
                self.show(keep_scroll=True)

        self.after_touch(draw)

    def after_touch(self, act: Act) -> None:
        """Change something that may stand under a finger, once none is down."""
        self._touches.after(act)

    def forget_touches(self) -> None:
        """Expect no finger to be lifted: the system takes the window away."""
        self._touches.forget()

    @property
    def scroller(self) -> Any:
        """What scrolls on the screen, if anything does."""
        return self._panes.scroller

    def scrolled(self) -> float:
        """Return how far the screen is scrolled; 1 is its head."""
        return 1.0 if self.scroller is None else float(self.scroller.scroll_y)

    def lead(self, presenter: Any, name: str, widget: Any) -> None:
        """Scroll to the field that brought one to a form, once it is drawn; only once."""
        if presenter.leads_to == name:
            presenter.leads_to = ""
            # Where it stands is known a frame later, when all is laid out.
            Clock.schedule_once(
                lambda _dt: Clock.schedule_once(lambda _dt: self._scroll_to(widget)), _LAID_OUT_S
            )

    def _scroll_to(self, widget: Any) -> None:
        column = self.scroller
        if widget.get_root_window() and column.outer.height > column.height:
            column.scroll_to(widget, padding=dp(40), animate=False)

    # What is said above it

    def tell(self, words: str, tone: str = "received", done: Act | None = None) -> None:
        """Say something on the next screen; it stays until one leads on from there."""
        self.notice.tell(words, tone, done)

    def say_now(self, words: str, tone: str = "attention") -> None:
        """Say something on this screen."""
        self.tell(words, tone)
        self.show(keep_scroll=True)

    def refused(self, refusal: Refusal) -> None:
        """Say why something was not done; everything else is as it was."""
        self.say_now(self._context.sentence(refusal))

    def allowed(self, act: Act) -> bool:
        """Do something that may be refused; say why. Returns whether it was done."""
        try:
            act()
        except Refusal as refusal:
            self.refused(refusal)
            return False
        return True

    def show_notice(self) -> None:
        """Draw what is said above the screen, and nothing else."""
        self._panes.draw_notice()

    # A question over it

    def ask(self, content: Any) -> None:
        """Put a question over the screen; a touch beside it takes it away."""
        self._put(Sheet(content, self.dismiss))
        settle(self.root)

    def _put(self, sheet: Any) -> None:
        self.sheet = sheet
        self.root.add_widget(sheet)

    def dismiss(self) -> bool:
        """Take the question over the screen away. Returns whether there was one."""
        if self.sheet is None:
            return False
        self.root.remove_widget(self.sheet)
        self.sheet = None
        return True

    # Keys and size

    def _on_key(
        self, _window: Any, key: int, _code: Any = None, text: str = "", *_more: Any
    ) -> bool:
        if key == _BACK_KEY:
            return self._navigator.go_back()
        on_digit = self._panes.on_digit
        if on_digit and (key == _ERASE_KEY or (text and text.isdecimal())):
            on_digit("" if key == _ERASE_KEY else str(int(text)))
            return True
        return False

    def _turned(self) -> None:
        if self._panes.is_other_width():
            self.renew()
