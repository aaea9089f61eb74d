"""What to tell the coordinator, the code they say, and the new PIN."""

from __future__ import annotations

from mobile_app.screens.pin.view import ask_digits
from mobile_app.screens.rescue.presenter import RescuePresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    Banner,
    Column,
    Field,
    Gap,
    Page,
    Text,
)


def build(ui: Ui, presenter: RescuePresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    if presenter.is_open:
        return _new_pin(ui, presenter, column)
    if not presenter.number:
        column.add(Banner(say("refusal.rescue_missing")))
        return Page(column, say("tablet.rescue"))
    column.add(Text(say("tablet.rescue.call"), color="muted"))
    column.add(Text(say("tablet.rescue.number", number=presenter.number), "title"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    code = column.add(Field(say("tablet.rescue.code"), ui.typed.get("rescue", ""), is_code=True))

    def submit() -> None:
        ui.typed["rescue"] = code.input.text
        presenter.submit(code.input.text)
        if presenter.is_open:
            ui.typed.pop("rescue")
        ui.show(keep_scroll=True)

    column.add(Banner(say("tablet.rescue.safe"), "received"))
    return Page(
        column, say("tablet.rescue"), acts=((say("tablet.rescue.act"), submit, "main", "lock"),)
    )


def _new_pin(ui: Ui, presenter: RescuePresenter, column: Column) -> Page:
    say = ui.context.say
    column.add(Gap(24))
    column.add(Text(say("tablet.pin.new"), "heading", center=True))
    press = ask_digits(ui, presenter, column)
    return Page(column, say("tablet.rescue"), on_digit=press)
