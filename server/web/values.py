"""A field's value in the words of its reader, of whatever kind it is."""

from __future__ import annotations

from server.web.site import Reader
from sync.spec import Entity, Value
from sync.wording import in_words

NONE = "—"


def shown(reader: Reader, entity: Entity, field: str, value: Value) -> str:
    """Return a value as people read it."""
    return NONE if value is None else in_words(reader.phrases, entity, field, value)
