"""How a screen is drawn: bar, line of truth, places, what is told; a list beside its record.

A part of the app (`mobile_app/app.py`): it draws the screen `here` as its presenter says.
"""

from __future__ import annotations

from kivy.core.window import Window

from mobile_app import beside
from mobile_app.navigation import DESTINATIONS, OUTSIDE, view_of
from mobile_app.part import Part
from mobile_app.screens.today.presenter import attention_count
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
    Stack,
    Steps,
)
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import Box, MirrorBox
from mobile_app.ui.settle import settle
from mobile_app.ui.theme import THEME
from sync.errors import Refusal

_RAIL_DP = 1000
"""From this width on, lying, the four places stand as a rail at the start side."""
_BESIDE_DP, _LIST_DP = 1200, 480
"""From this width on a list, so wide, stays beside the record that is chosen from it."""
_REFRESHED = (
    "lease",
    "today",
    "sync",
    "letters",
    "person",
    "attention",
    "more",
    "about",
    "slip",
    "dayslip",
    "trainings",
)
"""Screens on which nobody types."""
_NETWORK_SIGN = {"wifi": "wifi", "mobile": "antenna-bars-3", "none": "wifi-off"}


class Drawing(Part):
    """What puts screens into the window, and says what is to be said above them."""

    def tell(self, words, tone="received", done=None):
        """Say something on the next screen; it stands until one leads on from there.

        `done`: what a touch on it does.
        """
        self.told, self._told_tone, self._told_done, self._is_told = words, tone, done, False

    def refused(self, refusal):
        """Say why something was not done; everything else is as it was."""
        self.say_now(self.context.sentence(refusal))

    def say_now(self, words, tone="attention"):
        """Say something on this screen."""
        self.tell(words, tone)
        self.show(keep_scroll=True)

    def allowed(self, act):
        """Do something that may be refused; say why. Returns whether it was done."""
        try:
            act()
        except Refusal as refusal:
            self.refused(refusal)
            return False
        return True

    def _show_told(self):
        self._notice.clear_widgets()
        if self.told:
            self._notice.add_widget(
                Margins(Banner(self.told, self._told_tone, done=self._told_done))
            )
        self._is_told = True

    def show(self, keep_scroll=False, at=1.0):
        """Draw the screen as its presenter says. `keep_scroll`: it is the same one, changed.

        `at`: how far it is scrolled, 1 is its head.
        """
        asked = self.sheet if keep_scroll else None
        at = self._scrolled() if keep_scroll else at
        self._dismiss()
        if self._is_told and not keep_scroll:
            self.told = ""
        left = list(self.root_box.children)
        self.root_box.clear_widgets()
        Window.clearcolor = THEME.color("bg")
        self._drawn_for = self._rooms()
        listed = self._list()
        frame = self._around(listed, keep_scroll, at) if listed else self._pane(self, at)
        if self.here not in OUTSIDE and self._drawn_for:
            frame = _in_a_row(self._places(is_rail=True), frame)
        self.root_box.add_widget(frame)
        if asked is not None:  # a position that comes takes no question from under the finger
            self.sheet = asked
            self.root_box.add_widget(asked)
        settle(self.root_box)
        self._sweeper.left(left)
        self._is_side_kept = False

    def _scrolled(self):
        return 1.0 if self.scroller is None else self.scroller.scroll_y

    def refresh(self):
        """Draw again, as after an exchange; what somebody is typing stays."""
        if self.here in _REFRESHED:
            self.show(keep_scroll=True)

    def _turned(self):
        if self._rooms() != self._drawn_for:
            self._side = None
            self.show(keep_scroll=True)

    def _rooms(self):
        """Return how many panes there is room for beside the screen: the rail, a list."""
        return sum(Window.width >= dp(wide) for wide in (_RAIL_DP, _BESIDE_DP))

    def _list(self):
        """Return the list at the start side, its name and presenter, or None."""
        if self._rooms() < len((_RAIL_DP, _BESIDE_DP)):
            return None
        if self.here in beside.WAITING and not getattr(self.presenter, "is_empty", False):
            return self.here, self.presenter
        if self.back and self.here in beside.LISTS.get(self.back[-1][0], ()):
            return self.back[-1][:2]
        return None

    @property
    def chosen(self):
        """Return what was chosen from the list beside this screen: entity and id, or nothing."""
        return () if self._list() in (None, (self.here, self.presenter)) else self._arguments

    def _around(self, listed, keep_scroll, at):
        """Return the list and what is chosen from it, side by side."""
        name, presenter = listed
        is_same = self._side is not None and self._side[0] is presenter
        if is_same and (self._is_side_kept or (keep_scroll and name not in _REFRESHED)):
            side = self._side[1]
            side.parent.remove_widget(side)
        else:
            side = self._pane(beside.Chooser(self), at if name == self.here else 1, listed)
            side.size_hint_x, side.width = None, dp(_LIST_DP)
        self._side = (presenter, side)
        if name == self.here:
            record = Column(Empty(self.context.say(beside.WAITING[name])))
        else:
            record = self._pane(self, at)
        edge = Divider()
        edge.size_hint, edge.width = (None, 1), dp(1)
        return _in_a_row(side, edge, record)

    def _pane(self, app, at, listed=None):
        """Return a screen and what surrounds it: this one, or the list beside it."""
        name, presenter = listed or (self.here, self.presenter)
        is_main = name == self.here
        page = view_of(name)(app, presenter)
        is_inside = name not in OUTSIDE
        frame = Box(orientation="vertical")
        if page.title:
            frame.add_widget(self._bar(page, self.back and is_main))
        if page.steps:
            number, of, name = page.steps
            said = self.context.say("tablet.step", number=number, of=of)
            frame.add_widget(Steps(number, of, said, name))
        elif is_inside:
            frame.add_widget(self._truth(page))
        if page.title:
            frame.add_widget(Divider())
        if is_main:
            self.on_digit = page.on_digit
            self._say_above(frame, page)
        frame.add_widget(page.body)
        scroller = _scroller(page)
        if scroller is not None:
            scroller.scroll_y = at
        if page.acts:
            frame.add_widget(Divider())
            frame.add_widget(Acts(page.acts))
        elif is_inside and not self._drawn_for:
            frame.add_widget(Divider())
            frame.add_widget(self._places(is_rail=False))
        return frame

    def _say_above(self, frame, page):
        self.scroller = _scroller(page)
        self._notice = Stack()
        frame.add_widget(self._notice)
        self._show_told()
        if self.is_practice:
            words = self.context.say("tablet.practice.on")
            frame.add_widget(Margins(Banner(words, "held")))

    def _bar(self, page, has_back):
        say = self.context.say
        on_back = self.go_back if has_back else None
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

    def _truth(self, page):
        words, count = self.context.truth()
        if page.other:
            return LineOfTruth(words, count, page.other)
        network = "none" if self.again.is_cut else self.context.network()
        last = self.context.last_contact()
        parts = [self.context.say("tablet.network.none") if network == "none" else "", last]
        return LineOfTruth(words, count, self.context.facts(*parts), _NETWORK_SIGN.get(network, ""))

    def _places(self, *, is_rail):
        count = self.context.truth()[1]
        counts = {"sync": count, "more": attention_count(self.context)}
        places = [
            (code, self.context.say(f"tablet.nav.{code}"), sign, counts.get(code, 0))
            for code, sign in DESTINATIONS
        ]
        here, *_ = self._list() or (self.here,)
        return Destinations(places, here, self.go, is_rail=is_rail)


def _scroller(page):
    """Return what scrolls on a page, or None."""
    return page.body if isinstance(page.body, Column) else page.rows


def _in_a_row(*panes):
    row = MirrorBox()
    for pane in panes:
        row.add_widget(pane)
    return row
