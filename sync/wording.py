"""A field's value in the words of its reader: one way for tablet and desk, as `sync.reading` reads.

What must be looked up (the name of a commune or of another record) is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sync.flat import moment_text
from sync.phrases import Phrases, bare
from sync.rules.codes import short_code
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
    if spec.kind is Kind.TEXT:
        return spec.form.written(phrases, value)
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
        return spec.form.typed(value)
    if spec.kind is Kind.DAY:
        return bare(phrases.day(value, "digits"))
    if spec.kind is Kind.MOMENT:
        return moment_text(value)
    return bare(phrases.scaled(value, spec.places)) if spec.places else str(value)
