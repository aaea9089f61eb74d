"""One switch for the direction of the whole interface, and the box that most of it stands in.

Kivy's BoxLayout has no right-to-left order (GridLayout and StackLayout do, as 'rl-tb'). MirrorBox
places its children from the right while DIRECTION.rtl is set, without touching the order of
`children`, so focus and tests stay the same.
"""

from kivy.event import EventDispatcher
from kivy.factory import Factory
from kivy.properties import AliasProperty, BooleanProperty
from kivy.uix.boxlayout import BoxLayout


class _Direction(EventDispatcher):
    rtl = BooleanProperty(False)
    direction = AliasProperty(lambda self: "rtl" if self.rtl else "ltr", bind=("rtl",))
    start = AliasProperty(lambda self: "right" if self.rtl else "left", bind=("rtl",))
    end = AliasProperty(lambda self: "left" if self.rtl else "right", bind=("rtl",))


DIRECTION = _Direction()
_FREE = [None, None]
"""No bounds to a size."""
PLAIN = {"__no_builder": True}
"""For widgets that no rule of Kivy's language is about: it need not be asked for one each."""


class Box(BoxLayout):
    """A box whose children stand as Kivy would place them, in fewer steps: half a screen is that."""

    is_mirrored = False

    def __init__(self, **more):
        super().__init__(**PLAIN, **more)

    def inc_disabled(self, count=1):
        """Tell those within only if there is something to tell: each is added to many boxes."""
        if count:
            super().inc_disabled(count)

    def dec_disabled(self, count=1):
        if count:
            super().dec_disabled(count)

    def do_layout(self, *largs):
        for child in self.children:
            if child.size_hint_min != _FREE or child.size_hint_max != _FREE:
                self._bounded()
                return
        if self.orientation == "horizontal":
            self._abreast()
        else:
            self._stacked()

    def _bounded(self):
        """Lay out as Kivy does, which knows what to do with bounds."""
        super().do_layout()
        if not (self.is_mirrored and DIRECTION.rtl) or self.orientation != "horizontal":
            return
        left = self.x + self.padding[0]
        right = self.right - self.padding[2]
        for child in self.children:
            child.x = left + right - child.right

    def _abreast(self):
        children, spacing = self.children, self.spacing
        left, top, right, bottom = self.padding
        taken, stretch, high = left + right + spacing * (len(children) - 1), 0.0, 0
        for child in children:
            hint = child.size_hint_x
            if hint is None:
                taken += child.width
            else:
                stretch += hint
            if child.size_hint_y is None and child.height > high:
                high = child.height
        self.minimum_size = (
            (taken, high + top + bottom) if children else (left + right, top + bottom)
        )
        # Only now, for that may have changed it.
        x, low = left + self.x, self.y + bottom
        room, inner = max(0.0, self.width - taken), self.height - (top + bottom)
        edges = x + (self.x + self.width - right) if self.is_mirrored and DIRECTION.rtl else None
        for child in reversed(children):
            hint, hint_y = child.size_hint_x, child.size_hint_y
            wide, tall, y = child.width, child.height, low
            if hint:
                wide = room * hint / stretch
            if hint_y:
                tall = max(0, hint_y * inner)
            for key, value in child.pos_hint.items():
                if key == "center_y":
                    y += value * inner - tall / 2.0
                elif key == "y":
                    y += value * inner
                elif key == "top":
                    y += value * inner - tall
            _place(child, x if edges is None else edges - (x + wide), y, hint, hint_y, wide, tall)
            x += wide + spacing

    def _stacked(self):
        children, spacing = self.children, self.spacing
        left, top, right, bottom = self.padding
        taken, stretch, wide_most = top + bottom + spacing * (len(children) - 1), 0.0, 0
        for child in children:
            hint = child.size_hint_y
            if hint is None:
                taken += child.height
            else:
                stretch += hint
            if child.size_hint_x is None and child.width > wide_most:
                wide_most = child.width
        self.minimum_size = (
            (wide_most + left + right, taken) if children else (left + right, top + bottom)
        )
        start, y = self.x + left, bottom + self.y
        room, inner = max(0.0, self.height - taken), self.width - (left + right)
        for child in children:
            hint_x, hint = child.size_hint_x, child.size_hint_y
            wide, tall, x = child.width, child.height, start
            if hint:
                tall = room * hint / stretch
            if hint_x:
                wide = max(0, hint_x * inner)
            for key, value in child.pos_hint.items():
                if key == "center_x":
                    x += value * inner - wide / 2.0
                elif key == "x":
                    x += value * inner
                elif key == "right":
                    x += value * inner - wide
            _place(child, x, y, hint_x, hint, wide, tall)
            y += tall + spacing


def _place(child, x, y, hint_x, hint_y, wide, tall):
    child.pos = x, y
    if hint_x is None:
        if hint_y is not None:
            child.height = tall
    elif hint_y is None:
        child.width = wide
    else:
        child.size = wide, tall


class MirrorBox(Box):
    # Not bound to DIRECTION: a change of language draws every screen anew, and a binding here
    # would keep every box that ever was.
    is_mirrored = True


Factory.register("MirrorBox", cls=MirrorBox)
