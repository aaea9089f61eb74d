"""A long list: only as many rows are made as are seen, and filled again as one scrolls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kivy.factory import Factory
from kivy.graphics import Color, Rectangle
from kivy.uix.recycleboxlayout import RecycleBoxLayout
from kivy.uix.recycleview import RecycleView, views
from kivy.uix.recycleview.views import RecycleDataAdapter, RecycleDataViewBehavior

from mobile_app.ui.kit.controls import Touch
from mobile_app.ui.kit.ground import Ground, Stack
from mobile_app.ui.kit.state import Round, State, make_room
from mobile_app.ui.kit.text import Names, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.theme import ROW, THEME

_TOUCHED = "row"
_BAR = 4
"""At the start side of the chosen row: under the sun no tint is seen."""


class ListRow(RecycleDataViewBehavior, Touch, MirrorBox, Ground):
    """A row that shows one entry after another."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            size_hint_y=None, height=dp(ROW), padding=(dp(14), dp(4)), spacing=dp(12), **more
        )
        self.ground("surface")
        with self.canvas.before:
            Color(*THEME.color("line"))
            self._rule = Rectangle()
            self._bar_color = Color(0, 0, 0, 0)
            self._bar = Rectangle()
        self.bind(pos=self._underline, size=self._underline)
        self.text, self.key, self._open = "", (), print
        self._surface, self.is_chosen = "surface", False
        self._lead = Round("user")
        self._names = Names("")
        self._detail = Text("", "small", "muted", lines=1)
        self._mark = State()
        self.add_widget(self._lead)
        self.add_widget(Stack(self._names, self._detail, spacing=0, pos_hint={"center_y": 0.5}))
        self.add_widget(self._mark)
        self._share = make_room(self._names, self._mark)

    def refresh_view_attrs(self, _list: object, _index: int, data: dict[str, Any]) -> None:
        """Show an entry of the list: Kivy fills its few rows again and again."""
        self.text, self.key, self._open = data["title"], data["key"], data["open"]
        self._lead.sign(data["sign"])
        self._names.words(data["title"], data["other"])
        self._detail.words(data["detail"])
        self.is_chosen = data["is_chosen"]
        self._surface = "primary_tint" if self.is_chosen else "surface"
        self.recolor(self._surface)
        self._bar_color.rgba = THEME.color("primary") if self.is_chosen else (0, 0, 0, 0)
        self._mark.show(data["row_state"], data["word"], self._surface)
        self._share()

    def on_state(self, _me: object, state: str) -> None:
        """Look pressed while a finger is down."""
        self.recolor("sunken" if state == "down" else self._surface)

    def on_release(self) -> None:
        """Open the record."""
        # What stood there when the finger came: an answer may have changed the list since.
        self._open(*self.last_touch.ud.get(_TOUCHED, self.key))

    def _underline(self, *_: object) -> None:
        self._rule.pos, self._rule.size = (self.x, self.y), (self.width, dp(1))
        x = self.right - dp(_BAR) if DIRECTION.rtl else self.x
        self._bar.pos, self._bar.size = (x, self.y), (dp(_BAR), self.height)


Factory.register("ListRow", cls=ListRow)


class _OwnRows(RecycleDataAdapter):
    """Gives a list no rows but its own.

    Kivy keeps rows that are not used in one place for all lists; those of a list that was left are
    swept, and were made for another language or light.
    """

    def __init__(self) -> None:
        super().__init__()
        self._unused: defaultdict[str, list[Any]] = defaultdict(list)

    def get_view(self, *what: Any) -> Any:
        """Return a row to fill."""
        with self._alone():
            return super().get_view(*what)

    def invalidate(self) -> None:
        """Forget what the rows show."""
        with self._alone():
            super().invalidate()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        for_all_lists, views._cached_views = views._cached_views, self._unused
        try:
            yield
        finally:
            views._cached_views = for_all_lists


class RowList(RecycleView):
    """A list to choose from; the row that was chosen is tinted, with a bar."""

    def __init__(self) -> None:
        super().__init__(
            bar_width=dp(4), scroll_distance=dp(12), do_scroll_x=False, view_adapter=_OwnRows()
        )
        self.box = RecycleBoxLayout(
            orientation="vertical",
            default_size=(None, dp(ROW)),
            default_size_hint=(1, None),
            size_hint_y=None,
        )
        self.box.bind(minimum_height=self.box.setter("height"))
        self.add_widget(self.box)
        self.viewclass = "ListRow"

    def show(
        self,
        entries: Iterable[dict[str, Any]],
        on_open: Callable[..., object],
        chosen: Iterable[str] = (),
    ) -> None:
        """Show entries, as `ListRow` reads them; `on_open(*key)` is called with a chosen one's."""

        def choose(*key: str) -> None:
            self._tint(self.data, key)
            on_open(*key)

        self._tint([{**entry, "open": choose} for entry in entries], tuple(chosen))
        self.scroll_y = 1

    def _tint(self, entries: list[dict[str, Any]], key: tuple[str, ...]) -> None:
        self.data = [{**entry, "is_chosen": entry["key"] == key} for entry in entries]

    def on_touch_down(self, touch: Any) -> Any:
        """Note which entry stands there as the finger comes down."""
        at = self.to_local(*touch.pos)
        for row in self.box.children:
            if row.collide_point(*at):
                touch.ud[_TOUCHED] = row.key
        return super().on_touch_down(touch)

    def pad(self, side: float) -> None:
        """Keep the rows inside the column."""
        self.box.padding = (side, 0)
