"""What the parts of the app have in common: each is read alone, and all are one object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mobile_app.screens.context import Context


class Left(NamedTuple):
    """A screen that was left for another. `at`: how far its list was scrolled, 1 is its head."""

    here: str
    presenter: Any
    arguments: Any
    at: float


class Part:
    """A part of `NuqtaApp`; what it does not define, another part does.

    `here`: name of the screen that is shown, with its presenter and what it was called with;
    `back`: those before it. `scroller`: what scrolls on it, if anything does. `sheet`: a question
    over the screen. `_side`: the list beside it. `_line_shown`: which line, and whether it is cut.
    `_offer`: of the key, to the service.
    """

    context: Context
    folder: Path
    here: str
    presenter: Any
    _arguments: Any
    back: list[Left]
    scroller: Any
    sheet: Any
    _side: Any
    _line_shown: Any
    _offer: Any

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say to the checker that another part has it."""
