"""The service that goes on beside the window (`mobile_app/service.py`): a port, Android, none."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from mobile_app.device import java
from sync.errors import Refusal

_SERVICE = "ma.nuqta.nuqta.ServiceSync"
_OWN_ICON = ""


class ServiceRefused(Refusal):
    """The system starts no service now; the window goes on with the exchange."""

    code = "service_refused"


class Service(Protocol):
    """What the window asks of the service."""

    def start(self, folder: Path, title: str, words: str) -> None:
        """Let it serve the store of `folder`; one that runs goes on as it is.

        Args:
            title, words: of the notification that Android shows meanwhile.

        Raises:
            ServiceRefused: as from the background, where Android 12 and later allow none.
        """

    def stop(self) -> None:
        """End it at once; it is at the right place wherever it is ended."""


class NoService:
    """A machine without one: what waits goes with the window."""

    def start(self, _folder: Path, _title: str, _words: str) -> None:
        """Start nothing."""

    def stop(self) -> None:
        """There is nothing to stop."""


class AndroidService:
    """The class that python-for-android makes of `services` in the packager's spec."""

    def start(self, folder: Path, title: str, words: str) -> None:
        """Start it. Raises ServiceRefused."""
        with java.thrown_as(ServiceRefused, "service"):
            java.of(_SERVICE).start(java.activity(), _OWN_ICON, title, words, str(folder))

    def stop(self) -> None:
        """Stop it: its process ends, and with it the key that it was given."""
        java.of(_SERVICE).stop(java.activity())
