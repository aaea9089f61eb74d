"""The slip of a visit."""

from __future__ import annotations

from mobile_app.screens.parts import asked, voice
from mobile_app.screens.slip.presenter import DaySlipPresenter, SlipPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Card, Column, Heading, Page, Row, Rows, Stack, State, Text
from mobile_app.ui.kit.qr import QrCode


def build(ui: Ui, presenter: SlipPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    state, word = presenter.state()
    column = Column()
    name = ui.context.name(presenter.subject) if presenter.subject else ("", "")
    mark = State(state, word)
    mark.pos_hint = {"center_x": 0.5}
    card = Card(
        Text(name[0], "title", center=True),
        Text(name[1], color="muted", center=True),
        mark,
        QrCode(presenter.qr()),
        Text(ui.context.phrases.code(presenter.code), "heading", center=True),
        padding=(20, 20),
        spacing=8,
    )
    column.add(card)
    if presenter.question:
        sent_back = Card(padding=(16, 12), spacing=8)
        asked.tell(ui, sent_back, presenter.visit_id, presenter.question)
        column.add(sent_back)
    column.add(Heading(say("tablet.slip.said")))
    lines = Stack(spacing=10)
    for what, value in presenter.lines():
        lines.add_widget(Stack(Text(what, "small", "muted"), Text(value, own=True), spacing=0))
    column.add(Card(lines, padding=(16, 14)))

    voice.tell(ui, column, presenter.spoken)

    def undo() -> None:
        ui.records.take_back(presenter.visit_id, "visit", presenter.way_back())

    acts = []
    if presenter.can_correct():
        where = presenter.way_to_visit(presenter.visit_id)
        acts.append((say("tablet.correct"), lambda: ui.go("visit", where), "plain", "edit"))
    if presenter.can_undo():
        acts = [(say("tablet.undo"), undo, "plain", "arrow-back-up")]
    acts.append((say("tablet.slip.done"), lambda: ui.go("today"), "main", "check"))
    return Page(column, say("tablet.slip.visit"), acts=tuple(acts))


def build_day(ui: Ui, presenter: DaySlipPresenter) -> Page:
    """Draw the slip of the day."""
    say = ui.context.say
    column = Column()
    marks = Stack(spacing=6)
    for state, word, count in presenter.counts():
        mark = State(state, f"{count} · {word}")
        mark.pos_hint = {"center_x": 0.5}
        marks.add_widget(mark)
    column.add(
        Card(
            Text(presenter.title(), "title", center=True),
            Text(say("tablet.slip.day.about"), color="muted", center=True),
            marks,
            QrCode(presenter.qr()),
            Text(presenter.code(), "heading", center=True),
            padding=(20, 20),
            spacing=8,
        )
    )
    rows = presenter.rows()
    if rows:
        column.add(
            Rows(
                *(
                    Row(name, code, detail, state=state, word=word)
                    for code, name, detail, state, word in rows
                )
            )
        )
    else:
        column.add(Text(say("tablet.today.none"), color="muted", center=True))
    acts = ((say("tablet.slip.done"), lambda: ui.go("sync"), "main", "check"),)
    return Page(column, say("tablet.slip.day"), acts=acts)
