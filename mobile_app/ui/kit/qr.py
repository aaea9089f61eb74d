"""A QR code, black on white in every theme: it is read by cameras."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from mobile_app.ui.metrics import dp

_MARGIN = 4
"""Modules of quiet around the code (ISO/IEC 18004)."""
_LIGHT, _DARK = b"\xff\xff\xff\xff", b"\0\0\0\xff"


class QrCode(Widget):
    """`modules`: rows of truth values."""

    def __init__(self, modules: Sequence[Sequence[bool]], high: float = 220) -> None:
        super().__init__(size_hint_y=None, height=dp(high))
        self._count = len(modules) + 2 * _MARGIN
        with self.canvas:
            Color(1, 1, 1, 1)
            self._rect = Rectangle(texture=_picture(modules, self._count))
        self.bind(pos=self._place, size=self._place)

    def _place(self, *_: object) -> None:
        # Whole pixels to a module, or some would be wider than others.
        side = int(min(self.width, self.height) / self._count) * self._count
        self._rect.size = side, side
        self._rect.pos = int(self.center_x - side / 2), int(self.center_y - side / 2)


def _picture(modules: Sequence[Sequence[bool]], count: int) -> Texture:
    """Return the code as a texture, a pixel to a module."""
    quiet = _LIGHT * _MARGIN
    lines = [
        quiet + b"".join(_DARK if is_dark else _LIGHT for is_dark in row) + quiet for row in modules
    ]
    around = [_LIGHT * count] * _MARGIN
    texture = Texture.create(size=(count, count), colorfmt="rgba")
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(b"".join((*around, *lines, *around)), colorfmt="rgba")
    texture.flip_vertical()
    return texture
