"""Enter paper forms."""

from __future__ import annotations

from mobile_app.screens.find.presenter import SIGNS
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.parts import voice
from mobile_app.screens.parts.seek import seek
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import NOTE
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
from sync.typed import line

_ROWS_MAX = 5


def build(ui: Ui, presenter: PaperPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.subject is None:
        _choose_subject(ui, presenter, column)
    else:
        title, other = ui.context.name(presenter.subject)
        column.add(Rows(Row(title, other, lead=lead("user"))))

    def changed() -> None:
        ui.keep_soon(presenter)
        ui.show(keep_scroll=True)

    def pick(day: int) -> None:
        presenter.day = int(day)
        changed()

    def write(text: str) -> None:
        presenter.notes = text
        ui.keep_soon(presenter)

    def save() -> None:
        if presenter.save():
            ui.typed["paper"] = ""
            ui.records.saved(presenter, "paper")
        ui.show()

    picker = Picker(
        say("tablet.paper.day"),
        ui.context.phrases.day(presenter.day, "weekday"),
        lambda: ui.choose(say("tablet.paper.day"), presenter.days(), pick),
        "calendar",
    )
    column.add(Stack(Text(say("tablet.paper.day"), "small", bold=True), picker, spacing=4))
    _codes(ui, presenter, column)
    column.add(Field(say("visit.field.notes"), presenter.notes, rows=4, on_text=write))
    column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))
    if presenter.entered:
        column.add(Heading(ui.context.phrases.count("tablet.paper.entered", presenter.entered)))
    acts = (
        (say("tablet.back"), ui.leave, "plain", "arrow-left"),
        (say("tablet.visit.save"), save, "main", "check"),
    )
    note = presenter.kept_note()
    return Page(column, say("tablet.more.paper"), note=note, acts=acts, is_closed_by_x=True)


def _codes(ui: Ui, presenter: PaperPresenter, column: Column) -> None:
    """Add the line of codes, and under it how each was understood, as it is typed."""
    understood = Stack(spacing=4)

    def typed(text: str) -> None:
        presenter.codes = text
        ui.keep_soon(presenter)
        tell()

    def tell() -> None:
        understood.clear_widgets()
        if not line(presenter.codes):
            return
        rows = presenter.read()
        field.tell(presenter.problem)
        for question, answer in rows:
            understood.add_widget(Text(f"{question} : {answer}", "small", "muted"))

    label = ui.context.say("tablet.paper.codes")
    field = Field(label, presenter.codes, is_code=True, on_text=typed)
    column.add(field)
    column.add(understood)
    tell()


def _choose_subject(ui: Ui, presenter: PaperPresenter, column: Column) -> None:
    def choose(entity: str, record_id: bytes) -> None:
        presenter.choose(entity, record_id)
        ui.keep_soon(presenter)
        ui.show()

    hint = ui.context.say("tablet.find.hint")
    seek(ui, column, "paper", presenter.search, choose, hint=hint, most=_ROWS_MAX, signs=SIGNS)
