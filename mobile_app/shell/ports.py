"""What the shell's own parts ask of the window: to draw, to wait, to work beside it.

`window.py` does it with Kivy; a test does it by hand, so `navigator.py`, `session.py`, `drafts.py`
and `contact.py` run without a window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sync.errors import Refusal

Act = Callable[[], object]


class Loop(Protocol):
    """The window's thread, and the others. All acts are done on the window's thread but `work`."""

    def after(self, seconds: float, act: Act) -> Callable[[], None]:
        """Do `act` in so many seconds. Returns what calls it off."""

    def every(self, seconds: float, act: Act) -> None:
        """Do `act` again and again, until it returns False."""

    def beside(self, work: Act, then: Act) -> None:
        """Do `work` on another thread, then `then`."""


class Stage(Protocol):
    """Where screens are drawn, and what is said above them."""

    def show(self, *, keep_scroll: bool = False, at: float = 1.0) -> None:
        """Draw the screen as its presenter says, at once.

        Args:
            keep_scroll: it is the same one, changed: it stays scrolled as it is.
            at: else how far it is scrolled; 1 is its head, 0 its foot.
        """

    def refresh(self) -> None:
        """Draw again what changed by itself: when no finger is down, where nobody types."""

    def scrolled(self) -> float:
        """Return how far the screen is scrolled; 1 is its head."""

    def dismiss(self) -> bool:
        """Take the question over the screen away. Returns whether there was one."""

    def after_touch(self, act: Act) -> None:
        """Change something that may stand under a finger, once none is down."""

    def tell(self, words: str, tone: str = "received", done: Act | None = None) -> None:
        """Say something on the next screen; it stays until one leads on from there.

        Args:
            done: what a touch on it does.
        """

    def say_now(self, words: str, tone: str = "attention") -> None:
        """Say something on this screen."""

    def refused(self, refusal: Refusal) -> None:
        """Say why something was not done; everything else is as it was."""

    def show_notice(self) -> None:
        """Draw what is said above the screen, and nothing else."""
