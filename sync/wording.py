"""A field's value in the words of its reader: one way for tablet and desk, as `sync.reading` reads.

What must be looked up (the name of a commune or of another record) is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sync.flat import moment_text
from sync.phrases import Phrases, bare
from sync.rules.codes import short_code
from sync.spec import Entity, Field, Kind, Value


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
        return phrases.listed(in_words(phrases, entity, name, item, named) for item in value)
    if isinstance(value, bool):
        return phrases.say("tablet.yes" if value else "tablet.no")
    if isinstance(value, bytes):
        return phrases.code(short_code(value))
    if isinstance(value, int):
        # A number may have a word: how content somebody is, of five.
        own = f"{entity.name}.{name}.{value}"
        return phrases.say(own) if phrases.message(own) else _number_in_words(phrases, spec, value)
    if spec.kind is Kind.TEXT:
        value = spec.form.written(phrases, value)
    elif phrases.message(code := f"{entity.name}.{name}.{value}"):
        value = phrases.say(code)
    elif named:
        value = named(value)
    return value


def _number_in_words(phrases: Phrases, spec: Field, value: int) -> str:
    if spec.kind is Kind.MOMENT:
        return phrases.moment(value)
    if spec.kind is Kind.DAY:
        return phrases.day(value)
    return str(value) if spec.is_year else phrases.scaled(value, spec.places)


def as_typed(phrases: Phrases, entity: Entity, name: str, value: Value) -> str:
    """Return a value as an input shows it; `reading.read_typed` returns the same value again."""
    spec = entity.field_by_name[name]
    if isinstance(value, tuple):
        return " ".join(as_typed(phrases, entity, name, item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if isinstance(value, int):
        return _number_as_typed(phrases, spec, value)
    return spec.form.typed(value or "")


def _number_as_typed(phrases: Phrases, spec: Field, value: int) -> str:
    if spec.kind is Kind.DAY:
        return bare(phrases.day(value, "digits"))
    if spec.kind is Kind.MOMENT:
        return moment_text(value)
    return bare(phrases.scaled(value, spec.places)) if spec.places else str(value)
