"""Colours and sizes from `assets/tokens.json`: nobody types one elsewhere."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

Rgba = tuple[float, float, float, float]
"""A colour as Kivy has it, each from 0 to 1."""

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
def _color(theme: str, name: str) -> Rgba:
    text = TOKENS["color"][theme][name].lstrip("#")
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue, 1


@cache
def _type(role: str, language: str) -> tuple[int, int]:
    return TOKENS["type"]["tablet"][role]["ar" if language == "ar" else "fr"]


class Theme:
    """One of `THEMES`, in one language; Arabic letters are set a size larger."""

    def __init__(self, name: str = "light", language: str = "fr") -> None:
        self.name = name
        self.language = language

    def color(self, name: str) -> Rgba:
        """Return a colour as Kivy wants it: four numbers from 0 to 1."""
        return _color(self.name, name)

    def size(self, role: str) -> int:
        """Return a role's text size: `display`, `title`, `heading`, `body`, `small`, `caption`."""
        return _type(role, self.language)[0]

    def line(self, role: str) -> int:
        """Return a role's line height."""
        return _type(role, self.language)[1]

    @property
    def edge(self) -> tuple[str, float]:
        """The outline of a card: its colour and width. In the sun lines stand in for tints."""
        if self.name == "sunlight":
            return "border", TOKENS["stroke"]["sunlight_control"]
        return "line", TOKENS["stroke"]["hair"]


THEME = Theme()


def icon(name: str, *, is_rtl: bool = False) -> str:
    """Return the sign of an icon's name; arrows point the way one reads."""
    if is_rtl:
        name = TOKENS["icons"]["swap_in_rtl"].get(name, name)
    return chr(int(ICONS["outline"][name], 16))
