"""Where one types: a label above, an input, and under it what is wrong or what was understood."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics import Color, Line

from mobile_app.ui.kit.controls import IconButton, Touch
from mobile_app.ui.kit.ground import Act, Ground, Stack
from mobile_app.ui.kit.text import Icon, Text
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.text.field import BidiTextInput
from mobile_app.ui.theme import MAIN_TARGET, RADIUS, THEME
from sync import typed


class _Input(BidiTextInput):
    """The input itself; its edge tells where one is typing, and what is wrong."""

    def __init__(
        self, value: str, rows: int, *, is_code: bool, kind: str, has_problem: bool
    ) -> None:
        line = int(sp(THEME.line("body")))  # as lines are drawn: whole ones fill the input
        high = dp(MAIN_TARGET) if rows == 1 else dp(26) + line * rows
        super().__init__(
            text=value,
            multiline=rows > 1,
            font_name="App",
            font_size=sp(THEME.size("body")),
            ui_direction="ltr" if is_code else DIRECTION.direction,
            size_hint_y=None,
            height=high,
            line_px=line,
            padding=(dp(14), (high - line * rows) / 2),
            background_normal="",
            background_active="",
            background_color=(0, 0, 0, 0),
            foreground_color=THEME.color("text"),
            hint_text_color=THEME.color("muted"),
            cursor_color=THEME.color("primary"),
            selection_color=(*THEME.color("focus")[:3], 0.35),
            write_tab=False,
            input_type=kind,
            keyboard_suggestions=False,
        )
        self._has_problem = has_problem
        with self.canvas.after:
            self._color = Color()
            self._edge = Line(width=dp(1))
        self.bind(pos=self._draw, size=self._draw, focus=self._draw)
        self._draw()

    def mark(self, *, has_problem: bool) -> None:
        """Show whether something is wrong with what is typed."""
        self._has_problem = has_problem
        self._draw()

    def _draw(self, *_: object) -> None:
        tone = "attention" if self._has_problem else "primary" if self.focus else "border"
        self._color.rgba = THEME.color(tone)
        self._edge.width = dp(2 if self.focus or self._has_problem else 1)
        self._edge.rounded_rectangle = (*self.pos, *self.size, dp(RADIUS))


class _Well(Stack, Ground):
    """The ground of an input: under it, so that the text is drawn above."""


class Field(Stack):
    """A label, an input, and a sentence. `kind`: text, number, tel, mail."""

    def __init__(
        self,
        label: str,
        value: str = "",
        rows: int = 1,
        *,
        problem: str = "",
        help_text: str = "",
        is_code: bool = False,
        kind: str = "text",
        on_text: Callable[[str], object] | None = None,
        on_leave: Act | None = None,
        name: str = "",
    ) -> None:
        super().__init__(spacing=4)
        self.name = name
        self._shown: tuple[str, str] | None = None
        self.add_widget(Text(label, "small", bold=True))
        self.input = _Input(value, rows, is_code=is_code, kind=kind, has_problem=bool(problem))
        well = _Well(self.input, spacing=0)
        well.ground("surface", RADIUS)
        self.add_widget(well)
        self.under = MirrorBox(size_hint_y=None, height=0, spacing=dp(6))
        self.add_widget(self.under)
        self.tell(problem, help_text)
        if on_text:
            self.input.bind(text=lambda _input, text: on_text(typed.seen(text)))
        if on_leave:
            self.input.bind(focus=lambda _input, is_here: None if is_here else on_leave())

    def tell(self, problem: str = "", help_text: str = "") -> None:
        """Say what is wrong, or else what was understood."""
        if self._shown == (problem, help_text):
            return
        self._shown = problem, help_text
        self.under.clear_widgets()
        self.input.mark(has_problem=bool(problem))
        if not problem and not help_text:
            self.under.height = 0
            return
        if problem:
            self.under.add_widget(Icon("alert-circle", "attention", 18))
        words = Text(problem or help_text, "small", "attention" if problem else "muted")
        words.bind(height=lambda _me, tall: setattr(self.under, "height", tall))
        self.under.height = words.height
        self.under.add_widget(words)


class SearchBox(MirrorBox, Ground):
    """One box, with its sign and a way to empty it."""

    def __init__(
        self, value: str, hint: str, on_text: Callable[[str], object], clear_name: str
    ) -> None:
        super().__init__(size_hint_y=None, height=dp(52), padding=(dp(12), 0), spacing=dp(4))
        self.ground("surface", RADIUS, "primary", 1.5)
        self.add_widget(Icon("search", "muted", 24))
        high, line = dp(50), int(sp(THEME.line("body")))
        self.input = BidiTextInput(
            text=value,
            hint_text=hint,
            multiline=False,
            font_name="App",
            font_size=sp(THEME.size("body")),
            ui_direction=DIRECTION.direction,
            size_hint_y=None,
            height=high,
            line_px=line,
            padding=(dp(8), (high - line) / 2),
            pos_hint={"center_y": 0.5},
            background_normal="",
            background_active="",
            background_color=(0, 0, 0, 0),
            foreground_color=THEME.color("text"),
            hint_text_color=THEME.color("muted"),
            cursor_color=THEME.color("primary"),
            write_tab=False,
            keyboard_suggestions=False,
        )
        self._clear = IconButton("x", lambda: setattr(self.input, "text", ""), clear_name)
        self.input.bind(text=self._typed)
        self._on_text = on_text
        self.add_widget(self.input)
        self.add_widget(self._clear)
        self._offer(value)

    def _typed(self, _input: object, text: str) -> None:
        self._offer(text)
        self._on_text(text)

    def _offer(self, text: str) -> None:
        """Offer to empty what is not empty."""
        self._clear.opacity, self._clear.disabled = (1, False) if text else (0, True)


class Picker(Touch, MirrorBox, Ground):
    """A value out of many: opens a list to choose from."""

    def __init__(
        self, label: str, value: str, done: Act, sign: str = "chevron-down", problem: str = ""
    ) -> None:
        super().__init__(
            size_hint_y=None, height=dp(MAIN_TARGET), padding=(dp(14), 0), spacing=dp(8)
        )
        self.text, self.done = label, done
        self.ground("surface", RADIUS, "attention" if problem else "border", 2 if problem else 1)
        self.add_widget(Text(value, pos_hint={"center_y": 0.5}, lines=1))
        self.add_widget(Icon(sign, "muted", 22))
