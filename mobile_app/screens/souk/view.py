"""Souk mode."""

from __future__ import annotations

from kivy.clock import Clock

from mobile_app.screens.find.presenter import SIGNS
from mobile_app.screens.voice import NOTE
from mobile_app.ui import consent, voice
from mobile_app.ui import inputs as fields
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Column,
    Heading,
    Page,
    Picker,
    Stack,
    Text,
    Tiles,
)
from mobile_app.ui.seek import seek

_ROWS_MAX = 8
_LOOK_S = 1.0


def build(app, presenter):
    say = app.context.say
    column = Column()

    def choose_place(code):
        presenter.choose_place(code)
        app.show()

    picker = Picker(
        say("tablet.souk.place"),
        presenter.place or say("tablet.choose"),
        lambda: app.choose(say("tablet.souk.place"), presenter.places(), choose_place),
        "basket",
    )
    column.add(Stack(Text(say("tablet.souk.place"), "small", bold=True), picker, spacing=4))

    def choose_type(code):
        presenter.choose_type(code)
        app.show(keep_scroll=True)

    column.add(Tiles(presenter.kinds(), {presenter.type}, choose_type, high=52))
    served = app.context.phrases.count("tablet.souk.served", presenter.served())
    column.add(Heading(say("tablet.souk.next"), served))
    hint = say("tablet.find.hint")
    seek(
        app, column, "souk", presenter.search, lambda *where: app.go("quick", where), hint=hint,
        most=_ROWS_MAX, signs=SIGNS, opens=True,
    )  # fmt: skip

    def register():
        app.go("form", ("person_quick", b"", app.named("souk")))

    column.add(ActButton(say("tablet.souk.new"), register, "plain", "user-plus"))
    return Page(column, say("tablet.more.souk"))


def build_quick(app, presenter):
    say = app.context.say
    _locate(app, presenter)
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    column.add(Text(presenter.title, "display"))
    kind = say(f"visit.type.{presenter.souk.type}")
    column.add(
        Text(
            app.context.facts(kind, presenter.souk.place or say("visit.channel.souk")),
            color="muted",
        )
    )

    def changed(*, is_drawn_anew=True):
        app.keep_soon()
        if is_drawn_anew:
            app.show(keep_scroll=True)

    column.add(fields.draw(app, presenter.inputs, "needs", changed=changed))
    urgent = fields.some_of(presenter.inputs, "urgent_needs", "needs", changed=changed)
    if urgent:
        column.add(urgent)
    if presenter.asks_consent():

        def answer(is_given):
            presenter.consent = is_given
            changed()

        asked = consent.card(app, "programme_record", presenter.consent, answer, is_short=True)
        column.add(asked)
    column.add(fields.draw(app, presenter.inputs, "notes", changed=changed))
    column.add(voice.beside(app, presenter.voice, changed, ((NOTE, ""),)))

    def save():
        if presenter.save():
            app.typed["souk"] = ""
            app.saved(presenter, "quick", (presenter.entity, presenter.subject.record_id))
            app.leave()
        else:
            app.show()

    acts = (
        (say("tablet.back"), app.leave, "plain", "arrow-left"),
        (say("tablet.visit.save"), save, "main", "check"),
    )
    note = app.kept_note(presenter.kept_ms)
    return Page(column, presenter.title, note=note, acts=acts, is_closed_by_x=True)


def _locate(app, presenter):
    def look(_dt):
        if app.presenter is presenter:
            presenter.locating.look()
        else:
            presenter.locating.end()  # who leaves leaves no receiver at work
        return not presenter.locating.is_done

    if not presenter.locating.is_done:
        Clock.schedule_interval(look, _LOOK_S)
