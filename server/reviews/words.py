"""What a question is called: its subject, its sides, why it is asked, in its reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from server.applications.queries import applicant_of, flag_reason, service_name
from server.db import lookup
from server.db.records import Records, Stored
from server.exchange import decide
from server.reviews.queries import is_duplicate, is_flag
from server.reviews.subjects import Subject
from server.web.reader import Reader, name_of
from server.web.shell import DESK
from server.web.values import NONE
from sync import flat
from sync.checks import WrongType
from sync.rules.codes import short_code
from sync.spec import Entity
from sync.wording import in_words

_FOLDERS = {"person": "people", "enterprise": "enterprises", "visit": "visits"}


def agent_names(records: Records, reader: Reader, ids: Iterable[object]) -> dict[bytes, str]:
    """Return the names of accounts, by id."""
    agents = lookup.agents(records, ids)
    return {agent.record_id: name_of(agent, reader.language) for agent in agents.values()}


def entity_word(reader: Reader, entity: str) -> str:
    """Return what a kind of record is called; one of a newer app by its code."""
    name = reader.phrases.say(f"desk.entity.{entity}")
    return entity if name.startswith("[") else name


def title_of(reader: Reader, record: Stored | None, record_id: bytes) -> str:
    """Return a record's name, its short code if it has none or may not be seen."""
    return name_of(record, reader.language) or short_code(record_id)


def reason_word(reader: Reader, code: str) -> str:
    """Return why changes are held, in a few words; of a newer version by its code."""
    words = reader.phrases.say(f"desk.held.why.{code}")
    return code if words.startswith("[") else words


def held_title(reader: Reader, row: Any, who: Subject) -> str:
    """Return what a held record is, and whose; by its short code where nobody is named."""
    own, other = (who.arabic, who.latin) if reader.language == "ar" else (who.latin, who.arabic)
    return f"{entity_word(reader, row.entity)} · {own or other or short_code(row.record_id)}"


def held_reason(reader: Reader, row: Any) -> str:
    """Return why a change is held: in words for the office if there are some, else the agent's."""
    sentence = reader.phrases.say(f"desk.held.why.{row.code}")
    if not sentence.startswith("["):
        return sentence
    values = msgspec.json.decode(row.detail, type=dict[str, Any])
    return reader.phrases.sentence(row.code, {**values, "entity": row.entity})


def subject_title(records: Records, reader: Reader, review: Stored, record: Stored | None) -> str:
    """Return what a review is about; of an application the service, and who asks for it."""
    if record is not None and record.entity.name == "application":
        applicant = name_of(applicant_of(records, reader, record), reader.language)
        return reader.phrases.facts((service_name(reader, record), applicant))
    record_id = review.values["record_id"]
    assert isinstance(record_id, bytes)
    kind = entity_word(reader, str(review.values["entity"]))
    return f"{kind} · {title_of(reader, record, record_id)}"


def question(reader: Reader, entity: Entity, field: str) -> str:
    """Return what a review asks about: the field, or whether the record stays."""
    if field:
        return reader.phrases.say(f"{entity.name}.field.{field}")
    return reader.phrases.say("desk.decide.whole", what=entity_word(reader, entity.name))


def side_words(records: Records, reader: Reader, review: Stored, side: str) -> str:
    """Return one side of a review; of a review of the record the fields it wrote."""
    entity, field = str(review.values["entity"]), str(review.values["field"] or "")
    written = str(review.values[side] or "")
    if field:
        declared = records.entity_by_name.get(entity)
        if declared is None or field not in declared.field_by_name:
            return written or NONE  # of a newer app, as it came
        try:
            value = flat.from_text(declared, field, written)
        except WrongType:  # of a newer app, as above
            return written
        return in_words(reader.phrases, declared, field, value) or NONE
    if decide.deletes(review, side):
        return reader.phrases.say("desk.decide.deleted")
    return reader.phrases.listed(
        reader.phrases.say(f"{entity}.field.{name}") for name in written.split()
    )


def asked_words(records: Records, reader: Reader, review: Stored, record: Stored | None) -> str:
    """Return what is asked of a review's record: two values, a step, a number that two have."""
    if is_duplicate(review):
        return alike_words(reader, review)
    mine, theirs = (
        side_words(records, reader, review, side) for side in (decide.MINE, decide.THEIRS)
    )
    if is_flag(review):
        step = reader.phrases.say("desk.flag.step", was=mine, state=theirs)
        reason = flag_reason(reader, review, records, record) if record else ""
        return reader.phrases.facts((step, reason))
    return reader.phrases.say("desk.reviews.values", mine=mine, theirs=theirs)


def alike_words(reader: Reader, review: Stored) -> str:
    """Return why two records may be one."""
    return reader.phrases.say("desk.duplicate.ice", ice=str(review.values["theirs"]))


def url_of(records: Records, reader: Reader, record: Stored) -> str:
    """Return the page of a record, of an application its applicant's; empty if it has none."""
    about = applicant_of(records, reader, record) if record.entity.name == "application" else record
    folder = _FOLDERS.get(about.entity.name) if about else None
    return f"{DESK}/{folder}/{UUID(bytes=about.record_id)}" if about and folder else ""
