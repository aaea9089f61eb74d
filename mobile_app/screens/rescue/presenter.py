"""The coordinator's code opens a tablet whose PIN was forgotten; then a new PIN is chosen."""

from __future__ import annotations

from collections.abc import Callable

from mobile_app.screens.context import Context
from mobile_app.screens.pin.presenter import PIN_DIGITS
from mobile_app.store.key import KeyRing
from sync.errors import Refusal


class RescuePresenter:
    """First the code, then four digits of a new PIN."""

    def __init__(
        self, context: Context, ring: KeyRing, reopen: Callable[[bytes, str], None]
    ) -> None:
        """Take what opens: `reopen(key, pin)` sets the PIN and opens the store."""
        self.context, self._ring, self._reopen = context, ring, reopen
        self.number = ring.rescue_number
        self.problem = ""
        self.digits = ""
        self._key: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whether the code was right, so that a PIN may be chosen."""
        return self._key is not None

    @property
    def is_done(self) -> bool:
        """Whether the file is open."""
        return self.context.store is not None

    def submit(self, code: str) -> None:
        """Try a code."""
        self.problem = ""
        try:
            self._key = self._ring.rescue(code)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)

    def press(self, digit: str) -> None:
        """Take a digit of the new PIN; an empty one takes the last back."""
        self.digits = (self.digits + digit)[:PIN_DIGITS] if digit else self.digits[:-1]
        if len(self.digits) == PIN_DIGITS and self._key is not None:
            pin, self.digits = self.digits, ""
            try:
                self._reopen(self._key, pin)
            except Refusal as refusal:
                self.problem = self.context.sentence(refusal)
