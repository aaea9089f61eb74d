"""What can be touched: buttons, choices, switches. None is smaller than 48 dp."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.gridlayout import GridLayout
from kivy.uix.stacklayout import StackLayout
from kivy.uix.widget import Widget

from mobile_app.ui.kit.ground import Abreast, Act, Ground, hold
from mobile_app.ui.kit.text import Icon, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import DIRECTION, PLAIN, Box, MirrorBox
from mobile_app.ui.theme import MAIN_TARGET, RADIUS, TARGET

_MIDDLE = {"center_y": 0.5}
_SIDES = 24
"""Left and right of a button's words, together, dp."""
_LOOKS = {
    # kind: (ground, pressed, ink, edge)
    "main": ("primary", "primary_press", "on_strong", ""),
    "plain": ("surface", "sunken", "text", "border"),
    "alternative": ("surface", "primary_tint", "primary", "primary"),
    "quiet": ("bg", "sunken", "primary", ""),
    "danger": ("attention", "attention", "on_strong", ""),
}
MOVED = dp(24)
"""A finger that goes further scrolls; it did not press."""


class Touch(ButtonBehavior):
    """What does something when it is let go, once, where it was touched.

    A second finger may let go of it when the first has led on: what is shown no more does nothing.
    """

    done: Act | None = None

    def on_touch_up(self, touch: Any) -> Any:
        """Press nothing where a finger was let go elsewhere."""
        if touch.grab_current is self and not self.collide_point(*touch.pos):
            self.state = "normal"
            touch.ungrab(self)
            return True
        return super().on_touch_up(touch)

    def on_release(self) -> None:
        """Do what it is for."""
        if self.done and self.get_root_window() is not None:
            self.done()


