"""Pads for the finger: the digits of a PIN, a signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kivy.graphics import Color, Line
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from mobile_app.ui.kit.controls import Touch
from mobile_app.ui.kit.ground import Act, Card, Ground
from mobile_app.ui.kit.text import Icon, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox
from mobile_app.ui.theme import KEY_RADIUS, THEME, TOKENS

_KEY_WIDE, _KEY_HIGH, _GAP = 104, TOKENS["target"]["key"], 12


class PinPad(GridLayout):
    """Ten digits, 1 2 3 from the left in every language, and one step back."""

    def __init__(self, on_digit: Callable[[str], object], back_name: str = "") -> None:
        super().__init__(
            cols=3, spacing=dp(_GAP), size_hint=(None, None), pos_hint={"center_x": 0.5}
        )
        self.size = (dp(3 * _KEY_WIDE + 2 * _GAP), dp(4 * _KEY_HIGH + 3 * _GAP))
        for key in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "<"):
            if key == "<":
                self.add_widget(_Key("", back_name, lambda: on_digit(""), "backspace"))
            elif key:
                self.add_widget(_Key(key, key, lambda key=key: on_digit(key)))
            else:
                self.add_widget(Widget())


class _Key(Touch, MirrorBox, Ground):
    def __init__(self, digit: str, name: str, done: Act, sign: str = "") -> None:
        super().__init__()
        self.text, self.done = name, done
        if not sign:
            self.ground("surface", KEY_RADIUS, "border")
            self.add_widget(Text(digit, "title", center=True, pos_hint={"center_y": 0.5}))
        else:
            self.padding = (dp((_KEY_WIDE - 28) / 2), 0)
            self.add_widget(Icon(sign, "text", 28))

    def on_state(self, _me: object, state: str) -> None:
        """Look pressed while a finger is down."""
        if hasattr(self, "_ground_color"):
            self.recolor("primary_tint" if state == "down" else "surface")


class SignaturePad(Card):
    """Where a finger signs. `strokes`: lists of x, y in units of the pad, 0 to 1, y upward."""

    takes_strokes = True

    def __init__(
        self,
        strokes: Iterable[Sequence[float]],
        on_change: Callable[[list[list[float]]], object],
        high: float = 190,
    ) -> None:
        super().__init__()
        self.strokes = [list(stroke) for stroke in strokes]
        self._on_change = on_change
        self._area = Widget(size_hint_y=None, height=dp(high))
        self.add_widget(self._area)
        self._area.bind(pos=self._draw, size=self._draw)

    def clear(self) -> None:
        """Begin again."""
        self.strokes = []
        self._draw()
        self._on_change(self.strokes)

    def _unit(self, touch: Any) -> list[float]:
        area = self._area
        x = min(1, max(0, (touch.x - area.x) / area.width))
        y = min(1, max(0, (touch.y - area.y) / area.height))
        return [round(x, 4), round(y, 4)]

    def on_touch_down(self, touch: Any) -> Any:
        """Begin a stroke."""
        if not self._area.collide_point(*touch.pos) or touch.is_mouse_scrolling:
            return super().on_touch_down(touch)
        touch.grab(self)
        self.strokes.append(self._unit(touch))
        return True

    def on_touch_move(self, touch: Any) -> Any:
        """Go on with it: a point each two dp."""
        if touch.grab_current is not self:
            return super().on_touch_move(touch)
        here = self._unit(touch)
        stroke = self.strokes[-1]
        far = abs(here[0] - stroke[-2]) * self.width + abs(here[1] - stroke[-1]) * self.height
        if far >= dp(2):
            stroke.extend(here)
            self._draw()
        return True

    def on_touch_up(self, touch: Any) -> Any:
        """End it, and tell what is signed."""
        if touch.grab_current is not self:
            return super().on_touch_up(touch)
        touch.ungrab(self)
        self._on_change(self.strokes)
        return True

    def _draw(self, *_: object) -> None:
        area = self._area
        area.canvas.clear()
        with area.canvas:
            Color(*THEME.color("line"))
            Line(
                points=[
                    area.x + dp(24),
                    area.y + dp(44),
                    area.x + area.width - dp(24),
                    area.y + dp(44),
                ]
            )
            Color(*THEME.color("text"))
            for stroke in self.strokes:
                points = [
                    (area.x + part * area.width) if at % 2 == 0 else (area.y + part * area.height)
                    for at, part in enumerate(stroke)
                ]
                # A line needs two points: a dot is a stroke too, as of an i.
                if len(points) == 2:
                    points += [points[0] + dp(1), points[1]]
                Line(points=points, width=dp(1.8), joint="round", cap="round")
