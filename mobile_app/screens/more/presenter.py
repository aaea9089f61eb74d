"""More: what is not needed every hour."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.screens.today.presenter import task_in_words
from mobile_app.store import drafts
from mobile_app.store.records import Store


class MorePresenter:
    """The places behind the fourth button, and the drafts that wait."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def drafts(self) -> list[tuple[str, tuple[object, ...], str, str]]:
        """Return what was begun and not finished: screen, its arguments, title, when."""
        rows: list[tuple[str, tuple[object, ...], str, str]] = []
        store, context = self.context.opened, self.context
        for draft in drafts.list(store):
            when = context.phrases.moment(draft.saved_ms, "short")
            parts = draft.key.split(":")
            if draft.kind in ("visit", "quick"):
                entity, record_id, amends_id = _visited(store, parts)
                subject = store.find(entity, record_id)
                if subject is not None or amends_id:
                    where = (
                        (entity, record_id, b"", amends_id) if amends_id else (entity, record_id)
                    )
                    code = "tablet.more.souk" if draft.kind == "quick" else "tablet.visit"
                    name = context.name(subject)[0] if subject else ""
                    title = context.facts(context.say(code), name)
                    rows.append((draft.kind, where, title, when))
            elif draft.kind == "form":
                where = (parts[0], bytes.fromhex(parts[1]))
                rows.append(("form", where, context.say(f"tablet.form.{parts[0]}"), when))
            elif draft.kind == "task" and (task := store.find("task", bytes.fromhex(draft.key))):
                rows.append(("task", (task.record_id,), task_in_words(context, task)[0], when))
            elif draft.kind == "paper":
                rows.append(("paper", (), context.say("tablet.more.paper"), when))
        return rows

    def agent(self) -> tuple[str, str]:
        """Return whose tablet this is: the name, and what they are."""
        store = self.context.opened
        agent_id = store.kept.agent_id
        found = store.find("agent", agent_id) if agent_id else None
        if found is None:
            return "", ""
        return self.context.name(found)[0], self.context.choice(
            "agent", "role", found.values["role"]
        )


def _visited(store: Store, parts: list[str]) -> tuple[str, bytes, bytes]:
    """Return whom a visit's draft is about, and which visit it corrects, by its key's parts."""
    kind, amends_id = parts[0], b""
    if kind == "amends":
        amends_id = bytes.fromhex(parts[1])
        amended = store.find("visit", amends_id)
        kind = "person" if amended and amended.values["person_id"] else "enterprise"
    return kind, bytes.fromhex(parts[-1]), amends_id
