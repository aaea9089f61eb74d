"""One switch for the direction of the whole interface.

Kivy's BoxLayout has no right-to-left order (GridLayout and StackLayout do, as
'rl-tb'). MirrorBox places its children from the right while DIRECTION.rtl is
set, without touching the order of `children`, so focus and tests stay the same.
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


class MirrorBox(BoxLayout):
    # Not bound to DIRECTION: a change of language draws every screen anew, and a binding here
    # would keep every box that ever was.
    def do_layout(self, *largs):
        super().do_layout(*largs)
        if not DIRECTION.rtl or self.orientation != "horizontal":
            return
        left = self.x + self.padding[0]
        right = self.right - self.padding[2]
        for child in self.children:
            child.x = left + right - child.right


Factory.register("MirrorBox", cls=MirrorBox)
