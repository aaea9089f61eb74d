"""Colours and sizes from `assets/tokens.json`: nobody types one elsewhere."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
TOKENS = json.loads((ASSETS / "tokens.json").read_text(encoding="utf-8"))
ICONS = json.loads((ASSETS / "fonts" / "icons.json").read_text(encoding="utf-8"))
THEMES = tuple(TOKENS["color"])
"""light, dark, sunlight."""
TARGET = TOKENS["target"]["min"]
"""No touch target is smaller, dp."""
MAIN_TARGET = TOKENS["target"]["primary"]
MARGIN = TOKENS["layout"]["tablet_margin"]
COLUMN_MAX = TOKENS["layout"]["tablet_column_max"]
ROW = TOKENS["layout"]["row_min"]
RADIUS, KEY_RADIUS = TOKENS["radius"]["m"], TOKENS["radius"]["l"]


@cache
def _color(theme, name):
    text = TOKENS["color"][theme][name].lstrip("#")
    return (*(int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)), 1)


@cache
def _type(role, language):
    return TOKENS["type"]["tablet"][role]["ar" if language == "ar" else "fr"]


class Theme:
    """One of `THEMES`, in one language; Arabic letters are set a size larger."""

    def __init__(self, name="light", language="fr"):
        self.name = name
        self.language = language

    def color(self, name):
        """Return a colour as Kivy wants it: four numbers from 0 to 1."""
        return _color(self.name, name)

    def size(self, role):
        """Return a role's text size: `display`, `title`, `heading`, `body`, `small`, `caption`."""
        return _type(role, self.language)[0]

    def line(self, role):
        """Return a role's line height."""
        return _type(role, self.language)[1]

    @property
    def edge(self):
        """The outline of a card: its colour and width. In the sun lines stand in for tints."""
        if self.name == "sunlight":
            return "border", TOKENS["stroke"]["sunlight_control"]
        return "line", TOKENS["stroke"]["hair"]


THEME = Theme()


def icon(name, *, is_rtl=False):
    """Return the sign of an icon's name; arrows point the way one reads."""
    if is_rtl:
        name = TOKENS["icons"]["swap_in_rtl"].get(name, name)
    return chr(int(ICONS["outline"][name], 16))
