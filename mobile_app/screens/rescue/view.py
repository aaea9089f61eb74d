"""What to tell the coordinator, the code they say, and the new PIN."""

from __future__ import annotations

from mobile_app.screens.pin.view import ask_digits
from mobile_app.ui.kit import (
    Banner,
    Column,
    Field,
    Gap,
    Page,
    Text,
)


def build(app, presenter):
    say = app.context.say
    column = Column(spacing=16)
    if presenter.is_open:
        return _new_pin(app, presenter, column)
    if not presenter.number:
        column.add(Banner(say("refusal.rescue_missing")))
        return Page(column, say("tablet.rescue"))
    column.add(Text(say("tablet.rescue.call"), color="muted"))
    column.add(Text(say("tablet.rescue.number", number=presenter.number), "title"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    code = column.add(Field(say("tablet.rescue.code"), app.typed.get("rescue", ""), is_code=True))

    def submit():
        app.typed["rescue"] = code.input.text
        presenter.submit(code.input.text)
        if presenter.is_open:
            app.typed.pop("rescue")
        app.show(keep_scroll=True)

    column.add(Banner(say("tablet.rescue.safe"), "received"))
    return Page(
        column, say("tablet.rescue"), acts=((say("tablet.rescue.act"), submit, "main", "lock"),)
    )


def _new_pin(app, presenter, column):
    say = app.context.say
    column.add(Gap(24))
    column.add(Text(say("tablet.pin.new"), "heading", center=True))
    press = ask_digits(app, presenter, column)
    return Page(column, say("tablet.rescue"), on_digit=press)
