"""What a block carries down: rows of one entity, across scopes, named by short numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.spec import Value


@dataclass(frozen=True, slots=True)
class Row:
    """A whole record, or the fields of one that changed.

    Args:
        place: of its scope in the vector both sides agreed on, from 0.
        number: the row number, unique in its scope, never reused.
        rev: count of accepted changes.
        era: first 4 bytes of the epoch under which it last changed, as an integer.
        values: whole rows: every field with a value; patches: the fields sent, None included.
        record_id: 16 bytes; whole rows only, patches are named by place and number.
    """

    place: int
    number: int
    rev: int
    era: int
    values: Mapping[str, Value]
    record_id: bytes = b""
