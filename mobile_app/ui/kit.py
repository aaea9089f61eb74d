"""The parts that screens are made of. Texts are passed in; sizes and colours are the theme's."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Line, Quad, Rectangle, RoundedRectangle
from kivy.metrics import dp, sp
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.text.field import BidiTextInput
from mobile_app.ui.theme import THEME, icon

TARGET = 48
MARKS = {
    "on_tablet": ("ontablet", 1),
    "received": ("received", 2),
    "held": ("held", 0),
    "dismissed": ("attention", 0),
}


def _isolated(text):
    """Return a text whose isolates our bidi runs understand: a mark that reads left to right."""
    return text.replace("\u2066", "\u200e").replace("\u2069", "\u200e").replace("\u2068", "")


class Text(Label):
    """A label at the start side, as high as its lines."""

    def __init__(self, text="", role="body", color="text", bold=False, center=False, **more):
        line = THEME.line(role)
        own = 2.11 if THEME.language == "ar" else 1.36
        super().__init__(
            text=_isolated(text),
            font_name="App",
            font_size=sp(THEME.size(role)),
            bold=bold or role in ("display", "title", "heading"),
            color=THEME.color(color),
            halign="center" if center else DIRECTION.start,
            valign="middle",
            base_direction=DIRECTION.direction,
            line_height=line / (THEME.size(role) * own),
            size_hint_y=None,
            **more,
        )
        self._least = dp(line)
        self.bind(width=self._fit, texture_size=self._grow)

    def _fit(self, *_):
        self.text_size = (self.width, None)

    def _grow(self, *_):
        self.height = max(self._least, self.texture_size[1])


class Icon(Label):
    """A sign of the icon font."""

    def __init__(self, name, color="muted", size=24, **more):
        super().__init__(
            text=icon(name),
            font_name="Icons",
            font_size=dp(size),
            color=THEME.color(color),
            size_hint=(None, None),
            size=(dp(size + 8), dp(size + 8)),
            **more,
        )


class Ground:
    """A coloured ground behind a widget, with an outline if wanted. Mixed into a widget."""

    canvas: Any
    bind: Any
    pos: Any
    size: Any

    def ground(self, color, radius=0, outline=""):
        with self.canvas.before:
            self._ground_color = Color(*THEME.color(color))
            self._ground = RoundedRectangle(radius=[dp(radius)])
            if outline:
                Color(*THEME.color(outline))
                self._outline = Line(width=dp(1))
        self._radius = radius
        self.bind(pos=self._follow, size=self._follow)

    def _follow(self, *_):
        self._ground.pos, self._ground.size = self.pos, self.size
        if hasattr(self, "_outline"):
            self._outline.rounded_rectangle = (*self.pos, *self.size, dp(self._radius))


class ActButton(ButtonBehavior, MirrorBox, Ground):
    """`kind`: main, plain or quiet."""

    def __init__(self, text, on_press_done, kind="main", sign="", **more):
        super().__init__(
            size_hint_y=None, height=dp(56), padding=(dp(16), 0), spacing=dp(8), **more
        )
        fill, ink = {"main": ("primary", "on_strong"), "plain": ("surface", "primary")}.get(
            kind, ("bg", "primary")
        )
        self.ground(fill, 10, "border" if kind == "plain" else "")
        self.text = text
        if sign:
            place = {"center_y": 0.5} if text else {"center_x": 0.5, "center_y": 0.5}
            self.add_widget(Icon(sign, ink, pos_hint=place))
        self.label = Text(text, color=ink, bold=True, center=True, pos_hint={"center_y": 0.5})
        if text:
            self.add_widget(self.label)
        self._done = on_press_done

    def on_release(self):
        self._done()

    def say(self, text):
        """Change the words, as while something runs."""
        self.text = self.label.text = text


class Tile(ButtonBehavior, MirrorBox, Ground):
    """One of several choices."""

    def __init__(self, text, on_press_done, is_chosen=False, **more):
        super().__init__(size_hint_y=None, height=dp(56), padding=(dp(14), dp(4)), **more)
        self.text = text
        self.ground(
            "primary_tint" if is_chosen else "surface", 10, "primary" if is_chosen else "border"
        )
        self.add_widget(
            Text(
                text,
                color="primary" if is_chosen else "text",
                bold=is_chosen,
                pos_hint={"center_y": 0.5},
            )
        )
        self._done = on_press_done

    def on_release(self):
        self._done()


class Tiles(GridLayout):
    """Choices in two columns."""

    def __init__(self, options, chosen, on_choose):
        super().__init__(
            cols=2,
            spacing=dp(8),
            size_hint_y=None,
            orientation="rl-tb" if DIRECTION.rtl else "lr-tb",
        )
        self.bind(minimum_height=self.setter("height"))
        for code, text in options:
            self.add_widget(Tile(text, lambda code=code: on_choose(code), code in chosen))


class Field(BoxLayout, Ground):
    """A label above, an input, and under it what is wrong."""

    def __init__(self, label, value="", rows=1, problem="", is_code=False):
        super().__init__(orientation="vertical", size_hint_y=None, spacing=dp(4))
        self.add_widget(Text(label, bold=True))
        high = dp(56 if rows == 1 else 30 + 30 * rows)
        self.input = BidiTextInput(
            text=value,
            multiline=rows > 1,
            font_name="App",
            font_size=sp(THEME.size("body")),
            ui_direction="ltr" if is_code else DIRECTION.direction,
            size_hint_y=None,
            height=high,
            padding=(dp(14), dp(12)),
            background_normal="",
            background_active="",
            background_color=THEME.color("surface"),
            foreground_color=THEME.color("text"),
            cursor_color=THEME.color("primary"),
            write_tab=False,
        )
        with self.input.canvas.after:
            Color(*THEME.color("attention" if problem else "border"))
            self._edge = Line(width=dp(1))
        self.input.bind(pos=self._edged, size=self._edged)
        self.add_widget(self.input)
        total = dp(THEME.line("body")) + high + dp(8)
        if problem:
            words = Text(problem, "small", "attention")
            self.add_widget(words)
            total += dp(THEME.line("small")) * 2
        self.height = total

    def _edged(self, *_):
        self._edge.rounded_rectangle = (*self.input.pos, *self.input.size, dp(10))


class Mark(Widget):
    """How far a record has come, in three rhombi; for what is held, one in its colour."""

    def __init__(self, state, **more):
        super().__init__(size_hint=(None, None), size=(dp(44), dp(16)), **more)
        self._color, self._filled = MARKS[state]
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_):
        self.canvas.clear()
        half, step = dp(5), dp(14)
        with self.canvas:
            Color(*THEME.color(self._color))
            for number in range(3):
                place = 2 - number if DIRECTION.rtl else number
                x, y = self.x + half + place * step, self.center_y
                corners = (x - half, y, x, y + half, x + half, y, x, y - half)
                if number < self._filled or not self._filled:
                    Quad(points=corners)
                else:
                    Line(points=corners, close=True, width=dp(0.9))


class PinDots(Widget):
    """The digits of the PIN as rhombi, filled as they come; never written in a label."""

    def __init__(self, filled, count):
        super().__init__(size_hint_y=None, height=dp(56))
        self._filled, self._count = filled, count
        later = Clock.create_trigger(self._draw)
        self.bind(pos=later, size=later)

    def _draw(self, *_):
        self.canvas.clear()
        half, step = dp(11), dp(38)
        with self.canvas:
            Color(*THEME.color("primary"))
            for number in range(self._count):
                x = self.center_x + (number - (self._count - 1) / 2) * step
                y = self.center_y
                corners = (x - half, y, x, y + half, x + half, y, x, y - half)
                if number < self._filled:
                    Quad(points=corners)
                else:
                    Line(points=corners, close=True, width=dp(1.2))


class Row(ButtonBehavior, MirrorBox, Ground):
    """What, then where and when; the state at the end side."""

    def __init__(self, title, other="", detail="", time="", state="", word="", on_open=None):
        super().__init__(size_hint_y=None, padding=(dp(16), dp(8)), spacing=dp(12))
        self.ground("surface")
        self.text = title
        self._open = on_open
        if time:
            self.add_widget(
                Text(
                    time, color="muted", size_hint_x=None, width=dp(60), pos_hint={"center_y": 0.5}
                )
            )
        words = BoxLayout(orientation="vertical", size_hint_y=None, pos_hint={"center_y": 0.5})
        words.bind(minimum_height=words.setter("height"))
        words.add_widget(Text(f"{title}  {other}" if other else title, bold=True))
        if detail:
            words.add_widget(Text(detail, "small", "muted"))
        words.bind(height=self._grow)
        self.add_widget(words)
        if state:
            self.add_widget(Mark(state, pos_hint={"center_y": 0.5}))
        if word:
            color = MARKS[state][0] if state else "muted"
            self.add_widget(
                Text(
                    word,
                    "small",
                    color,
                    size_hint_x=None,
                    width=dp(120),
                    pos_hint={"center_y": 0.5},
                )
            )
        self.height = dp(76)

    def _grow(self, _words, height):
        self.height = max(dp(66), height + dp(16))

    def on_release(self):
        if self._open:
            self._open()


class Banner(BoxLayout, Ground):
    """What the reader must know; tone is a state's colour."""

    def __init__(self, text, tone="attention"):
        super().__init__(size_hint_y=None, padding=(dp(16), dp(12)))
        self.ground(f"{tone}_tint", 10)
        words = Text(text, color=tone, bold=True)
        words.bind(height=lambda _words, high: setattr(self, "height", high + dp(24)))
        self.add_widget(words)


