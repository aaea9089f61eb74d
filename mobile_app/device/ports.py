"""The device's ports together: what the app is given where it starts, and a test replaces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mobile_app.device.gps import Gps
from mobile_app.device.storage import DiskStorage, Storage


@dataclass(slots=True)
class Ports:
    """What the device can do. What this machine has not answers that it has not."""

    gps: Gps
    folder: Path
    storage: Storage | None = None

    def free_bytes(self) -> int:
        """Return how many bytes may still be written."""
        return (self.storage or DiskStorage(self.folder)).free_bytes()

    def network(self) -> str:
        """Return `none`, `mobile`, `wifi`, or "" where nobody can tell."""
        return ""

    def dial(self, phone: str) -> bool:
        """Open the dialler. Returns whether there is one."""
        return False

    def photograph(self) -> tuple[bytes, int, int] | None:
        """Return a photo: WebP bytes, width, height; None if the person changed their mind."""
        return None

    def play(self, name: str, language: str) -> bool:
        """Play a recorded text. Returns whether there is a recording."""
        return False
