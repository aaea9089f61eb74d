"""One box, and who answers to it."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.uix.widget import Widget

from mobile_app.screens.find.presenter import KINDS, SIGNS, FindPresenter, named
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Chip,
    Chips,
    Column,
    Empty,
    IconButton,
    Page,
    SearchBox,
    Stack,
    margin_of,
)
from mobile_app.ui.kit.rowlist import RowList
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import Box, MirrorBox
from mobile_app.ui.theme import MARGIN
from sync.rules import scanned

_LOOK_S = 1.0
_REST_S = 0.3
"""Who answers shows with each letter; how many they are, once typing rests."""


def build(ui: Ui, presenter: FindPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    return _Find(ui, presenter).page()


class _Find:
    """The box, the filters under it, and who answers; a letter changes only what follows it."""

    def __init__(self, ui: Ui, presenter: FindPresenter) -> None:
        self._ui, self._presenter, self._say = ui, presenter, ui.context.say
        self._communes = presenter.communes()
        self._chips, self._rows, self._empty = Chips(), RowList(), Column()
        self._place = Box()
        self._count_soon = Clock.create_trigger(lambda _dt: ui.after_touch(self._recount), _REST_S)

    def page(self) -> Page:
        """Return all of it, filled."""
        ui, say = self._ui, self._say
        typed = ui.typed.get("find", "")
        box = SearchBox(typed, say("tablet.find.hint"), self._search, say("tablet.clear"))
        head = Stack(self._with_scan(box), self._chips, spacing=10, padding=(MARGIN, 12))
        register = ActButton(say("tablet.register"), self._ask, "plain", "user-plus")
        foot = Stack(register, padding=(MARGIN, 8))
        body = Box(orientation="vertical")
        for part in (head, self._place, foot):
            body.add_widget(part)
        self._presenter.search(typed)
        self._fill()

        def narrow(_me: object, width: float) -> None:
            side = margin_of(width)
            head.padding = (side, dp(12), side, dp(8))
            foot.padding = (side, dp(8))
            self._rows.pad(side)

        body.bind(width=narrow)
        return Page(body, say("tablet.nav.find"), rows=self._rows)

    def _with_scan(self, box: SearchBox) -> Widget:
        """Return the box, with what reads a code into it beside it."""
        if not self._ui.device.can_scan:
            return box
        line = MirrorBox(size_hint_y=None, height=box.height, spacing=dp(8))
        line.add_widget(box)
        words = self._say("tablet.scan.code")
        scan = IconButton("qrcode", lambda: self._ui.device.scan(self._scanned), words, framed=True)
        line.add_widget(scan)
        return line

    def _scanned(self, text: str) -> None:
        """Open the visit of a slip that is here, or check a paper; else look for what is named."""
        found = scanned.read(text)
        visit_id = self._presenter.visit_of(found.text) if found.kind == scanned.CODE else b""
        if visit_id:
            self._ui.go("slip", (visit_id,))
        elif found.kind == scanned.PAPER:
            self._ui.go("proof", (found.text,))
        elif found.kind == scanned.CODE:
            self._ui.typed["find"] = found.text
            self._ui.show()
        else:
            self._ui.say_now(self._say("tablet.scan.other"))

    # What one types and chooses

    def _search(self, text: str) -> None:
        self._ui.typed["find"] = text
        self._ui.soon(self._look)

    def _look(self) -> None:
        self._presenter.search(self._ui.typed.get("find", ""))
        self._fill_rows()
        self._count_soon.cancel()
        self._count_soon()

    def _choose(self, kind: str) -> None:
        self._presenter.filter(kind)
        self._fill()

    def _choose_commune(self) -> None:
        def chosen(code: str) -> None:
            self._presenter.filter_commune(code)
            self._fill()

        self._ui.choose(self._say("tablet.find.commune"), self._communes, chosen)

    def _near(self) -> None:
        self._presenter.toggle_near()
        self._fill()
        if self._presenter.is_looking:
            Clock.schedule_interval(self._locate, _LOOK_S)

    def _locate(self, _dt: float) -> bool:
        if not self._ui.is_shown(self._presenter):
            self._presenter.leave()
        elif self._presenter.look():
            self._presenter.search(self._presenter.text)
            self._ui.after_touch(self._found)
        return self._presenter.is_looking

    def _open(self, entity: str, record_id: bytes) -> None:
        self._ui.go("point" if entity == "contact_point" else "person", (entity, record_id))

    def _register(self, form: str) -> None:
        self._ui.go("form", (form, b"", named(self._ui.typed.get("find", ""))))

    def _ask(self) -> None:
        options = [
            ("person", self._say("tablet.register.person"), "user-plus"),
            ("enterprise", self._say("tablet.register.enterprise"), "building-store"),
        ]
        self._ui.choose(self._say("tablet.register"), options, self._register)

    # What is shown

    def _fill(self) -> None:
        self._fill_chips()
        self._fill_rows()

    def _recount(self) -> None:
        if self._chips.get_root_window():  # else left, or locked, since the last letter
            self._fill_chips()

    def _found(self) -> None:
        if self._chips.get_root_window():
            self._fill()

    def _fill_chips(self) -> None:
        presenter, say, chips = self._presenter, self._say, self._chips
        chips.clear_widgets()
        counts = presenter.counts()
        for kind, count in (("", sum(counts.values())), *((kind, counts[kind]) for kind in KINDS)):
            shown = self._ui.context.phrases.number(count)
            words = say(f"tablet.find.kind.{kind or 'all'}", count=shown)
            is_on = presenter.kind == kind
            chips.add_widget(Chip(words, lambda kind=kind: self._choose(kind), is_on=is_on))
        is_near, sign = presenter.is_near, "current-location"
        chips.add_widget(Chip(say("tablet.find.near"), self._near, is_on=is_near, sign=sign))
        if self._communes:
            is_on = bool(presenter.commune)
            words = dict(self._communes)[presenter.commune] if is_on else say("tablet.find.commune")
            chips.add_widget(Chip(words, self._choose_commune, is_on=is_on, sign="map-pin"))

    def _fill_rows(self) -> None:
        presenter, say, empty = self._presenter, self._say, self._empty
        if presenter.problem:
            self._ui.tell(presenter.problem)
            presenter.problem = ""
            self._ui.show()
            return
        empty.box.clear_widgets()
        if presenter.rows:
            self._put(self._rows)
            rows = [_row(found) for found in presenter.rows]
            self._rows.show(rows, self._open, self._ui.chosen)
            return
        if presenter.is_looking:
            empty.add(Empty(say("tablet.visit.locating")))
        else:
            act = (say("tablet.register.person"), lambda: self._register("person"), "user-plus")
            todo = self._ui.context.arriving() or say("tablet.find.none.todo")
            empty.add(Empty(say("tablet.find.none"), todo, act))
        self._put(empty)

    def _put(self, widget: Widget) -> None:
        if widget.parent is None:
            self._place.clear_widgets()
            self._place.add_widget(widget)


def _row(found: Any) -> dict[str, Any]:
    return {
        "title": found.title,
        "other": found.other,
        "detail": found.detail,
        "sign": SIGNS[found.entity],
        "row_state": found.state,
        "word": found.word,
        "key": (found.entity, found.record_id),
    }
