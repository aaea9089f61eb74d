"""The one keyboard that all fields share, and how a person wants it."""

from __future__ import annotations

from mobile_app.device.keyboard import Keyboard, NoKeyboard


class Keys:
    """`port`: of this device. `is_simple`: without suggestions, as a person chose."""

    def __init__(self) -> None:
        """Begin with none."""
        self.port: Keyboard = NoKeyboard()
        self.is_simple = False

    def renew(self, kind: str) -> None:
        """Let it forget what it composed; `kind`: as Kivy's `input_type`."""
        self.port.renew(kind, is_simple=self.is_simple)


KEYS = Keys()
