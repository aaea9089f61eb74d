"""Values of one record while they are being typed, in the words of a form.

What is typed stays as it was typed; what is stored is what the field's kind makes of it. A text
that its field does not take is kept here with its sentence, and goes into no record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mobile_app.screens.context import Context
from sync import typed
from sync.checks import is_empty
from sync.errors import Refusal
from sync.reading import read_typed
from sync.rules import identifiers
from sync.spec import Entity, Field, Kind, Value, Values
from sync.wording import as_typed


class Inputs:
    """One record's values. `texts`: as typed. `problems`: field -> sentence.

    `remarks`: field -> what somebody else says of it; it stands beside it and holds up nothing.
    """

    def __init__(self, context: Context, entity: Entity, values: Values | None = None) -> None:
        """Begin with the values of a record, or with none."""
        self.context = context
        self.entity = entity
        self.values: Values = dict(values or {})
        self.texts: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    def spec(self, name: str) -> Field:
        """Return a field's declaration."""
        return self.entity.field_by_name[name]

    def label(self, name: str) -> str:
        """Return what a field is called."""
        return self.context.say(f"{self.entity.name}.field.{name}")

    def options(self, name: str) -> list[tuple[str, str]]:
        """Return the choices of a field, with their words; of the office's only what is chosen."""
        prefix, spec, chosen = f"{self.entity.name}.{name}", self.spec(name), self.chosen(name)
        mine = [one for one in spec.choices if one not in spec.office or one in chosen]
        return [(one, self.context.say(f"{prefix}.{one}")) for one in mine]

    def chosen(self, name: str) -> set[str]:
        """Return what is chosen of a field of choices."""
        value = self.values.get(name)
        if isinstance(value, tuple | list):
            return {str(one) for one in value}
        return set() if value is None else {str(value)}

    def choose(self, name: str, code: str) -> None:
        """Choose one; the same again takes it back. Of several, add or take away one."""
        self.problems.pop(name, None)
        if self.spec(name).kind in (Kind.CHOICES, Kind.CODES):
            self.values[name] = self._ordered(name, self.chosen(name) ^ {code})
        else:
            self.values[name] = None if self.values.get(name) == code else code

    def within(self, name: str, whole: str) -> Values:
        """Return the value of a field that names some of what another says: no more than that.

        In the order of the other, as a record takes it: the urgent ones of the needs.
        """
        return {name: self._ordered(whole, self.chosen(name) & self.chosen(whole))}

    def _ordered(self, name: str, some: set[str]) -> Value:
        """Return what is chosen as it is declared, then what is not: a newer version's stays."""
        choices = self.spec(name).choices
        return (*(one for one in choices if one in some), *sorted(some.difference(choices))) or None

    def put(self, name: str, value: Value) -> None:
        """Set a value that needs no reading."""
        self.problems.pop(name, None)
        self.values[name] = value

    def text(self, name: str) -> str:
        """Return what stands in a field."""
        if name in self.texts:
            return self.texts[name]
        return as_typed(self.context.phrases, self.entity, name, self.values.get(name))

    def type(self, name: str, text: str) -> None:
        """Take what was typed; `problems` says what is wrong with it, or nothing."""
        self.texts[name] = typed.seen(text)
        self.problems.pop(name, None)
        try:
            if self.spec(name).form.subject:
                identifiers.require_authorised(self.context.card_authorisation())
            self.values[name] = read_typed(self.entity, name, text)
        except Refusal as refusal:
            self.values.pop(name, None)
            self.problems[name] = self.context.sentence(refusal)
        if name in self.entity.one_of:
            self._settle(self.entity.one_of)

    def unread(self) -> str:
        """Return the sentence of a text that its field does not take; empty when all are taken."""
        return next((problem for name, problem in self.problems.items() if self.text(name)), "")

    def missing(self, *wanted: str) -> bool:
        """Mark the wanted fields that are empty. Returns whether there is one."""
        empty = [name for name in wanted if self.values.get(name) in (None, "", ())]
        for name in empty:
            self.problems.setdefault(
                name, self.context.say("refusal.field_missing", field=self.label(name))
            )
        return bool(empty)

    def missing_all(self, *names: str) -> None:
        """Mark the first of some fields of which one suffices, if all of them are empty."""
        if not self._settle(names):
            words = self.context.phrases.either(self.label(name) for name in names)
            self.problems.setdefault(names[0], self.context.say("tablet.form.one_of", fields=words))

    def _settle(self, names: Iterable[str]) -> bool:
        """Whether one of some fields has a value; then none that is empty lacks."""
        names = list(names)
        if all(is_empty(self.values.get(name)) for name in names):
            return False
        for name in names:
            if not self.text(name):
                self.problems.pop(name, None)
        return True

    def pack(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return {"values": dict(self.values), "texts": dict(self.texts)}

    def unpack(self, kept: dict[str, Any]) -> None:
        """Go on from a draft."""
        self.values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in kept["values"].items()
            if name in self.entity.field_by_name
        }
        self.texts = {}
        for name, text in kept["texts"].items():
            if name in self.entity.field_by_name:
                # Read again: what was refused has its sentence back, and a newer version may take
                # it.
                self.type(name, text)
