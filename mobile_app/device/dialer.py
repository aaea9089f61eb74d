"""Call someone: a port, what a machine without a telephone says, Android's dialler, a fake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from mobile_app.device import java
from sync.errors import Refusal


class DialerMissing(Refusal):
    """This device does not telephone; the number is shown to be dialled elsewhere."""

    code = "dialer_missing"


class Dialer(Protocol):
    """What a screen asks of the telephone."""

    def dial(self, phone: str) -> None:
        """Show the dialler with a number, which the person then calls. Raises DialerMissing.

        Args:
            phone: E.164, as `check_phone` returns it.
        """


class NoDialer:
    """A machine without a telephone."""

    def dial(self, phone: str) -> None:
        """Say so."""
        raise DialerMissing("dialer: none on this machine")


@dataclass(slots=True)
class FakeDialer:
    """A telephone that notes what it was asked to dial."""

    dialled: list[str] = field(default_factory=list)

    def dial(self, phone: str) -> None:
        """Note it."""
        self.dialled.append(phone)


class AndroidDialer:
    """Android's dialler; a tablet without a SIM has none."""

    def dial(self, phone: str) -> None:
        """Open it with the number.

        Tried, not asked for: from Android 11 on, an app does not see which others there are.
        """
        intent = java.of("android.content.Intent")
        address = java.of("android.net.Uri").parse(f"tel:{phone}")
        with java.thrown_as(DialerMissing, "dialer: no app takes it"):
            java.activity().startActivity(intent(intent.ACTION_DIAL, address))