class Empty(BoxLayout):
    """Nothing here: what is missing, what comes next."""

    def __init__(self, title, detail=""):
        super().__init__(
            orientation="vertical", size_hint_y=None, height=dp(160), padding=dp(24), spacing=dp(8)
        )
        self.add_widget(Text(title, "heading", center=True))
        if detail:
            self.add_widget(Text(detail, color="muted", center=True))


class Column(ScrollView):
    """A scrolling column of at most 720 dp."""

    def __init__(self):
        super().__init__(do_scroll_x=False, bar_width=dp(4))
        self.box = BoxLayout(
            orientation="vertical", size_hint=(None, None), spacing=dp(12), padding=(dp(20), dp(16))
        )
        self.box.bind(minimum_height=self.box.setter("height"))
        outer = BoxLayout(size_hint_y=None)
        outer.add_widget(Widget())
        outer.add_widget(self.box)
        outer.add_widget(Widget())
        self.box.bind(height=outer.setter("height"))
        self.bind(width=lambda _me, wide: setattr(self.box, "width", min(wide, dp(760))))
        super().add_widget(outer)

    def add(self, widget):
        """Add a widget to the column, and return it."""
        self.box.add_widget(widget)
        return widget


class AppBar(MirrorBox, Ground):
    """The title, the way back, and one act at the end side."""

    def __init__(self, title, on_back=None, act=None):
        super().__init__(size_hint_y=None, height=dp(60), padding=(dp(16), 0), spacing=dp(8))
        self.ground("surface")
        if on_back:
            sign = "arrow-right" if DIRECTION.rtl else "arrow-left"
            self.add_widget(IconButton(sign, on_back))
        self.add_widget(Text(title, "title", pos_hint={"center_y": 0.5}))
        if act:
            text, done = act
            button = ActButton(text, done, "quiet", size_hint_x=None, width=dp(120))
            button.height = dp(TARGET)
            button.pos_hint = {"center_y": 0.5}
            self.add_widget(button)


