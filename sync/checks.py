"""What a record may hold: each value checked against its field's declaration, and what is refused.

Tablet and server check alike before they store; `sync.reading` checks what people type. A refusal
names entity and field, never the value: it goes into logs.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync import limits, typed
from sync.errors import Refusal
from sync.spec import SETS, WORDS, Entity, Field, Kind, Value, Values


class UnknownField(Refusal):
    """The record has a field that its entity does not declare."""

    code = "field_unknown"


class WrongType(Refusal):
    """A value is not of its field's kind."""

    code = "field_wrong_type"


class UnknownChoice(Refusal):
    """A value is none of the declared choices."""

    code = "field_unknown_choice"


class TooLong(Refusal):
    """A text or set is longer than its field takes."""

    code = "field_too_long"


class OutOfRange(Refusal):
    """A number is outside its field's bounds."""

    code = "field_out_of_range"


class DateWrong(OutOfRange):
    """A day or moment of a year that no calendar here shows."""

    code = "field_date_wrong"


class Missing(Refusal):
    """A required field has no value."""

    code = "field_missing"


class OfficeOnly(Refusal):
    """A value that the office alone sets: a choice of its own, or another agent's name."""

    code = "office_only"


class FieldFixed(Refusal):
    """A field that cannot change after the record was made."""

    code = "field_fixed"


_TYPES: dict[Kind, type] = {
    Kind.KEY: bytes,
    Kind.REF: bytes,
    Kind.REFS: bytes,
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.CODES: str,
    Kind.CHOICE: str,
    Kind.CHOICES: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: int,
    Kind.FLAG: bool,
    Kind.DAY: int,
    Kind.MOMENT: int,
}
ID_BYTES = 16
CODE_CHARS_MAX = 64


def check_value(entity: Entity, name: str, value: Value, *, choices: bool = True) -> Value:
    """Return `value` as it is stored, or refuse it.

    Args:
        choices: refuse undeclared choices. The server does not for a newer app's change.

    Raises:
        UnknownField, WrongType, UnknownChoice, TooLong, OutOfRange, Missing: as they say.
    """
    spec = entity.field_by_name.get(name)
    if spec is None:
        raise UnknownField(f"{entity.name}: no field {name!r}", entity=entity.name, field=name)
    where = f"{entity.name}.{name}"
    if value is None or value in ((), ""):
        if spec.required:
            raise Missing(f"{where}: required", entity=entity.name, field=name)
        return None
    if spec.required and is_empty(value):
        raise Missing(f"{where}: nothing that is seen", entity=entity.name, field=name)
    try:
        return _check(spec, where, value, choices=choices)
    except Refusal as refusal:
        refusal.values["entity"] = entity.name
        raise


def _check(spec: Field, where: str, value: Value, *, choices: bool) -> Value:
    if spec.kind not in SETS:
        return _check_one(spec, where, value, choices=choices)
    if not isinstance(value, (tuple, list, set, frozenset)):
        raise WrongType(f"{where}: a set wanted, got {type(value).__name__}", field=spec.name)
    if len(value) > limits.SET_ITEMS_MAX:
        raise TooLong(f"{where}: {len(value)} items", field=spec.name, most=limits.SET_ITEMS_MAX)
    items = {_check_one(spec, where, item, choices=choices) for item in value}
    return tuple(sorted(items))  # type: ignore[type-var, return-value]


def is_empty(value: Value) -> bool:
    """Whether a value says nothing: none, or a text in which nothing is seen."""
    return value is None or value in ((), "") or (isinstance(value, str) and not typed.text(value))


def _is_choice(spec: Field, value: str) -> bool:
    """Whether a choice is declared, or one of a newer version, told by its number (`?12`)."""
    return value in spec.choices or (
        value[:1] == "?" and value[1:].isascii() and value[1:].isdigit()
    )


