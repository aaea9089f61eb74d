"""A newer version of the app: fetched beside the window by itself or when asked, then installed."""

from __future__ import annotations

import threading

from mobile_app.screens.context import Context
from mobile_app.screens.more.update import INSTALL, UpdatePresenter
from mobile_app.shell.drafts import Drafts
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.ports import Loop, Stage
from mobile_app.shell.session import Session
from sync.errors import Refusal

_LOOK_S = 2
"""Between two drawings of how much has come."""


class Updating:
    """Looks for a newer version, fetches and installs it."""

    def __init__(
        self,
        context: Context,
        navigator: Navigator,
        drafts: Drafts,
        *,
        session: Session,
        loop: Loop,
        stage: Stage,
    ) -> None:
        """Look for nothing yet."""
        self._context, self._navigator, self._drafts = context, navigator, drafts
        self._session, self._loop, self._stage = session, loop, stage

    def begin_quietly(self) -> None:
        """Look for a newer version, or go on with it, where that costs nothing."""
        if self._session.acts_alone:
            update = UpdatePresenter.of_session(self._context)
            if update.is_wanted():
                self._begin(update, is_asked=False)

    def act(self, act: str) -> None:
        """Do what the row of the newer version offers: LOOK, FETCH or INSTALL."""
        update = UpdatePresenter.of_session(self._context)
        if act == INSTALL:
            self._install(update)
        elif not update.is_running:
            self._begin(update, is_asked=True)

    def _install(self, update: UpdatePresenter) -> None:
        if not self._drafts.leave(self._navigator.presenter):  # the app ends while it is replaced
            return
        self._stage.tell(self._context.say("tablet.update.installing"))
        update.prepare_to_install()
        threading.Thread(target=update.install, args=(self._installed,)).start()

    def _begin(self, update: UpdatePresenter, *, is_asked: bool) -> None:
        update.prepare()
        self._loop.beside(lambda: update.run(is_asked=is_asked), self._stage.refresh)
        if is_asked:
            self._loop.every(_LOOK_S, lambda: self._look(update))
            self._stage.refresh()

    def _look(self, update: UpdatePresenter) -> bool:
        if update.is_running:
            self._stage.refresh()
        return update.is_running

    def _installed(self, refusal: Refusal | None) -> None:
        """Say what came of it; called from any thread, the system's too."""
        if refusal is not None:
            stage = self._stage
            self._loop.after(0, lambda: stage.after_touch(lambda: stage.refused(refusal)))