class IconButton(ButtonBehavior, BoxLayout):
    """A sign that can be touched."""

    def __init__(self, name, on_press_done):
        super().__init__(
            size_hint=(None, None), size=(dp(TARGET), dp(TARGET)), pos_hint={"center_y": 0.5}
        )
        self.text = name
        self.add_widget(Icon(name, "text", pos_hint={"center_y": 0.5}))
        self._done = on_press_done

    def on_release(self):
        self._done()


class LineOfTruth(MirrorBox, Ground):
    """Under the app bar of every screen: how much is not sent yet."""

    def __init__(self, text, count):
        super().__init__(size_hint_y=None, height=dp(40), padding=(dp(20), 0), spacing=dp(10))
        self.ground("surface")
        self.add_widget(Mark("on_tablet" if count else "received", pos_hint={"center_y": 0.5}))
        color = "ontablet" if count else "received"
        self.add_widget(Text(text, "small", color, bold=True, pos_hint={"center_y": 0.5}))


class Destinations(MirrorBox, Ground):
    """The four places, at the bottom."""

    def __init__(self, places, here, on_go):
        super().__init__(size_hint_y=None, height=dp(72))
        self.ground("surface")
        for code, text, sign in places:
            self.add_widget(_Place(text, sign, code == here, lambda code=code: on_go(code)))


class _Place(ButtonBehavior, BoxLayout):
    def __init__(self, text, sign, is_here, on_press_done):
        super().__init__(orientation="vertical", padding=(0, dp(6)))
        color = "primary" if is_here else "muted"
        self.text = text
        self.add_widget(Icon(sign, color, 26, pos_hint={"center_x": 0.5}))
        self.add_widget(Text(text, "caption", color, bold=is_here, center=True))
        self._done = on_press_done

    def on_release(self):
        self._done()


class Divider(Widget):
    """A hairline."""

    def __init__(self):
        super().__init__(size_hint_y=None, height=dp(1))
        with self.canvas:
            Color(*THEME.color("line"))
            self._line = Rectangle()
        self.bind(pos=self._follow, size=self._follow)

    def _follow(self, *_):
        self._line.pos, self._line.size = self.pos, self.size


class PinPad(GridLayout):
    """Ten digits, 1 2 3 from the left in every language, and one step back."""

    def __init__(self, on_press_done):
        super().__init__(cols=3, spacing=dp(12), size_hint=(None, None), pos_hint={"center_x": 0.5})
        self.size = (dp(300), dp(72 * 4 + 36))
        for key in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "<"):
            if key:
                digit = "" if key == "<" else key
                sign = "backspace" if key == "<" else ""
                words = "" if key == "<" else key
                button = ActButton(words, lambda digit=digit: on_press_done(digit), "plain", sign)
                button.height = dp(72)
                self.add_widget(button)
            else:
                self.add_widget(Widget())
