"""Long lists: the nearest rows, and one that brings the others when it is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Icon, Row
from mobile_app.ui.metrics import dp


def folded(
    presenter: Any, name: str, entries: Sequence[Any], most: int
) -> tuple[Sequence[Any], int]:
    """Return the entries to show, and how many are left out: all, once the list is unfolded.

    `presenter.unfolded`: the names of the lists that were; the way back finds them so.
    """
    if name in presenter.unfolded or len(entries) <= most + 1:
        return entries, 0
    return entries[:most], len(entries) - most


def unfolder(ui: Ui, presenter: Any, name: str, count: int) -> Row:
    """Return the row that stands for `count` others."""

    def unfold() -> None:
        presenter.unfolded.add(name)
        ui.show(keep_scroll=True)

    sign = Icon("chevron-down", "muted", 20)
    sign.size_hint_x, sign.width = None, dp(26)
    return Row(ui.context.phrases.count("tablet.rows.more", count), lead=sign, done=unfold)
