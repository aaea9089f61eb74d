"""Sync now, and what came of it."""

from __future__ import annotations

import threading

from kivy.clock import Clock

from mobile_app.ui.kit import ActButton, Banner, Column, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    words, _count = app.context.truth()
    column.add(Text(words, "title"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))

    def run():
        if presenter.is_running:
            return
        button.say(say("tablet.sync.running"))

        def work():
            presenter.run()
            Clock.schedule_once(lambda _dt: app.show())

        threading.Thread(target=work, daemon=True).start()

    button = column.add(ActButton(say("tablet.sync.now"), run, sign="refresh"))
    return column
