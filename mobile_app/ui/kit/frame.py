"""What surrounds every screen: bar, line of truth, steps, the column, acts, the four places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile_app.ui.kit.controls import ActButton, IconButton, Touch
from mobile_app.ui.kit.ground import Act, Ground, Stack
from mobile_app.ui.kit.state import Bar, Brand, Mark
from mobile_app.ui.kit.text import Icon, Text
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import DIRECTION, PLAIN, Box, MirrorBox
from mobile_app.ui.theme import COLUMN_MAX, MARGIN, THEME, TOKENS

_MIDDLE = {"center_y": 0.5}
_LAYOUT = TOKENS["layout"]


@dataclass(slots=True)
class Page:
    """What a view gives the frame.

    `signs`: at the end of the bar, `(sign, name, done)`. `acts`: at the bottom, `(words, done,
    kind, sign)`, the main one last; with them the four places are not shown. `steps`: `(number,
    count, name)`. `other`: said at the end of the line of truth. `note`: at the end of the bar.
    `on_digit`: takes each digit of a keyboard, and "" to take the last back. `rows`: the list
    that scrolls, of a body that does not.
    """

    body: Any
    title: str = ""
    other: str = ""
    signs: tuple[Any, ...] = ()
    acts: tuple[Any, ...] = ()
    steps: tuple[Any, ...] = ()
    note: str = ""
    is_closed_by_x: bool = False
    on_digit: Any = None
    rows: Any = None


class AppBar(MirrorBox, Ground):
    """The way back, the title, and signs at the end side."""

    def __init__(
        self,
        title: str,
        on_back: Act | None = None,
        *,
        back_sign: str = "arrow-left",
        back_name: str = "",
        signs: Iterable[tuple[str, str, Act]] = (),
        note: str = "",
    ) -> None:
        super().__init__(
            size_hint_y=None, height=dp(_LAYOUT["bar_top"]), padding=(dp(12), 0), spacing=dp(8)
        )
        self.ground("surface")
        if on_back:
            self.add_widget(IconButton(back_sign, on_back, back_name))
        else:
            self.add_widget(Brand())
        self.add_widget(Text(title, "title", pos_hint=_MIDDLE, lines=1))
        if note:
            self.add_widget(Icon("check", "received", 18))
            self.add_widget(Text(note, "small", "received", hug=True, pos_hint=_MIDDLE))
        for sign, name, done in signs:
            self.add_widget(IconButton(sign, done, name))


class LineOfTruth(MirrorBox, Ground):
    """Under the bar of every screen: how much is not sent yet, and the network."""

    def __init__(self, text: str, count: int, fact: str = "", sign: str = "") -> None:
        super().__init__(
            size_hint_y=None, height=dp(_LAYOUT["bar_truth"]), padding=(dp(MARGIN), 0),
            spacing=dp(8),
        )  # fmt: skip
        self.ground("surface")
        state = "on_tablet" if count else "received"
        self.add_widget(Mark(state))
        color = "ontablet" if count else "received"
        self.words = Text(text, "small", color, bold=True, pos_hint=_MIDDLE, lines=1)
        self.add_widget(self.words)
        if sign:
            self.add_widget(Icon(sign, "muted", 18))
        if fact:
            self.add_widget(Text(fact, "small", "muted", hug=True, pos_hint=_MIDDLE))


class Steps(Stack, Ground):
    """Where one is in something guided."""

    def __init__(self, number: int, count: int, words: str, name: str) -> None:
        super().__init__(spacing=8, padding=(MARGIN, 4))
        self.ground("surface")
        line = MirrorBox(size_hint_y=None, height=sp(THEME.line("small")), spacing=dp(8))
        line.add_widget(Text(words, "small", bold=True, hug=True))
        line.add_widget(Text(name, "small", "muted", lines=1))
        bars = MirrorBox(size_hint_y=None, height=dp(4), spacing=dp(4))
        for step in range(1, count + 1):
            bar = Bar(1.0 if step <= number else 0.0)
            bar.height = dp(4)
            bars.add_widget(bar)
        self.add_widget(line)
        self.add_widget(bars)


class Column(ScrollView):
    """A scrolling column of at most 720 dp."""

    def __init__(self, *children: Widget, spacing: float = 14) -> None:
        super().__init__(do_scroll_x=False, bar_width=dp(4), scroll_distance=dp(12))
        self.box = Stack(spacing=spacing, padding=(MARGIN, 16), size_hint_x=None)
        self.outer = Box(size_hint_y=None)
        self.outer.add_widget(Widget(**PLAIN))
        self.outer.add_widget(self.box)
        self.outer.add_widget(Widget(**PLAIN))
        self.box.bind(height=self.outer.setter("height"))
        self.bind(width=self._share)
        super().add_widget(self.outer)
        for child in children:
            self.add(child)

    def _share(self, _me: object, wide: float) -> None:
        self.box.width = min(wide, dp(COLUMN_MAX + 2 * MARGIN))

    def on_touch_down(self, touch: Any) -> Any:
        """Let a pad have its touch at once: a stroke is no scrolling."""
        if not touch.is_mouse_scrolling and self.collide_point(*touch.pos):
            touch.push()
            touch.apply_transform_2d(self.to_local)
            taken = any(
                widget.on_touch_down(touch)
                for widget in self.box.walk(restrict=True)
                if getattr(widget, "takes_strokes", False) and widget.collide_point(*touch.pos)
            )
            touch.pop()
            if taken:
                return True
        return super().on_touch_down(touch)

    def add(self, widget: Widget) -> Widget:
        """Add a widget to the column, and return it."""
        self.box.add_widget(widget)
        return widget


def margin_of(wide: float) -> float:
    """Return the margin at each side, pixels, that leaves at most a column's width."""
    return max(dp(MARGIN), (wide - dp(COLUMN_MAX)) / 2)


