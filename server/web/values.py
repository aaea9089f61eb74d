"""A field's value in the words of its reader, of whatever kind it is."""

from __future__ import annotations

from server.reference import files
from server.web.reader import Reader
from sync import local_time
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


def age(reader: Reader, since: int) -> str:
    """Return since when something waits, in the days of the reader's calendar: "depuis 3 jours"."""
    days = local_time.day_of(reader.now_ms) - local_time.day_of(since)
    if days <= 1:
        return reader.phrases.say("desk.age.yesterday" if days == 1 else "desk.age.today")
    return reader.phrases.count("desk.age.days", days)


def due(reader: Reader, day: int) -> str:
    """Return how near a day is by which something is to be done: "demain", "2 jours de retard"."""
    left = day - local_time.day_of(reader.now_ms)
    if left < 0:
        return reader.phrases.count("desk.age.late", -left)
    if left <= 1:
        return reader.phrases.say("desk.age.due_tomorrow" if left else "desk.age.due_today")
    return reader.phrases.count("desk.age.due_in", left)
