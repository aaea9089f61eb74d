"""The gallery of parts: nothing to know."""

from __future__ import annotations

from mobile_app.screens.context import Context


class KitPresenter:
    """What the gallery remembers: which of its choices were touched."""

    def __init__(self, context: Context) -> None:
        """Begin with the first of each."""
        self.context = context
        self.chosen = "first_contact"
        self.face = 4
        self.is_on = True
