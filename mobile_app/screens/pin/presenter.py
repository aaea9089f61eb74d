"""The PIN that opens the file: chosen at first, asked for later. A wrong one destroys nothing."""

from __future__ import annotations

from collections.abc import Callable

from mobile_app import seats
from mobile_app.screens.agents.presenter import named
from mobile_app.screens.context import Context
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.errors import Refusal

PIN_DIGITS = 4


class PinPresenter:
    """Digits come one by one; the fourth opens."""

    def __init__(self, context: Context, open_store: Callable[[str], Store]) -> None:
        """Take what opens the store with a PIN."""
        self.context = context
        self.problem = ""
        self.digits = ""
        self._open = open_store
        self.is_new = KeyRing(context.folder).is_new
        self._seats = seats.seats(context.root)
        self.has_others = any(seat.folder != context.folder for seat in self._seats)

    def owner_name(self) -> str:
        """Return whose PIN is asked for, where several share the tablet; else nothing."""
        for number, seat in enumerate(self._seats, 1):
            if self.has_others and seat.folder == self.context.folder:
                return named(self.context, seat.card, number)[0]
        return ""

    def press(self, digit: str) -> None:
        """Take a digit; an empty one takes the last back."""
        self.digits = (self.digits + digit)[:PIN_DIGITS] if digit else self.digits[:-1]
        self.problem = ""
        if len(self.digits) == PIN_DIGITS:
            try:
                self.context.store = self._open(self.digits)
            except Refusal as refusal:
                self.problem = self.context.sentence(refusal)
            self.digits = ""

    @property
    def is_done(self) -> bool:
        """Whether the file is open."""
        return self.context.store is not None
