"""A form, one step at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

from mobile_app.screens.form.forms import CONSENT
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.parts import consent, voice
from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import NOTE
from mobile_app.store.duplicates import SIGNS
from mobile_app.ui.kit import Banner, Column, Heading, Page, Row, Rows, Stack, Text, lead


def build(ui: Ui, presenter: FormPresenter) -> Page:
    """Draw the step as its presenter has it."""
    say, form, step = ui.context.say, presenter.form, presenter.step
    column = Column()
    if presenter.problem or presenter.remark:
        column.add(Banner(presenter.problem or presenter.remark))
    if step.name == CONSENT:
        _consent(ui, presenter, column)
    else:
        _ask(ui, presenter, column)
    if step.name == "situation":
        if presenter.is_card_locked:
            column.add(Text(say("tablet.form.card_locked"), "small", "muted"))
        column.add(Text(say("tablet.form.no_health"), "small", "muted"))
    title = say(f"tablet.form.{form.name}" + (".correct" if presenter.record_id else ""))
    steps = (presenter.number, len(form.steps), say(f"tablet.form.{form.name}.{step.name}"))
    return Page(
        column,
        title,
        steps=steps if len(form.steps) > 1 else (),
        note=presenter.kept_note(),
        acts=_acts(ui, presenter),
        is_closed_by_x=True,
    )


def _ask(ui: Ui, presenter: FormPresenter, column: Column) -> None:
    """Add the fields of the step; under the last that tells people apart, who it may be already."""
    form, step = presenter.form, presenter.step
    settled: list[Any] = []  # of fields of which one suffices
    signs = [name for name in step.fields if name in SIGNS]
    likely = Rows()
    likely.height, likely.opacity = 0, 0

    def changed(*, is_drawn_anew: bool = True) -> None:
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)
            return
        for field in settled:
            field.settle()
        if signs:
            ui.soon(lambda: _tell_likely(ui, presenter, likely))

    for name in step.fields:
        drawn = fields.draw(ui, presenter.inputs, name, changed=changed)
        column.add(Stack(drawn, likely, spacing=0) if name in signs[-1:] else drawn)
        ui.lead(presenter, name, drawn)
        if name in form.entity.one_of:
            settled.append(drawn)
        if form.entity.field_by_name[name].is_long:
            column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))
    if signs:
        ui.soon(lambda: _tell_likely(ui, presenter, likely))


def _consent(ui: Ui, presenter: FormPresenter, column: Column) -> None:
    """Add the programme's question, as it is read out and heard, and what signs the answer."""
    assert presenter.consenting is not None

    def changed(*, is_drawn_anew: bool = True) -> None:
        presenter.problem = ""
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    for widget in consent.ask(ui, presenter.consenting, _name(ui, presenter), changed):
        column.add(widget)
    if presenter.consenting.given is False:
        column.add(Banner(ui.context.say("tablet.consent.refused.kept"), "ontablet"))


def _name(ui: Ui, presenter: FormPresenter) -> str:
    """Return the name that was typed, in the reader's script if it is there."""
    order = ("name_ar", "name_fr") if ui.context.script == "ar" else ("name_fr", "name_ar")
    return next((text for name in order if (text := presenter.inputs.text(name))), "")


def _tell_likely(ui: Ui, presenter: FormPresenter, likely: Rows) -> None:
    say, entity = ui.context.say, presenter.form.entity.name
    found = presenter.duplicates()
    likely.clear_widgets()
    likely.opacity = 1 if found else 0
    if found:
        heading = Heading(say("tablet.register.likely"), say("tablet.register.likely.todo"))
        likely.add_widget(heading)
        likely.padding = 12
    for record_id, title, other, why in found:
        opened = partial(ui.go, "person", (entity, record_id))
        likely.add(Row(title, other, why, lead=lead("users"), opens=True, done=opened))


def _acts(ui: Ui, presenter: FormPresenter) -> tuple[Any, ...]:
    """Return the ways back and on."""
    say, form = ui.context.say, presenter.form

    def back() -> None:
        if presenter.go_back():
            ui.show()
        else:
            ui.leave()

    def onward() -> None:
        presenter.go_on()
        ui.show()

    def save(_later: str = "") -> None:
        if not presenter.save():
            ui.show()
            return
        ui.records.saved(presenter, "form", (form.name, presenter.record_id, presenter.given))
        if form.opens:
            ui.swap(form.opens, (form.entity.name, presenter.saved_id))
        else:
            ui.leave()

    def ask() -> None:
        """Save what is answered; of who is not there, say when they will be asked."""
        asked = presenter.consenting
        if asked is None or asked.given is not None:
            save()
            return
        later = [("later", say("tablet.consent.later"))]
        ui.choose(say("tablet.consent.unanswered"), later, save, say("tablet.consent.later.about"))

    if presenter.is_last:
        main = (say("tablet.visit.save"), ask, "main", "check")
    else:
        following = say(f"tablet.form.{form.name}.{form.steps[presenter.number].name}")
        main = (say("tablet.next", step=following), onward, "main", "arrow-right")
    return (say("tablet.back"), back, "plain", "arrow-left"), main
