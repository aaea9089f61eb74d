"""A scanned receipt or letter: genuine or not."""

from __future__ import annotations

from mobile_app.screens.proof.presenter import ProofPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Banner, Card, Column, Facts, Page, Text


def build(ui: Ui, presenter: ProofPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    elif presenter.is_replaced():
        column.add(Banner(say("tablet.proof.replaced")))
    else:
        column.add(Banner(say("tablet.proof.genuine"), "received"))
    if facts := presenter.facts():
        column.add(Text(say("tablet.proof.compare")))
        column.add(Card(Facts(facts, cols=1)))
        column.add(Text(say("tablet.proof.since"), color="muted"))
    act = (say("tablet.slip.done"), lambda: ui.go("find"), "main", "check")
    return Page(column, say("tablet.proof"), acts=(act,))
