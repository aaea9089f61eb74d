"""One box, and who answers to it."""

from __future__ import annotations

from kivy.clock import Clock

from mobile_app.screens.find.presenter import KINDS, SIGNS, FindPresenter, named
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Chip,
    Chips,
    Column,
    Empty,
    Page,
    SearchBox,
    Stack,
    margin_of,
)
from mobile_app.ui.kit.rowlist import RowList
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import Box
from mobile_app.ui.theme import MARGIN

_LOOK_S = 1.0
_REST_S = 0.3
"""Who answers shows with each letter; how many they are, once typing rests."""


def build(ui: Ui, presenter: FindPresenter) -> Page:
    say = ui.context.say
    body = Box(orientation="vertical")
    communes, commune_word = presenter.communes(), say("tablet.find.commune")
    head = Stack(spacing=10, padding=(MARGIN, 12))

    def search(text):
        ui.typed["find"] = text
        ui.soon(look)

    def look():
        presenter.search(ui.typed.get("find", ""))
        fill_rows()
        count_soon.cancel()
        count_soon()

    box = SearchBox(ui.typed.get("find", ""), say("tablet.find.hint"), search, say("tablet.clear"))
    head.add_widget(box)
    chips = Chips()
    head.add_widget(chips)
    body.add_widget(head)
    place, rows, empty = Box(), RowList(), Column()
    body.add_widget(place)

    def fill():
        fill_chips()
        fill_rows()

    def recount():
        if chips.get_root_window():  # else left, or locked, since the last letter
            fill_chips()

    def fill_chips():
        chips.clear_widgets()
        counts = presenter.counts()
        for kind, count in (("", sum(counts.values())), *((one, counts[one]) for one in KINDS)):
            shown = ui.context.phrases.number(count)
            words = say(f"tablet.find.kind.{kind or 'all'}", count=shown)
            chips.add_widget(
                Chip(words, lambda kind=kind: choose(kind), is_on=presenter.kind == kind)
            )
        chips.add_widget(
            Chip(say("tablet.find.near"), near, is_on=presenter.is_near, sign="current-location")
        )
        if communes:
            words = dict(communes)[presenter.commune] if presenter.commune else commune_word
            is_on = bool(presenter.commune)
            chips.add_widget(Chip(words, choose_commune, is_on=is_on, sign="map-pin"))

    def fill_rows():
        if presenter.problem:
            ui.tell(presenter.problem)
            presenter.problem = ""
            ui.show()
            return
        empty.box.clear_widgets()
        if presenter.rows:
            stand(rows)
            rows.show([_row(one) for one in presenter.rows], open_row, ui.chosen)
        elif presenter.is_looking:
            empty.add(Empty(say("tablet.visit.locating")))
            stand(empty)
        else:
            act = (say("tablet.register.person"), lambda: register("person"), "user-plus")
            todo = ui.context.arriving() or say("tablet.find.none.todo")
            empty.add(Empty(say("tablet.find.none"), todo, act))
            stand(empty)

    def stand(widget):
        if widget.parent is None:
            place.clear_widgets()
            place.add_widget(widget)

    count_soon = Clock.create_trigger(lambda _dt: ui.after_touch(recount), _REST_S)

    def choose(kind):
        presenter.filter(kind)
        fill()

    def choose_commune():
        def chosen(code):
            presenter.filter_commune(code)
            fill()

        ui.choose(commune_word, communes, chosen)

    def near():
        presenter.toggle_near()
        fill()
        if presenter.is_looking:
            Clock.schedule_interval(locate, _LOOK_S)

    def found():
        if chips.get_root_window():
            fill()

    def locate(_dt):
        if not ui.is_shown(presenter):
            presenter.leave()
        elif presenter.look():
            presenter.search(presenter.text)
            ui.after_touch(found)
        return presenter.is_looking

    def open_row(entity, record_id):
        ui.go("point" if entity == "contact_point" else "person", (entity, record_id))

    def register(form):
        ui.go("form", (form, b"", named(ui.typed.get("find", ""))))

    def ask():
        options = [
            ("person", say("tablet.register.person"), "user-plus"),
            ("enterprise", say("tablet.register.enterprise"), "building-store"),
        ]
        ui.choose(say("tablet.register"), options, register)

    foot = Stack(
        ActButton(say("tablet.register"), ask, "plain", "user-plus"),
        padding=(MARGIN, 8),
    )
    body.add_widget(foot)
    presenter.search(ui.typed.get("find", ""))
    fill()

    def narrow(_me, wide):
        side = margin_of(wide)
        head.padding = (side, dp(12), side, dp(8))
        foot.padding = (side, dp(8))
        rows.pad(side)

    body.bind(width=narrow)
    return Page(body, say("tablet.nav.find"), rows=rows)


def _row(found):
    return {
        "title": found.title,
        "other": found.other,
        "detail": found.detail,
        "sign": SIGNS[found.entity],
        "row_state": found.state,
        "word": found.word,
        "key": (found.entity, found.record_id),
    }
