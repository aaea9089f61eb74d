"""A field's value in the words of its reader: one way for tablet and desk, as `sync.reading` reads.

What must be looked up (the name of a commune or of another record) is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sync.flat import moment_text
from sync.phrases import Phrases, bare, phone_digits
from sync.rules import hours
from sync.rules.codes import short_code
from sync.rules.identifiers import LEFT_TO_RIGHT
from sync.spec import WORDS, Entity, Kind, Value


def in_words(
    phrases: Phrases,
    entity: Entity,
    name: str,
    value: Value,
    named: Callable[[str], str] | None = None,
) -> str:
    """Return a value as people read it; empty for none. A choice of a newer version is itself.

    Args:
        named: what a code of this field is called, where a catalogue says it and not our words.
    """
    spec = entity.field_by_name[name]
    if value is None:
        return ""
    if isinstance(value, tuple):
        return phrases.listed(in_words(phrases, entity, name, one, named) for one in value)
    if isinstance(value, bool):
        return phrases.say("tablet.yes" if value else "tablet.no")
    if isinstance(value, bytes):
        return phrases.code(short_code(value))
    if isinstance(value, int):
        if spec.kind is Kind.MOMENT:
            return phrases.moment(value)
        if spec.kind is Kind.DAY:
            return phrases.day(value)
        return str(value) if spec.is_year else phrases.scaled(value, spec.places)
    if name == "phone":
        return phrases.phone(value)
    if name in LEFT_TO_RIGHT:
        return phrases.code(value)
    if name in hours.FIELDS:
        return hours_in_words(phrases, value)
    code = f"{entity.name}.{name}.{value}"
    if spec.kind in WORDS and phrases.message(code):
        return phrases.say(code)
    return named(value) if named else value


def as_typed(phrases: Phrases, entity: Entity, name: str, value: Value) -> str:
    """Return a value as an input shows it; `reading.read_typed` returns the same value again."""
    spec = entity.field_by_name[name]
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(as_typed(phrases, entity, name, one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, str):
        return phone_digits(value) if name == "phone" else value
    if spec.kind is Kind.DAY:
        return bare(phrases.day(value, "digits"))
    if spec.kind is Kind.MOMENT:
        return moment_text(value)
    return bare(phrases.scaled(value, spec.places)) if spec.places else str(value)


def hours_in_words(phrases: Phrases, text: str) -> str:
    """Return opening hours, `lundi – vendredi 08:30–16:30`; what cannot be read as it is."""
    try:
        openings = hours.read_hours(text)
    except hours.HoursWrong:
        return text
    return phrases.facts(_opening(phrases, one) for one in openings)


def _opening(phrases: Phrases, one: hours.Opening) -> str:
    first, last = (phrases.language.weekdays[one.days[at]] for at in (0, -1))
    spans = phrases.listed(phrases.code(hours.span_text(span, "–")) for span in one.spans)
    return f"{first if first == last else f'{first} – {last}'} {spans}"
