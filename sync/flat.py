"""Flat records for scripts: JSON and back. Ids as UUIDs, days and moments as ISO 8601.

Reading is lenient where meaning is plain (a moment with any offset, a number as text), and refuses
the rest by field. Used by `headless`, the JSON routes and the tests. What people type is read by
`sync.reading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sync.checks import UnknownField, WrongType
from sync.spec import SETS, Entity, Field, Kind, Value, Values

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")


def day_text(days: int) -> str:
    """Return a day (since 1970) as `2026-11-24`; the number itself beyond the year 9999."""
    try:
        return (_EPOCH_DAY + timedelta(days=days)).isoformat()
    except OverflowError:
        return str(days)


def moment_text(ms: int) -> str:
    """Return a moment (Unix milliseconds) as `2026-11-24T10:31:00.000Z`."""
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:  # a clock that lies beyond the year 9999
        return str(ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_number(text: str) -> int:
    """Return the days since 1970 of an ISO 8601 day. Raises ValueError."""
    return (date.fromisoformat(text) - _EPOCH_DAY).days


def moment_ms(text: str) -> int:
    """Return the Unix milliseconds of an ISO 8601 moment; UTC if it names no zone."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MS


def from_text(entity: Entity, field: str, kept: str) -> Value:
    """Return a value of which a record keeps the text, as a review does. Raises WrongType."""
    if not kept:
        return None
    spec = entity.field_by_name[field]
    return from_flat(entity, {field: kept.split() if spec.kind in SETS else kept})[field]


def to_flat(entity: Entity, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return every field of a record as JSON knows it, None where it has no value."""
    return {
        spec.name: _one_out(spec, values.get(spec.name))
        for spec in entity.fields
        if spec.kind is not Kind.KEY
    }


def from_flat(entity: Entity, given: Mapping[str, Any]) -> Values:
    """Return plain values of the fields given.

    Raises:
        UnknownField: a field that the entity does not declare.
        WrongType: a value that cannot be read as its field's kind.
    """
    values: Values = {}
    for name, value in given.items():
        spec = entity.field_by_name.get(name)
        if spec is None:
            raise UnknownField(f"{entity.name}: no field {name!r}", entity=entity.name, field=name)
        if spec.kind is Kind.KEY:
            continue
        try:
            values[name] = None if value is None else _one_in(spec, value)
        except (ValueError, TypeError, ArithmeticError, AttributeError) as fault:
            raise WrongType(
                f"{entity.name}.{name}: not a {spec.kind.value}",
                entity=entity.name,
                field=name,
                wanted=spec.kind.value,
            ) from fault
    return values


def _one_out(spec: Field, value: Value) -> Any:
    if isinstance(value, tuple):
        return [str(UUID(bytes=item)) if isinstance(item, bytes) else item for item in value]
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    if value is None or spec.kind not in _WRITTEN:
        return value
    assert isinstance(value, int)
    return _WRITTEN[spec.kind](spec, value)


def _one_in(spec: Field, value: Any) -> Value:
    if spec.kind in SETS:
        if not isinstance(value, (list, tuple)):
            raise TypeError(spec.name)
        if spec.kind is Kind.REFS:
            return tuple(sorted({UUID(item).bytes for item in value}))
        if not all(isinstance(item, str) for item in value):
            raise TypeError(spec.name)
        return tuple(sorted(set(value)))
    return _READ[spec.kind](spec, value)


def _text(_spec: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(_spec.name)
    return value


def _whole(_spec: Field, value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError(_spec.name)
    return int(_number(value))


def _scaled(spec: Field, value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(spec.name)
    exact = Decimal(str(_number(value))).scaleb(spec.places)
    if isinstance(value, str) and exact != exact.to_integral_value():
        raise ValueError(spec.name)  # a measure is rounded, not what was written
    return round(exact)


def _number(value: Any) -> Any:
    """Return a number as JSON has it, or the same as text; no other spelling of one."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("not a number")
    return value


def _flag(_spec: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(_spec.name)
    return value


def _moment(spec: Field, value: Any) -> int:
    return moment_ms(value) if isinstance(value, str) else _whole(spec, value)


def _day(spec: Field, value: Any) -> int:
    return day_number(value) if isinstance(value, str) else _whole(spec, value)


_READ: dict[Kind, Callable[[Field, Any], Value]] = {
    Kind.REF: lambda _spec, value: UUID(value).bytes,
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.CHOICE: _text,
    Kind.INTEGER: _whole,
    Kind.DECIMAL: _scaled,
    Kind.FLAG: _flag,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
}
_WRITTEN: dict[Kind, Callable[[Field, int], Any]] = {
    Kind.DAY: lambda _spec, value: day_text(value),
    Kind.MOMENT: lambda _spec, value: moment_text(value),
    Kind.DECIMAL: lambda spec, value: round(value / 10**spec.places, spec.places),
}
"""Kinds of numbers that a script reads as something else."""
