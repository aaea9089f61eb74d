"""TextInput whose caret, touch and selection follow bidirectional lines.

The text stays in logical order, so the value that is stored and synced needs
no clean-up. Only the three places where Kivy turns a column into an x change.

A keyboard that composes words takes letters back and writes them anew. It must
begin anew (`device/keyboard.py`) wherever it would take back others than it wrote:
in another field, at another caret, after a text that was not typed.
"""

from contextlib import contextmanager
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.properties import NumericProperty, OptionProperty
from kivy.uix.textinput import TextInput

from mobile_app.ui.text.keyboard import KEYS
from mobile_app.ui.text.runs import base_direction

_QUIET_S = 0.5
"""Without a key, after letters were taken back: SDL may keep those that are gone."""


class BidiTextInput(TextInput):
    # direction of an empty field: the UI language's
    ui_direction = OptionProperty("ltr", options=["ltr", "rtl"])

    scroll_y: Any  # Kivy's

    # the height of every line, pixels, whatever its letters; 0: as its font has it
    line_px = NumericProperty(0)

    def __init__(self, **kwargs):
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

    def _get_line_options(self):
        line_px = {"line_px": int(self.line_px)}
        options = {**super()._get_line_options(), **line_px}
        self._label_cached.options.update(line_px)  # it measures the line where nothing stands yet
        return options

    def _refresh_text(self, text, *largs):
        super()._refresh_text(text, *largs)
        # Lines broken for the width of before may have scrolled to where none is any more.
        lowest = max(0, self.minimum_height - self.height)
        self.scroll_y = min(self.scroll_y, lowest)

    def _refresh_line_options(self, *largs):
        caret = self.cursor_index()
        super()._refresh_line_options(*largs)
        if self.focus:  # Kivy leads it to the end, a frame after a letter has turned the line
            self.cursor = self.get_cursor_from_index(caret)

    def _follow_text(self, *_):
        self.base_direction = base_direction(self.text, self.ui_direction)

    def _caret(self, row, col):
        line = self._lines[row].replace("\t", " " * self.tab_width)
        if self.password:
            line = self.password_mask * len(line)
        return self._label_cached.caret_x(line, col, self.base_direction)

    def _row_left(self, row):
        view = self.width - self.padding[0] - self.padding[2]
        free = max(0, int(view - self._get_row_width(row)))
        if self.halign == "center":
            return free / 2
        if self.halign == "right" or (self.halign == "auto" and self.base_direction == "rtl"):
            return free
        return 0

    def _renew_keys(self, _dt):
        if self.focus:
            KEYS.renew(self.input_type)

    def on_touch_up(self, touch):
        if touch.grab_current is self or self.collide_point(*touch.pos):
            self._renew()
        return super().on_touch_up(touch)

    def keyboard_on_key_down(self, window, keycode, text, modifiers):
        key = self.interesting_keys.get(keycode[0])
        if key == "enter":
            self._returns += 1
            self._forget_returns()
        with self._typing():
            done = super().keyboard_on_key_down(window, keycode, text, modifiers)
        if key == "backspace":
            self._renew_later()
        return done

    def keyboard_on_textinput(self, window, text):
        with self._typing():
            # SDL presses Enter for each line of several, and gives them with their ends besides.
            for _ in range(min(self._returns, text.count("\n")) if self.multiline else 0):
                self.do_backspace()
            super().keyboard_on_textinput(window, text)

    @contextmanager
    def _typing(self):
        """What changes within is the keyboard's doing."""
        if self._renew_later.is_triggered:  # it corrects: not between taking back and writing
            self._renew_later.cancel()
            self._renew_later()
        self._is_typing = True
        try:
            yield
        finally:
            self._is_typing = False

    def cursor_offset(self):
        row, col = int(self.cursor_row), int(self.cursor_col)
        if not self._lines or row >= len(self._lines) or not self._lines[row]:
            return 0
        return self._caret(row, col)

    def get_cursor_from_xy(self, x, y):
        _, row = super().get_cursor_from_xy(x, y)
        line = self._lines[row]
        target = x - self.x - self.padding[0] + self.scroll_x - self._row_left(row)
        col = min(range(len(line) + 1), key=lambda c: abs(self._caret(row, c) - target))
        return col, row

    def do_cursor_movement(self, action, control=False, alt=False):
        if self.base_direction == "rtl":
            action = {"cursor_left": "cursor_right", "cursor_right": "cursor_left"}.get(
                action, action
            )
        super().do_cursor_movement(action, control, alt)
        self._renew()

    def _draw_selection(
        self,
        pos,
        size,
        line_num,
        selection_start,
        selection_end,
        lines,
        get_text_width,
        tab_width,
        label_cached,
        width_minus_padding,
        padding_left,
        padding_right,
        x,
        canvas_add,
        selection_color,
    ):
        (c0, r0), (c1, r1) = selection_start, selection_end
        if not r0 <= line_num <= r1:
            return
        line = lines[line_num]
        first = c0 if line_num == r0 else 0
        last = c1 if line_num == r1 else len(line)
        if not line or first == last:
            return
        placed, _, _, _ = label_cached.layout_runs(line, self.base_direction)
        left = pos[0] - self.scroll_x
        lo, hi = pos[0], pos[0] + width_minus_padding
        canvas_add(Color(*selection_color, group="selection"))
        for rx, w, start, end, rtl, run, _ in placed:
            a, b = max(first, start), min(last, end)
            if a >= b:
                continue
            xa = 0 if a == start else label_cached.part_width(run, line[start:a])
            xb = w if b == end else label_cached.part_width(run, line[start:b])
            if rtl:
                xa, xb = w - xb, w - xa
            p, q = (min(max(left + rx + v, lo), hi) for v in (xa, xb))
            canvas_add(Rectangle(pos=(p, pos[1]), size=(q - p, size[1]), group="selection"))
