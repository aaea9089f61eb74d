"""Read the code of a picture: a QR of the desk, a slip, a letter. A port, ZXing's core, a fake.

The picture is taken by the camera port, so no permission is asked for a live view. It is made
small and grey here (Pillow), and read by ZXing's core library in Java, without a Google service.
On a desktop no library is shipped for it; there codes are typed.

Written against ZXing's documented names (https://zxing.github.io/zxing/apidocs/), and never run on
a device yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mobile_app.device import java

_IS_MIRRORED = False
SIDE_PIXELS_MAX = 1_600
"""A slip's square has 85 modules a side; held so that it fills a third, each has six pixels."""


class Scanner(Protocol):
    """What a screen asks of whoever reads codes."""

    @property
    def is_there(self) -> bool:
        """Whether codes are read here at all; else they are typed."""

    def read(self, picture: Path) -> str:
        """Return the text of the code in a picture; empty where none is seen. Any thread."""


class NoScanner:
    """A machine without anything that reads codes."""

    is_there = False

    def read(self, picture: Path) -> str:
        """See nothing."""
        return ""


@dataclass(slots=True)
class FakeScanner:
    """Sees what it is told in every picture. `seen`: the pictures, as they were."""

    text: str
    is_there: bool = True
    seen: list[bytes] = field(default_factory=list)

    def read(self, picture: Path) -> str:
        """Return it."""
        self.seen.append(picture.read_bytes())
        return self.text


class AndroidScanner:
    """ZXing's core, by way of Java."""

    is_there = True

    def read(self, picture: Path) -> str:
        """Read a QR code of any direction; empty where Java throws: there is none on it."""
        grey = grey_of(picture)
        if grey is None:
            return ""
        pixels, wide, high = grey
        try:
            source = java.of("com.google.zxing.PlanarYUVLuminanceSource")(
                *(pixels, wide, high, 0, 0, wide, high, _IS_MIRRORED)
            )
            binarizer = java.of("com.google.zxing.common.HybridBinarizer")(
                java.cast("com.google.zxing.LuminanceSource", source)
            )
            bitmap = java.of("com.google.zxing.BinaryBitmap")(
                java.cast("com.google.zxing.Binarizer", binarizer)
            )
            found = java.of("com.google.zxing.qrcode.QRCodeReader")().decode(bitmap)
            return str(found.getText() or "")
        except java.fault():  # NotFoundException, ChecksumException, FormatException
            return ""


def grey_of(picture: Path) -> tuple[bytes, int, int] | None:
    """Return a picture's light, a byte a pixel, row by row, width and height; None for none."""
    # Pillow is read then, not at the start.
    from PIL import Image, ImageOps  # noqa: PLC0415

    from mobile_app.device.photo import NO_PICTURE  # noqa: PLC0415

    try:
        with Image.open(picture) as image:
            image.draft("L", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
            upright = (ImageOps.exif_transpose(image) or image).convert("L")
            upright.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
            return upright.tobytes(), upright.width, upright.height
    except NO_PICTURE:
        return None
