"""A task, opened."""

from __future__ import annotations

from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.parts import voice
from mobile_app.screens.task.presenter import ANSWER, TOLD, TaskPresenter
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import NOTE
from mobile_app.ui.kit import Banner, Card, Column, Page, Row, Rows, Text, lead

_OPENS = {
    "person": ("user", "person"),
    "enterprise": ("building-community", "person"),
    "contact_point": ("map-pin", "point"),
}
"""Whom or what a task is about -> its sign, and the screen that a touch opens."""


def build(ui: Ui, presenter: TaskPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    elif presenter.is_over:
        column.add(Banner(say("tablet.task.is_done"), "received"))
    _about(ui, presenter, column)
    voice.tell(ui, column, presenter.spoken)
    if presenter.is_over:
        return Page(column, presenter.kind)

    def changed(*, is_drawn_anew: bool = True) -> None:
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    def save() -> None:
        if not presenter.save():
            ui.show()
            return
        ui.records.saved(presenter, "task", (presenter.saved_id,))
        ui.leave()

    if presenter.is_telling:
        column.add(fields.draw(ui, presenter.inputs, TOLD, changed=changed))
    label = say("tablet.task.answer" if presenter.is_question else "tablet.task.note")
    column.add(fields.draw(ui, presenter.inputs, ANSWER, changed=changed, label=label))
    column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))
    acts = (
        (say("tablet.back"), ui.leave, "plain", "arrow-left"),
        (
            say("tablet.task.tell" if presenter.is_telling else "tablet.task.send"),
            save,
            "main",
            "check",
        ),
    )
    note = presenter.kept_note()
    return Page(column, presenter.kind, note=note, acts=acts, is_closed_by_x=True)


def _about(ui: Ui, presenter: TaskPresenter, column: Column) -> None:
    """Add what is to be done, who wants it until when, and about whom it is."""
    say = ui.context.say
    card = Card(padding=(16, 12), spacing=8)
    card.add_widget(Text(presenter.what, bold=True, own=True))
    if asker := presenter.asker():
        card.add_widget(Text(say("tablet.task.asked_by", who=asker), "small", "muted"))
    if presenter.asked:
        card.add_widget(Text(presenter.asked, own=True))
    if presenter.due and not presenter.is_over:
        tone = "attention" if presenter.is_late else "muted"
        card.add_widget(Text(presenter.due, "small", tone))
    column.add(card)
    if subject := presenter.subject:
        name, other = ui.context.name(subject)
        place = ui.context.commune(subject.values["commune_code"])
        sign, screen = _OPENS[presenter.entity]
        way = (presenter.entity, subject.record_id)
        row = Row(name, other, place, lead=lead(sign), opens=True, done=lambda: ui.go(screen, way))
        column.add(Rows(row))
