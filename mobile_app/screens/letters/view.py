"""Letters, answers and bundles: files that people carry."""

from __future__ import annotations

import threading

from kivy.clock import Clock

from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Heading,
    Page,
    Stack,
    Text,
)


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Text(say("tablet.letters.about"), color="muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))
    if presenter.is_running:
        column.add(Banner(say("tablet.letters.running"), "held"))
    if presenter.answer:
        _part(app, column, "give", lambda: _create(app, presenter, "nqa"), "download")
    waiting = presenter.waiting() or say("tablet.letters.nothing")
    _part(app, column, "write", lambda: _create(app, presenter, "nql"), "mail", waiting)
    _part(app, column, "take", lambda: _choose(app, presenter), "files")
    return Page(column, say("tablet.letters"))


def _part(app, column, code, done, sign, fact=""):
    """Add one act: what it is, what to know of it, its button."""
    say = app.context.say
    column.add(Heading(say(f"tablet.letters.{code}")))
    words = Stack(spacing=4)
    if fact:
        words.add_widget(Text(fact, bold=True))
    words.add_widget(Text(say(f"tablet.letters.{code}.todo"), color="muted"))
    button = ActButton(say(f"tablet.letters.{code}.act"), done, "plain", sign)
    column.add(Card(words, button, padding=(16, 14), spacing=12))


def _create(app, presenter, kind):
    act = presenter.write_letter if kind == "nql" else presenter.write_answer
    chosen = _then(app, presenter, act)
    app.device.files.create(presenter.file_name(kind), chosen)


def _choose(app, presenter):
    chosen = _then(app, presenter, presenter.take)
    places = app.device.files.lying()
    if places is None:
        app.device.files.choose(chosen)
    elif places:
        options = [(place, place.name.rpartition("/")[2]) for place in places]
        app.choose(app.context.say("tablet.letters.take.act"), options, chosen)
    else:
        app.say_now(app.context.say("tablet.letters.no_files"))


def _then(app, presenter, act):
    """Return what to do with the chosen place: the act, beside the window."""

    def work(place):
        act(place)
        Clock.schedule_once(lambda _dt: app.refresh())

    def begin(place):
        if place is not None and not presenter.is_running:
            presenter.prepare()
            threading.Thread(target=work, args=(place,), daemon=True).start()
            app.refresh()

    return lambda place: Clock.schedule_once(lambda _dt: begin(place))
