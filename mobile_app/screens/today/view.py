"""The first screen."""

from __future__ import annotations

from mobile_app.ui.kit import Column, Divider, Empty, Row, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    rows = presenter.visits()
    column.add(Text(say("tablet.today.visits"), "heading"))
    if not rows:
        column.add(Empty(say("tablet.today.none"), say("tablet.today.none.todo")))
    add_visits(app, column, rows)
    return column


def add_visits(app, column, rows):
    for row in rows:
        column.add(
            Row(
                row.title,
                row.other,
                row.detail,
                row.time,
                row.state,
                app.context.say(f"tablet.state.{row.state}"),
            )
        )
        column.add(Divider())
