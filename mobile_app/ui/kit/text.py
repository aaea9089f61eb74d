"""Words and signs. Every line of a role has the role's height, whatever its letters.

Drawn on plain widgets: Kivy's Label binds some fifty properties, a screen has a hundred texts, and
most of opening a screen was that.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import DIRECTION, PLAIN, MirrorBox
from mobile_app.ui.text.runs import base_direction
from mobile_app.ui.theme import THEME, Rgba, icon

_MARKS = str.maketrans({"\u2066": "\u200e", "\u2069": "\u200e", "\u2068": None})
"""Isolates, which our bidi runs take for neutral, become marks that hold a code together."""
_ROOM = 5
"""Above and below a text, dp, for vowel signs and deep letters; drawn over the neighbours' gap."""
_TITLES = ("display", "title", "heading")


_LINES_MAX, _BLOCKS_MAX = 128, 16
"""Pictures of words that are kept: screens have words in common, and what two letters find."""
_WORDS = re.compile("\u200e[^\u200e]*\u200e|\\S+")
"""Words; a number that is held together by marks, such as a phone, is one."""
_JOINTS = ("·", "-", "–")
_RIGHT_TO_LEFT = "\u200f"


class _Style(NamedTuple):
    """How the texts of a label look: what they are measured and drawn by; sizes in pixels."""

    font_size: float
    bold: bool
    line_px: float
    halign: str
    max_lines: int


@cache
def _label(style: _Style, base_direction: str) -> CoreLabel:
    """Return what measures and draws the texts of a style."""
    return CoreLabel(
        **style._asdict(),
        font_name="App",
        valign="top",
        base_direction=base_direction,
        padding=[0, dp(_ROOM), 0, dp(_ROOM)],
    )


@lru_cache(maxsize=_LINES_MAX)
def line_of(label: CoreLabel, text: str) -> Texture:
    """Return the picture of one line."""
    return label.line_picture(text)


@lru_cache(maxsize=_BLOCKS_MAX)
def block_of(style: _Style, base_direction: str, text: str, width: int) -> CoreLabel:
    """Return a text that is broken into lines of a width, drawn."""
    # A label of its own and not the one that is shared: it keeps the picture that it has drawn.
    block = _label.__wrapped__(style, base_direction)
    block.text, block.text_size = text, (width, None)
    block.refresh()
    return block