class Margins(Stack):
    """Something above the column, as wide as what stands in it."""

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children, padding=(MARGIN, 8))
        self.bind(width=lambda _me, wide: setattr(self, "padding", (margin_of(wide), dp(8))))


class Acts(MirrorBox, Ground):
    """The acts of a screen, under the thumb: the main one widest."""

    def __init__(self, acts: Iterable[tuple[str, Act, str, str]]) -> None:
        super().__init__(
            size_hint_y=None, height=dp(80), padding=(dp(MARGIN), dp(12)), spacing=dp(12)
        )
        self.ground("surface")
        for text, done, kind, sign in acts:
            last = sign in ("arrow-right", "chevron-right")
            button = ActButton(text, done, kind, sign, sign_last=last)
            button.size_hint = (2.2 if kind == "main" else 1, 1)
            button.label.bind(height=self._grow)
            self.add_widget(button)
        self.bind(width=self._narrow)

    def _narrow(self, _me: object, wide: float) -> None:
        self.padding = (margin_of(wide), dp(12))

    def _grow(self, *_: object) -> None:
        tall = max(button.label.height for button in self.children)
        self.height = max(dp(80), tall + dp(8 + 2 * 12))


class Destinations(MirrorBox, Ground):
    """The four places: at the bottom, or as a rail at the start side where it is wide."""

    def __init__(
        self,
        places: Iterable[tuple[str, str, str, int]],
        here: str,
        on_go: Callable[[str], object],
        *,
        is_rail: bool = False,
    ) -> None:
        if is_rail:
            super().__init__(
                orientation="vertical", size_hint_x=None, width=dp(88), padding=(0, dp(8)),
                spacing=dp(8),
            )  # fmt: skip
        else:
            super().__init__(size_hint_y=None, height=dp(_LAYOUT["bar_bottom"]))
        self.ground("surface")
        for code, text, sign, count in places:
            place = _Place(text, sign, count, code == here, lambda code=code: on_go(code))
            if is_rail:
                place.size_hint_y, place.height = None, dp(72)
            self.add_widget(place)
        if is_rail:
            self.add_widget(Widget())


class _Place(Touch, Box):
    def __init__(self, text: str, sign: str, count: int, is_here: bool, done: Act) -> None:
        super().__init__(orientation="vertical", padding=(0, dp(4), 0, dp(6)))
        color = "primary" if is_here else "muted"
        self.text, self.done, self._is_here = text, done, is_here
        top = FloatLayout(size_hint_y=None, height=dp(34))
        icon = Icon(sign, color, 26, pos_hint={"center_x": 0.5, "center_y": 0.5})
        top.add_widget(icon)
        if count:
            badge = _Badge(count)
            badge.pos_hint = {"center_x": 0.38 if DIRECTION.rtl else 0.62, "top": 1.05}
            top.add_widget(badge)
        self.add_widget(top)
        self.add_widget(Text(text, "caption", color, bold=is_here, center=True, lines=1))
        if is_here:
            with self.canvas.after:
                Color(*THEME.color("primary"))
                self._line = Rectangle()
            self.bind(pos=self._follow, size=self._follow)

    def _follow(self, *_: object) -> None:
        wide = min(self.width, dp(72))
        self._line.pos = ((self.x + self.width / 2) - wide / 2, (self.y + self.height) - dp(3))
        self._line.size = (wide, dp(3))


class _Badge(Box, Ground):
    def __init__(self, count: int) -> None:
        super().__init__(size_hint=(None, None), size=(sp(20), sp(20)))
        self.ground("ontablet", sp(10) / dp(1))
        text = str(count) if count < 100 else "99+"
        label = Text(text, "caption", "on_strong", bold=True, center=True, pos_hint=_MIDDLE)
        self.width = sp(20 if count < 10 else 28 if count < 100 else 36)
        self.add_widget(label)


class Sheet(FloatLayout):
    """A question over the screen, from the bottom; a touch beside it takes it away."""

    def __init__(self, content: Widget, on_dismiss: Act) -> None:
        super().__init__()
        self._on_dismiss = on_dismiss
        with self.canvas.before:
            Color(0, 0, 0, 0.5)
            self._shade = Rectangle()
        self.bind(pos=self._follow, size=self._follow)
        self.column = Column(content)
        self.column.size_hint = (1, None)
        self.column.pos_hint = {"x": 0, "y": 0}
        panel = _Panel()
        panel.ground("surface")
        panel.add_widget(self.column)
        self.column.box.bind(height=lambda _me, tall: self._fit(panel, tall))
        self.bind(height=lambda *_: self._fit(panel, self.column.box.height))
        self.panel = panel
        self.add_widget(panel)

    def _fit(self, panel: Widget, tall: float) -> None:
        panel.height = min(tall, self.height * 0.85)
        self.column.height = panel.height

    def _follow(self, *_: object) -> None:
        self._shade.pos, self._shade.size = self.pos, self.size

    def on_touch_down(self, touch: Any) -> Any:
        """Let nothing through to the screen; beside it, take it away."""
        if not self.panel.collide_point(*touch.pos):
            self._on_dismiss()
            return True
        super().on_touch_down(touch)
        return True


class _Panel(Box, Ground):
    def __init__(self) -> None:
        super().__init__(size_hint=(1, None), pos_hint={"x": 0, "y": 0})
