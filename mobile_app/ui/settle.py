"""Lay a new screen out in one go, from the outside in.

Left to itself Kivy lays out the innermost boxes first, of which none has its width yet, and every
text is broken into lines for widths that no screen ever has; each box is then laid out four times.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from kivy.uix.layout import Layout
from kivy.uix.recycleview import RecycleView
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget


def settle(root: Widget) -> None:
    """Lay out what is new in `root`, which has its size; what is then left, Kivy does."""
    boxes = _boxes(root)
    # Widths, from the outside in; heights, from the inside out; then places.
    for box in chain(boxes, reversed(boxes), boxes):
        if isinstance(box, ScrollView):
            box.update_from_scroll()
        elif box._trigger_layout.is_triggered:
            box._trigger_layout.cancel()
            box.do_layout()


def _boxes(root: Widget) -> list[Any]:
    """Return all that lays others out, outer ones first, in the order in which they are drawn."""
    found, left = [], [root]
    while left:
        widget = left.pop()
        if isinstance(widget, Layout | ScrollView):
            found.append(widget)
        if widget.children and not isinstance(widget, RecycleView):  # makes its rows as seen
            left += widget.children
    return found
