"""A list and the record that was chosen from it, side by side where the window is wide enough."""

from __future__ import annotations

from typing import Any

LISTS = {
    "find": ("person", "point"),
    "today": ("person", "slip"),
    "attention": ("form", "visit", "request", "training", "slip"),
}
"""List -> the screens that stand beside it, at the end side."""
WAITING = {"find": "tablet.find.choose", "attention": "tablet.attention.choose"}
"""List that stands at the start side before anything is chosen -> what is said beside it."""


class Chooser:
    """The app as a list sees it: another choice takes the place of the record beside it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def go(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        """Lead to a screen from the list, whichever record is shown."""
        self._app.go_from_list(name, arguments)