def _check_one(spec: Field, where: str, value: Value, *, choices: bool) -> Value:
    wanted = _TYPES[spec.kind]
    # Not isinstance: to Python a bool is an int, and True would pass for a count.
    if type(value) is not wanted:
        raise WrongType(
            f"{where}: {wanted.__name__} wanted, got {type(value).__name__}",
            field=spec.name,
            wanted=spec.kind.value,
        )
    if isinstance(value, bytes) and len(value) != ID_BYTES:
        raise WrongType(f"{where}: an id has 16 bytes, not {len(value)}", field=spec.name)
    if isinstance(value, str):
        if "\0" in value:
            raise WrongType(f"{where}: U+0000 in the text", field=spec.name)
        if spec.chars_max and len(value) > spec.chars_max:
            raise TooLong(
                f"{where}: {len(value)} characters, at most {spec.chars_max}",
                field=spec.name,
                most=spec.chars_max,
                over=len(value) - spec.chars_max,
            )
        if spec.choices and choices and not _is_choice(spec, value):
            raise UnknownChoice(f"{where}: not a declared choice", field=spec.name)
        if spec.kind in WORDS and (value.split() != [value] or len(value) > CODE_CHARS_MAX):
            raise WrongType(f"{where}: a code is one word", field=spec.name, wanted="code")
        _require_encodable(where, spec, value)
    elif (
        isinstance(value, int)
        and spec.low is not None
        and spec.high is not None
        and not spec.low <= value <= spec.high
    ):
        if spec.kind in (Kind.DAY, Kind.MOMENT):
            raise DateWrong(f"{where}: of no year that is taken", field=spec.name)
        raise OutOfRange(
            f"{where}: outside {spec.low} to {spec.high}",
            field=spec.name,
            **_bounds(spec),
        )
    return value


def _bounds(spec: Field) -> dict[str, object]:
    """Return the bounds as their sentence says them: in whole units, a year without grouping."""
    assert spec.low is not None
    assert spec.high is not None
    bounds = {"low": spec.low // 10**spec.places, "high": spec.high // 10**spec.places}
    return {name: str(bound) if spec.is_year else bound for name, bound in bounds.items()}


def _require_encodable(where: str, spec: Field, value: str) -> None:
    """Refuse lone surrogates: JSON can bring them, UTF-8 cannot carry them."""
    try:
        value.encode()
    except UnicodeEncodeError as lone:
        raise WrongType(f"{where}: a lone surrogate in the text", field=spec.name) from lone


def check_record(entity: Entity, values: Mapping[str, Value], *, choices: bool = True) -> Values:
    """Return a whole new record as it is stored: every field checked, the required present.

    Raises:
        Missing: a required field, or all of `one_of`, has no value.
        UnknownField, WrongType, UnknownChoice, TooLong, OutOfRange: as `check_value`.
    """
    checked = {
        name: check_value(entity, name, value, choices=choices) for name, value in values.items()
    }
    for spec in entity.fields:
        if spec.required and checked.get(spec.name) is None:
            raise Missing(
                f"{entity.name}.{spec.name}: required", entity=entity.name, field=spec.name
            )
    require_one_of(entity, checked)
    return checked


def require_one_of(entity: Entity, values: Mapping[str, Value]) -> None:
    """Refuse values in which all fields of `one_of` are empty. Raises Missing."""
    if entity.one_of and all(is_empty(values.get(name)) for name in entity.one_of):
        raise Missing(
            f"{entity.name}: one of {', '.join(entity.one_of)} is required",
            entity=entity.name,
            field=entity.one_of[0],
        )


def require_agents_own(
    entity: Entity, values: Mapping[str, Value], before: Mapping[str, Value], agent_id: bytes
) -> None:
    """Refuse what an agent may not say of a record; what stands there already is no news.

    Args:
        before: the record's values; empty for a new one.

    Raises:
        OfficeOnly: a field `of_office`, an `office` choice, or another agent in an `own` field.
    """
    for name, value in values.items():
        spec = entity.field_by_name.get(name)
        if spec is None or value == before.get(name):
            continue
        if value is None and not spec.of_office:
            continue
        is_others = spec.own and value != agent_id
        if spec.of_office or value in spec.office or is_others:
            raise OfficeOnly(f"{entity.name}.{name}: for the office to say", field=name)
