"""A form, one step at a time."""

from __future__ import annotations

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import NOTE
from mobile_app.store.duplicates import SIGNS
from mobile_app.ui import inputs as fields
from mobile_app.ui import voice
from mobile_app.ui.kit import Banner, Column, Heading, Page, Row, Rows, Stack, Text, lead


def build(ui: Ui, presenter: FormPresenter) -> Page:
    say = ui.context.say
    column = Column()
    if presenter.problem or presenter.remark:
        column.add(Banner(presenter.problem or presenter.remark))
    form, step = presenter.form, presenter.step

    def changed(*, is_drawn_anew=True):
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)
            return
        for settle in settled:
            settle()
        if signs:
            ui.soon(tell_likely)

    settled = []  # of fields of which one suffices
    signs = [name for name in step.fields if name in SIGNS]
    likely = Rows()
    likely.height, likely.opacity = 0, 0
    for name in step.fields:
        drawn = fields.draw(ui, presenter.inputs, name, changed=changed)
        column.add(Stack(drawn, likely, spacing=0) if name in signs[-1:] else drawn)
        ui.lead(presenter, name, drawn)
        if name in form.entity.one_of:
            settled.append(drawn.settle)
        if form.entity.field_by_name[name].is_long:
            column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))

    def tell_likely():
        found = presenter.duplicates()
        likely.clear_widgets()
        likely.opacity = 1 if found else 0
        if found:
            likely.add_widget(
                Heading(say("tablet.register.likely"), say("tablet.register.likely.todo"))
            )
            likely.padding = 12
        for record_id, title, other, why in found:
            likely.add(
                Row(
                    title,
                    other,
                    why,
                    lead=lead("users"),
                    opens=True,
                    done=lambda rid=record_id: ui.go("person", (form.entity.name, rid)),
                )
            )

    if signs:
        ui.soon(tell_likely)
    if step.name == "situation":
        if presenter.is_card_locked:
            column.add(Text(say("tablet.form.card_locked"), "small", "muted"))
        column.add(Text(say("tablet.form.no_health"), "small", "muted"))

    def back():
        if presenter.go_back():
            ui.show()
        else:
            ui.leave()

    def onward():
        if not presenter.is_last:
            presenter.go_on()
            ui.show()
        elif presenter.save():
            ui.records.saved(presenter, "form", (form.name, presenter.record_id, presenter.given))
            if not form.opens:
                ui.leave()
                return
            ui.swap(form.opens, (form.entity.name, presenter.saved_id))
        else:
            ui.show()

    if presenter.is_last:
        main = (say("tablet.visit.save"), onward, "main", "check")
    else:
        following = say(f"tablet.form.{form.name}.{form.steps[presenter.number].name}")
        main = (say("tablet.next", step=following), onward, "main", "arrow-right")
    title = say(f"tablet.form.{form.name}" + (".correct" if presenter.record_id else ""))
    steps = (presenter.number, len(form.steps), say(f"tablet.form.{form.name}.{step.name}"))
    return Page(
        column,
        title,
        steps=steps if len(form.steps) > 1 else (),
        note=presenter.kept_note(),
        acts=((say("tablet.back"), back, "plain", "arrow-left"), main),
        is_closed_by_x=True,
    )
