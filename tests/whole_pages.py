"""A browser's page is asked for what it holds once all of it has come, as people look at it.

A click that leads on ends when the new page begins to arrive. What waits for an element then finds
it; what counts, lists or reads at once would see as much as a busy machine has sent by then, and
nothing of what the page's script does once all of it is there.
"""

from __future__ import annotations

from functools import wraps

from playwright.sync_api import Locator, Page

AT_ONCE = {
    Locator: ("all", "all_inner_texts", "count", "inner_text", "input_value", "is_visible"),
    Page: ("content", "evaluate", "inner_text", "input_value", "is_visible"),
}
"""What playwright answers of the page as it stands."""


def patched() -> list[tuple[type, str, object]]:
    """Return what replaces what: the class, the method's name, the method that waits first."""
    return [(owner, name, _once_whole(owner, name)) for owner in AT_ONCE for name in AT_ONCE[owner]]


def _once_whole(owner, name):
    ask = getattr(owner, name)

    @wraps(ask)
    def asked(self, *values, **named):
        (self if owner is Page else self.page).wait_for_load_state("domcontentloaded")
        return ask(self, *values, **named)

    return asked
