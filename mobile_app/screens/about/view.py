"""About: what this tablet is, and a check of it."""

from __future__ import annotations

from collections.abc import Callable

from kivy.clock import Clock

from mobile_app.device.files import Place
from mobile_app.device.finding import Check
from mobile_app.screens.about.presenter import AboutPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Facts,
    Heading,
    Page,
    Row,
    Rows,
    Text,
    lead,
)

_SIGNS = {"holds": "check", "fails": "alert-triangle", "unseen": "minus"}
_REPORT = "nuqta-device-check.txt"


def build(ui: Ui, presenter: AboutPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    column.add(Card(Facts(presenter.facts())))
    check = ui.device.check
    if check is not None and not ui.session.is_practice:
        column.add(Heading(say("tablet.check")))
        column.add(Text(say("tablet.check.about"), color="muted"))
        if presenter.problem:
            column.add(Banner(presenter.problem))
        if presenter.result:
            column.add(Banner(presenter.result, "received"))
        if presenter.is_running:
            column.add(Banner(say("tablet.check.running"), "held"))
        else:
            column.add(
                ActButton(say("tablet.check.act"), lambda: _begin(ui, presenter, check), "plain")
            )
        words, is_well = presenter.summary()
        if words:
            column.add(Banner(words, "received" if is_well else "attention"))
            act = say("tablet.check.save")
            column.add(ActButton(act, lambda: _save(ui, presenter), "plain", "download"))
        if presenter.findings:
            column.add(Rows(*(_row(say, *one) for one in presenter.rows())))
    return Page(column, say("tablet.about"))


def _row(say: Callable[..., str], title: str, detail: str, verdict: str) -> Row:
    sign = lead(_SIGNS[verdict])
    return Row(title, detail=detail, lead=sign, end=say(f"tablet.check.{verdict}"))


def _begin(ui: Ui, presenter: AboutPresenter, check: Check) -> None:
    presenter.prepare()
    ui.beside(lambda: presenter.run(check), ui.refresh)
    ui.refresh()


def _save(ui: Ui, presenter: AboutPresenter) -> None:
    def chosen(place: Place | None) -> None:
        if place is not None:
            presenter.write_report(place)
        ui.refresh()

    ui.device.files.create(_REPORT, lambda place: Clock.schedule_once(lambda _dt: chosen(place)))
