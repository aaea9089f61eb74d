"""Values of one record while they are being typed, in the words of a form.

What is typed stays as it was typed; what is stored is what the field's kind makes of it. A text
that its field does not take is kept here with its sentence, and goes into no record.
"""

from __future__ import annotations

import re
from typing import Any

from mobile_app.screens.context import Context
from sync.entities.authorisation import NATIONAL_CARD
from sync.errors import Refusal
from sync.rules import identifiers, names
from sync.rules.hours import read_hours
from sync.spec import Entity, Field, Kind, Value, Values, WrongType, check_value


def check_hours(text: str) -> str:
    """Return hours as they were typed, if they can be read. Raises HoursWrong."""
    typed = identifiers.unmarked(text)
    read_hours(typed)
    return typed


_CHECKED = {
    "ice": identifiers.check_ice,
    "phone": identifiers.check_phone,
    "rna": identifiers.check_rna,
    "trade_register": identifiers.check_trade_register,
    "tax_id": identifiers.check_tax_id,
    "email": identifiers.check_email,
    "hours": check_hours,
}
"""Field -> the rule that makes its normal form. Raises a Refusal with the sentence."""


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
        """Return the choices of a field, with their words."""
        prefix = f"{self.entity.name}.{name}"
        return [(one, self.context.say(f"{prefix}.{one}")) for one in self.spec(name).choices]

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
            after = self.chosen(name) ^ {code}
            ordered = [one for one in self.spec(name).choices if one in after]
            self.values[name] = tuple(ordered or sorted(after)) or None
        else:
            self.values[name] = None if self.values.get(name) == code else code

    def within(self, name: str, whole: str) -> Values:
        """Return the value of a field that names some of what another says: no more than that.

        In the order of the other, as a record takes it: the urgent ones of the needs.
        """
        both = self.chosen(name) & self.chosen(whole)
        return {name: tuple(one for one in self.spec(whole).choices if one in both) or None}

    def put(self, name: str, value: Value) -> None:
        """Set a value that needs no reading."""
        self.problems.pop(name, None)
        self.values[name] = value

    def text(self, name: str) -> str:
        """Return what stands in a field."""
        if name in self.texts:
            return self.texts[name]
        value = self.values.get(name)
        if value is None:
            return ""
        if self.spec(name).kind is Kind.DECIMAL and isinstance(value, int):
            return self.context.phrases.scaled(value, self.spec(name).places)
        if name == "phone":
            return self.context.phrases.phone(str(value)).strip("\u2066\u2069")
        return str(value)

    def type(self, name: str, text: str) -> None:
        """Take what was typed; `problems` says what is wrong with it, or nothing."""
        self.texts[name] = text
        self.problems.pop(name, None)
        try:
            self.values[name] = self._read(name, text.strip())
        except Refusal as refusal:
            self.values.pop(name, None)
            said = {**refusal.values, "field": self.label(name)}
            self.problems[name] = self.context.say(f"refusal.{refusal.code}", **said)

    def _read(self, name: str, text: str) -> Value:
        if not text:
            return None
        if name in _CHECKED:
            return _CHECKED[name](text)
        if name == NATIONAL_CARD:
            return identifiers.check_card(text, self.context.card_authorisation())
        kind = self.spec(name).kind
        if kind in (Kind.INTEGER, Kind.DECIMAL):
            plain = re.sub(r"[,٫]", ".", re.sub(r"\s", "", names.fold(text)))
            found = re.fullmatch(r"([+-]?\d{1,15})(?:\.(\d*))?", plain, re.ASCII)
            places = self.spec(name).places if kind is Kind.DECIMAL else 0
            rest = (found[2] or "").rstrip("0") if found else ""
            if found is None or len(rest) > places:  # nobody's number is rounded unasked
                raise WrongType(f"{name}: not a number of {places} places", field=name)
            return check_value(self.entity, name, int(found[1] + rest.ljust(places, "0")))
        return check_value(self.entity, name, text)

    def unread(self) -> str:
        """Return the sentence of a text that its field does not take; empty when all are taken."""
        return next((said for name, said in self.problems.items() if self.text(name)), "")

    def missing(self, *wanted: str) -> bool:
        """Mark the wanted fields that are empty. Returns whether there is one."""
        empty = [name for name in wanted if self.values.get(name) in (None, "", ())]
        for name in empty:
            self.problems.setdefault(
                name, self.context.say("refusal.field_missing", field=self.label(name))
            )
        return bool(empty)

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
                self.type(name, text)
