"""What goes on beside the window while other screens are shown, from unlocking to locking."""

from __future__ import annotations

from typing import ClassVar, Self

from mobile_app.screens.context import Context


class Lasting:
    """A presenter of which there is one a session: what it does, another thread may do.

    `is_running`: it does. `problem`, `result`: what came of it, a sentence, or empty. The window
    reads them meanwhile, whichever screen it shows.
    """

    lasts_as: ClassVar[str]
    """Its name among `Context.sessions`."""

    def __init__(self, context: Context) -> None:
        """Nothing has been tried yet."""
        self.context = context
        self.is_running = False
        self.problem = self.result = ""

    @classmethod
    def of_session(cls, context: Context) -> Self:
        """Return the one of this session, made when it is first asked for."""
        if cls.lasts_as not in context.sessions:
            context.sessions[cls.lasts_as] = cls(context)
        lasting: Self = context.sessions[cls.lasts_as]
        return lasting

    @property
    def is_current(self) -> bool:
        """Whether it is still the turn of the agent whose session this was begun in."""
        return self.context.sessions.get(self.lasts_as) is self

    def prepare(self) -> None:
        """Say that it begins; on the window's thread."""
        self.is_running, self.problem, self.result = True, "", ""
