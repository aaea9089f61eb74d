"""The form that links the tablet to a server."""

from __future__ import annotations

import threading

from kivy.clock import Clock

from mobile_app.ui.kit import Banner, Column, Field, Page, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Text(say("tablet.enrol"), "display"))
    column.add(Text(say("tablet.enrol.about"), color="muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    url = column.add(
        Field(
            say("tablet.enrol.url"),
            app.typed.get("url", presenter.managed.server_url),
            help_text=presenter.remark(),
            is_code=True,
        )
    )
    code = column.add(Field(say("tablet.enrol.code"), app.typed.get("code", ""), is_code=True))

    def submit():
        typed = url.input.text, code.input.text
        app.typed = {"url": typed[0], "code": typed[1]}
        presenter.is_running = True
        threading.Thread(target=ask, args=typed, daemon=True).start()
        app.show()

    def ask(*typed):
        presenter.submit(*typed)
        Clock.schedule_once(lambda _dt: answered())

    def answered():
        if app.presenter is not presenter:
            return
        if presenter.is_done:
            app.typed = {}
            app.go("sync")
            app.ask_notices()
        else:
            app.show()

    if presenter.is_running:
        column.add(Banner(say("tablet.enrol.running"), "held"))
        return Page(column, say("page.product"))
    act = (say("tablet.enrol.act"), submit, "main", "check")
    return Page(column, say("page.product"), acts=(act,))
