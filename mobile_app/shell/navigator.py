"""Where one is, and the way back: the screen that is shown, those before it, the list beside.

Nothing is drawn here: the `Stage` draws what stands here when it is told to show it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mobile_app.screens.context import Context
from mobile_app.shell.catalogue import DESTINATIONS, LISTS, OUTSIDE, WAITING, presenter_of
from mobile_app.shell.drafts import Drafts
from mobile_app.shell.ports import Stage
from sync.errors import Refusal

Arguments = tuple[Any, ...]


class Left(NamedTuple):
    """A screen that was left for another. `at`: how far it was scrolled, 1 is its head."""

    here: str
    presenter: Any
    arguments: Arguments
    at: float


class Navigator:
    """Leads from screen to screen; a draft is on disk before one leaves.

    `here`: name of the screen that is shown, with its presenter and what that was made with.
    `back`: the screens before it, the last one last. `is_list_kept`: what was chosen in the list
    beside leaves the list as it is; the next drawing takes it back.
    """

    def __init__(self, context: Context, drafts: Drafts, stage: Stage) -> None:
        """Be nowhere; `put` says where one begins."""
        self._context, self._drafts, self._stage = context, drafts, stage
        self.here = ""
        self.presenter: Any = None
        self.arguments: Arguments = ()
        self.back: list[Left] = []
        self.is_list_kept = False

    @property
    def is_outside(self) -> bool:
        """Whether the tablet is not open and linked yet: no line of truth, no places."""
        return self.here in OUTSIDE

    def put(self, name: str, presenter: Any, arguments: Arguments = ()) -> None:
        """Be on a screen; nothing is drawn.

        What is typed on the one before is kept no more: of a form that was saved it would make a
        draft anew.
        """
        self._drafts.forget()
        self.here, self.presenter, self.arguments = name, presenter, arguments

    def go(self, name: str, arguments: Arguments = ()) -> None:
        """Lead to a screen; the way back remembers where from.

        A draft that cannot be put on disk keeps one from the four places: their way back is empty,
        so what is nowhere but on this screen would be lost.
        """
        is_kept = self._drafts.leave(self.presenter)
        if name in dict(DESTINATIONS):
            if not is_kept:
                self._stage.show(keep_scroll=True)
                return
            self.back = []
        elif not self.is_outside:
            self.push()
        self.swap(name, arguments)

    def go_from_list(self, name: str, arguments: Arguments = ()) -> None:
        """Lead on from the list at the start side: another choice takes this one's place."""
        if self.here not in LISTS:
            left = self.back.pop()
            self.put(left.here, left.presenter, left.arguments)
        self.is_list_kept = name in LISTS[self.here]
        self.go(name, arguments)

    def swap(self, name: str, arguments: Arguments = ()) -> None:
        """Lead to a screen that takes the place of this one on the way back."""
        try:
            presenter = presenter_of(name)(self._context, *arguments)
        except Refusal as refusal:
            self._stage.refused(refusal)
            return
        self.put(name, presenter, arguments)
        self._stage.show()

    def push(self) -> None:
        """Remember this screen for the way back."""
        at = self._stage.scrolled()
        self.back.append(Left(self.here, self.presenter, self.arguments, at))

    def go_back(self) -> bool:
        """Take a question away, or return to where one came from. Returns whether it could."""
        if self._stage.dismiss():
            return True
        if not self._drafts.leave(self.presenter):
            self._stage.show(keep_scroll=True)
            return True
        if not self.back:
            return False
        left = self.back.pop()
        self.put(left.here, left.presenter, left.arguments)
        self._stage.show(at=left.at)
        return True

    def leave(self) -> None:
        """Leave something guided: its draft stays."""
        if not self.go_back():
            self.go("today")

    def list_beside(self) -> tuple[str, Any] | None:
        """Return the list that stands at the start side where there is room: name and presenter."""
        if self.here in WAITING and not getattr(self.presenter, "is_empty", False):
            return self.here, self.presenter
        if self.back and self.here in LISTS.get(self.back[-1].here, ()):
            return self.back[-1][:2]
        return None

    def chosen(self) -> Arguments:
        """Return what was chosen from the list beside, entity and id; nothing if there is none."""
        is_apart = self.list_beside() in (None, (self.here, self.presenter))
        return () if is_apart else self.arguments
