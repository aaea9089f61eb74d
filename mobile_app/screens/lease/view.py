"""Why nothing is shown, that nothing is lost, and the two ways on."""

from __future__ import annotations

from mobile_app.screens.lease.presenter import LeasePresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Banner, Column, Gap, Page, Text


def build(ui: Ui, presenter: LeasePresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    column.add(Gap(24))
    column.add(Text(say("tablet.lease"), "display"))
    column.add(Text(say("tablet.lease.about"), color="muted"))
    column.add(Banner(presenter.waiting, "ontablet", say("tablet.lease.safe")))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    running = presenter.sync.is_running
    words = say("tablet.sync.running" if running else "tablet.sync.now")
    acts = (
        (say("tablet.lease.by_code"), ui.session.ask_rescue, "plain", "lock"),
        (words, ui.exchange, "main", "refresh"),
    )
    return Page(column, say("page.product"), acts=acts)
