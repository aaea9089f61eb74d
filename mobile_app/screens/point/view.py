"""A contact point."""

from __future__ import annotations

from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.parts import voice
from mobile_app.screens.point.presenter import PointPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Facts,
    Heading,
    IconButton,
    Page,
    Row,
    Rows,
    Stack,
    Text,
)


def build(ui: Ui, presenter: PointPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    presenter.refresh()
    say = ui.context.say
    column = Column()
    words = Stack(Text(presenter.title, "display"), spacing=0)
    if presenter.other:
        words.add_widget(Text(presenter.other, "heading", "muted", bold=False))
    column.add(words)
    column.add(Card(Facts(presenter.facts())))
    voice.tell(ui, column, presenter.spoken)
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))
    _check(ui, presenter, column)
    _incidents(ui, presenter, column)
    change = (
        "edit",
        say("tablet.form.contact_point.correct"),
        lambda: ui.go("form", ("contact_point", presenter.record_id)),
    )
    return Page(column, say("desk.entity.contact_point"), signs=(change,))


def _check(ui: Ui, presenter: PointPresenter, column: Column) -> None:
    say = ui.context.say

    def changed(*, is_drawn_anew: bool = True) -> None:
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    column.add(Heading(say("tablet.point.check")))
    box = Card(padding=(16, 14), spacing=12)
    for name in ("has_power", "technology"):
        box.add_widget(fields.draw(ui, presenter.inputs, name, changed=changed))

    def run() -> None:
        if presenter.is_running:
            return
        presenter.is_running = True
        ui.beside(presenter.test, lambda: ui.redraw(presenter))
        ui.show(keep_scroll=True)

    label = "tablet.point.testing" if presenter.is_running else "tablet.point.test"
    box.add_widget(ActButton(say(label), run, sign="antenna-bars-5"))
    column.add(box)
    checks = presenter.checks()
    if checks:
        rows = [
            Row(result, detail=when, state="" if state == "received" else state)
            for result, when, state in checks
        ]
        column.add(Rows(*rows))
    else:
        column.add(Text(say("tablet.point.no_checks"), color="muted"))


def _incidents(ui: Ui, presenter: PointPresenter, column: Column) -> None:
    say = ui.context.say
    given = {
        "commune_code": presenter.record.values["commune_code"],
        "point_id": presenter.record_id,
        "opened_at": ui.context.now_ms(),
        "state": "open",
    }
    column.add(
        Heading(
            say("tablet.point.incidents"),
            link=(say("tablet.point.report"), lambda: ui.go("form", ("incident", b"", given))),
        )
    )
    incidents = presenter.incidents()
    if not incidents:
        column.add(Text(say("tablet.point.no_incidents"), color="muted"))
        return
    rows = Rows()
    for record_id, title, when, is_open in incidents:
        row = Row(title, detail=when, end="" if is_open else say("tablet.point.resolved"))
        if is_open:

            def resolve(record_id: bytes = record_id) -> None:
                if ui.allowed(lambda: presenter.resolve(record_id)):
                    ui.records.saved(presenter, "point", (presenter.entity, presenter.record_id))
                    ui.show(keep_scroll=True)

            row.add_widget(IconButton("check", resolve, say("tablet.point.resolve")))
        rows.add(row)
        voice.tell(ui, rows, presenter.spoken_of(record_id))
    column.add(rows)
