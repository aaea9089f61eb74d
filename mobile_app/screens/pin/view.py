"""The keys of the PIN."""

from __future__ import annotations

from typing import Any, Protocol

from mobile_app.screens.pin.presenter import PIN_DIGITS, PinPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Brand,
    Chip,
    Column,
    Gap,
    Page,
    PinDots,
    PinPad,
    Text,
)
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import MirrorBox
from sync.languages import LANGUAGES


class TakesDigits(Protocol):
    """A presenter that is typed a PIN, digit by digit."""

    digits: str
    problem: str

    @property
    def is_done(self) -> bool:
        """Whether the file is open."""

    def press(self, digit: str) -> None:
        """Take a digit; an empty one takes the last back."""


def ask_digits(ui: Ui, presenter: TakesDigits, column: Column) -> Any:
    """Add the dots and the pad; a PIN that opens leads in. Returns what takes a digit."""
    dots = column.add(PinDots(PIN_DIGITS))
    dots.show(len(presenter.digits))
    if presenter.problem:
        column.add(Banner(presenter.problem))

    def press(digit: str) -> None:
        had = bool(presenter.problem)
        presenter.press(digit)
        if presenter.is_done:
            ui.session.enter()
        elif had or presenter.problem or not presenter.digits:
            ui.show(keep_scroll=True)
        else:
            dots.show(len(presenter.digits))

    column.add(PinPad(press, ui.context.say("tablet.pin.back")))
    return press


def build(ui: Ui, presenter: PinPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    column.add(Gap(24))
    head = MirrorBox(size_hint=(None, None), height=sp(56), spacing=dp(12))
    head.pos_hint = {"center_x": 0.5}
    head.add_widget(Brand(52))
    name = Text(say("page.product"), "display", hug=True, pos_hint={"center_y": 0.5})
    head.width = name.width + dp(64)
    head.add_widget(name)
    column.add(head)
    if owner := presenter.owner_name():
        column.add(Text(owner, "title", center=True))
    words = "tablet.pin.new" if presenter.is_new else "tablet.pin.old"
    column.add(Text(say(words), "heading", center=True))
    press = ask_digits(ui, presenter, column)
    column.add(Gap(8))
    languages = MirrorBox(size_hint=(None, None), height=dp(48), spacing=dp(8))
    languages.pos_hint = {"center_x": 0.5}
    languages.bind(minimum_width=languages.setter("width"))
    for code, language in LANGUAGES.items():
        chosen = code == ui.context.language
        languages.add_widget(
            Chip(language.own_name, lambda code=code: ui.preferences.speak_in(code), is_on=chosen)
        )
    column.add(languages)
    column.add(Banner(say("tablet.pin.safe"), "received"))
    if not presenter.is_new:
        column.add(ActButton(say("tablet.pin.forgotten"), ui.session.ask_rescue, "quiet", "lock"))
    if presenter.has_others:
        column.add(ActButton(say("tablet.agents"), ui.session.choose_agent, "quiet", "users"))
    elif not presenter.is_new:
        column.add(
            ActButton(say("tablet.agents.another"), ui.session.ask_new_agent, "quiet", "plus")
        )
    column.add(ActButton(say("tablet.practice"), ui.session.practise, "quiet", "school"))
    return Page(column, on_digit=press)
