"""A signature as a small picture, from the strokes of a finger."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 600, 200
_PEN = 4


def picture(strokes: Sequence[Sequence[float]]) -> tuple[bytes, int, int]:
    """Return WebP bytes, width and height.

    Args:
        strokes: each x, y, x, y, … in units of the pad, 0 to 1, y upward.
    """
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [
            (stroke[at] * WIDTH, (1 - stroke[at + 1]) * HEIGHT) for at in range(0, len(stroke), 2)
        ]
        if len(points) == 1:
            x, y = points[0]
            draw.ellipse((x - _PEN, y - _PEN, x + _PEN, y + _PEN), fill=0)
        else:
            draw.line(points, fill=0, width=_PEN, joint="curve")
    written = BytesIO()
    image.save(written, "WEBP", lossless=True)
    return written.getvalue(), WIDTH, HEIGHT
