"""A field's value in the words of its reader, of whatever kind it is."""

from __future__ import annotations

from datetime import date

from server.db.records import Stored
from server.reference import catalogue
from server.web.reader import Reader
from sync import local_time
from sync.spec import Entity, Value
from sync.wording import in_words

NONE = "—"
_EPOCH = date(1970, 1, 1).toordinal()

RULE_NOTE = "rule:"
"""What the note of a decision begins with that a rule made: its code follows."""


def shown(reader: Reader, entity: Entity, field: str, value: Value) -> str:
    """Return a value as people read it."""
    if value is None:
        return NONE
    if (entity.name, field) == ("review", "notes") and str(value).startswith(RULE_NOTE):
        rule = reader.phrases.say(f"desk.rule.{str(value).removeprefix(RULE_NOTE)}")
        return reader.phrases.say("desk.rule.note", rule=rule)
    names = catalogue.names(reader.language) if field in ("service", "services") else None
    named = (lambda code: names.get(code, code)) if names else None
    return in_words(reader.phrases, entity, field, value, named)


def years_of(reader: Reader, person: Stored | None) -> str:
    """Return how old a person is, by the year of birth; of others nothing."""
    born = person.values.get("birth_year") if person is not None else None
    if not isinstance(born, int):
        return ""
    today = date.fromordinal(_EPOCH + local_time.day_of(reader.now_ms))
    return reader.phrases.count("desk.years", max(0, today.year - born))


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
