"""A field's value in the words of its reader, of whatever kind it is."""

from __future__ import annotations

from server.web.site import Reader, word
from sync.rules.codes import short_code
from sync.rules.identifiers import LEFT_TO_RIGHT
from sync.spec import Entity, Kind, Value

NONE = "—"


def shown(reader: Reader, entity: Entity, field: str, value: Value) -> str:
    """Return a value as people read it."""
    spec = entity.field_by_name[field]
    if value is None:
        return NONE
    if spec.kind in (Kind.CHOICE, Kind.CHOICES):
        several = value if isinstance(value, tuple) else (value,)
        return ", ".join(word(reader, entity.name, field, one) for one in several)
    if spec.kind is Kind.FLAG:
        return reader.phrases.say("page.yes" if value else "page.no")
    if spec.kind is Kind.MOMENT and isinstance(value, int):
        return reader.phrases.moment(value)
    if spec.kind is Kind.DAY and isinstance(value, int):
        return reader.phrases.day(value)
    if spec.kind is Kind.DECIMAL and isinstance(value, int):
        return str(value / 10**spec.places)
    if isinstance(value, bytes):
        return short_code(value)
    if field == "phone":
        return reader.phrases.phone(str(value))
    if field in LEFT_TO_RIGHT:
        return reader.phrases.code(str(value))
    if isinstance(value, tuple):
        return ", ".join(short_code(one) if isinstance(one, bytes) else one for one in value)
    return str(value)
