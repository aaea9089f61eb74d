"""What is known of someone, and the visits."""

from __future__ import annotations

from mobile_app.screens.today.view import add_visits
from mobile_app.ui.kit import ActButton, Column, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Text(presenter.title, "display"))
    if presenter.other:
        column.add(Text(presenter.other, "heading", "muted"))
    where = (presenter.entity, presenter.record.record_id)
    column.add(
        ActButton(say("tablet.person.visit"), lambda: app.go("visit", where), sign="player-play")
    )
    for label, value in presenter.facts():
        column.add(Text(label, "small", "muted"))
        column.add(Text(value, bold=True))
    column.add(Text(say("tablet.person.visits"), "heading"))
    visits = presenter.visits()
    if not visits:
        column.add(Text(say("tablet.person.no_visits"), color="muted"))
    add_visits(app, column, visits)
    return column
