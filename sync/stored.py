"""How a plain value lies in a column, the same on both sides: sets as one text, the rest as is."""

from __future__ import annotations

from sync.spec import Kind, Value

_JOIN = " "


def to_column(value: Value) -> bool | int | str | bytes | None:
    """Return what the column holds: sets joined by a space, ids of a set in hexadecimal."""
    if not isinstance(value, tuple):
        return value
    return _JOIN.join(item.hex() if isinstance(item, bytes) else item for item in value) or None


def is_as_is(kind: Kind) -> bool:
    """Whether a column holds a value of this kind as it is."""
    return kind not in (Kind.FLAG, Kind.CODES, Kind.CHOICES, Kind.REFS)


def from_column(kind: Kind, stored: object) -> Value:
    """Return the plain value of what a column has."""
    if stored is None:
        return None
    if kind is Kind.FLAG:
        return bool(stored)
    if kind in (Kind.CODES, Kind.CHOICES):
        return tuple(str(stored).split(_JOIN))
    if kind is Kind.REFS:
        return tuple(bytes.fromhex(item) for item in str(stored).split(_JOIN))
    if kind in (Kind.KEY, Kind.REF):
        assert isinstance(stored, bytes)
        return stored
    assert isinstance(stored, (int, str))
    return stored
