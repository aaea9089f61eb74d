"""The signs of the interface: an icon font of 19 kB, the brand, and the three points of arrival.

A sign is never read aloud; words stand beside it, or the control that holds it alone has a name.
Arrows swap and lists turn round in a text that runs from right to left, clocks and ticks do not;
a test holds `SWAPPED` and `TURNED` equal to the design tokens, from which the tablet reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from server.web.assets import STATIC

SWAPPED = {
    "arrow-left": "arrow-right",
    "arrow-right": "arrow-left",
    "chevron-left": "chevron-right",
    "chevron-right": "chevron-left",
}
TURNED = frozenset(
    [
        "list",
        "clipboard-list",
        "arrow-back-up",
        "logout",
        "send",
        "route",
        "volume",
        "file-text",
        "clipboard-check",
        "user-plus",
        "git-merge",
        "arrow-up-right",
        "menu-2",
        "message",
        "external-link",
    ]
)
POINTS = {"ontablet": 1, "received": 2, "reviewed": 3}
STATE_ICONS = {"attention": "alert-triangle", "held": "hourglass"}
BRAND = Markup(
    '<svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">'
    '<path d="M4.5 13.5C3 22 8 28 16 28s13-6 11.5-14.5"/>'
    '<path d="M16 3.2l6.8 6.8-6.8 6.8-6.8-6.8z"/></svg>'
)


def load_glyphs() -> dict[str, dict[str, str]]:
    """Return the code points of the icon fonts, by style and name."""
    loaded: dict[str, dict[str, str]] = json.loads(
        (STATIC / "fonts" / "icons.json").read_text(encoding="utf-8")
    )
    return loaded


class Icons:
    """The signs for one direction of writing."""

    def __init__(self, direction: str, glyphs: Mapping[str, Mapping[str, str]]) -> None:
        """Take the direction, `rtl` or `ltr`, and the code points of `load_glyphs`."""
        self._mirrored = direction == "rtl"
        self._glyphs = glyphs
        # A list has hundreds of a few signs.
        self.icon, self.state_sign = cache(self._icon), cache(self._state_sign)

    def _icon(self, name: str, *, filled: bool = False, small: bool = False) -> Markup:
        """Return a sign.

        Raises:
            KeyError: the icon font has no such sign.
        """
        classes = ["i-filled" if filled else "i"]
        if self._mirrored:
            name = SWAPPED.get(name, name)
            classes += ["i-turned"] if name in TURNED else []
        classes += ["i-small"] if small else []
        glyph = self._glyphs["filled" if filled else "outline"][name]
        return Markup('<i class="{}" aria-hidden="true">{}</i>').format(
            " ".join(classes), chr(int(glyph, 16))
        )

    def _state_sign(self, state: str) -> Markup:
        """Return the sign of where a record stands: three points, or a filled sign.

        Raises:
            KeyError: there is no such state.
        """
        if state in STATE_ICONS:
            return self.icon(STATE_ICONS[state], filled=True)
        return three_points(POINTS[state])


@cache
def three_points(filled: int) -> Markup:
    """Return three points, the first `filled` of them solid."""
    points = "".join(
        f'<path d="M{5 + 12 * place} .8l4.2 4.2-4.2 4.2L{0.8 + 12 * place:g} 5z"'
        + (' class="solid"/>' if place < filled else "/>")
        for place in range(3)
    )
    svg = f'<svg class="points" viewBox="0 0 34 10" aria-hidden="true">{points}</svg>'
    return Markup(svg)  # noqa: S704 - made of numbers alone