class Text(Widget):
    """A text at the start side, as high as its lines.

    `hug`: as wide as its words, too. `lines`: cut after so many; 0 keeps all. `own`: someone's own
    words, which run as their first letter does. `natural`: its width on one line. `shown`: what is
    left of it. Until something gives it a width it is not drawn.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        color: str = "text",
        *,
        bold: bool | None = None,
        center: bool = False,
        hug: bool = False,
        lines: int = 0,
        own: bool = False,
        width: float = 0,
        **more: Any,
    ) -> None:
        high = sp(THEME.line(role))
        super().__init__(size_hint_y=None, height=high, width=width, **PLAIN, **more)
        self._hug, self.lines, self._high, self._own = hug, lines, high, own
        self._align = "center" if center else DIRECTION.start
        self._style = _Style(
            sp(THEME.size(role)),
            role in _TITLES if bold is None else bold,
            high,
            self._align,
            lines,
        )
        self._label: Any = None
        with self.canvas:
            self._ink = Color(*THEME.color(color))
            self._rect = Rectangle(size=(0, 0))
        self.fbind("pos", self._place)
        self.fbind("width", self._fit)
        if hug:
            self.size_hint_x = None
        self.words(text)

    def tint(self, rgba: Rgba) -> None:
        """Take a colour of no theme: four numbers from 0 to 1."""
        self._ink.rgba = rgba

    def words(self, text: str, color: str = "") -> None:
        """Say something else."""
        if color:
            self._ink.rgba = THEME.color(color)
        text = text.translate(_MARKS)
        if self._label is not None and text == self.text:
            return
        self.text: str = text
        self._base = DIRECTION.direction
        if self._own:
            self._base = base_direction(text, self._base)
        self._label = _label(self._style, self._base)
        extents = self._label.get_extents
        self.natural = extents(text)[0] if text else 0
        if "\n" in text:
            self.natural = max(extents(line)[0] for line in text.split("\n"))
        if self._hug and self.natural != self.width:
            self.width: float = self.natural  # which fits it
        else:
            self._fit()

    @property
    def ink(self) -> tuple[float, float]:
        """Return how wide and high the words are as they are drawn."""
        wide, high = self._rect.size
        return wide, max(0, high - 2 * dp(_ROOM))

    @property
    def widest(self) -> float:
        """Return how wide the longest word is: in less room it breaks."""
        words = self.text.split() if self._label else ()
        return max((self._label.get_extents(word)[0] for word in words), default=0)

    def within(self, room: float) -> None:
        """Be as wide as the words, or as the room if they take more."""
        self.width = min(self.natural, max(0, room))

    def _fit(self, *_: object) -> None:
        if self._label is None:  # released: its screen was left with a layout to come
            return
        wide = self.width
        # A pixel over is rounding, and no reason to break a line.
        is_short = not wide or (self.natural <= wide + 1 and "\n" not in self.text)
        shortened = "" if is_short or self.lines != 1 else self._shortened()
        self.shown = shortened or self.text
        if is_short or shortened or not self.text:
            self.height = self._high
            self._draw(line_of(self._label, self.shown) if wide and self.text else None)
        else:
            block = block_of(self._style, self._base, self.text, max(1, int(wide)))
            self.height = max(self._high, block.height - 2 * dp(_ROOM))
            self._draw(block.texture)

    def _shortened(self) -> str:
        """Return as many words as one line holds, and that there are more; empty for not one."""
        words = _WORDS.findall(self.text)
        while len(words) > 1:
            words.pop()
            text = " ".join(words) + " …"
            if (
                words[-1].strip(_RIGHT_TO_LEFT) not in _JOINTS
                and self._label.get_extents(text)[0] <= self.width
            ):
                return text
        return ""

    def _draw(self, texture: Texture | None) -> None:
        self._rect.texture = texture
        self._rect.size = texture.size if texture else (0, 0)
        self._place()

    def _place(self, *_: object) -> None:
        wide, high = self._rect.size
        x = self.x
        if self._align == "center":
            x += (self.width - wide) / 2
        elif self._align == "right":
            x += self.width - wide
        self._rect.pos = (int(x), int(self.y + (self.height - high) / 2))

    def release(self) -> None:
        """Give the picture of the words back."""
        self._rect.texture = self._label = None


class Names(MirrorBox):
    """A name in the reader's script, bold, and the other script muted on the same line.

    Where both do not fit the second is left out: a name is cut as little as can be.
    """

    def __init__(
        self, first: str, second: str = "", role: str = "body", *, own: bool = False
    ) -> None:
        self.first = Text(first, role, bold=True, hug=True, lines=1, own=own)
        self.second = Text(second, role, "muted", bold=False, lines=1, own=True)
        super().__init__(size_hint_y=None, height=self.first.height, spacing=dp(8))
        self.add_widget(self.first)
        self.add_widget(self.second)
        self.bind(width=self._share)

    def words(self, first: str, second: str = "") -> None:
        """Show another name."""
        self.first.words(first)
        self.second.words(second)
        self._share()

    def _share(self, *_: object) -> None:
        self.first.within(self.width)
        self.second.opacity = 1 if self.width - self.first.width > dp(90) else 0


@lru_cache(maxsize=256)
def sign_of(text: str, pixels: float) -> Texture:
    """Return the picture of a sign, white: it is tinted where it stands."""
    core = CoreLabel(text=text, font_name="Icons", font_size=pixels)
    core.refresh()
    return core.texture


class Icon(Widget):
    """A sign of the icon font, turned where reading turns it."""

    def __init__(self, name: str, color: str = "muted", size: float = 24, **more: Any) -> None:
        super().__init__(size_hint=(None, None), size=(dp(size), dp(size)), **PLAIN, **more)
        self.pos_hint = more.get("pos_hint", {"center_y": 0.5})
        with self.canvas:
            self._ink = Color(*THEME.color(color))
            self._rect = Rectangle()
        self.bind(pos=self._place, size=self._place)
        self.sign(name)

    def sign(self, name: str, color: str = "") -> None:
        """Show another sign."""
        if color:
            self._ink.rgba = THEME.color(color)
        self._rect.texture = sign_of(icon(name, is_rtl=DIRECTION.rtl), self.width)
        self._rect.size = self._rect.texture.size
        self._place()

    def _place(self, *_: object) -> None:
        wide, high = self._rect.size
        self._rect.pos = (
            int(self.x + (self.width - wide) / 2),
            int(self.y + (self.height - high) / 2),
        )
