"""The keys of the PIN."""

from __future__ import annotations

from mobile_app.screens.pin.presenter import PIN_DIGITS
from mobile_app.ui.kit import Banner, Column, PinDots, PinPad, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(
        Text(say("tablet.pin.new" if presenter.is_new else "tablet.pin.old"), "title", center=True)
    )
    filled = len(presenter.digits)
    column.add(PinDots(filled, PIN_DIGITS))
    if presenter.problem:
        column.add(Banner(presenter.problem))

    def press(digit):
        presenter.press(digit)
        if presenter.is_done:
            app.opened()
        else:
            app.show()

    column.add(PinPad(press))
    return column
