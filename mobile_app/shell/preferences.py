"""What a person chooses for this tablet: language, light, keyboard, when photos go."""

from __future__ import annotations

from mobile_app import settings
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.shell.window import TabletWindow
from mobile_app.ui.mirror import DIRECTION
from mobile_app.ui.text.keyboard import KEYS
from mobile_app.ui.theme import THEME, THEMES

_NEXT = {"light": "sunlight", "sunlight": "dark", "dark": "light"}


class Preferences:
    """Keeps each choice on disk and draws the screen by it."""

    def __init__(self, context: Context, window: TabletWindow) -> None:
        """Apply what is chosen already."""
        self._context, self._window = context, window
        self._settings = context.settings
        KEYS.port, KEYS.is_simple = context.ports.keyboard, self._settings.simple_keyboard
        self._apply()

    def _apply(self) -> None:
        self._context.phrases = load_phrases(self._settings.language)
        language = self._context.phrases.language
        THEME.name, THEME.language = self._settings.theme, self._settings.language
        DIRECTION.rtl = language.direction == "rtl"

    def _keep(self) -> None:
        settings.save(self._context.root, self._settings)

    def speak_in(self, language: str) -> None:
        """Change the language, without a restart."""
        self._settings.language = language
        self._keep()
        self._apply()
        self._window.renew()

    def shine(self, theme: str) -> None:
        """Change the theme."""
        self._settings.theme = theme
        self._keep()
        self._apply()
        self._window.renew()

    def next_theme(self) -> None:
        """Take the next theme: one tap away from the sun."""
        self.shine(_NEXT.get(self._settings.theme, THEMES[0]))

    def simplify_keyboard(self) -> None:
        """Let the keyboard compose no words, or again."""
        self._settings.simple_keyboard = KEYS.is_simple = not KEYS.is_simple
        self._keep()
        self._window.show(keep_scroll=True)

    def send_photos_on_wifi(self) -> None:
        """Let photos wait for Wi-Fi, or no longer."""
        self._settings.photos_on_wifi = not self._settings.photos_on_wifi
        self._keep()
        self._window.show(keep_scroll=True)
