"""What the office decides, what it did not keep, what it sent back."""

from __future__ import annotations

from kivy.metrics import dp

from mobile_app.ui.kit import ActButton, Card, Column, Empty, Page, State, Text
from mobile_app.ui.mirror import MirrorBox


def build(app, presenter):
    say = app.context.say
    column = Column()
    rows = presenter.rows()
    if not rows:
        column.add(Empty(say("tablet.attention.none"), say("tablet.attention.none.todo")))
    for one in rows:
        card = Card(padding=(16, 12), spacing=8)
        top = MirrorBox(size_hint_y=None, height=dp(32), spacing=dp(8))
        top.add_widget(State(one.state, one.word))
        top.add_widget(Text("", hug=False))
        if one.since:
            top.add_widget(Text(one.since, "small", "muted", hug=True))
        card.add_widget(top)
        card.add_widget(Text(one.title, "heading"))
        card.add_widget(Text(one.reason))
        if one.opens:
            kind, where = one.opens
            card.add_widget(
                ActButton(
                    say(f"tablet.attention.open.{kind}"),
                    lambda kind=kind, where=where: app.go(kind, where),
                    "plain",
                    "edit",
                )
            )
        column.add(card)
    return Page(column, say("tablet.nav.attention"))
