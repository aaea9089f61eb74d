"""Enter paper forms."""

from __future__ import annotations

from mobile_app.screens.find.presenter import SIGNS
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.ui import Ui
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


def build(ui: Ui, presenter: PaperPresenter) -> Page:
    say = ui.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.subject is None:
        _who(ui, presenter, column)
    else:
        title, other = ui.context.name(presenter.subject)
        column.add(Rows(Row(title, other, lead=lead("user"))))

    def pick(day):
        presenter.day = int(day)
        changed()

    def changed():
        ui.keep_soon(presenter)
        ui.show(keep_scroll=True)

    picker = Picker(
        say("tablet.paper.day"),
        ui.context.phrases.day(presenter.day, "weekday"),
        lambda: ui.choose(say("tablet.paper.day"), presenter.days(), pick),
        "calendar",
    )
    column.add(Stack(Text(say("tablet.paper.day"), "small", bold=True), picker, spacing=4))
    said = Stack(spacing=4)

    def typed(text):
        presenter.codes = text
        ui.keep_soon(presenter)
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
        ui.keep_soon(presenter)

    column.add(Field(say("visit.field.notes"), presenter.notes, rows=4, on_text=noted))
    column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))
    if presenter.entered:
        column.add(Heading(ui.context.phrases.count("tablet.paper.entered", presenter.entered)))

    def save():
        if presenter.save():
            ui.typed["paper"] = ""
            ui.records.saved(presenter, "paper")
        ui.show()

    acts = (
        (say("tablet.back"), ui.leave, "plain", "arrow-left"),
        (say("tablet.visit.save"), save, "main", "check"),
    )
    note = presenter.kept_note()
    return Page(column, say("tablet.more.paper"), note=note, acts=acts, is_closed_by_x=True)


def _who(ui: Ui, presenter: PaperPresenter, column):
    def choose(entity, record_id):
        presenter.choose(entity, record_id)
        ui.keep_soon(presenter)
        ui.show()

    hint = ui.context.say("tablet.find.hint")
    seek(ui, column, "paper", presenter.search, choose, hint=hint, most=_ROWS_MAX, signs=SIGNS)