class ActButton(Touch, MirrorBox, Ground):
    """`kind`: main (one a screen), plain, alternative (two equal choices), quiet, danger."""

    def __init__(
        self,
        text: str,
        done: Act,
        kind: str = "main",
        sign: str = "",
        *,
        sign_last: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(
            size_hint_y=None, height=dp(MAIN_TARGET), padding=(dp(16), 0), spacing=dp(8), **more
        )
        self._look, self.is_main = _LOOKS[kind], kind == "main"
        fill, _, ink, edge = self._look
        self.ground(fill, RADIUS, edge, 1.5)
        self.text, self.done, self._least = text, done, None
        self._icon = Icon(sign, ink, 22) if sign else None
        self.label = Text(text, color=ink, bold=True, center=True, hug=True, pos_hint=_MIDDLE)
        parts = [part for part in (self._icon, self.label if text else None) if part]
        for part in reversed(parts) if sign_last else parts:
            self.add_widget(part)
        self._keep_words_whole()
        self.bind(width=self._center)
        self.label.bind(height=self._grow)

    def _grow(self, _label: object, tall: float) -> None:
        needed = tall + dp(8)
        if self._least is None and needed > self.height:
            self._least = self.height  # while it is laid out it may be narrow for a moment
        if self._least is not None:
            self.height = max(self._least, needed)

    def on_state(self, _me: object, state: str) -> None:
        """Look pressed while a finger is down."""
        self.recolor(self._look[1 if state == "down" else 0])

    def say(self, text: str) -> None:
        """Change the words, as while something runs."""
        self.text = text
        self.label.words(text)
        self._keep_words_whole()
        self._center()

    @property
    def _beside(self) -> float:
        """Return what the sign takes beside the words."""
        return self._icon.width + self.spacing if self._icon else 0

    def _keep_words_whole(self) -> None:
        # Beside other buttons: one line or several, but no word in two.
        self.size_hint_min_x = self.label.widest + self._beside + dp(_SIDES) + 1

    def _center(self, *_: object) -> None:
        icon = self._beside
        self.label.within(self.width - dp(_SIDES) - icon)
        inner = icon + (self.label.width if self.text else -self.spacing)
        side = max(dp(8), (self.width - inner) / 2)
        self.padding = (side, dp(4))


class IconButton(Touch, Box, Ground):
    """A sign that can be touched; `text` is its name for those who do not see it."""

    def __init__(
        self,
        sign: str,
        done: Act,
        text: str = "",
        color: str = "text",
        size: float = TARGET,
        *,
        framed: bool = False,
    ) -> None:
        super().__init__(size_hint=(None, None), size=(dp(size), dp(size)), pos_hint=_MIDDLE)
        self.text, self.done = text or sign, done
        self.padding = (dp((size - 26) / 2), 0)
        self.add_widget(Icon(sign, color, 26))
        if framed:
            self.ground("surface", RADIUS, "border")


class Link(Touch, MirrorBox):
    """Words that lead on, beside a heading."""

    def __init__(self, text: str, done: Act) -> None:
        super().__init__(size_hint=(None, None), height=dp(TARGET), pos_hint=_MIDDLE)
        self.text, self.done = text, done
        label = Text(text, "small", "primary", bold=True, hug=True, pos_hint=_MIDDLE)
        self.width = max(dp(TARGET), label.width + dp(8))
        self.add_widget(label)


class Tile(Touch, MirrorBox, Ground):
    """One of several choices, with a ring that fills, or a box if several may be chosen.

    It is as high as the highest beside it.
    """

    def __init__(
        self,
        text: str,
        done: Act,
        *,
        is_chosen: bool = False,
        sign: str = "",
        many: bool = False,
        high: float = MAIN_TARGET,
    ) -> None:
        super().__init__(padding=(dp(14), dp(4)), spacing=dp(10))
        self.text, self.done, self.is_chosen = text, done, is_chosen
        color = "primary" if is_chosen else "text"
        if is_chosen:
            self.ground("primary_tint", RADIUS, "primary", 1.5)
        else:
            self.ground("surface", RADIUS, "border")
        if sign:
            self.add_widget(Icon(sign, color, 24))
        else:
            self.add_widget(_Ring(is_chosen, many))
        words = Text(text, color=color, bold=is_chosen, pos_hint=_MIDDLE, lines=2)
        hold(self, words, high, 8, "size_hint_min_y")
        self.add_widget(words)


class _Ring(Box, Ground):
    def __init__(self, is_full: bool, is_square: bool) -> None:
        super().__init__(size_hint=(None, None), size=(dp(22), dp(22)), pos_hint=_MIDDLE)
        color = "primary" if is_full else "border"
        full = "primary" if is_full else "surface"
        self.ground(full if is_square else "surface", 5 if is_square else 11, color, 2)
        if is_full and is_square:
            self.add_widget(Icon("check", "on_strong", 20))
        elif is_full:
            self.padding = dp(5.5)
            dot = _Disc()
            dot.ground("primary", 5.5)
            self.add_widget(dot)


class _Disc(Box, Ground):
    pass


class Tiles(GridLayout):
    """Choices in two columns; of each `(code, words)` or `(code, words, sign)`."""

    def __init__(
        self,
        options: Iterable[Sequence[Any]],
        chosen: Container[Any],
        on_choose: Callable[[Any], object],
        *,
        many: bool = False,
        cols: int = 2,
        high: float = MAIN_TARGET,
    ) -> None:
        super().__init__(
            cols=cols,
            spacing=dp(8),
            size_hint_y=None,
            orientation="rl-tb" if DIRECTION.rtl else "lr-tb",
        )
        self.bind(minimum_height=self.setter("height"))
        for code, text, *sign in options:
            tile = Tile(
                text,
                lambda code=code: on_choose(code),
                is_chosen=code in chosen,
                sign=sign[0] if sign else "",
                many=many,
                high=high,
            )
            self.add_widget(tile)


class Segmented(Abreast):
    """Two to four choices side by side, with their signs."""

    def __init__(
        self,
        options: Iterable[Sequence[Any]],
        chosen: Container[Any],
        on_choose: Callable[[Any], object],
        high: float = 64,
    ) -> None:
        cells = (
            _Cell(text, sign[0] if sign else "", code in chosen, lambda code=code: on_choose(code))
            for code, text, *sign in options
        )
        super().__init__(*cells, least=high, spacing=2)


class _Cell(Touch, Box, Ground):
    def __init__(self, text: str, sign: str, is_chosen: bool, done: Act) -> None:
        super().__init__(orientation="vertical", padding=(dp(4), dp(6)))
        self.text, self.done, self.is_chosen = text, done, is_chosen
        ink = "on_strong" if is_chosen else "text"
        edge = "primary" if is_chosen else "border"
        self.ground("primary" if is_chosen else "surface", RADIUS, edge)
        self.add_widget(Widget(**PLAIN))
        if sign:
            self.add_widget(Icon(sign, ink, 24, pos_hint={"center_x": 0.5}))
        self.add_widget(Text(text, "small", ink, bold=is_chosen, center=True))
        self.add_widget(Widget(**PLAIN))


class Chip(Touch, MirrorBox, Ground):
    """A filter, or a fact that can be touched."""

    def __init__(
        self, text: str, done: Act | None = None, *, is_on: bool = False, sign: str = ""
    ) -> None:
        super().__init__(
            size_hint=(None, None), height=dp(TARGET), padding=(dp(14), 0), spacing=dp(6)
        )
        self.text, self.done, self.is_on = text, done, is_on
        self.ground("primary" if is_on else "surface", 24, "primary" if is_on else "border")
        ink = "on_strong" if is_on else "text"
        if sign:
            self.add_widget(Icon(sign, ink, 18))
        label = Text(text, "small", ink, bold=is_on, hug=True, pos_hint=_MIDDLE)
        self.width = max(dp(TARGET), label.width + dp(28 + (24 if sign else 0)))
        self.add_widget(label)


class Chips(StackLayout):
    """Chips, on as many lines as they need."""

    def __init__(self, *chips: Widget) -> None:
        super().__init__(
            size_hint_y=None, spacing=dp(8), orientation="rl-tb" if DIRECTION.rtl else "lr-tb"
        )
        self.bind(minimum_height=self.setter("height"))
        for chip in chips:
            self.add_widget(chip)


class Toggle(Touch, MirrorBox):
    """Something that is on or off, with its words."""

    def __init__(self, text: str, is_on: bool, done: Act, sign: str = "") -> None:
        super().__init__(
            size_hint_y=None, height=dp(MAIN_TARGET), spacing=dp(12), padding=(dp(16), 0)
        )
        self.text, self.done, self.is_on = text, done, is_on
        if sign:
            self.add_widget(Icon(sign, "muted", 22))
        self.add_widget(Text(text, pos_hint=_MIDDLE))
        self.add_widget(_Switch(is_on))


class _Switch(Box, Ground):
    def __init__(self, is_on: bool) -> None:
        super().__init__(size_hint=(None, None), size=(dp(46), dp(26)), pos_hint=_MIDDLE)
        color = "primary" if is_on else "border"
        self.ground("primary" if is_on else "surface", 13, color, 2)
        at_end = is_on != DIRECTION.rtl
        self.padding = (dp(24 if at_end else 5), dp(5), dp(5 if at_end else 24), dp(5))
        knob = _Disc()
        knob.ground("surface" if is_on else "border", 8)
        self.add_widget(knob)


FACES = ("mood-cry", "mood-sad", "mood-empty", "mood-smile", "mood-happy")
"""From 1 to 5."""


class Faces(Abreast):
    """Five faces with their words, the unhappy one at the start side."""

    def __init__(
        self, chosen: object, on_choose: Callable[[int], object], words: Iterable[str]
    ) -> None:
        faces = (
            _Face(sign, text, number == chosen, lambda n=number: on_choose(n))
            for number, (sign, text) in enumerate(zip(FACES, words, strict=True), 1)
        )
        super().__init__(*faces, least=104, spacing=4)


class _Face(Touch, Box, Ground):
    def __init__(self, sign: str, text: str, is_chosen: bool, done: Act) -> None:
        super().__init__(orientation="vertical", padding=(dp(2), dp(10), dp(2), dp(8)))
        self.text, self.done, self.is_chosen = text, done, is_chosen
        color = "primary" if is_chosen else "text"
        if is_chosen:
            self.ground("primary_tint", RADIUS, "primary", 1.5)
        else:
            self.ground("surface", RADIUS, "border")
        self.add_widget(Icon(sign, color, 48, pos_hint={"center_x": 0.5}))
        self.add_widget(Text(text, color=color, bold=is_chosen, center=True))
        self.add_widget(Widget(**PLAIN))
