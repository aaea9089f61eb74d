"""One box, and who answers to it."""

from __future__ import annotations

from kivy.clock import Clock

from mobile_app.ui.kit import Column, Divider, Empty, Field, Row


def build(app, presenter):
    say = app.context.say
    column = Column()
    box = column.add(Field(say("tablet.find.hint"), app.typed.get("find", "")))
    first = len(column.box.children)

    def fill(*_):
        for widget in column.box.children[: len(column.box.children) - first]:
            column.box.remove_widget(widget)
        if not presenter.rows:
            column.add(Empty(say("tablet.find.none"), say("tablet.find.none.todo")))
        for one in presenter.rows:
            where = (one.entity, one.record_id)
            column.add(
                Row(
                    one.title,
                    one.other,
                    one.detail,
                    state="" if one.state == "received" else one.state,
                    on_open=lambda where=where: app.go("person", where),
                )
            )
            column.add(Divider())

    def search(_input, text):
        app.typed["find"] = text
        presenter.search(text)
        later()

    later = Clock.create_trigger(fill, 0.05)
    box.input.bind(text=search)
    presenter.search(app.typed.get("find", ""))
    fill()
    return column
