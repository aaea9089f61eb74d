"""The first screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.uix.widget import Widget

from mobile_app.screens.parts.fold import folded, unfolder
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Empty,
    Gap,
    Heading,
    IconButton,
    Names,
    Node,
    Page,
    Row,
    Rows,
    Stack,
    Text,
)
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox

_DONE_SHOWN, _NEXT_SHOWN, _DUE_SHOWN = 3, 12, 6
"""Rows of the round and of the tasks that are made before one asks for the others.

A day at the souk has eighty; 75 visits, all at once, took a third of a second and 50 MB.
"""
_MIDDLE = {"center_y": 0.5}
_THEME_SIGN = {"light": "sun", "sunlight": "moon", "dark": "contrast-2"}


def build(ui: Ui, presenter: TodayPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    done, coming = presenter.behind(), presenter.coming()
    due = presenter.due()
    visit = next((one for one in coming if one.kind == "visit"), None)
    if presenter.offers_slip():
        over = (say("tablet.today.over"), "received", say("tablet.today.over.todo"))
        column.add(Banner(*over, done=lambda: ui.go("dayslip")))
    if visit:
        column.add(_next(ui, visit))
    if arriving := ui.context.arriving():
        column.add(Banner(arriving, "ontablet", done=lambda: ui.go("sync")))
    if done or coming:
        _round(ui, presenter, column, done, coming)
    elif ui.context.is_awaited():
        act = (say("tablet.nav.sync"), lambda: ui.go("sync"), "refresh")
        column.add(Empty(say("tablet.today.awaited"), say("tablet.sync.first"), act))
    else:
        act = (say("tablet.today.find"), lambda: ui.go("find"), "search")
        column.add(Empty(say("tablet.today.none"), say("tablet.today.none.todo"), act))
    waiting = presenter.attention_count()
    if waiting:
        words = ui.context.phrases.count("tablet.attention.count", waiting)
        column.add(Banner(words, done=lambda: ui.go("attention")))
    if returned := presenter.returned():
        _returned(ui, presenter, column, returned)
    if due:
        column.add(Heading(say("tablet.today.due")))
        shown, count = folded(presenter, "due", due, _DUE_SHOWN)
        rows = Rows(*(_due(ui, presenter, one) for one in shown))
        if count:
            rows.add(unfolder(ui, presenter, "due", count))
        column.add(rows)
    signs = (
        (_THEME_SIGN[ui.context.settings.theme], say("tablet.theme"), ui.preferences.next_theme),
        ("bell", say("tablet.nav.attention"), lambda: ui.go("attention")),
    )
    acts = ()
    return Page(column, presenter.title, signs=signs, acts=acts)


def _next(ui: Ui, visit: Any) -> Widget:
    say = ui.context.say
    card = Card(tone="primary", padding=(18, 16), spacing=10)
    top = MirrorBox(size_hint_y=None, height=dp(60), spacing=dp(8))
    words = Stack(
        Text(say("tablet.today.next"), "small", "primary", bold=True),
        Names(visit.title, visit.other, "title"),
        spacing=0,
    )
    words.bind(height=top.setter("height"))
    top.add_widget(words)
    if visit.phone:
        top.add_widget(
            IconButton(
                "phone", lambda: ui.device.call(visit.phone), say("tablet.call"), framed=True
            )
        )
    card.add_widget(top)
    detail = ui.context.facts(visit.detail, _km(ui, visit.km))
    card.add_widget(Text(detail, color="muted"))
    card.add_widget(
        ActButton(
            say("tablet.person.visit"),
            lambda: ui.go("visit", (visit.entity, visit.record_id, visit.visit_id)),
            sign="player-play",
        )
    )
    return card


def _round(
    ui: Ui, presenter: TodayPresenter, column: Column, done: Sequence[Any], coming: Sequence[Any]
) -> None:
    say = ui.context.say
    left = sum(visit.km or 0 for visit in coming)
    fact = say("tablet.today.done_of", done=len(done), of=len(done) + len(coming))
    if left >= 0.1:
        far = say("tablet.today.left", km=ui.context.phrases.number(left, 0))
        fact = ui.context.facts(fact, far)
    column.add(Heading(say("tablet.today.round"), fact))
    latest, earlier_count = folded(presenter, "done", done[::-1], _DONE_SHOWN)
    coming, later_count = folded(presenter, "next", coming, _NEXT_SHOWN)
    rows = Rows()
    if earlier_count:
        rows.add(unfolder(ui, presenter, "done", earlier_count))
    stations = [*(presenter.visited(visit) for visit in latest[::-1]), *coming]
    for station, lead in zip(stations, _leads(stations), strict=True):
        rows.add(
            Row(
                station.title,
                station.other,
                station.detail,
                lead=lead,
                state=station.state,
                word=station.word,
                is_now=station.stage == "now",
                end=_km(ui, station.km),
                done=lambda station=station: _open(ui, station),
            )
        )
    if later_count:
        rows.add(unfolder(ui, presenter, "next", later_count))
    column.add(rows)
    column.add(Gap(2))


def _returned(ui: Ui, presenter: TodayPresenter, column: Column, returned: Sequence[Any]) -> None:
    """Add what the office sent back, and what became of the answers."""
    column.add(Heading(ui.context.say("tablet.today.returned")))
    shown, count = folded(presenter, "returned", returned, _DUE_SHOWN)
    rows = Rows(
        *(
            Row(
                one.title,
                detail=one.detail,
                state=one.state,
                word=one.word,
                done=lambda way=one.opens: ui.go(*way),
            )
            for one in shown
        )
    )
    if count:
        rows.add(unfolder(ui, presenter, "returned", count))
    column.add(rows)


def _leads(stations: Sequence[Any]) -> Widget:
    """Return what stands before each row: its node, then its hour, if any station has one.

    Each is as wide as the widest hour: the names stand in one line, also where there is no hour.
    """
    nodes, hours = [], []
    for number, station in enumerate(stations):
        color = "ontablet" if station.state == "on_tablet" else "received"
        nodes.append(
            Node(station.stage, color, is_first=number == 0, is_last=number == len(stations) - 1)
        )
        is_now = station.stage == "now"
        hour = Text(
            station.time, color="text" if is_now else "muted", bold=is_now, pos_hint=_MIDDLE
        )
        hours.append(hour)
    wide = max(hour.natural for hour in hours)
    if not wide:
        return nodes
    leads = []
    for node, hour in zip(nodes, hours, strict=True):
        lead = MirrorBox(size_hint_x=None, width=node.width + dp(12) + wide, spacing=dp(12))
        lead.add_widget(node)
        lead.add_widget(hour)
        leads.append(lead)
    return leads


def _open(ui: Ui, station: Any) -> None:
    if station.kind == "stop":
        ui.go("souk", (station.record_id,))
    elif station.stage == "done":
        ui.go("slip", (station.visit_id,))
    elif station.record_id:
        ui.go("person", (station.entity, station.record_id))


def _due(ui: Ui, presenter: TodayPresenter, due: Any) -> str:
    def finish() -> None:
        if ui.allowed(lambda: presenter.finish(due.record_id)):
            ui.records.saved(presenter, "today")
            ui.show(keep_scroll=True)

    row = Row(
        due.title,
        detail=due.detail,
        state="attention" if due.is_late else "",
        word=ui.context.say("tablet.due.late") if due.is_late else "",
        done=lambda: ui.go(*due.opens),
    )
    if due.is_settled_at_once:
        row.add_widget(IconButton("check", finish, ui.context.say("tablet.due.done")))
    return row


def _km(ui: Ui, km: Any) -> str:
    """Return a distance in words; empty where nobody knows it."""
    if km is None:
        return ""
    return ui.context.say("tablet.km", km=ui.context.phrases.number(km, 1))
