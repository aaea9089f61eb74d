"""How far a thing has come: marks of arrival, nodes of a route, digits of a PIN, progress.

While a widget is moved, `center_x`, `right` and `top` still tell where it was: what is drawn here
is placed by `x`, `y` and the size alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Line, Mesh, Quad, Rectangle, RoundedRectangle
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.widget import Widget

from mobile_app.ui.kit.ground import Ground
from mobile_app.ui.kit.text import Icon, Names, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import DIRECTION, PLAIN, MirrorBox
from mobile_app.ui.theme import THEME, TOKENS

LOOKS = {
    "on_tablet": "ontablet",
    "received": "received",
    "reviewed": "reviewed",
    "attention": "attention",
    "dismissed": "attention",
    "held": "held",
}
"""State of a record -> its entry under `status` in the tokens."""


def _rhombus(x: float, y: float, half: float) -> tuple[float, ...]:
    return (x - half, y, x, y + half, x + half, y, x, y - half)


class _Sign(Widget):
    """A sign of instructions of its own: drawn once a frame, however often it was moved."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**PLAIN, **more)
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        self.fbind("pos", self._draw_soon)
        self.fbind("size", self._draw_soon)


class Mark(_Sign):
    """Three points, filled as a record has come; a sign of its own for what waits for a person."""

    def __init__(self, state: str, **more: Any) -> None:
        super().__init__(size_hint=(None, None), height=dp(20), **more)
        self.pos_hint = more.get("pos_hint", {"center_y": 0.5})
        self.show(state)

    def show(self, state: str) -> None:
        """Show another state; "" takes no room."""
        self.state = state
        has_dots = state and TOKENS["status"][LOOKS[state]]["mark"] == "dots"
        self.width = dp(36 if has_dots else 18) if state else 0
        self._draw_soon()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if not self.state:
            return
        look = LOOKS[self.state]
        status = TOKENS["status"][look]
        with self.canvas:
            Color(*THEME.color(look))
            if status["mark"] == "dots":
                self._dots(status["filled"])
            elif status["icon"] == "hourglass":
                self._hourglass()
            else:
                self._triangle()

    def _dots(self, filled: int) -> None:
        half, step = dp(4.2), dp(12)
        for number in range(3):
            place = 2 - number if DIRECTION.rtl else number
            x, y = self.x + dp(6) + place * step, (self.y + self.height / 2)
            if number < filled:
                Quad(points=_rhombus(x, y, half))
            else:
                Line(points=_rhombus(x, y, half - dp(0.6)), close=True, width=dp(0.7))

    def _triangle(self) -> None:
        x, y, half = (self.x + self.width / 2), (self.y + self.height / 2), dp(8)
        points = (x - half, y - dp(6.5), x + half, y - dp(6.5), x, y + dp(7.5))
        vertices = [part for at in range(0, 6, 2) for part in (*points[at : at + 2], 0, 0)]
        Mesh(vertices=vertices, indices=[0, 1, 2], mode="triangles")
        Color(*THEME.color("on_strong"))
        Rectangle(pos=(x - dp(0.9), y - dp(1.6)), size=(dp(1.8), dp(5.2)))
        Rectangle(pos=(x - dp(0.9), y - dp(4.6)), size=(dp(1.8), dp(1.8)))

    def _hourglass(self) -> None:
        x, y, wide, high = (self.x + self.width / 2), (self.y + self.height / 2), dp(6), dp(7)
        for sign in (1, -1):
            flat = (x - wide, y + sign * high, x + wide, y + sign * high, x, y)
            vertices = [part for at in range(0, 6, 2) for part in (*flat[at : at + 2], 0, 0)]
            Mesh(vertices=vertices, indices=[0, 1, 2], mode="triangles")
            Rectangle(
                pos=(x - wide, y + sign * high - (dp(1.6) if sign > 0 else 0)),
                size=(2 * wide, dp(1.6)),
            )


class State(MirrorBox, Ground):
    """A mark and its word; tinted only where the reader has something to do or to wait for.

    `full`: its width with the word, of which it may be folded to its mark.
    """

    def __init__(self, state: str = "", word: str = "", **more: Any) -> None:
        super().__init__(size_hint=(None, None), height=dp(32), padding=(dp(10), 0), **more)
        self.pos_hint = {"center_y": 0.5}
        self.ground("surface", 16)
        self._mark = Mark("")
        self._word = Text("", "small", bold=True, hug=True, pos_hint={"center_y": 0.5})
        self.add_widget(self._mark)
        self.add_widget(self._word)
        self._is_folded = False
        self.show(state, word)

    def show(self, state: str, word: str, ground: str = "surface") -> None:
        """Show another state and its word, on this ground."""
        self._mark.show(state)
        look = LOOKS.get(state, "")
        self._full_word = word
        self._word.words(word, look or "muted")
        tinted = look and TOKENS["status"][look]["tint_in_lists"]
        self.recolor(f"{look}_tint" if tinted and THEME.name != "sunlight" else ground)
        self.spacing = dp(6) if state and word else 0
        inner = self._mark.width + self.spacing + self._word.width
        self.full = inner + dp(20) if inner else 0
        self._hug()

    def fold(self, is_folded: bool) -> None:
        """Show the mark alone, or the word again."""
        if is_folded != self._is_folded:
            self._is_folded = is_folded
            self._hug()

    def _hug(self) -> None:
        is_mark = self._is_folded and bool(self._mark.state)
        word = "" if is_mark else self._full_word
        if self._word.text != word:
            self._word.words(word)
        self.spacing = dp(6) if self._mark.state and word else 0
        self.width = self._mark.width + dp(20) if is_mark else self.full
        # A rounded ground that shrinks to nothing stays where it was, above the next row's.
        self.opacity = 1 if self.width else 0


