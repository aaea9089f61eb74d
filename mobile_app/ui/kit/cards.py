"""What one reads: sections, rows, facts, banners, empty places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from mobile_app.ui.kit.controls import ActButton, Link, Touch
from mobile_app.ui.kit.ground import Act, Card, Divider, Ground, Stack, hold
from mobile_app.ui.kit.state import EmptyMark, Node, Round, State, make_room
from mobile_app.ui.kit.text import Icon, Names, Text
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.theme import RADIUS, ROW, THEME

_MIDDLE = {"center_y": 0.5}
_TONE_SIGNS = {
    "attention": "alert-triangle",
    "held": "hourglass",
    "ontablet": "device-tablet",
    "received": "circle-check",
    "reviewed": "circle-check",
    "primary": "info-circle",
}


class Heading(MirrorBox):
    """A heading, and at its end a fact or a link."""

    def __init__(self, text: str, fact: str = "", link: tuple[str, Act] | None = None) -> None:
        super().__init__(size_hint_y=None, height=sp(THEME.line("heading")), spacing=dp(8))
        if link:
            self.height = dp(48)
        self.add_widget(Text(text, "heading", pos_hint=_MIDDLE, lines=1))
        if fact:
            self.add_widget(Text(fact, "small", "muted", hug=True, pos_hint=_MIDDLE))
        if link:
            self.add_widget(Link(*link))


class Row(Touch, MirrorBox, Ground):
    """What, then where and when; the state at the end side. Never more than two lines.

    `lead`: a widget before the words. `end`: words where the state would stand. `own`: the title
    is someone's own words.
    """

    def __init__(
        self,
        title: str = "",
        other: str = "",
        detail: str = "",
        *,
        lead: Widget | None = None,
        time: str = "",
        state: str = "",
        word: str = "",
        done: Act | None = None,
        opens: bool = False,
        is_now: bool = False,
        end: str = "",
        own: bool = False,
    ) -> None:
        super().__init__(size_hint_y=None, height=dp(ROW), padding=(dp(14), dp(4)), spacing=dp(12))
        self._surface = "primary_tint" if is_now else ""
        # Under the sun a line says what a tint says elsewhere.
        edge = "primary" if is_now and THEME.name == "sunlight" else ""
        self.ground(self._surface, RADIUS - THEME.edge[1], edge, THEME.edge[1])
        self.text, self.done = title, done
        if lead:
            self.add_widget(lead)
        if time:
            color = "text" if is_now else "muted"
            self.add_widget(Text(time, color=color, bold=is_now, hug=True, pos_hint=_MIDDLE))
        names = None
        if detail or other:
            names = Names(title, other, own=own)
            words = Stack(names, spacing=0, pos_hint=_MIDDLE)
            if detail:
                words.add_widget(Text(detail, "small", "muted", lines=1))
        else:
            words = Text(title, bold=True, lines=2, own=own, pos_hint=_MIDDLE)
            hold(self, words, ROW, 8)
        self.add_widget(words)
        if end:
            self.add_widget(Text(end, "small", "muted", hug=True, pos_hint=_MIDDLE))
        if state or word:
            mark = State(state, word)
            self.add_widget(mark)
            if names:
                make_room(names, mark)
        if opens:
            self.add_widget(Icon("chevron-right", "muted", 20))

    def on_state(self, _me: object, state: str) -> None:
        """Look pressed while a finger is down, if it leads on."""
        if self.done:
            self.recolor("sunken" if state == "down" else self._surface)


class Rows(Card):
    """Rows on one card, apart by hairlines."""

    def __init__(self, *rows: Widget, **more: Any) -> None:
        super().__init__(**more)
        for row in rows:
            self.add(row)

    def add(self, row: Widget) -> None:
        """Add one more, under a hairline."""
        if self.children:
            self.add_widget(Divider(14))
        self.add_widget(row)


def history_rows(entries: Sequence[Any]) -> list[Row]:
    """Return rows with a line through them: `(title, more, detail, state, word, done)` each."""
    rows = []
    for number, (title, more, detail, state, word, done) in enumerate(entries):
        node = Node("done", is_first=number == 0, is_last=number == len(entries) - 1)
        rows.append(Row(title, more, detail, lead=node, state=state, word=word, done=done))
    return rows


class Facts(GridLayout):
    """What is known, two facts a line: sign, value, and what it is."""

    def __init__(self, facts: Iterable[tuple[str, str, str]], cols: int = 2) -> None:
        super().__init__(
            cols=cols,
            size_hint_y=None,
            spacing=(dp(8), 0),
            padding=(dp(10), dp(2)),
            orientation="rl-tb" if DIRECTION.rtl else "lr-tb",
        )
        self.bind(minimum_height=self.setter("height"))
        for sign, value, label in facts:
            self.add_widget(_Fact(sign, value, label))


class _Fact(MirrorBox):
    def __init__(self, sign: str, value: str, label: str) -> None:
        super().__init__(size_hint_y=None, height=dp(60), spacing=dp(10), padding=(dp(6), dp(6)))
        self.add_widget(Icon(sign, "muted", 22))
        words = Stack(Text(value, bold=True, lines=2), Text(label, "caption", "muted"), spacing=0)
        words.pos_hint = _MIDDLE
        hold(self, words, 60, 12)
        self.add_widget(words)


class Reason(MirrorBox):
    """A sign, a few words, and under them the sentence that gives the reason."""

    def __init__(self, sign: str, title: str, reason: str) -> None:
        super().__init__(size_hint_y=None, height=dp(ROW), padding=(dp(14), dp(8)), spacing=dp(12))
        self.add_widget(Icon(sign, "muted", 24))
        words = Stack(Text(title, bold=True), Text(reason, "small", "muted"), spacing=0)
        words.pos_hint = _MIDDLE
        hold(self, words, ROW, 16)
        self.add_widget(words)


class Banner(Touch, MirrorBox, Ground):
    """What the reader must know; tone is a state's colour. With `done` it leads on."""

    def __init__(
        self, text: str, tone: str = "attention", detail: str = "", done: Act | None = None
    ) -> None:
        super().__init__(size_hint_y=None, padding=(dp(14), dp(12)), spacing=dp(10))
        self.text, self.done = text, done
        edge = tone if THEME.name == "sunlight" else ""
        self.ground(f"{tone}_tint", RADIUS, edge, 2)
        self.add_widget(Icon(_TONE_SIGNS[tone], tone, 24))
        words = Stack(Text(text, color=tone, bold=True), spacing=0, pos_hint=_MIDDLE)
        if detail:
            words.add_widget(Text(detail, "small"))
        hold(self, words, 0, 24)
        self.add_widget(words)
        if done:
            self.add_widget(Icon("chevron-right", tone, 20))


class Empty(Stack):
    """Nothing here: what is missing, what comes next, one act."""

    def __init__(self, title: str, detail: str = "", act: Sequence[Any] | None = None) -> None:
        super().__init__(
            EmptyMark(), Text(title, "heading", center=True), spacing=8, padding=(24, 40)
        )
        if detail:
            self.add_widget(Text(detail, color="muted", center=True))
        if act:
            text, done, *sign = act
            self.add_widget(ActButton(text, done, "plain", sign[0] if sign else ""))


def lead(sign: str, color: str = "muted") -> Round:
    """Return the disc that stands before a row."""
    return Round(sign, color)
