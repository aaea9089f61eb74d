"""Whether a finger is on the screen, so that nothing is taken away under it.

A tap is two events, and Kivy gives both to widgets: what the finger came down on, and what it is
lifted from. Whoever draws the screen anew between the two, as an exchange that ends just then,
takes the first away, and the tap reaches nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window

_PASSED_ON_S = 1.0
"""A column that scrolls passes a quick tap on to its button a fifth of a second after the finger
was lifted; the button holds the touch until then. What still holds one later never lets go."""


class Touches:
    """Follows the fingers on the window."""

    def __init__(self) -> None:
        """Watch the window from now on."""
        self._down: list[Any] = []
        self._lifted: list[tuple[Any, float]] = []
        self._waiting: list[Callable[[], object]] = []
        self._look = Clock.create_trigger(lambda _dt: self._go_on(), 0)
        Window.bind(on_touch_down=self._came, on_touch_up=self._went)

    def after(self, act: Callable[[], object]) -> None:
        """Change something by `act` that may stand under a finger: at once, or when none does.

        What waits already is done once. `act` looks itself whether it is still wanted then.
        """
        if not self._is_on():
            act()
        elif act not in self._waiting:
            self._waiting.append(act)
            self._look()

    def forget(self) -> None:
        """Expect no finger to be lifted any more: the system has taken the window away."""
        self._down.clear()
        self._lifted.clear()

    def _came(self, _window: Any, touch: Any) -> bool:
        self._down.append(touch)
        return False

    def _went(self, _window: Any, touch: Any) -> bool:
        # Told before the widgets are: who holds the touch is known in the next frame.
        if touch in self._down:
            self._down.remove(touch)
            self._lifted.append((touch, time.monotonic()))
        return False

    def _is_on(self) -> bool:
        """Whether a finger is down, or a tap has not reached its button yet."""
        now = time.monotonic()
        self._lifted = [
            (touch, at)
            for touch, at in self._lifted
            if now - at < _PASSED_ON_S and any(holder() for holder in touch.grab_list)
        ]
        return bool(self._down or self._lifted)

    def _go_on(self) -> None:
        if self._is_on():
            self._look()
            return
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()
