"""Events: who of the office did what, stored with what they changed, for the audit log to seal.

`server.audit` says what becomes of them; `docs/decisions/0017-audit.md` why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from server.db.records import Records, Stored

_SUBJECTS = ("person", "enterprise")


class Action(StrEnum):
    """What was done. Its words are `desk.audit.action.NAME`."""

    VIEW = "view"
    REFUSE = "refuse"  # a page without its right, or a record out of reach
    MAKE = "make"
    CHANGE = "change"
    DECIDE = "decide"
    ORDER = "order"  # of a tablet, of a job
    GRANT = "grant"  # an account, its role and communes
    EXPORT = "export"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done.

    Args:
        at: Unix milliseconds.
        actor_id: the agent; None: who sits at the server, or nobody who is known.
        entity: of the record, or what else it was done to: device, job, agent.
        subject_id: the person or enterprise whose record it is.
        detail: codes and numbers, no free text: fields that changed, a right, a number.
    """

    at: int
    action: Action
    actor_id: bytes | None
    entity: str = ""
    record_id: bytes | None = None
    subject_id: bytes | None = None
    detail: str = ""


class Events:
    """The events of one work, each record once however often it was changed."""

    def __init__(self) -> None:
        """Begin without any."""
        self._events: dict[tuple[str, str, bytes | None], Event] = {}

    def add(self, event: Event) -> None:
        """Keep an event; one of the same record says what both changed."""
        key = (event.action, event.entity, event.record_id)
        before = self._events.get(key)
        if before is not None and before.detail != event.detail:
            names = dict.fromkeys([*before.detail.split(), *event.detail.split()])
            event = replace(event, detail=" ".join(names))
        self._events[key] = event

    def write(self, connection: sa.Connection, waiting: sa.Table) -> None:
        """Store what is new."""
        if self._events:
            connection.execute(sa.insert(waiting), rows_of(self._events.values()))
            self._events.clear()


def event_of(
    records: Records, record: Stored, at: int, agent_id: bytes, taken: Iterable[str]
) -> Event:
    """Return the event of whoever made a record, or changed the fields that were taken of one."""
    names = sorted(taken)
    action = Action.DECIDE if "decided_by" in names else Action.CHANGE if names else Action.MAKE
    subject, entity = subject_of(records, record), record.entity.name
    return Event(at, action, agent_id, entity, record.record_id, subject, " ".join(names))


def rows_of(events: Iterable[Event]) -> list[dict[str, object]]:
    """Return events as rows of `audit_waiting`."""
    return [asdict(event) for event in events]


def subject_of(records: Records, record: Stored) -> bytes | None:
    """Return the person or enterprise whose record one is; of a visit's photo, who was visited."""
    if record.entity.name in _SUBJECTS:
        return record.record_id
    values = record.values
    about = values.get("record_id")
    if values.get("entity") in _SUBJECTS and isinstance(about, bytes):
        return about  # a question about one of them
    if values.get("person_id") is None and values.get("enterprise_id") is None:
        visit_id = values.get("visit_id")
        visit = records.find("visit", visit_id) if isinstance(visit_id, bytes) else None
        values = visit.values if visit is not None else {}
    for name in _SUBJECTS:
        found = values.get(f"{name}_id")
        if isinstance(found, bytes):
            return found
    return None
