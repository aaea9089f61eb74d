"""A QR code, black on white in every theme: it is read by cameras."""

from __future__ import annotations

from kivy.graphics import Color, Rectangle
from kivy.metrics import dp
from kivy.uix.widget import Widget

_MARGIN = 4
"""Modules of quiet around the code (ISO/IEC 18004)."""


class QrCode(Widget):
    """`modules`: rows of truth values."""

    def __init__(self, modules, high=220):
        super().__init__(size_hint_y=None, height=dp(high))
        self._modules = modules
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_):
        self.canvas.clear()
        count = len(self._modules) + 2 * _MARGIN
        unit = int(min(self.width, self.height) / count)
        left = (self.x + self.width / 2) - unit * count / 2
        top = (self.y + self.height / 2) + unit * count / 2
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(pos=(left, top - unit * count), size=(unit * count, unit * count))
            Color(0, 0, 0, 1)
            for row, line in enumerate(self._modules, _MARGIN):
                for begin, long in _runs(line):
                    Rectangle(
                        pos=(left + unit * (begin + _MARGIN), top - unit * (row + 1)),
                        size=(unit * long, unit),
                    )


def _runs(line):
    """Yield where the dark runs of a line begin and how long they are: few rectangles."""
    at = 0
    while at < len(line):
        long = 0
        while at + long < len(line) and line[at + long]:
            long += 1
        if long:
            yield at, long
        at += long or 1
