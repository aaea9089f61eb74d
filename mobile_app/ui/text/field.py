"""TextInput whose caret, touch and selection follow bidirectional lines.

The text stays in logical order, so the value that is stored and synced needs no clean-up. Only the
three places where Kivy turns a column into an x change.

A keyboard that composes words takes letters back and writes them anew. It must begin anew
(`device/keyboard.py`) wherever it would take back others than it wrote: in another field, at
another caret, after a text that was not typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.properties import NumericProperty, OptionProperty
from kivy.uix.textinput import TextInput

from mobile_app.ui.text.keyboard import KEYS
from mobile_app.ui.text.runs import base_direction

_OPPOSITE = {"cursor_left": "cursor_right", "cursor_right": "cursor_left"}
_QUIET_S = 0.5
"""Without a key, after letters were taken back: SDL may keep those that are gone."""


class BidiTextInput(TextInput):
    """A field to type in; a line runs as its first letter does."""

    ui_direction = OptionProperty("ltr", options=["ltr", "rtl"])
    """Of an empty field: the language's."""

    line_px = NumericProperty(0)
    """The height of every line, pixels, whatever its letters; 0: as its font has it."""

    scroll_y: Any  # Kivy's

    def __init__(self, **kwargs: Any) -> None:
        """Begin as Kivy's."""
        kwargs.setdefault("halign", "auto")
        kwargs.setdefault("input_type", "text")  # Kivy's own takes keys, which Arabic has not
        self._is_typing, self._returns = False, 0
        self._renew = Clock.create_trigger(self._renew_keys)
        self._renew_later = Clock.create_trigger(self._renew_keys, _QUIET_S)
        self._forget_returns = Clock.create_trigger(lambda _dt: setattr(self, "_returns", 0))
        super().__init__(**kwargs)
        self.fbind("focus", lambda *_: self._renew())
        self.fbind("text", lambda *_: None if self._is_typing else self._renew())
        self.fbind("text", self._follow_text)
        self.fbind("ui_direction", self._follow_text)
        self._follow_text()

    def _get_line_options(self) -> dict[str, Any]:
        line_px = {"line_px": int(self.line_px)}
        options = {**super()._get_line_options(), **line_px}
        self._label_cached.options.update(line_px)  # it measures the line of an empty field
        return options

    def _refresh_text(self, text: str, *largs: object) -> None:
        super()._refresh_text(text, *largs)
        # Lines broken for the width of before may have scrolled to where none is any more.
        lowest = max(0, self.minimum_height - self.height)
        self.scroll_y = min(self.scroll_y, lowest)

    def _refresh_line_options(self, *largs: object) -> None:
        caret = self.cursor_index()
        super()._refresh_line_options(*largs)
        if self.focus:  # Kivy leads it to the end, a frame after a letter has turned the line
            self.cursor = self.get_cursor_from_index(caret)

    def _follow_text(self, *_: object) -> None:
        self.base_direction = base_direction(self.text, self.ui_direction)

    def _caret(self, row: int, column: int) -> int:
        line = self._lines[row].replace("\t", " " * self.tab_width)
        if self.password:
            line = self.password_mask * len(line)
        return self._label_cached.caret_x(line, column, self.base_direction)

    def _row_left(self, row: int) -> float:
        view = self.width - self.padding[0] - self.padding[2]
        free = max(0, int(view - self._get_row_width(row)))
        if self.halign == "center":
            return free / 2
        if self.halign == "right" or (self.halign == "auto" and self.base_direction == "rtl"):
            return free
        return 0

    def _renew_keys(self, _dt: float) -> None:
        if self.focus:
            KEYS.renew(self.input_type)

    def on_touch_up(self, touch: Any) -> Any:
        """Let the keyboard begin anew: the caret is elsewhere."""
        if touch.grab_current is self or self.collide_point(*touch.pos):
            self._renew()
        return super().on_touch_up(touch)

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> Any:
        """Count Enter, and let the keyboard begin anew after letters were taken back."""
        key = self.interesting_keys.get(keycode[0])
        if key == "enter":
            self._returns += 1
            self._forget_returns()
        with self._typing():
            done = super().keyboard_on_key_down(window, keycode, text, modifiers)
        if key == "backspace":
            self._renew_later()
        return done

    def keyboard_on_textinput(self, window: Any, text: str) -> None:
        """Write what the keyboard gives, each end of a line once."""
        with self._typing():
            # SDL presses Enter for each line of several, and gives them with their ends besides.
            for _ in range(min(self._returns, text.count("\n")) if self.multiline else 0):
                self.do_backspace()
            super().keyboard_on_textinput(window, text)

    @contextmanager
    def _typing(self) -> Iterator[None]:
        """What changes within is the keyboard's doing."""
        if self._renew_later.is_triggered:  # it corrects: not between taking back and writing
            self._renew_later.cancel()
            self._renew_later()
        self._is_typing = True
        try:
            yield
        finally:
            self._is_typing = False

    def cursor_offset(self) -> Any:
        """Return where the caret is, pixels from the beginning of its line."""
        row, column = int(self.cursor_row), int(self.cursor_col)
        if row >= len(self._lines) or not self._lines[row]:
            return 0
        return self._caret(row, column)

    def get_cursor_from_xy(self, x: float, y: float) -> tuple[int, int]:
        """Return column and row of the caret nearest to a touch."""
        _, row = super().get_cursor_from_xy(x, y)
        target = x - self.x - self.padding[0] + self.scroll_x - self._row_left(row)
        # Each is looked at: along a line of both directions x does not grow with the column.
        columns = range(len(self._lines[row]) + 1)
        return min(columns, key=lambda column: abs(self._caret(row, column) - target)), row

    def do_cursor_movement(self, action: str, *modifiers: bool) -> None:
        """Move the caret where the arrow points, which in Arabic is not where Kivy moves it."""
        if self.base_direction == "rtl":
            action = _OPPOSITE.get(action, action)
        super().do_cursor_movement(action, *modifiers)
        self._renew()

    def _draw_selection(self, *drawing: Any) -> None:
        """Draw what is chosen on one line: a rectangle a run, since it may lie in pieces."""
        # Fifteen things, by position: so Kivy 2.3.1 calls it for each line.
        pos, size, line_number, (first_column, first_row), (last_column, last_row) = drawing[:5]
        lines, _, _, label, width = drawing[5:10]
        canvas_add, color = drawing[-2:]
        if not first_row <= line_number <= last_row:
            return
        line = lines[line_number]
        first = first_column if line_number == first_row else 0
        last = last_column if line_number == last_row else len(line)
        if not line or first == last:
            return
        canvas_add(Color(*color, group="selection"))
        left, right = pos[0], pos[0] + width
        for run in label.layout_runs(line, self.base_direction).runs:
            start, end = max(first, run.start), min(last, run.end)
            if start >= end:
                continue
            near, far = 0, run.width
            if start > run.start:
                near = label.part_width(run.style, line[run.start : start])
            if end < run.end:
                far = label.part_width(run.style, line[run.start : end])
            if run.is_rtl:
                near, far = run.width - far, run.width - near
            origin = left - self.scroll_x + run.x
            from_x, to_x = (min(max(origin + x, left), right) for x in (near, far))
            place = {"pos": (from_x, pos[1]), "size": (to_x - from_x, size[1])}
            canvas_add(Rectangle(**place, group="selection"))
