"""About: what this tablet is, and a check of it."""

from __future__ import annotations

import threading

from kivy.clock import Clock

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


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Card(Facts(presenter.facts())))
    if app.check is not None and not app.is_practice:
        column.add(Heading(say("tablet.check")))
        column.add(Text(say("tablet.check.about"), color="muted"))
        if presenter.problem:
            column.add(Banner(presenter.problem))
        if presenter.result:
            column.add(Banner(presenter.result, "received"))
        if presenter.is_running:
            column.add(Banner(say("tablet.check.running"), "held"))
        else:
            column.add(ActButton(say("tablet.check.act"), lambda: _check(app, presenter), "plain"))
        words, is_well = presenter.summary()
        if words:
            column.add(Banner(words, "received" if is_well else "attention"))
            act = say("tablet.check.save")
            column.add(ActButton(act, lambda: _save(app, presenter), "plain", "download"))
        if presenter.findings:
            column.add(Rows(*(_row(say, *one) for one in presenter.rows())))
    return Page(column, say("tablet.about"))


def _row(say, title, detail, verdict):
    sign = lead(_SIGNS[verdict])
    return Row(title, detail=detail, lead=sign, end=say(f"tablet.check.{verdict}"))


def _check(app, presenter):
    presenter.prepare()

    def work():
        presenter.run(app.check)
        Clock.schedule_once(lambda _dt: app.refresh())

    threading.Thread(target=work, daemon=True).start()
    app.refresh()


def _save(app, presenter):
    def chosen(place):
        if place is not None:
            presenter.write_report(place)
        app.refresh()

    app.device.files.create(_REPORT, lambda place: Clock.schedule_once(lambda _dt: chosen(place)))
