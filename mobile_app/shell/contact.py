"""Exchanges are started here, and nowhere else: by a touch, on opening, and when a line comes back.

An exchange runs beside the window, on a connection of its own; what it is about and how far it has
come says `SyncPresenter`, one a session, whichever screen is shown.
"""

from __future__ import annotations

from mobile_app.exchange.again import Again
from mobile_app.exchange.pausing import is_paused
from mobile_app.screens.context import Context
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.ports import Loop, Stage
from mobile_app.shell.session import Session
from mobile_app.shell.updating import Updating

_FOLLOW_S = 1


class Contact:
    """Begins exchanges, and does what follows from one. `again`: when to try once more."""

    def __init__(
        self,
        context: Context,
        navigator: Navigator,
        *,
        session: Session,
        updating: Updating,
        loop: Loop,
        stage: Stage,
    ) -> None:
        """Exchange nothing yet."""
        self._context, self._navigator, self._session = context, navigator, session
        self._updating, self._loop, self._stage = updating, loop, stage
        self.again = Again(session.clock)
        self._line_shown: tuple[str, bool] | None = None

    def begin(self) -> None:
        """Begin an exchange beside the window, unless one runs."""
        sync = SyncPresenter.of_session(self._context)
        if sync.is_running:
            return
        sync.prepare()
        self._loop.beside(sync.run, lambda: self.ended(sync))
        self._follow(sync)
        self._stage.refresh()

    def begin_quietly(self) -> None:
        """Begin one if this tablet is open, linked and not paused; any outage waits."""
        if self._session.acts_alone:
            store = self._context.opened
            if store.kept.url and not is_paused(store):
                self.begin()

    def look_for_line(self) -> None:
        """Exchange where a line has come back; say where it has gone."""
        if self._context.store is None:
            return
        line = self._context.network(), self.again.is_cut
        if self.again.see(line[0]):
            self.begin_quietly()
        elif line != self._line_shown:
            self._stage.refresh()
        self._line_shown = line

    def network(self) -> str:
        """Return what line leads to the server, as `Context.network`; `none` where none did."""
        return "none" if self.again.is_cut else self._context.network()

    def _follow(self, sync: SyncPresenter) -> None:
        """Draw anew as parts of a first exchange come; where somebody types nothing moves."""
        left = sync.steps_left()

        def look() -> bool:
            nonlocal left
            if not sync.is_running or not sync.is_current:
                return False
            before, left = left, sync.steps_left()
            if left != before:
                self._stage.refresh()
            return True

        self._loop.every(_FOLLOW_S, look)

    def ended(self, sync: SyncPresenter) -> None:
        """Do what follows from an exchange; nothing if another agent's turn has come meanwhile."""
        if not sync.is_current:
            return
        if sync.is_emptied:
            self._session.lock()
            self._stage.say_now(self._context.say("tablet.emptied"), "held")
            return
        if sync.is_unreached:
            self.again.failed()
        else:
            self.again.reached()
            self._updating.begin_quietly()
        self._session.introduce()
        self._stage.after_touch(self._show_result)

    def _show_result(self) -> None:
        navigator = self._navigator
        if navigator.here == "lease" and not navigator.presenter.is_over:
            navigator.go("today")
        else:
            self._stage.refresh()
