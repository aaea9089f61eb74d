"""More: what is not needed every hour."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store import drafts


class MorePresenter:
    """The places behind the fourth button, and the drafts that wait."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def drafts(self) -> list[tuple[str, tuple[object, ...], str, str]]:
        """Return what was begun and not finished: screen, its arguments, title, when."""
        rows: list[tuple[str, tuple[object, ...], str, str]] = []
        store, context = self.context.opened, self.context
        for one in drafts.list(store):
            when = context.phrases.moment(one.saved_ms, "short")
            parts = one.key.split(":")
            if one.kind == "visit" and parts[0] in ("person", "enterprise"):
                subject = store.find(parts[0], bytes.fromhex(parts[1]))
                if subject is not None:
                    where = (parts[0], subject.record_id)
                    title = context.facts(context.say("tablet.visit"), context.name(subject)[0])
                    rows.append(("visit", where, title, when))
            elif one.kind == "form":
                where = (parts[0], bytes.fromhex(parts[1]))
                rows.append(("form", where, context.say(f"tablet.form.{parts[0]}"), when))
        return rows

    def agent(self) -> tuple[str, str]:
        """Return whose tablet this is: the name, and what they are."""
        store = self.context.opened
        agent_id = store.kept("agent_id")
        found = store.find("agent", agent_id) if agent_id else None
        if found is None:
            return "", ""
        return self.context.name(found)[0], self.context.choice(
            "agent", "role", found.values["role"]
        )
