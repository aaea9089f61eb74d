"""What the office decides."""

from __future__ import annotations

from mobile_app.ui.kit import Column, Divider, Empty, Row


def build(app, presenter):
    say = app.context.say
    column = Column()
    rows = presenter.rows()
    if not rows:
        column.add(Empty(say("tablet.attention.none"), say("tablet.attention.none.todo")))
    for title, reason, state in rows:
        column.add(Row(title, detail=reason, state=state))
        column.add(Divider())
    return column
