"""Lay a new screen out in one go, from the outside in.

Left to itself Kivy lays out the innermost boxes first, of which none has its width yet, and every
text is broken into lines for widths that no screen ever has; each box is then laid out four times.
"""

from __future__ import annotations

from kivy.uix.layout import Layout
from kivy.uix.recycleview import RecycleView
from kivy.uix.scrollview import ScrollView


def settle(root):
    """Lay out what stands in `root`, which has its size; what is then left, Kivy does."""
    boxes = list(_boxes(root))
    for box in boxes:  # widths, from the outside in
        _lay_out(box)
    for box in reversed(boxes):  # heights, from the inside out
        if isinstance(box, Layout) and box._trigger_layout.is_triggered:
            _lay_out(box)
    for box in boxes:  # places
        if isinstance(box, ScrollView) or box._trigger_layout.is_triggered:
            _lay_out(box)


def _boxes(widget):
    if isinstance(widget, Layout | ScrollView):
        yield widget
    if not isinstance(widget, RecycleView):  # makes its rows as they are seen
        for child in reversed(widget.children):
            yield from _boxes(child)


def _lay_out(box):
    if isinstance(box, ScrollView):
        box.update_from_scroll()
    else:
        box._trigger_layout.cancel()
        box.do_layout()
