"""More: drafts, tools, language, light, lock."""

from __future__ import annotations

from functools import partial
from typing import Any

from mobile_app.screens.more.presenter import MorePresenter
from mobile_app.screens.more.update import UpdatePresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    Banner,
    Card,
    Column,
    Heading,
    IconButton,
    Page,
    Row,
    Rows,
    Segmented,
    Text,
    Tiles,
    Toggle,
    lead,
)
from mobile_app.ui.theme import THEMES
from sync.languages import LANGUAGES

_SIGNS = {"light": "sun", "dark": "moon", "sunlight": "contrast-2"}


def build(ui: Ui, presenter: MorePresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    name, role = presenter.agent()
    if name:
        column.add(Rows(Row(name, detail=role, lead=lead("user-check"))))
    begun = presenter.drafts()
    if begun:
        column.add(Heading(say("tablet.more.drafts")))
        column.add(Rows(*(_draft(ui, *one) for one in begun)))
    _work(ui, column)
    _looks(ui, column)
    column.add(Heading(say("tablet.more.tablet")))
    lock = say("tablet.practice.leave" if ui.session.is_practice else "tablet.lock")
    about = partial(ui.go, "about")
    column.add(
        Rows(
            Row(lock, lead=lead("lock"), done=ui.session.lock),
            Row(say("tablet.about"), lead=lead("info-circle"), done=about, opens=True),
        )
    )
    simple = Toggle(
        say("tablet.keyboard.simple"),
        ui.context.settings.simple_keyboard,
        ui.preferences.simplify_keyboard,
        sign="edit",
    )
    column.add(Card(simple))
    column.add(Text(say("tablet.keyboard.simple.why"), "small", "muted"))
    if not ui.session.is_practice:
        _update(ui, column)
    return Page(column, say("tablet.nav.more"))


def _work(ui: Ui, column: Column) -> None:
    """Add what an agent does beside visits."""
    say = ui.context.say
    works = [(f"tablet.more.{name}", sign, partial(ui.go, name)) for name, sign in ui.tools()]
    works.append(("tablet.more.task", "clipboard-list", partial(ui.go, "form", ("task",))))
    rows = (Row(say(code), lead=lead(sign), done=go, opens=True) for code, sign, go in works)
    column.add(Heading(say("tablet.more.work")))
    column.add(Rows(*rows))


def _looks(ui: Ui, column: Column) -> None:
    """Add the choice of a language and of a theme."""
    say, preferences = ui.context.say, ui.preferences
    column.add(Heading(say("tablet.more.language")))
    options = [(code, language.own_name) for code, language in LANGUAGES.items()]
    column.add(Tiles(options, {ui.context.language}, preferences.speak_in))
    column.add(Heading(say("tablet.theme")))
    themes = [(theme, say(f"tablet.theme.{theme}"), _SIGNS[theme]) for theme in THEMES]
    column.add(Segmented(themes, {ui.context.settings.theme}, preferences.shine, 72))


def _update(ui: Ui, column: Column) -> None:
    """Add the newer version, as far as it is."""
    update = UpdatePresenter.of_session(ui.context)
    shown = update.shown()
    if shown is None:
        return
    done = (lambda: ui.update(shown.act)) if shown.act else None
    column.add(Rows(Row(shown.title, detail=shown.detail, lead=lead("cloud-download"), done=done)))
    if trouble := update.trouble():
        column.add(Banner(trouble, "attention"))


def _draft(ui: Ui, screen: str, where: Any, title: str, when: str) -> Row:
    row = Row(title, detail=when, lead=lead("edit"), done=lambda: ui.go(screen, where), opens=True)
    drop = ui.context.say("tablet.draft.drop")
    row.add_widget(IconButton("trash", lambda: ui.records.drop_draft(screen, where), drop))
    return row
