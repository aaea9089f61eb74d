"""What the office decides, what it did not keep, what it sent back: each record with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.screens.today.presenter import subject_of
from mobile_app.store.records import HeldChange, Kept


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that asks for the agent. `opens`: the screen that helps, and its arguments."""

    title: str
    reason: str
    state: str
    word: str
    since: str = ""
    opens: tuple[str, tuple[object, ...]] | None = None


class AttentionPresenter:
    """The records that wait, in words."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def rows(self) -> list[Waiting]:
        """Return what was sent back, then what is held, then what was not kept."""
        store = self.context.opened
        returned = store.list(
            "visit", "review_state = 'returned' AND agent_id = ?", (store.kept("agent_id"),)
        )
        return (
            [self._returned(one) for one in returned]
            + [self._held(one, "held") for one in store.held()]
            + [self._held(one, "dismissed") for one in store.dismissed()]
        )

    def _returned(self, visit: Kept) -> Waiting:
        say = self.context.say
        _, subject = subject_of(self.context, visit)
        at = visit.values["started_at"]
        since = self.context.phrases.moment(int(at), "short") if isinstance(at, int) else ""
        return Waiting(
            self.context.name(subject)[0] if subject else say("tablet.visit"),
            say("tablet.attention.returned"),
            "attention",
            say("tablet.attention.returned.word"),
            since,
            ("slip", (visit.record_id,)),
        )

    def _held(self, change: HeldChange, state: str) -> Waiting:
        say = self.context.say
        reason = (
            say(f"refusal.{change.code}")
            if state == "held"
            else say("tablet.attention.dismissed", reason=change.reason)
        )
        record = self._record(change)
        opens = None
        if record is not None and change.entity in ("person", "enterprise"):
            opens = ("form", (change.entity, change.record_id))
        return Waiting(
            self._title(change, record), reason, state, say(f"tablet.state.{state}"), opens=opens
        )

    def _record(self, change: HeldChange) -> Kept | None:
        store = self.context.opened
        is_known = change.entity in store.entity_by_name
        return store.find(change.entity, change.record_id) if is_known else None

    def _title(self, change: HeldChange, record: Kept | None) -> str:
        kind = self.context.say(f"desk.entity.{change.entity}")
        if record is None:
            return kind
        name = self.context.name(record)[0]
        if not name and change.entity in ("visit", "task", "application"):
            _, subject = subject_of(self.context, record)
            name = self.context.name(subject)[0] if subject else ""
        return f"{kind} · {name}" if name else kind
