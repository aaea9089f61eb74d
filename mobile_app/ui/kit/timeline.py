"""A stretch of time as a bar: what of it went by, what was paused, where today is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Quad, Rectangle, RoundedRectangle
from kivy.uix.widget import Widget

from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import DIRECTION, PLAIN
from mobile_app.ui.theme import THEME

_COLORS = {"counted": "primary", "over": "attention"}
_HATCHED = "paused"


class TimeBar(Widget):
    """Parts of a whole, from the start side: `(begins, ends, look)` each, in shares of it.

    `look`: `counted` is filled, `paused` hatched, `over` in the colour of what waits for somebody.
    `today`: a share, where a line stands; None for none.
    """

    def __init__(self, parts: Sequence[tuple[float, float, str]], today: float | None) -> None:
        super().__init__(size_hint_y=None, height=dp(28), **PLAIN)
        self.parts, self.today = tuple(parts), today
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        self.fbind("pos", self._draw_soon)
        self.fbind("size", self._draw_soon)

    def _place(self, begins: float, ends: float) -> tuple[float, float]:
        """Return from where to where a part reaches, in pixels."""
        low, high = (1 - ends, 1 - begins) if DIRECTION.rtl else (begins, ends)
        return self.x + low * self.width, self.x + high * self.width

    def _draw(self, *_: Any) -> None:
        high = dp(14)
        low = self.y + (self.height - high) / 2
        self.canvas.clear()
        with self.canvas:
            Color(*THEME.color("sunken"))
            RoundedRectangle(pos=(self.x, low), size=(self.width, high), radius=[dp(4)], segments=4)
            for begins, ends, look in self.parts:
                left, right = self._place(begins, ends)
                if look == _HATCHED:
                    self._hatch(left, right, low, high)
                else:
                    Color(*THEME.color(_COLORS[look]))
                    Rectangle(pos=(left, low), size=(max(dp(2), right - left), high))
            if self.today is not None:
                self._mark(low, high)

    def _hatch(self, left: float, right: float, low: float, high: float) -> None:
        Color(*THEME.color("surface"))
        Rectangle(pos=(left, low), size=(right - left, high))
        Color(*THEME.color("border"))
        thick, step = dp(2), dp(6)
        lean = min(high, max(0.0, right - left - thick))
        at = left
        while at + lean + thick <= right + 0.5:
            Quad(
                points=(
                    at,
                    low,
                    at + thick,
                    low,
                    at + lean + thick,
                    low + high,
                    at + lean,
                    low + high,
                )
            )
            at += step
        for y in (low, low + high - dp(1)):
            Rectangle(pos=(left, y), size=(right - left, dp(1)))

    def _mark(self, low: float, high: float) -> None:
        assert self.today is not None
        wide = dp(3)
        x = self._place(self.today, self.today)[0] - wide / 2
        x = min(max(x, self.x), self.x + self.width - wide)
        Color(*THEME.color("text"))
        Rectangle(pos=(x, low - dp(6)), size=(wide, high + dp(12)))
