"""The system's keyboard on the screen: a port, Android, none.

On Android SDL keeps a text of its own of what the keyboard has composed, and tells us the
difference: so many letters back, and what follows. It knows neither our field nor our caret. So
it is begun anew wherever that text is not what stands before the caret.
"""

from __future__ import annotations

from typing import Protocol

from mobile_app.device import java

_TEXT, _NUMBER, _PHONE = 1, 2, 3
_MAIL, _VISIBLE_PASSWORD, _NO_SUGGESTIONS = 0x20, 0x90, 0x80000
"""android.text.InputType."""
_KINDS = {"number": _NUMBER, "tel": _PHONE}
_NOTHING = -1


class Keyboard(Protocol):
    """What a field asks."""

    def renew(self, kind: str, *, is_simple: bool) -> None:
        """Let the keyboard forget what it composed.

        Args:
            kind: what the field takes: text, mail, number, tel.
            is_simple: without suggestions, corrections and dictation, whatever the keyboard.
        """


class NoKeyboard:
    """A machine with keys of its own."""

    def renew(self, kind: str, *, is_simple: bool) -> None:
        """There is nothing to forget."""


class AndroidKeyboard:
    """By python-for-android's `changeKeyboard`, which begins anew where the kind is another."""

    def renew(self, kind: str, *, is_simple: bool) -> None:
        """Begin anew.

        Keyboards heed the flag against suggestions or not; in a password that one sees, none
        composes: each letter comes as it is typed.
        """
        wanted = _KINDS.get(kind)
        if wanted is None:
            variation = _VISIBLE_PASSWORD if is_simple else _MAIL if kind == "mail" else 0
            wanted = _TEXT | variation | _NO_SUGGESTIONS
        java.of("org.libsdl.app.SDLActivity").keyboardInputType = _NOTHING
        java.of("org.kivy.android.PythonActivity").changeKeyboard(wanted)
