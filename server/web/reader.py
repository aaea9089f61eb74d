"""Who reads a page: a person who signed in, what they may see, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.accounts.sessions import Session
from server.audit.log import AuditLog
from server.db.among import Unplanned
from server.db.events import Action, Event, subject_of
from server.db.records import Records, Stored
from server.rights import Reach, Right
from server.web.asked import Asked
from server.web.order import by_name
from sync.phrases import Phrases

CELL_LEAST = 10
"""Who sees aggregates alone is not told how few there are: a small cell names people."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A signed-in person reading a page.

    `audit` keeps which records they look at; none where they send a form. `acted_at`: when their
    browser sent the last one, Unix ms, if that is seconds ago.
    """

    session: Session
    language: str
    phrases: Phrases
    address: str
    asked: Asked
    now_ms: int
    audit: AuditLog | None = None
    acted_at: int = 0

    def may(self, right: str) -> bool:
        """Whether the reader has a right."""
        return self.session.standing.may(Right(right))

    def saw(self, records: Records, record: Stored) -> None:
        """Have the audit log keep that the reader was shown a record."""
        if self.audit is not None:
            subject_id = subject_of(records, record)
            self.saw_of(record.entity.name, record.record_id, subject_id)

    def saw_of(self, entity: str, record_id: bytes, subject_id: bytes | None = None) -> None:
        """Have it keep that they were shown what a tablet says of a record, held or stored."""
        if self.audit is not None:
            agent_id = self.session.agent_id
            event = Event(self.now_ms, Action.VIEW, agent_id, entity, record_id, subject_id)
            self.audit.note(event)

    def missed(self, entity: str, record_id: bytes) -> None:
        """Have it keep that they asked for a record that is out of reach, or not there."""
        if self.audit is not None:
            agent_id = self.session.agent_id
            self.audit.note(Event(self.now_ms, Action.REFUSE, agent_id, entity, record_id))

    def covers(
        self, records: Records, entity: str, right: Right | None = None
    ) -> sa.ColumnElement[bool]:
        """Return the condition that a right, or the one that reads the entity, reaches a row."""
        return self.session.standing.covers(records.tables, entity, right)

    def regions(self, entity: str, right: Right | None = None) -> Sequence[str] | None:
        """Return the regions in which all lies that a right reaches; None: it may lie anywhere."""
        return self.session.standing.regions(entity, right)

    def unplanned(self) -> Reader:
        """Return the same reader, for conditions that the database need not plan (`Unplanned`)."""
        standing = self.session.standing
        standing = replace(standing, communes=Unplanned(standing.communes))
        return replace(self, session=replace(self.session, standing=standing))

    def communes(self, right: Right, places: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the communes that a right reaches as (code, name), by name.

        Args:
            places: names by code.
        """
        codes = self.session.standing.places(right, list(places))
        return by_name(self.language, {code: places[code] for code in codes})

    def count(self, number: int, right: Right = Right.SEE_FIGURES) -> str:
        """Return a count as the reader may know it: a small one only by name of its bound."""
        is_small = 0 < number < CELL_LEAST
        if is_small and self.session.standing.reach(right) is Reach.AGGREGATES:
            return self.phrases.say("page.fewer", n=self.phrases.number(CELL_LEAST))
        return self.phrases.number(number)


def name_of(record: Stored | None, language: str) -> str:
    """Return a record's name in the reader's script, the other one if it has no more."""
    if record is None:
        return ""
    values = record.values
    return name_in(language, values.get("name_fr"), values.get("name_ar"), values.get("login"))


def name_in(language: str, latin: object, arabic: object, login: object = None) -> str:
    """Return a name in the script of a language, the other one if it has no more."""
    first, second = (arabic, latin) if language == "ar" else (latin, arabic)
    return str(first or second or login or "")


def word(reader: Reader, entity: str, field: str, value: object) -> str:
    """Return the words of a choice; a value of a newer version is shown as it is."""
    if value is None:
        return ""
    words = reader.phrases.say(f"{entity}.{field}.{value}")
    return str(value) if words.startswith("[") else words
