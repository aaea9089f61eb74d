"""Whether the system may show that the service sends: a port, Android, none."""

from __future__ import annotations

from typing import Protocol

from mobile_app.device import java

_PERMISSION, _ASKED_FROM = "POST_NOTIFICATIONS", 33
"""Android 13; before it an app showed what it liked."""


class Notices(Protocol):
    """What the window asks. Without leave the service runs all the same, unseen."""

    def is_leave_missing(self) -> bool:
        """Return whether the person would have to allow it, and has not."""

    def ask(self) -> None:
        """Let the system ask the person."""


class NoNotices:
    """A machine on which nothing is shown."""

    def is_leave_missing(self) -> bool:
        """Return that nothing is needed."""
        return False

    def ask(self) -> None:
        """Ask nobody."""


class AndroidNotices:
    """Android's own permission."""

    def is_leave_missing(self) -> bool:
        """Ask nobody."""
        return java.version() >= _ASKED_FROM and not java.has_permission(_PERMISSION)

    def ask(self) -> None:
        """Show Android's question; it comes once more at most, whatever is answered."""
        java.is_permitted(_PERMISSION)
