"""Drafts go to disk while one types and before one leaves; what is typed is acted upon soon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile_app.screens.context import Context
from mobile_app.shell.ports import Act, Loop, Stage
from sync.errors import Refusal

KEEP_S = 0.4
"""From a change to its draft on disk: less than the second that may be lost."""
_REST_S = 0.05
"""Without a letter, after which typing rests."""


class Drafts:
    """Puts what a presenter has in hand on disk. A presenter without drafts is passed over."""

    def __init__(self, context: Context, loop: Loop, stage: Stage) -> None:
        """Nothing is to be kept yet."""
        self._context, self._loop, self._stage = context, loop, stage
        self._cancel: Callable[[], None] | None = None

    def keep_soon(self, presenter: Any) -> None:
        """Put a draft on disk in a moment, however much is typed meanwhile."""
        # Not put off by each letter: who types without a rest would lose all of it.
        if self._cancel is None:
            self._cancel = self._loop.after(KEEP_S, lambda: self._keep_typed(presenter))

    def _keep_typed(self, presenter: Any) -> None:
        if not self.keep_now(presenter):
            # Around the field that has the keyboard, which a new drawing would take.
            self._stage.after_touch(self._stage.show_notice)

    def forget(self) -> None:
        """Keep nothing soon: it is on disk, or has become a record."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def keep_now(self, presenter: Any) -> bool:
        """Put a draft on disk, if there is one. Returns False, and tells why, if it cannot."""
        self.forget()
        if self._context.store is None or not getattr(presenter, "is_dirty", False):
            return True
        return self._is_done(presenter.keep)

    def leave(self, presenter: Any) -> bool:
        """Put what is typed and what is being said on disk. Returns whether all typed is there."""
        voice = getattr(presenter, "voice", None)
        if voice is not None and self._context.store is not None:
            self._is_done(voice.stop)
        return self.keep_now(presenter)

    def _is_done(self, act: Act) -> bool:
        try:
            act()
        except Refusal as refusal:
            self._stage.tell(self._context.sentence(refusal), "attention")
            return False
        return True


class Typing:
    """What is typed into fields that are no draft's, such as a search, and what answers to it.

    `texts`: by the name of the field; screens come back to it.
    """

    def __init__(self, context: Context, loop: Loop, stage: Stage) -> None:
        """Nothing is typed yet."""
        self._context, self._loop, self._stage = context, loop, stage
        self.texts: dict[str, str] = {}
        self._waiting: tuple[Callable[[], None], Act] | None = None

    def soon(self, act: Act) -> None:
        """Do something once typing rests for an instant; the last one wins."""
        self.forget()
        cancel = self._loop.after(_REST_S, lambda: self._stage.after_touch(self.flush))
        self._waiting = cancel, act

    def flush(self) -> None:
        """Do now what was to be done soon."""
        act = self.forget()
        if act is not None and self._context.store is not None:  # else locked since
            act()

    def forget(self) -> Act | None:
        """Do no more what was to be done soon. Returns it, or None."""
        if self._waiting is None:
            return None
        (cancel, act), self._waiting = self._waiting, None
        cancel()
        return act
