"""What a person has chosen for this tablet: readable before the file is unlocked, and no secret."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mobile_app.device.network import WIFI
from mobile_app.device.storage import write_private

_FILE = "settings.json"


class Settings(msgspec.Struct):
    """`language`: of `sync.languages.LANGUAGES`. `theme`: light, dark, sunlight.

    `notices_asked`: whether the person was asked to let the system show what is sent.
    `simple_keyboard`: letters as they are typed, without suggestions or dictation.
    """

    language: str = "ar"
    theme: str = "light"
    photos_on_wifi: bool = False
    notices_asked: bool = False
    simple_keyboard: bool = False

    def may_send_photos(self, line: str) -> bool:
        """Whether photos may go on a line of this kind (`device.network`)."""
        return not self.photos_on_wifi or line == WIFI


def load(folder: Path, otherwise: Settings) -> Settings:
    """Return what is chosen; `otherwise` before anything is, or if the file cannot be read."""
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError):
        return otherwise


def save(folder: Path, settings: Settings) -> None:
    """Keep the choices; whole or not at all. Raises StoreFull."""
    write_private(folder / _FILE, msgspec.json.encode(settings))
