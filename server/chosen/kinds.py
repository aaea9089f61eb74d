"""The lists whose records can be chosen: how each is found, and what is done to what it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from server.applications import queries as applications
from server.db.records import Records, Stored
from server.people import listed as people
from server.people.subjects import ENTERPRISES, PEOPLE
from server.points import queries as points
from server.rights import Right
from server.web.asked import Asked
from server.web.reader import Reader
from sync.spec import Values

Where: TypeAlias = Callable[[Records, Reader, Asked], Sequence[sa.ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A list of the desk.

    Args:
        entity: of its records.
        here: its destination in the menu.
        right: to see it.
        where: the conditions of what it shows, as its address asks.
        own: the field of a task that says which of these records it is about.
        about: fields that a task takes over from the record.
        task_kinds: what a task of one may be.
        columns: the fields of its file.
        counted: the words of how many they are.
    """

    entity: str
    url: str
    here: str
    right: Right
    where: Where
    own: str
    about: tuple[str, ...]
    task_kinds: tuple[str, ...]
    columns: tuple[str, ...]
    counted: str

    def task_of(self, record: Stored) -> Values:
        """Return what a task about a record says of it."""
        taken = {name: record.values.get(name) for name in ("commune_code", *self.about)}
        return {**taken, self.own: record.record_id}

    def has_task(self, records: Records, task_kind: str, states: Sequence[str]) -> Any:
        """Return the condition that a record has a task of a kind, in some states."""
        table, task = records.tables.records[self.entity], records.tables.records["task"]
        found = [
            task.c[self.own] == table.c.id,
            # The indexes of tasks are by commune.
            task.c.commune_code == table.c.commune_code,
            task.c.kind == task_kind,
            task.c.state.in_(states),
            task.c.deleted_at.is_(None),
        ]
        return sa.exists(sa.select(task.c.id).where(*found))


_VISIT_AGAIN = ("follow_up", "call_back", "verification")
_KINDS = (
    Kind(
        "person",
        PEOPLE.url,
        PEOPLE.here,
        Right.SEE_PEOPLE,
        lambda records, reader, asked: people.conditions(records, reader, PEOPLE, asked),
        "person_id",
        (),
        _VISIT_AGAIN,
        ("name_fr", "name_ar", "commune_code", "douar", "phone", "sex", "birth_year", "status"),
        "desk.people.shown",
    ),
    Kind(
        "enterprise",
        ENTERPRISES.url,
        ENTERPRISES.here,
        Right.SEE_PEOPLE,
        lambda records, reader, asked: people.conditions(records, reader, ENTERPRISES, asked),
        "enterprise_id",
        (),
        _VISIT_AGAIN,
        ("name_fr", "name_ar", "commune_code", "douar", "phone", "ice", "legal_form", "status"),
        "desk.people.shown",
    ),
    Kind(
        "contact_point",
        points.URL,
        "points",
        Right.SEE_POINTS,
        points.conditions,
        "point_id",
        (),
        ("verification", "incident"),
        ("name_fr", "name_ar", "commune_code", "kind", "modality", "status", "hours", "phone"),
        "desk.points.shown",
    ),
    Kind(
        "application",
        applications.URL,
        "requests",
        Right.SEE_REQUESTS,
        applications.conditions,
        "application_id",
        ("person_id", "enterprise_id"),
        ("missing_piece", "follow_up", "call_back"),
        ("service", "commune_code", "state", "due_on", "created_at"),
        "desk.requests.shown",
    ),
)
KINDS: Mapping[str, Kind] = {kind.entity: kind for kind in _KINDS}
"""Entity -> its list."""
