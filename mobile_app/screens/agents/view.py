"""The agents who share this tablet, each a row; one more can join."""

from __future__ import annotations

from mobile_app.screens.agents.presenter import AgentsPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Banner, Column, Gap, Page, Row, Rows, Text, lead


def build(ui: Ui, presenter: AgentsPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    column.add(Gap(24))
    column.add(Text(say("tablet.agents"), "display"))
    rows = [
        Row(
            name,
            detail=login,
            lead=lead("user-check"),
            done=lambda folder=folder: ui.session.ask_pin(folder),
            opens=True,
        )
        for folder, name, login in presenter.rows()
    ]
    column.add(Rows(*rows))
    more = Row(
        say("tablet.agents.another"), lead=lead("plus"), done=ui.session.ask_new_agent, opens=True
    )
    column.add(Rows(more))
    column.add(Banner(say("tablet.agents.apart"), "received"))
    return Page(column)
