"""Sync: the price before, the lanes during, the receipts after."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.uix.widget import Widget

from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Bar,
    Card,
    Column,
    Divider,
    Heading,
    Icon,
    Page,
    Row,
    Rows,
    Stack,
    Text,
    Toggle,
    lead,
)
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import MirrorBox
from mobile_app.ui.theme import THEME

_SIGNS = {"text": "file-text", "photos": "photo", "news": "cloud-download"}
_REFRESH_S = 0.25


def build(ui: Ui, presenter: SyncPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    if leaving := presenter.leaving():
        column.add(Banner(leaving, "held"))
    column.add(_main(ui, presenter))
    words, is_to_act = presenter.asleep()
    if words:
        column.add(Banner(words, "ontablet") if is_to_act else Text(words, "small", "muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem, "ontablet"))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))
    if not ui.session.is_practice:
        row = Row(
            say("tablet.letters"),
            detail=say("tablet.letters.lead"),
            lead=lead("mail"),
            opens=True,
            done=lambda: ui.go("letters"),
        )
        column.add(Rows(row))
    receipts = presenter.receipts()
    if receipts:
        column.add(Heading(say("tablet.sync.receipts"), say("tablet.sync.receipts.note")))
        column.add(
            Rows(
                *(
                    Row(one.title, detail=one.detail, state=one.state, word=one.word)
                    for one in receipts
                )
            )
        )
    column.add(_foot(ui, presenter))
    return Page(column, say("tablet.nav.sync.title"))


def _main(ui: Ui, presenter: SyncPresenter) -> Widget:
    say = ui.context.say
    card = Card()
    top = MirrorBox(size_hint_y=None, height=dp(92), spacing=dp(12), padding=(dp(16), dp(14)))
    price = presenter.price_words()
    if presenter.is_running:
        title = say("tablet.sync.running")
    else:
        title = say("tablet.sync.ready") if price else ui.context.truth()[0]
    words = Stack(Text(title, "title"), spacing=2, pos_hint={"center_y": 0.5})
    details = [one for one in (price, ui.context.arriving()) if one]
    for detail in details or [ui.context.last_contact() or say("tablet.sync.first")]:
        words.add_widget(Text(detail, color="muted"))
    words.bind(height=lambda _me, tall: setattr(top, "height", max(dp(84), tall + dp(28))))
    top.add_widget(words)
    card.add_widget(top)
    lanes = {}
    if presenter.is_running or presenter.begun or price:
        for code, progress, ratio in presenter.lanes():
            card.add_widget(Divider())
            lane, label, bar = _lane(say(f"tablet.sync.lane.{code}"), _SIGNS[code], progress, ratio)
            lanes[code] = (label, bar)
            card.add_widget(lane)
    card.add_widget(Divider())
    card.add_widget(_wifi(ui))
    box = Stack(spacing=0, padding=14)
    if presenter.is_running:
        box.add_widget(
            ActButton(say("tablet.sync.pause"), presenter.pause, "plain", "player-pause")
        )
        _watch(ui, presenter, lanes)
    else:
        box.add_widget(ActButton(say("tablet.sync.now"), ui.exchange, sign="refresh"))
    card.add_widget(box)
    return card


def _watch(ui: Ui, presenter: SyncPresenter, lanes: Any) -> None:
    def look(_dt: float) -> bool:
        if not presenter.is_running or not ui.is_shown(presenter):
            return False
        for code, words, ratio in presenter.lanes():
            if code in lanes:
                label, bar = lanes[code]
                label.words(words)
                bar.show(ratio)
        return True

    Clock.schedule_interval(look, _REFRESH_S)


def _lane(name: str, sign: str, words: str, ratio: float) -> Widget:
    lane = MirrorBox(size_hint_y=None, height=dp(66), spacing=dp(12), padding=(dp(16), dp(8)))
    lane.add_widget(Icon(sign, "muted", 24))
    line = MirrorBox(size_hint_y=None, height=sp(THEME.line("body")))
    line.add_widget(Text(name, bold=True))
    label = Text(words, "small", "muted", hug=True)
    line.add_widget(label)
    bar = Bar(ratio, "received" if ratio >= 1 else "primary")
    lane.add_widget(Stack(line, bar, spacing=6, pos_hint={"center_y": 0.5}))
    return lane, label, bar


def _wifi(ui: Ui) -> Widget:
    is_on = ui.context.settings.photos_on_wifi
    flip = ui.preferences.send_photos_on_wifi
    return Toggle(ui.context.say("tablet.sync.wifi"), is_on, flip, sign="wifi")


def _foot(ui: Ui, presenter: SyncPresenter) -> Widget:
    say, phrases = ui.context.say, ui.context.phrases
    free, gives, is_low = presenter.room()
    card = Card(padding=(16, 12), spacing=10)
    line = MirrorBox(size_hint_y=None, height=dp(56), spacing=dp(16))
    for label, value in (
        (say("tablet.sync.month"), phrases.bytes(ui.context.month_bytes())),
        (say("tablet.sync.free"), free),
    ):
        line.add_widget(Stack(Text(label, "small", "muted"), Text(value, bold=True), spacing=0))
    slip = ActButton(say("tablet.sync.slip"), lambda: ui.go("dayslip"), "plain", "qrcode")
    slip.size_hint_x = 1.4
    line.add_widget(slip)
    for part in line.children:
        part.bind(
            height=lambda *_: setattr(line, "height", max(one.height for one in line.children))
        )
    card.add_widget(line)

    def free_up() -> None:
        ui.say_now(presenter.free_up())

    if gives:
        card.add_widget(Text(say("tablet.room.gives", bytes=gives), "small", "muted"))
        card.add_widget(ActButton(say("tablet.room.free_up"), free_up, "plain", "archive"))
    elif is_low:
        card.add_widget(Text(say("tablet.room.nothing"), "small", "attention"))
    return card
