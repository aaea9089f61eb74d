"""One switch for the direction of the whole interface, and the box that most of it is laid out in.

Kivy's BoxLayout has no right-to-left order (GridLayout and StackLayout do, as 'rl-tb'). MirrorBox
places its children from the right while DIRECTION.rtl is set, without touching the order of
`children`, so focus and tests stay the same.
"""

from __future__ import annotations

from typing import Any

from kivy.event import EventDispatcher
from kivy.factory import Factory
from kivy.properties import AliasProperty, BooleanProperty
from kivy.uix.boxlayout import BoxLayout


class _Direction(EventDispatcher):
    rtl = BooleanProperty(defaultvalue=False)
    direction = AliasProperty(lambda self: "rtl" if self.rtl else "ltr", bind=("rtl",))
    start = AliasProperty(lambda self: "right" if self.rtl else "left", bind=("rtl",))
    end = AliasProperty(lambda self: "left" if self.rtl else "right", bind=("rtl",))


DIRECTION = _Direction()
_NO_BOUNDS = [None, None]
PLAIN = {"__no_builder": True}
"""For widgets that no rule of Kivy's language is about: it need not be asked for one each."""


class Box(BoxLayout):
    """A box that places its children as Kivy would, in fewer steps: half a screen is boxes.

    Kivy asks each child for its bounds, hints and sizes some twenty times, through properties
    that are slow to read. Here each is read once, where no child has bounds, which is nearly
    always; where one has, Kivy does it. `test_mirror.py` holds both to the same places.
    """

    is_mirrored = False

    def __init__(self, **more: Any) -> None:
        super().__init__(**PLAIN, **more)

    def inc_disabled(self, count: int = 1) -> None:
        """Disable those within, if there is something to tell: each is added to many boxes."""
        if count:
            super().inc_disabled(count)

    def dec_disabled(self, count: int = 1) -> None:
        """Enable those within again, if there is something to tell."""
        if count:
            super().dec_disabled(count)

    def do_layout(self, *_: object) -> None:
        """Place the children; called by Kivy whenever a size or one of them has changed."""
        for child in self.children:
            if child.size_hint_min != _NO_BOUNDS or child.size_hint_max != _NO_BOUNDS:
                self._place_within_bounds()
                return
        if self.orientation == "horizontal":
            self._place_abreast()
        else:
            self._place_stacked()

    def _place_within_bounds(self) -> None:
        """Lay out as Kivy does, which knows what to do with bounds; then mirror."""
        super().do_layout()
        if not (self.is_mirrored and DIRECTION.rtl) or self.orientation != "horizontal":
            return
        left = self.x + self.padding[0]
        right = self.right - self.padding[2]
        for child in self.children:
            child.x = left + right - child.right

    # The two below are one algorithm on two axes, and written twice: with the axis as an argument
    # each size would be read by its name, which made a screen's layout a third slower.

    def _place_abreast(self) -> None:
        children, spacing = self.children, self.spacing
        left, top, right, bottom = self.padding
        taken, shares, highest = left + right + spacing * (len(children) - 1), 0.0, 0
        for child in children:
            if (hint := child.size_hint_x) is None:
                taken += child.width
            else:
                shares += hint
            if child.size_hint_y is None:
                highest = max(highest, child.height)
        needed = (taken, highest) if children else (left + right, 0)
        self.minimum_size = needed[0], needed[1] + top + bottom
        # Its own size is read only now, for `minimum_size` may have changed it.
        x, low = left + self.x, self.y + bottom
        free, across = max(0.0, self.width - taken), self.height - (top + bottom)
        edges = x + (self.x + self.width - right) if self.is_mirrored and DIRECTION.rtl else None
        for child in reversed(children):  # Kivy has the last added first
            hint, hint_y = child.size_hint_x, child.size_hint_y
            width = free * hint / shares if hint else child.width
            height = max(0, hint_y * across) if hint_y else child.height
            y = low
            if child.pos_hint:
                y += _offset(child.pos_hint, _ACROSS_A_ROW, across, height)
            child.pos = (x if edges is None else edges - (x + width)), y
            _resize(child, width, height)
            x += width + spacing

    def _place_stacked(self) -> None:
        children, spacing = self.children, self.spacing
        left, top, right, bottom = self.padding
        taken, shares, widest = top + bottom + spacing * (len(children) - 1), 0.0, 0
        for child in children:
            if (hint := child.size_hint_y) is None:
                taken += child.height
            else:
                shares += hint
            if child.size_hint_x is None:
                widest = max(widest, child.width)
        needed = (widest, taken) if children else (0, top + bottom)
        self.minimum_size = needed[0] + left + right, needed[1]
        start, y = self.x + left, bottom + self.y
        free, across = max(0.0, self.height - taken), self.width - (left + right)
        for child in children:
            hint_x, hint = child.size_hint_x, child.size_hint_y
            height = free * hint / shares if hint else child.height
            width = max(0, hint_x * across) if hint_x else child.width
            x = start
            if child.pos_hint:
                x += _offset(child.pos_hint, _ACROSS_A_STACK, across, width)
            child.pos = x, y
            _resize(child, width, height)
            y += height + spacing


_ACROSS_A_ROW = {"y": 0.0, "center_y": 0.5, "top": 1.0}
_ACROSS_A_STACK = {"x": 0.0, "center_x": 0.5, "right": 1.0}
"""{hint: which part of the child it places}"""


def _offset(pos_hint: dict[str, float], parts: dict[str, float], room: float, size: float) -> float:
    """Return how far across a box a child is placed by its hints, pixels."""
    offset = 0.0
    for name, share in pos_hint.items():
        if name in parts:
            offset += share * room - parts[name] * size
    return offset


def _resize(child: Any, width: float, height: float) -> None:
    """Give a child its size, but not where it has its own: that would tell all who listen."""
    if child.size_hint_x is None:
        if child.size_hint_y is not None:
            child.height = height
    elif child.size_hint_y is None:
        child.width = width
    else:
        child.size = width, height


class MirrorBox(Box):
    """A box that is filled from the right while the interface runs from the right."""

    # Not bound to DIRECTION: a change of language draws every screen anew, and a binding here
    # would keep every box that ever was.
    is_mirrored = True


Factory.register("MirrorBox", cls=MirrorBox)
