"""Letters, answers and bundles: files that people carry."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.uix.widget import Widget

from mobile_app.screens.letters.presenter import LettersPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Heading,
    Page,
    Stack,
    Text,
)
from mobile_app.ui.kit.ground import Act


def build(ui: Ui, presenter: LettersPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    column.add(Text(say("tablet.letters.about"), color="muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))
    if presenter.is_running:
        column.add(Banner(say("tablet.letters.running"), "held"))
    if presenter.answer:
        _part(ui, column, "give", lambda: _create(ui, presenter, "nqa"), "download")
    waiting = presenter.waiting() or say("tablet.letters.nothing")
    _part(ui, column, "write", lambda: _create(ui, presenter, "nql"), "mail", fact=waiting)
    _part(ui, column, "take", lambda: _choose(ui, presenter), "files")
    return Page(column, say("tablet.letters"))


def _part(ui: Ui, column: Column, code: str, done: Act, sign: str, *, fact: str = "") -> None:
    """Add one act: what it is, what to know of it, its button."""
    say = ui.context.say
    column.add(Heading(say(f"tablet.letters.{code}")))
    words = Stack(spacing=4)
    if fact:
        words.add_widget(Text(fact, bold=True))
    words.add_widget(Text(say(f"tablet.letters.{code}.todo"), color="muted"))
    button = ActButton(say(f"tablet.letters.{code}.act"), done, "plain", sign)
    column.add(Card(words, button, padding=(16, 14), spacing=12))


def _create(ui: Ui, presenter: LettersPresenter, kind: str) -> None:
    act = presenter.write_letter if kind == "nql" else presenter.write_answer
    chosen = _then(ui, presenter, act)
    ui.device.files.create(presenter.file_name(kind), chosen)


def _choose(ui: Ui, presenter: LettersPresenter) -> None:
    chosen = _then(ui, presenter, presenter.take)
    places = ui.device.files.lying()
    if places is None:
        ui.device.files.choose(chosen)
    elif places:
        options = [(place, place.name.rpartition("/")[2]) for place in places]
        ui.choose(ui.context.say("tablet.letters.take.act"), options, chosen)
    else:
        ui.say_now(ui.context.say("tablet.letters.no_files"))


def _then(ui: Ui, presenter: LettersPresenter, act: Any) -> Widget:
    """Return what to do with the chosen place: the act, beside the window."""

    def begin(place: str) -> None:
        if place is not None and not presenter.is_running:
            presenter.prepare()
            ui.beside(lambda: act(place), ui.refresh)
            ui.refresh()

    return lambda place: Clock.schedule_once(lambda _dt: begin(place))