def make_room(names: Names, state: State) -> Callable[..., None]:
    """Fold a state to its mark before the name beside it is cut. Returns what does so anew."""

    def share(*_: object) -> None:
        room = names.width + state.width - state.full
        state.fold(names.first.natural > room + 1)

    names.bind(width=share)
    share()
    return share


class Node(_Sign):
    """A station of a round or a history: `done`, `now` or `next`, with the line through it."""

    def __init__(
        self, stage: str, color: str = "received", *, is_first: bool = False, is_last: bool = False
    ) -> None:
        super().__init__(size_hint_x=None, width=dp(26))
        self._look = (stage, color, is_first, is_last)

    def _draw(self, *_: object) -> None:
        stage, color, is_first, is_last = self._look
        x, y = (self.x + self.width / 2), (self.y + self.height / 2)
        half = dp(9) if stage == "now" else dp(6)
        self.canvas.clear()
        with self.canvas:
            Color(*THEME.color("line"))
            low = y if is_last else self.y
            high = y if is_first else (self.y + self.height)
            Rectangle(pos=(x - dp(1), low), size=(dp(2), high - low))
            Color(*THEME.color("primary" if stage == "now" else color))
            Quad(points=_rhombus(x, y, half))
            if stage != "done":
                Color(*THEME.color("primary_tint" if stage == "now" else "surface"))
                Quad(points=_rhombus(x, y, half - dp(2)))


class PinDots(Widget):
    """The digits of the PIN as rhombi, filled as they come; never written in a label."""

    def __init__(self, count: int) -> None:
        super().__init__(size_hint_y=None, height=dp(40), **PLAIN)
        self._filled, self._count = 0, count
        self.bind(pos=self._draw, size=self._draw)

    def show(self, filled: int) -> None:
        """Fill so many."""
        self._filled = filled
        self._draw()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        half, step = dp(9), dp(34)
        with self.canvas:
            for number in range(self._count):
                # Digits are entered from left to right in every language.
                x = (self.x + self.width / 2) + (number - (self._count - 1) / 2) * step
                Color(*THEME.color("primary"))
                Quad(points=_rhombus(x, (self.y + self.height / 2), half))
                if number >= self._filled:
                    Color(*THEME.color("bg"))
                    Quad(points=_rhombus(x, (self.y + self.height / 2), half - dp(1.6)))


class EmptyMark(Widget):
    """Three empty points: there is nothing here yet."""

    def __init__(self) -> None:
        super().__init__(size_hint_y=None, height=dp(48), **PLAIN)
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        with self.canvas:
            Color(*THEME.color("border"))
            for number in (-1, 0, 1):
                points = _rhombus(
                    (self.x + self.width / 2) + number * dp(34), (self.y + self.height / 2), dp(12)
                )
                Line(points=points, close=True, width=dp(1.1))


class Bar(Widget):
    """How much of something is done, from the start side."""

    def __init__(self, ratio: float = 0.0, color: str = "primary") -> None:
        super().__init__(size_hint_y=None, height=dp(8), **PLAIN)
        self.ratio = ratio
        with self.canvas:
            Color(*THEME.color("sunken"))
            self._track = RoundedRectangle(radius=[dp(4)], segments=4)
            Color(*THEME.color(color))
            self._fill = RoundedRectangle(radius=[dp(4)], segments=4)
        self.bind(pos=self._follow, size=self._follow)

    def show(self, ratio: float) -> None:
        """Show how much is done, from 0 to 1."""
        self.ratio = max(0.0, min(1.0, ratio))
        self._follow()

    def _follow(self, *_: object) -> None:
        wide = self.width * self.ratio
        self._track.pos, self._track.size = self.pos, self.size
        self._fill.pos = ((self.x + self.width) - wide if DIRECTION.rtl else self.x, self.y)
        self._fill.size = (wide, self.height)


class Brand(Widget):
    """The bowl of the noon and its point."""

    def __init__(self, size: float = 32) -> None:
        super().__init__(size_hint=(None, None), size=(dp(size), dp(size)), **PLAIN)
        self.pos_hint = {"center_y": 0.5}
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        unit = self.width / 32
        x, y = (self.x + self.width / 2), (self.y + self.height / 2) - 2 * unit
        with self.canvas:
            Color(*THEME.color("primary"))
            Line(circle=(x, y + 2 * unit, 11 * unit, 90, 270), width=2.4 * unit, cap="round")
            Color(*THEME.color("focus"))
            Quad(points=_rhombus(x, y + 8.5 * unit, 5 * unit))


class Round(AnchorLayout):
    """A sign in a quiet disc, before a row."""

    def __init__(self, sign: str, color: str = "muted", size: float = 40) -> None:
        super().__init__(size_hint=(None, None), size=(dp(size), dp(size)), **PLAIN)
        self.pos_hint = {"center_y": 0.5}
        with self.canvas.before:
            Color(*THEME.color("sunken"))
            self._disc = RoundedRectangle(radius=[dp(size / 2)], segments=24)
        self.bind(pos=self._follow, size=self._follow)
        self._icon = Icon(sign, color, size * 0.5)
        self.add_widget(self._icon)

    def sign(self, name: str) -> None:
        """Show another sign."""
        self._icon.sign(name)

    def _follow(self, *_: object) -> None:
        self._disc.pos, self._disc.size = self.pos, self.size
