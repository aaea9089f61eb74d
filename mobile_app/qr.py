"""QR codes (ISO/IEC 18004) of short texts: a slip shows one as soon as it is saved."""

from __future__ import annotations

import segno

_MASK = 3


def qr(text: str) -> list[list[bool]]:
    """Return the rows of a code's modules, True for a dark one; error correction M or better.

    The mask is always the same: a reader takes any, and weighing all eight for the one that looks
    most even is six sevenths of the work.
    """
    code = segno.make(text, error="m", micro=False, mask=_MASK)
    return [[bool(module) for module in row] for row in code.matrix]
