"""More: drafts, tools, language, light, lock."""

from __future__ import annotations

from mobile_app.screens.more.update import UpdatePresenter
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


def build(app, presenter):
    say = app.context.say
    column = Column()
    name, role = presenter.agent()
    if name:
        column.add(Rows(Row(name, detail=role, lead=lead("user-check"))))
    begun = presenter.drafts()
    if begun:
        column.add(Heading(say("tablet.more.drafts")))
        column.add(Rows(*(_draft(app, *one) for one in begun)))
    column.add(Heading(say("tablet.more.work")))
    work = (
        ("souk", "basket", ()),
        ("trainings", "school", ()),
        ("paper", "file-text", ()),
        ("attention", "bell", ()),
        ("dayslip", "qrcode", ()),
        ("form", "clipboard-list", ("task",)),
    )
    column.add(
        Rows(
            *(
                Row(
                    say(f"tablet.more.{code if code != 'form' else 'task'}"),
                    lead=lead(sign),
                    done=lambda code=code, where=where: app.go(code, where),
                    opens=True,
                )
                for code, sign, where in work
            )
        )
    )
    column.add(Heading(say("tablet.more.language")))
    options = [(code, language.own_name) for code, language in LANGUAGES.items()]
    column.add(Tiles(options, {app.context.language}, app.speak_in))
    column.add(Heading(say("tablet.theme")))
    themes = [(one, say(f"tablet.theme.{one}"), _SIGNS[one]) for one in THEMES]
    column.add(Segmented(themes, {app.settings.theme}, app.shine, 72))
    column.add(Heading(say("tablet.more.tablet")))
    column.add(
        Rows(
            Row(
                say("tablet.practice.leave" if app.is_practice else "tablet.lock"),
                lead=lead("lock"),
                done=app.lock,
            ),
            Row(
                say("tablet.about"),
                lead=lead("info-circle"),
                done=lambda: app.go("about"),
                opens=True,
            ),
        )
    )
    simple = Toggle(
        say("tablet.keyboard.simple"),
        app.settings.simple_keyboard,
        app.simplify_keyboard,
        sign="edit",
    )
    column.add(Card(simple))
    column.add(Text(say("tablet.keyboard.simple.why"), "small", "muted"))
    if not app.is_practice:
        _update(app, column)
    return Page(column, say("tablet.nav.more"))


def _update(app, column):
    """Add the newer version, as far as it is."""
    update = UpdatePresenter.of_session(app.context)
    shown = update.shown()
    if shown is None:
        return
    done = (lambda: app.update(shown.act)) if shown.act else None
    column.add(Rows(Row(shown.title, detail=shown.detail, lead=lead("cloud-download"), done=done)))
    if trouble := update.trouble():
        column.add(Banner(trouble, "attention"))


def _draft(app, screen, where, title, when):
    row = Row(title, detail=when, lead=lead("edit"), done=lambda: app.go(screen, where), opens=True)
    drop = app.context.say("tablet.draft.drop")
    row.add_widget(IconButton("trash", lambda: app.drop_draft(screen, where), drop))
    return row
