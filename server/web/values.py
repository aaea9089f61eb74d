"""A field's value in the words of its reader, of whatever kind it is."""

from __future__ import annotations

from server.reference import files
from server.web.reader import Reader
from sync.spec import Entity, Value
from sync.wording import in_words

NONE = "—"


def shown(reader: Reader, entity: Entity, field: str, value: Value) -> str:
    """Return a value as people read it."""
    if value is None:
        return NONE
    names = {service.code: service.names[reader.language] for service in files.services()}
    named = (lambda code: names.get(code, code)) if field in ("service", "services") else None
    return in_words(reader.phrases, entity, field, value, named)
