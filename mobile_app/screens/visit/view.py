"""The form of a visit."""

from __future__ import annotations

from mobile_app.ui.kit import ActButton, Banner, Column, Field, Text, Tiles


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Text(presenter.title, "title"))
    if presenter.problem:
        column.add(Banner(presenter.problem))

    def choose(field, code):
        presenter.notes = notes.input.text
        presenter.choose(field, code)
        app.show(keep_scroll=True)

    places = presenter.places()
    if places:
        column.add(Text(say("tablet.visit.place"), "heading"))
        column.add(Tiles(places, {presenter.place}, lambda code: choose("place", code)))
    for field in ("type", "channel", "outcome", "needs"):
        column.add(Text(say(f"visit.field.{field}"), "heading"))
        chosen = presenter.needs if field == "needs" else {getattr(presenter, field)}
        column.add(
            Tiles(presenter.options(field), chosen, lambda code, field=field: choose(field, code))
        )
    notes = column.add(Field(say("visit.field.notes"), presenter.notes, rows=4))

    def save():
        presenter.notes = notes.input.text
        if presenter.save():
            app.tell(say("tablet.visit.saved"))
            app.go("today")
        else:
            app.show()

    column.add(ActButton(say("tablet.visit.save"), save, sign="check"))
    return column
