"""Enter paper forms."""

from __future__ import annotations

from mobile_app.screens.find.presenter import SIGNS
from mobile_app.screens.voice import NOTE
from mobile_app.ui import voice
from mobile_app.ui.kit import (
    Banner,
    Column,
    Field,
    Heading,
    Page,
    Picker,
    Row,
    Rows,
    Stack,
    Text,
    lead,
)
from mobile_app.ui.seek import seek
from sync.typed import line

_ROWS_MAX = 5


def build(app, presenter):
    say = app.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.subject is None:
        _who(app, presenter, column)
    else:
        title, other = app.context.name(presenter.subject)
        column.add(Rows(Row(title, other, lead=lead("user"))))

    def pick(day):
        presenter.day = int(day)
        changed()

    def changed():
        app.keep_soon()
        app.show(keep_scroll=True)

    picker = Picker(
        say("tablet.paper.day"),
        app.context.phrases.day(presenter.day, "weekday"),
        lambda: app.choose(say("tablet.paper.day"), presenter.days(), pick),
        "calendar",
    )
    column.add(Stack(Text(say("tablet.paper.day"), "small", bold=True), picker, spacing=4))
    said = Stack(spacing=4)

    def typed(text):
        presenter.codes = text
        app.keep_soon()
        tell()

    def tell():
        said.clear_widgets()
        if not line(presenter.codes):
            return
        rows = presenter.read()
        codes.tell(presenter.problem)
        for question, answer in rows:
            said.add_widget(Text(f"{question} : {answer}", "small", "muted"))

    codes = column.add(
        Field(say("tablet.paper.codes"), presenter.codes, is_code=True, on_text=typed)
    )
    column.add(said)
    tell()

    def noted(text):
        presenter.notes = text
        app.keep_soon()

    column.add(Field(say("visit.field.notes"), presenter.notes, rows=4, on_text=noted))
    column.add(voice.beside(app, presenter.voice, changed, ((NOTE, ""),)))
    if presenter.entered:
        column.add(Heading(app.context.phrases.count("tablet.paper.entered", presenter.entered)))

    def save():
        if presenter.save():
            app.typed["paper"] = ""
            app.saved(presenter, "paper")
        app.show()

    acts = (
        (say("tablet.back"), app.leave, "plain", "arrow-left"),
        (say("tablet.visit.save"), save, "main", "check"),
    )
    note = app.kept_note(presenter.kept_ms)
    return Page(column, say("tablet.more.paper"), note=note, acts=acts, is_closed_by_x=True)


def _who(app, presenter, column):
    def choose(entity, record_id):
        presenter.choose(entity, record_id)
        app.keep_soon()
        app.show()

    hint = app.context.say("tablet.find.hint")
    seek(app, column, "paper", presenter.search, choose, hint=hint, most=_ROWS_MAX, signs=SIGNS)
