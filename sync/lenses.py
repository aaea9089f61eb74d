"""Lenses: what an older app wrote, as the present schema says it.

Fields are only ever added. When one takes over from another, a lens turns a change of an older
schema into one of the present, before it is merged. The change's bytes and its id stay those of
its capture, so that the device knows it again; a lens is therefore pure and kept until no device
of its version can have unsent work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sync.changes import Change
from sync.spec import Entity, Field, Kind, Value, Values

_PLACE = "?"


@dataclass(frozen=True, slots=True)
class Lens:
    """One step of one entity.

    Args:
        to: the schema that it leads to: it is for changes of every older one.
        apply: values by field name -> the same, as the newer schema has them.
        about: what it does, for the reader of the list.
    """

    entity: str
    to: int
    apply: Callable[[Values], Values]
    about: str


def lift(entity: Entity, change: Change, lenses: Iterable[Lens]) -> Change:
    """Return a change as the present schema says it; itself if there is nothing to do."""
    values: Values = dict(change.values)
    for lens in sorted(lenses, key=lambda lens: lens.to):
        if lens.entity == entity.name and change.schema < lens.to:
            values = lens.apply(values)
    values = {name: _named(entity.field_by_name.get(name), value) for name, value in values.items()}
    return change if values == change.values else replace(change, values=values)


def _named(spec: Field | None, value: Value) -> Value:
    """Return a value with the choices that its author knew by their places alone."""
    if spec is None or not spec.choices:
        return value
    if spec.kind is Kind.CHOICE and isinstance(value, str):
        return _choice(spec, value)
    if spec.kind is Kind.CHOICES and isinstance(value, tuple):
        return tuple(sorted(_choice(spec, str(one)) for one in value))
    return value


def _choice(spec: Field, word: str) -> str:
    digits = word.removeprefix(_PLACE)
    if digits == word or not (digits.isascii() and digits.isdigit()):
        return word
    place = int(digits[:6])
    return spec.choices[place - 1] if 0 < place <= len(spec.choices) else word
