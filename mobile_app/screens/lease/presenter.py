"""The tablet has not heard the server for too long: it shows nothing until it has."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.store import lease


class LeasePresenter:
    """Two ways on: a contact, or the coordinator's code."""

    def __init__(self, context: Context) -> None:
        """Look how much waits here."""
        self.context = context
        self.sync = SyncPresenter.of_session(context)
        self.waiting = context.truth()[0]

    @property
    def is_over(self) -> bool:
        """Whether it is still so: a contact ends it."""
        return lease.days_left(self.context.opened) < 1

    @property
    def problem(self) -> str:
        """Return why the last contact came to nothing; empty if it did not."""
        return self.sync.problem
