"""Who changed what in a record: asked of the server when somebody wants to know, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mobile_app.exchange import history, metering
from mobile_app.exchange.calls import Unreachable
from mobile_app.screens.context import Context
from mobile_app.store.records import Record
from sync import flat
from sync.errors import Refusal, SyncError
from sync.merge import OVERWRITTEN
from sync.spec import Entity, Value
from sync.wording import in_words


@dataclass(frozen=True, slots=True)
class Change:
    """A value that another took the place of, in words. `what`: the field. `how`: who, and when."""

    what: str
    before: str
    after: str
    how: str


class Changes:
    """The past of one record. `run` may be called on another thread, once it is prepared."""

    def __init__(self, context: Context, record: Record) -> None:
        """Ask nothing yet: every byte counts."""
        self.context = context
        self.record = record
        self.problem = ""
        self.is_running = False
        self._past: list[dict[str, Any]] = []

    def prepare(self) -> None:
        """Say that the server is asked; on the window's thread."""
        self.is_running, self.problem = True, ""

    def run(self) -> None:
        """Ask the server; what it said last stands where it cannot be reached."""
        shown, entity = self.context.opened, self.record.entity.name
        try:
            if self.record.rev:  # else the server has not seen it
                with shown.beside() as store:
                    self._ask(entity, store)
        except (Refusal, SyncError) as fault:
            self.problem = self.context.sentence(fault)
        finally:
            self.is_running = False

    def _ask(self, entity: str, store: Any) -> None:
        line = self.context.connect(store)
        try:
            with metering.counted(store, line):
                self._past = history.ask(store, line, entity, self.record.record_id)
        except Unreachable:
            self._past, seen_ms = history.seen(store, entity, self.record.record_id)
            when = self.context.phrases.moment(seen_ms, "short")
            code = "tablet.changes.seen" if seen_ms else "tablet.changes.offline"
            self.problem = self.context.say(code, when=when)
        finally:
            line.close()

    def rows(self) -> list[Change]:
        """Return what was changed, the newest first."""
        rows: list[Change] = []
        ended_by: dict[str, dict[str, Any]] = {}
        for edit in self._past:
            name = edit["field"]
            if name in self.record.entity.field_by_name:  # a newer server knows more fields
                rows.append(self._change(edit, ended_by.get(name)))
            if edit["outcome"] == OVERWRITTEN:
                ended_by[name] = edit
        return rows

    def _change(self, edit: dict[str, Any], after: dict[str, Any] | None) -> Change:
        """Return a value in words; `after`: what stood when it did no more, None: what stands."""
        context, entity, name = self.context, self.record.entity, edit["field"]
        value = self._value(after) if after else self.record.values.get(name)
        when = self._when(edit["replaced_at"])
        if edit["outcome"] != OVERWRITTEN:
            end = context.say("tablet.changes.lost")
        elif "replaced_by_id" in edit:
            writer = self._writer(edit, "replaced_by")
            end = context.say("tablet.changes.replaced_by", who=writer, when=when)
        else:
            end = context.say("tablet.changes.replaced", when=when)  # by an older server
        wrote = context.say(
            "tablet.changes.written", who=self._writer(edit, "author"), when=self._when(edit["at"])
        )
        return Change(
            context.say(f"{entity.name}.field.{name}"),
            value_in_words(context, entity, name, self._value(edit)),
            value_in_words(context, entity, name, value),
            context.facts(wrote, end),
        )

    def _value(self, edit: dict[str, Any]) -> Value:
        try:
            return flat.from_flat(self.record.entity, {edit["field"]: edit["value"]})[edit["field"]]
        except Refusal:
            return str(edit["value"])  # of a kind that this version does not know

    def _writer(self, edit: dict[str, Any], part: str) -> str:
        """Return who had a part in it, `author` or `replaced_by`."""
        if edit[f"{part}_id"] is None:
            return self.context.say("tablet.question.office")
        agent = self.context.opened.find("agent", UUID(edit[f"{part}_id"]).bytes)
        name = self.context.name(agent)[0] if agent else ""
        return name or str(edit[part] or "")

    def _when(self, text: str) -> str:
        try:
            return self.context.phrases.moment(flat.moment_ms(text), "short")
        except ValueError:  # of a clock that was far off
            return ""


def value_in_words(context: Context, entity: Entity, name: str, value: Value) -> str:
    """Return a field's value in words; `nothing` for none."""
    if value is None:
        return context.say("tablet.question.nothing")
    if name == "commune_code":
        return context.commune(value)
    named = context.service if name in ("service", "services") else None
    return in_words(context.phrases, entity, name, value, named)
