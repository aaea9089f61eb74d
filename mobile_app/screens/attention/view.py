"""What the office decides, what it did not keep, what it sent back, what two know differently."""

from __future__ import annotations

from functools import partial
from typing import Any

from kivy.uix.widget import Widget

from mobile_app.screens.attention.presenter import AttentionPresenter, Side
from mobile_app.screens.parts import asked
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    Abreast,
    ActButton,
    Banner,
    Card,
    Column,
    Empty,
    Ground,
    Page,
    Stack,
    State,
    Text,
)
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import MirrorBox
from mobile_app.ui.theme import MAIN_TARGET, RADIUS


def build(ui: Ui, presenter: AttentionPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    rows, questions = presenter.rows(), presenter.questions()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.is_empty:
        column.add(Empty(say("tablet.attention.none"), say("tablet.attention.none.todo")))
    for question in questions:
        column.add(_question(ui, presenter, question))
    for waiting in [*presenter.settled, *rows]:
        card = Card(padding=(16, 12), spacing=8)
        card.add_widget(_top(waiting.state, waiting.word, waiting.since))
        card.add_widget(Text(waiting.title, "heading"))
        if waiting.asked:
            asked.tell(ui, card, waiting.visit_id, waiting.asked)
        else:
            card.add_widget(Text(waiting.reason))
        if waiting.opens:
            kind, where = waiting.opens
            card.add_widget(
                ActButton(
                    say(f"tablet.attention.open.{kind}"),
                    lambda kind=kind, where=where: ui.go(kind, where),
                    "plain",
                    "edit",
                )
            )
        column.add(card)
    return Page(column, say("tablet.nav.attention"))


def _top(state: str, word: str, since: str = "") -> Widget:
    top = MirrorBox(size_hint_y=None, height=sp(32), spacing=dp(8))
    top.add_widget(State(state, word))
    top.add_widget(Widget())
    if since:
        top.add_widget(Text(since, "small", "muted", hug=True, pos_hint={"center_y": 0.5}))
    return top


def _question(ui: Ui, presenter: AttentionPresenter, question: Any) -> Widget:
    say = ui.context.say
    card = Card(padding=(16, 12), spacing=8)
    state = "attention" if question.may_decide else "held"
    word = say("tablet.question.word") if question.may_decide else say("tablet.state.held")
    card.add_widget(_top(state, word))
    card.add_widget(Text(question.title, "heading"))
    card.add_widget(Text(say("tablet.question", field=question.field)))

    def decide(side: Side) -> None:
        if presenter.decide(question.review_id, side.code):
            ui.tell(say("tablet.question.decided", value=side.value))
        ui.show()

    card.add_widget(Abreast(*(_value(side) for side in question.sides)))
    if question.may_decide:
        acts = (
            ActButton(
                say("tablet.question.keep", value=side.value), partial(decide, side), "alternative"
            )
            for side in question.sides
        )
        card.add_widget(Abreast(*acts, least=MAIN_TARGET))
    return card


def _value(side: Side) -> Widget:
    """Return one of the two values, and under it who wrote it when."""
    box = _Value(
        Text(side.value, "title", own=True),
        Text(side.by, "small", "muted"),
        Widget(),
        spacing=2,
        padding=(14, 10),
    )
    box.ground("surface", RADIUS, "border")
    return box


class _Value(Stack, Ground):
    pass
