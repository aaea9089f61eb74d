"""What widgets stand on: coloured grounds with an edge, hairlines, gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.uix.widget import Widget

from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import PLAIN, Box, MirrorBox
from mobile_app.ui.theme import RADIUS, THEME

Act = Callable[..., object]
"""What a touch does: called with nothing; what it returns is not looked at."""
Padding = float | tuple[float, ...]
"""Around what is within, dp: all sides alike; (sides, above and below); or each, from the left."""


class Ground:
    """A coloured ground behind a widget, with an edge if wanted. Mixed into a widget.

    The edge is a rounded rectangle under a smaller one: cheaper than a line, with smooth corners.
    Both stand on whole pixels, or it would be thicker on one side.
    """

    canvas: Any
    bind: Any
    pos: Any
    size: Any
    height: Any

    def ground(self, color: str, radius: float = 0, edge: str = "", edge_width: float = 1) -> None:
        """Draw it; `radius` and `edge_width` in dp, "" for no colour, no edge."""
        self._edge_width = max(1, round(dp(edge_width))) if edge else 0
        self._edge_color = self._edge = None
        with self.canvas.before:
            if edge:
                self._edge_color = Color(*THEME.color(edge))
                self._edge = RoundedRectangle(radius=[dp(radius)], segments=8)
            self._ground_color = Color(*(THEME.color(color) if color else (0, 0, 0, 0)))
            inner = max(0, dp(radius) - self._edge_width)
            self._ground = RoundedRectangle(radius=[inner], segments=8)
        self.bind(pos=self._follow, size=self._follow)

    def recolor(self, color: str, edge: str = "") -> None:
        """Change the colours of a ground that stands; "" lets what is under it show."""
        self._ground_color.rgba = THEME.color(color) if color else (0, 0, 0, 0)
        if self._edge_color and edge:
            self._edge_color.rgba = THEME.color(edge)

    def _follow(self, *_: object) -> None:
        (x, y), wide = self.pos, self._edge_width
        # Both corners are rounded, and the size is what lies between: rounded by itself, it could
        # differ by a pixel as the widget moves.
        left, low = round(x), round(y)
        across, up = round(x + self.size[0]) - left, round(y + self.size[1]) - low
        if self._edge:
            self._edge.pos, self._edge.size = (left, low), (across, up)
        self._ground.pos = (left + wide, low + wide)
        self._ground.size = (max(0, across - 2 * wide), max(0, up - 2 * wide))


class Stack(Box):
    """Widgets one under the other, as high as they are together."""

    def __init__(
        self, *children: Widget, spacing: float = 8, padding: Padding = 0, **more: Any
    ) -> None:
        pad = [dp(side) for side in padding] if isinstance(padding, tuple) else dp(padding)
        super().__init__(
            orientation="vertical", size_hint_y=None, height=0, spacing=dp(spacing), padding=pad,
            **more,
        )  # fmt: skip
        self.bind(minimum_height=self.setter("height"))
        for child in children:
            self.add_widget(child)


class Abreast(MirrorBox):
    """Boxes side by side, all as high as the highest, and at least `least` dp."""

    def __init__(self, *boxes: Any, least: float = 0, spacing: float = 8) -> None:
        super().__init__(size_hint_y=None, height=dp(least), spacing=dp(spacing))
        self._least = dp(least)
        for box in boxes:
            box.size_hint_y = 1
            box.bind(minimum_height=self._fit)
            self.add_widget(box)
        self._fit()

    def _fit(self, *_: object) -> None:
        self.height = max(self._least, *(box.minimum_height for box in self.children))


class Card(Stack, Ground):
    """One subject on a surface of its own; never a card in a card. It stands inside its edge."""

    def __init__(
        self,
        *children: Widget,
        spacing: float = 0,
        padding: Padding = 0,
        tone: str = "",
        **more: Any,
    ) -> None:
        edge, wide = (tone, 2) if tone else THEME.edge
        super().__init__(*children, spacing=spacing, padding=padding or wide, **more)
        self.ground("surface", RADIUS, edge, wide)


def hold(box: Widget, words: Any, least: float, around: float, side: str = "height") -> None:
    """Keep a box as high as the words in it and what is around them, and at least `least`; dp.

    `side`: what is set; `size_hint_min_y` where a box may be higher, for the others beside it.
    """

    def fit(*_: object) -> None:
        setattr(box, side, max(dp(least), words.height + dp(around)))

    words.bind(height=fit)
    fit()


class Divider(Widget):
    """A hairline."""

    def __init__(self, indent: float = 0) -> None:
        super().__init__(size_hint_y=None, height=dp(1), **PLAIN)
        self._indent = dp(indent)
        with self.canvas:
            Color(*THEME.color("line"))
            self._line = Rectangle()
        self.bind(pos=self._follow, size=self._follow)

    def _follow(self, *_: object) -> None:
        self._line.pos = (self.x + self._indent, self.y)
        self._line.size = (max(0, self.width - 2 * self._indent), self.height)


class Gap(Widget):
    """Room that is taken by nothing."""

    def __init__(self, high: float = 8) -> None:
        super().__init__(size_hint_y=None, height=dp(high), **PLAIN)
