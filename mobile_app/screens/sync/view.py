"""Sync: the price before, the lanes during, the receipts after."""

from __future__ import annotations

import threading

from kivy.clock import Clock

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
_REFRESH_S, _FOLLOW_S = 0.25, 1


def build(app, presenter):
    say = app.context.say
    column = Column()
    if leaving := presenter.leaving():
        column.add(Banner(leaving, "held"))
    column.add(_main(app, presenter))
    words, is_to_act = presenter.asleep()
    if words:
        column.add(Banner(words, "ontablet") if is_to_act else Text(words, "small", "muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem, "ontablet"))
    if presenter.result:
        column.add(Banner(presenter.result, "received"))
    if not app.is_practice:
        row = Row(
            say("tablet.letters"),
            detail=say("tablet.letters.lead"),
            lead=lead("mail"),
            opens=True,
            done=lambda: app.go("letters"),
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
    column.add(_foot(app, presenter))
    return Page(column, say("tablet.nav.sync.title"))


def _main(app, presenter):
    say = app.context.say
    card = Card()
    top = MirrorBox(size_hint_y=None, height=dp(92), spacing=dp(12), padding=(dp(16), dp(14)))
    price = presenter.price_words()
    if presenter.is_running:
        title = say("tablet.sync.running")
    else:
        title = say("tablet.sync.ready") if price else app.context.truth()[0]
    words = Stack(Text(title, "title"), spacing=2, pos_hint={"center_y": 0.5})
    details = [one for one in (price, app.context.arriving()) if one]
    for detail in details or [app.context.last_contact() or say("tablet.sync.first")]:
        words.add_widget(Text(detail, color="muted"))
    words.bind(height=lambda _me, tall: setattr(top, "height", max(dp(84), tall + dp(28))))
    top.add_widget(words)
    card.add_widget(top)
    lanes = {}
    if presenter.is_running or presenter.begun or price:
        for code, said, ratio in presenter.lanes():
            card.add_widget(Divider())
            lane, label, bar = _lane(say(f"tablet.sync.lane.{code}"), _SIGNS[code], said, ratio)
            lanes[code] = (label, bar)
            card.add_widget(lane)
    card.add_widget(Divider())
    card.add_widget(_wifi(app))
    box = Stack(spacing=0, padding=14)
    if presenter.is_running:
        box.add_widget(
            ActButton(say("tablet.sync.pause"), presenter.pause, "plain", "player-pause")
        )
        _watch(app, presenter, lanes)
    else:
        box.add_widget(
            ActButton(say("tablet.sync.now"), lambda: run(app, presenter), sign="refresh")
        )
    card.add_widget(box)
    return card


def run(app, presenter):
    """Begin an exchange beside the window, unless one runs."""
    if presenter.is_running:
        return
    presenter.prepare()

    def work():
        presenter.run()
        Clock.schedule_once(lambda _dt: app.exchanged(presenter))

    threading.Thread(target=work, daemon=True).start()
    _follow(app, presenter)
    app.refresh()


def _follow(app, presenter):
    """Draw anew when a part of a first exchange has come; where somebody types nothing moves."""
    left = presenter.steps_left()

    def look(_dt):
        nonlocal left
        if not presenter.is_running or app.context.sessions.get("sync") is not presenter:
            return False
        before, left = left, presenter.steps_left()
        if left != before:
            app.refresh()
        return True

    Clock.schedule_interval(look, _FOLLOW_S)


def _watch(app, presenter, lanes):
    def look(_dt):
        if not presenter.is_running or app.presenter is not presenter:
            return False
        for code, said, ratio in presenter.lanes():
            if code in lanes:
                label, bar = lanes[code]
                label.words(said)
                bar.show(ratio)
        return True

    Clock.schedule_interval(look, _REFRESH_S)


def _lane(name, sign, said, ratio):
    lane = MirrorBox(size_hint_y=None, height=dp(66), spacing=dp(12), padding=(dp(16), dp(8)))
    lane.add_widget(Icon(sign, "muted", 24))
    line = MirrorBox(size_hint_y=None, height=sp(THEME.line("body")))
    line.add_widget(Text(name, bold=True))
    label = Text(said, "small", "muted", hug=True)
    line.add_widget(label)
    bar = Bar(ratio, "received" if ratio >= 1 else "primary")
    lane.add_widget(Stack(line, bar, spacing=6, pos_hint={"center_y": 0.5}))
    return lane, label, bar


def _wifi(app):
    def flip():
        app.settings.photos_on_wifi = not app.settings.photos_on_wifi
        app.save_settings()
        app.show(keep_scroll=True)

    return Toggle(
        app.context.say("tablet.sync.wifi"), app.settings.photos_on_wifi, flip, sign="wifi"
    )


def _foot(app, presenter):
    say, phrases = app.context.say, app.context.phrases
    free, gives, is_low = presenter.room()
    card = Card(padding=(16, 12), spacing=10)
    line = MirrorBox(size_hint_y=None, height=dp(56), spacing=dp(16))
    for label, value in (
        (say("tablet.sync.month"), phrases.bytes(app.context.month_bytes())),
        (say("tablet.sync.free"), free),
    ):
        line.add_widget(Stack(Text(label, "small", "muted"), Text(value, bold=True), spacing=0))
    slip = ActButton(say("tablet.sync.slip"), lambda: app.go("dayslip"), "plain", "qrcode")
    slip.size_hint_x = 1.4
    line.add_widget(slip)
    for part in line.children:
        part.bind(
            height=lambda *_: setattr(line, "height", max(one.height for one in line.children))
        )
    card.add_widget(line)

    def free_up():
        app.say_now(presenter.free_up())

    if gives:
        card.add_widget(Text(say("tablet.room.gives", bytes=gives), "small", "muted"))
        card.add_widget(ActButton(say("tablet.room.free_up"), free_up, "plain", "archive"))
    elif is_low:
        card.add_widget(Text(say("tablet.room.nothing"), "small", "attention"))
    return card
