"""How a screen is drawn, and what surrounds it: bar, line of truth, places; a list beside it.

A wide window has room for more: from `_RAIL_DP` on the four places stand as a rail at the start
side, from `_BESIDE_DP` on a list stays beside the record that is chosen from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kivy.core.window import Window

from mobile_app.screens.context import Context
from mobile_app.screens.today.presenter import attention_count
from mobile_app.screens.ui import Ui
from mobile_app.shell.catalogue import DESTINATIONS, OUTSIDE, REFRESHED, WAITING, view_of
from mobile_app.shell.contact import Contact
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.ports import Act
from mobile_app.shell.session import Session
from mobile_app.ui.kit import (
    Acts,
    AppBar,
    Banner,
    Column,
    Destinations,
    Divider,
    Empty,
    LineOfTruth,
    Margins,
    Page,
    Stack,
    Steps,
)
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import Box, MirrorBox

_RAIL_DP = 1000
_BESIDE_DP, _LIST_DP = 1200, 480
"""From this width on there is a list beside the record; it is so wide."""
_NETWORK_SIGN = {"wifi": "wifi", "mobile": "antenna-bars-3", "none": "wifi-off"}


@dataclass(slots=True)
class Notice:
    """What is said above a screen. `done`: what a touch on it does. `is_shown`: it was drawn."""

    words: str = ""
    tone: str = ""
    done: Act | None = None
    is_shown: bool = False

    def tell(self, words: str, tone: str, done: Act | None) -> None:
        """Say something else, which is not shown yet."""
        self.words, self.tone, self.done, self.is_shown = words, tone, done, False


def has_room_beside() -> bool:
    """Whether the window is wide enough for a list beside the record."""
    return bool(Window.width >= dp(_BESIDE_DP))


def _width() -> tuple[bool, bool]:
    """Return whether there is room for the rail, and for a list."""
    return bool(Window.width >= dp(_RAIL_DP)), has_room_beside()


class Panes:
    """Draws what the navigator stands at.

    `scroller`: what scrolls on the screen, or None. `on_digit`: what takes a digit of a keyboard
    there, or None.
    """

    def __init__(
        self,
        context: Context,
        navigator: Navigator,
        session: Session,
        contact: Contact,
        notice: Notice,
        *,
        screen: Ui,
        list_screen: Ui,
    ) -> None:
        """Draw nothing yet.

        Args:
            screen: what the view of the screen is given.
            list_screen: what the view of the list beside it is given.
        """
        self._context, self._navigator = context, navigator
        self._session, self._contact, self._notice = session, contact, notice
        self._screen, self._list_screen = screen, list_screen
        self.scroller: Any = None
        self.on_digit: Any = None
        self._notice_box: Any = None
        self._list: tuple[Any, Any] | None = None
        self._drawn_for = _width()

    def is_other_width(self) -> bool:
        """Whether there is room for more beside the screen, or for less, than was drawn for."""
        return _width() != self._drawn_for

    def forget_list(self) -> None:
        """Draw the list beside anew, whatever is kept of it."""
        self._list = None

    def draw(self, *, is_same: bool, at: float) -> Any:
        """Return the screen with all that surrounds it.

        Args:
            is_same: it is the one that was drawn before, changed; a list beside it may stay.
            at: how far it is scrolled; 1 is its head.
        """
        self._drawn_for = has_rail, has_list = _width()
        listed = self._navigator.list_beside() if has_list else None
        frame = self._side_by_side(listed, at, is_same=is_same) if listed else self._main(at)
        self._navigator.is_list_kept = False
        if has_rail and not self._navigator.is_outside:
            return _in_a_row(self._places(is_rail=True), frame)
        return frame

    def draw_notice(self) -> None:
        """Draw what is said above the screen."""
        notice = self._notice
        self._notice_box.clear_widgets()
        if notice.words:
            banner = Banner(notice.words, notice.tone, done=notice.done)
            self._notice_box.add_widget(Margins(banner))
        notice.is_shown = True

    def _side_by_side(self, listed: tuple[str, Any], at: float, *, is_same: bool) -> Any:
        """Return the list and what is chosen from it."""
        name, presenter = listed
        is_chosen = name != self._navigator.here
        side = self._kept_list(name, presenter, is_same=is_same)
        if side is None:
            side = self._list_pane(name, presenter, 1 if is_chosen else at)
        self._list = (presenter, side)
        record = self._main(at) if is_chosen else self._nothing_chosen(name)
        edge = Divider()
        edge.size_hint, edge.width = (None, 1), dp(1)
        return _in_a_row(side, edge, record)

    def _kept_list(self, name: str, presenter: Any, *, is_same: bool) -> Any:
        """Return the list as it was drawn, out of the old frame; None if it is to be drawn anew.

        It stays as it was, scrolled too, unless what it shows may have changed.
        """
        if self._list is None or self._list[0] is not presenter:
            return None
        if not (self._navigator.is_list_kept or (is_same and name not in REFRESHED)):
            return None
        side = self._list[1]
        side.parent.remove_widget(side)
        return side

    def _list_pane(self, name: str, presenter: Any, at: float) -> Any:
        is_main = name == self._navigator.here
        pane = self._pane(self._list_screen, name, presenter, at, is_main=is_main)
        pane.size_hint_x, pane.width = None, dp(_LIST_DP)
        return pane

    def _nothing_chosen(self, name: str) -> Any:
        return Column(Empty(self._context.say(WAITING[name])))

    def _main(self, at: float) -> Any:
        navigator = self._navigator
        return self._pane(self._screen, navigator.here, navigator.presenter, at, is_main=True)

    def _pane(self, ui: Ui, name: str, presenter: Any, at: float, *, is_main: bool) -> Any:
        """Return a screen and what surrounds it. `is_main`: not a list beside a record."""
        page: Page = view_of(name)(ui, presenter)
        is_inside = name not in OUTSIDE
        frame = Box(orientation="vertical")
        if page.title:
            frame.add_widget(self._bar(page, has_back=bool(self._navigator.back) and is_main))
        if page.steps:
            number, count, step = page.steps
            words = self._context.say("tablet.step", number=number, of=count)
            frame.add_widget(Steps(number, count, words, step))
        elif is_inside:
            frame.add_widget(self._truth(page))
        if page.title:
            frame.add_widget(Divider())
        scroller = page.body if isinstance(page.body, Column) else page.rows
        if is_main:
            self.on_digit, self.scroller = page.on_digit, scroller
            self._say_above(frame)
        frame.add_widget(page.body)
        if scroller is not None:
            scroller.scroll_y = at
        if page.acts:
            frame.add_widget(Divider())
            frame.add_widget(Acts(page.acts))
        elif is_inside and not self._drawn_for[0]:
            frame.add_widget(Divider())
            frame.add_widget(self._places(is_rail=False))
        return frame

    def _say_above(self, frame: Any) -> None:
        self._notice_box = Stack()
        frame.add_widget(self._notice_box)
        self.draw_notice()
        if self._session.is_practice:
            words = self._context.say("tablet.practice.on")
            frame.add_widget(Margins(Banner(words, "held")))

    def _bar(self, page: Page, *, has_back: bool) -> Any:
        say = self._context.say
        on_back = self._navigator.go_back if has_back else None
        sign = "x" if page.is_closed_by_x else "arrow-left"
        name = say("tablet.close") if page.is_closed_by_x else say("tablet.back")
        return AppBar(
            page.title,
            on_back,
            back_sign=sign,
            back_name=name,
            signs=page.signs,
            note=page.note,
        )

    def _truth(self, page: Page) -> Any:
        context = self._context
        words, count = context.truth()
        if page.other:
            return LineOfTruth(words, count, page.other)
        network = self._contact.network()
        is_cut = context.say("tablet.network.none") if network == "none" else ""
        facts = context.facts(is_cut, context.last_contact())
        return LineOfTruth(words, count, facts, _NETWORK_SIGN.get(network, ""))

    def _places(self, *, is_rail: bool) -> Any:
        count = self._context.truth()[1]
        counts = {"sync": count, "more": attention_count(self._context)}
        places = [
            (code, self._context.say(f"tablet.nav.{code}"), sign, counts.get(code, 0))
            for code, sign in DESTINATIONS
        ]
        listed = self._navigator.list_beside() if self._drawn_for[1] else None
        here = listed[0] if listed else self._navigator.here
        return Destinations(places, here, self._navigator.go, is_rail=is_rail)


def _in_a_row(*panes: Any) -> Any:
    row = MirrorBox()
    for pane in panes:
        row.add_widget(pane)
    return row
