"""A code that a tablet's camera reads, drawn as SVG within the page: nothing is fetched for it."""

from __future__ import annotations

import segno
from markupsafe import Markup

_QUIET = 4  # modules of white around it, as ISO/IEC 18004 asks


def drawn(text: str) -> Markup:
    """Return the QR of a text, error correction M or better."""
    rows = [[bool(module) for module in row] for row in segno.make(text, error="m").matrix]
    size = len(rows) + 2 * _QUIET
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return Markup(
        '<svg class="qr" viewBox="0 0 {} {}" aria-hidden="true" shape-rendering="crispEdges">'
        '<rect width="100%" height="100%" fill="#fff"/><path d="{}" fill="#000"/></svg>'
    ).format(size, size, path)
