"""Souk mode."""

from __future__ import annotations

from kivy.clock import Clock

from mobile_app.screens.find.presenter import SIGNS, named
from mobile_app.screens.parts import consent, voice
from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.parts.seek import seek
from mobile_app.screens.souk.presenter import QuickPresenter, SoukPresenter
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import NOTE
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

_ROWS_MAX = 8
_LOOK_S = 1.0


def build(ui: Ui, presenter: SoukPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()

    def choose_place(code: str) -> None:
        presenter.choose_place(code)
        ui.show()

    picker = Picker(
        say("tablet.souk.place"),
        presenter.place or say("tablet.choose"),
        lambda: ui.choose(say("tablet.souk.place"), presenter.places(), choose_place),
        "basket",
    )
    column.add(Stack(Text(say("tablet.souk.place"), "small", bold=True), picker, spacing=4))

    def choose_type(code: str) -> None:
        presenter.choose_type(code)
        ui.show(keep_scroll=True)

    column.add(Tiles(presenter.kinds(), {presenter.type}, choose_type, high=52))
    served = ui.context.phrases.count("tablet.souk.served", presenter.served())
    column.add(Heading(say("tablet.souk.next"), served))
    hint = say("tablet.find.hint")
    seek(
        ui, column, "souk", presenter.search, lambda *where: ui.go("quick", where), hint=hint,
        most=_ROWS_MAX, signs=SIGNS, opens=True,
    )  # fmt: skip

    def register() -> None:
        ui.go("form", ("person_quick", b"", named(ui.typed.get("souk", ""))))

    column.add(ActButton(say("tablet.souk.new"), register, "plain", "user-plus"))
    return Page(column, say("tablet.more.souk"))


def build_quick(ui: Ui, presenter: QuickPresenter) -> Page:
    """Draw one contact at the souk."""
    say = ui.context.say
    _locate(ui, presenter)
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    column.add(Text(presenter.title, "display"))
    kind = say(f"visit.type.{presenter.souk.type}")
    column.add(
        Text(
            ui.context.facts(kind, presenter.souk.place or say("visit.channel.souk")),
            color="muted",
        )
    )

    def changed(*, is_drawn_anew: bool = True) -> None:
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    column.add(fields.draw(ui, presenter.inputs, "needs", changed=changed))
    urgent = fields.some_of(presenter.inputs, "urgent_needs", "needs", changed=changed)
    if urgent:
        column.add(urgent)
    if presenter.asks_consent():

        def answer(is_given: bool) -> None:
            presenter.consent = is_given
            changed()

        asked = consent.card(ui, "programme_record", presenter.consent, answer, is_short=True)
        column.add(asked)
    column.add(fields.draw(ui, presenter.inputs, "notes", changed=changed))
    column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))

    def save() -> None:
        if presenter.save():
            ui.typed["souk"] = ""
            ui.records.saved(presenter, "quick", (presenter.entity, presenter.subject.record_id))
            ui.leave()
        else:
            ui.show()

    acts = (
        (say("tablet.back"), ui.leave, "plain", "arrow-left"),
        (say("tablet.visit.save"), save, "main", "check"),
    )
    note = presenter.kept_note()
    return Page(column, presenter.title, note=note, acts=acts, is_closed_by_x=True)


def _locate(ui: Ui, presenter: QuickPresenter) -> None:
    def look(_dt: float) -> bool:
        if ui.is_shown(presenter):
            presenter.locating.look()
        else:
            presenter.locating.end()  # who leaves leaves no receiver at work
        return not presenter.locating.is_done

    if not presenter.locating.is_done:
        Clock.schedule_interval(look, _LOOK_S)
