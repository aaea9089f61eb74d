"""Look for somebody inside a screen: a box, and under it the few who answer."""

from __future__ import annotations

from mobile_app.ui.kit import Row, Rows, SearchBox, lead


def seek(app, column, key, search, on_pick, *, hint, most, signs, opens=False):
    """Add the box and its answers to a column.

    `key`: what was typed, among `app.typed`. `search(text)`: who answers; `on_pick(entity, id)`:
    one was touched. `signs`: what stands before an answer, by the entity's name.
    """
    rows = Rows()

    def typed(text):
        app.typed[key] = text
        app.soon(fill)

    def fill():
        rows.clear_widgets()
        found = search(app.typed.get(key, ""))[:most]
        rows.opacity = 1 if found else 0
        for one in found:
            row = Row(
                one.title,
                one.other,
                one.detail,
                lead=lead(signs[one.entity]),
                opens=opens,
                done=lambda where=(one.entity, one.record_id): on_pick(*where),
            )
            rows.add(row)

    clear = app.context.say("tablet.clear")
    column.add(SearchBox(app.typed.get(key, ""), hint, typed, clear))
    column.add(rows)
    fill()
