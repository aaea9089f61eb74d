"""Look for somebody inside a screen: a box, and under it the few who answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Column, Row, Rows, SearchBox, lead


def seek(
    ui: Ui,
    column: Column,
    key: str,
    search: Callable[[str], Sequence[Any]],
    on_pick: Callable[[str, bytes], object],
    *,
    hint: str,
    most: int,
    signs: Mapping[str, str],
    opens: bool = False,
) -> None:
    """Add the box and its answers to a column.

    `key`: what was typed, among `ui.typed`. `search(text)`: who answers; `on_pick(entity, id)`:
    one was touched. `signs`: what stands before an answer, by the entity's name.
    """
    rows = Rows()

    def typed(text: str) -> None:
        ui.typed[key] = text
        ui.soon(fill)

    def fill() -> None:
        rows.clear_widgets()
        found = search(ui.typed.get(key, ""))[:most]
        rows.opacity = 1 if found else 0
        for match in found:
            row = Row(
                match.title,
                match.other,
                match.detail,
                lead=lead(signs[match.entity]),
                opens=opens,
                done=lambda where=(match.entity, match.record_id): on_pick(*where),
            )
            rows.add(row)

    clear = ui.context.say("tablet.clear")
    column.add(SearchBox(ui.typed.get(key, ""), hint, typed, clear))
    column.add(rows)
    fill()
