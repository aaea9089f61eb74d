"""Colours and sizes from `assets/tokens.json`: nobody types one elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "assets"
TOKENS = json.loads((ASSETS / "tokens.json").read_text(encoding="utf-8"))
_ICONS = json.loads((ASSETS / "fonts" / "icons.json").read_text(encoding="utf-8"))


class Theme:
    """One of `light`, `dark`, `sunlight`, in one language."""

    def __init__(self, name="light", language="fr"):
        self.name = name
        self.language = language

    def color(self, name):
        """Return a colour as Kivy wants it: four numbers from 0 to 1."""
        text = TOKENS["color"][self.name][name].lstrip("#")
        return [int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)] + [1]

    def size(self, role):
        """Return a role's text size: `display`, `title`, `heading`, `body`, `small`, `caption`."""
        return TOKENS["type"]["tablet"][role][self.language][0]

    def line(self, role):
        """Return a role's line height."""
        return TOKENS["type"]["tablet"][role][self.language][1]


THEME = Theme()


def icon(name):
    """Return the sign of an icon's name."""
    return chr(int(_ICONS["outline"][name], 16))
