"""What the office decides, and what it did not keep: each record with its reason."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store.records import HeldChange


class AttentionPresenter:
    """The held changes, in words."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (what it is, why, state) of each held change, then of each dismissed one."""
        store, say = self.context.opened, self.context.say
        rows = [(self._title(one), say(f"refusal.{one.code}"), "held") for one in store.held()]
        return rows + [
            (self._title(one), say("tablet.attention.dismissed", reason=one.reason), "dismissed")
            for one in store.dismissed()
        ]

    def _title(self, change: HeldChange) -> str:
        store = self.context.opened
        is_known = change.entity in store.entity_by_name
        record = store.find(change.entity, change.record_id) if is_known else None
        name = self.context.name(record)[0] if record else ""
        return name or self.context.say(f"desk.entity.{change.entity}")
