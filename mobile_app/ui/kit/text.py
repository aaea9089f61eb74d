"""Words and signs. Every line of a role has the role's height, whatever its letters."""

from __future__ import annotations

from kivy.metrics import dp, sp
from kivy.properties import NumericProperty
from kivy.uix.label import Label

from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.theme import THEME, icon

_MARKS = str.maketrans({"\u2066": "\u200e", "\u2069": "\u200e", "\u2068": None})
"""Isolates, which our bidi runs take for neutral, become marks that hold a code together."""
_ROOM = 5
"""Above and below a text, dp, for vowel signs and deep letters; drawn over the neighbours' gap."""


class Text(Label):
    """A label at the start side, as high as its lines.

    `hug`: as wide as its words, too. `lines`: cut after so many; 0 keeps all.
    """

    line_px = NumericProperty(0)
    natural = 0
    _font_properties = (*Label._font_properties, "line_px")

    def __init__(
        self, text="", role="body", color="text", bold=None, center=False, hug=False, lines=0,
        end=False, **more,
    ):  # fmt: skip
        self._hug, self._room = hug, dp(_ROOM)
        high = dp(THEME.line(role))
        super().__init__(
            text=text.translate(_MARKS),
            font_name="App",
            font_size=sp(THEME.size(role)),
            line_px=high,
            bold=role in ("display", "title", "heading") if bold is None else bold,
            color=THEME.color(color),
            halign="center" if center else DIRECTION.end if end else DIRECTION.start,
            valign="top",
            base_direction=DIRECTION.direction,
            max_lines=lines,
            padding=(0, self._room),
            size_hint_y=None,
            height=high,
            **more,
        )
        self._least = high
        if hug:
            self.size_hint_x = None
        else:
            self.bind(width=self._fit)
        self.bind(texture_size=self._grow)

    def words(self, text, color=""):
        """Say something else."""
        self.text = text.translate(_MARKS)
        if color:
            self.color = THEME.color(color)

    def _fit(self, *_):
        self.text_size = (self.width, None)

    def _grow(self, *_):
        self.height = max(self._least, self.texture_size[1] - 2 * self._room)
        if self._hug:
            self.width = self.texture_size[0]


class Names(MirrorBox):
    """A name in the reader's script, bold, and the other script muted on the same line.

    Where both do not fit the second is left out: a name is cut as little as can be.
    """

    def __init__(self, first, second="", role="body"):
        self.first = Text(first, role, bold=True, hug=True, lines=1)
        self.second = Text(second, role, "muted", bold=False, lines=1)
        super().__init__(size_hint_y=None, height=self.first.height, spacing=dp(8))
        self.add_widget(self.first)
        self.add_widget(self.second)
        self.first.bind(texture_size=self._share)
        self.bind(width=self._share)

    def words(self, first, second=""):
        self.first.text_size = (None, None)
        self.first.words(first)
        self.second.words(second)

    def _share(self, *_):
        fit(self.first, self.width)
        self.second.opacity = 1 if self.width - self.first.width > dp(90) else 0


def fit(label, room):
    """Let a label that hugs its words wrap where there is less room than they take."""
    if label.text_size[0] is None:
        label.natural = label.texture_size[0]
    wanted = label.natural > room > 0
    size = (room, None) if wanted else (None, None)
    if tuple(label.text_size) != size:
        label.text_size = size
    label.width = min(label.natural, room)


class Icon(Label):
    """A sign of the icon font, turned where reading turns it."""

    def __init__(self, name, color="muted", size=24, **more):
        super().__init__(
            text=icon(name, is_rtl=DIRECTION.rtl),
            font_name="Icons",
            font_size=dp(size),
            color=THEME.color(color),
            size_hint=(None, None),
            size=(dp(size), dp(size)),
            **more,
        )
        self.pos_hint = more.get("pos_hint", {"center_y": 0.5})

    def sign(self, name, color=""):
        """Show another sign."""
        self.text = icon(name, is_rtl=DIRECTION.rtl)
        if color:
            self.color = THEME.color(color)
