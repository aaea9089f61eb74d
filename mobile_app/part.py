"""What the parts of the app have in common: each is read alone, and all are one object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobile_app.screens.context import Context


class Part:
    """A part of `NuqtaApp`; what it does not define, another part does.

    `here`: name of the screen that is shown, with its presenter and what it was called with;
    `back`: those before it. `sheet`: a question over the screen. `_side`: the list beside it.
    """

    context: Context
    folder: Path
    here: str
    presenter: Any
    _arguments: Any
    back: list[tuple[str, Any, Any]]
    sheet: Any
    _side: Any

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say to the checker that another part has it."""
