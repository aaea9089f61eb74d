"""What the office decides: each held record with its reason."""

from __future__ import annotations

from mobile_app.screens.context import Context


class AttentionPresenter:
    """The held changes, in words."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def rows(self) -> list[tuple[str, str]]:
        """Return (what it is, why it waits) of each held change."""
        store = self.context.opened
        rows = []
        for held in store.held():
            record = store.find(held.entity, held.record_id)
            name = self.context.name(record)[0] if record else ""
            title = name or self.context.say(f"desk.entity.{held.entity}")
            rows.append((title, self.context.say(f"refusal.{held.code}")))
        return rows
