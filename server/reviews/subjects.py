"""Whom a thing that waits is about: a name in both scripts, for a whole list in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.reviews.queries import change_of
from server.web import waiting
from server.web.reader import Reader
from server.web.seen import seen_of
from sync.spec import Value

_WHO = {"person_id": "person", "enterprise_id": "enterprise", "point_id": "contact_point"}
"""The fields by which a record is somebody's, the nearest first."""
_OF = {**_WHO, "visit_id": "visit"}
"""The same, and that by which it is of a visit's."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who it is, in both scripts; either may be empty. `place`: the code of a commune."""

    latin: str = ""
    arabic: str = ""
    place: str = ""

    def __bool__(self) -> bool:
        """Whether there is a name."""
        return bool(self.latin or self.arabic)


def subjects_of(
    records: Records, reader: Reader, keys: Iterable[tuple[str, object]]
) -> dict[tuple[str, bytes], Subject]:
    """Return whom records are about: themselves, or the person or enterprise they are of.

    Args:
        keys: entity and id of each. Nothing is said of one that the reader may not see.
    """
    found = reached(records, reader, keys)
    owners = reached(
        records,
        reader,
        (
            (entity, record.values.get(field))
            for record in found.values()
            for field, entity in _WHO.items()
            if not _is_named(record)
        ),
    )
    return {key: _subject(record, owners) for key, record in found.items()}


def reached(
    records: Records, reader: Reader, keys: Iterable[tuple[str, object]]
) -> dict[tuple[str, bytes], Stored]:
    """Return records, deleted or not, that the reader may see: a query for each entity."""
    ids_by_entity: dict[str, set[bytes]] = {}
    for entity, record_id in keys:
        if isinstance(record_id, bytes) and entity in records.entity_by_name:
            ids_by_entity.setdefault(entity, set()).add(record_id)
    found = {}
    for entity, ids in ids_by_entity.items():
        for record in seen_of(records, reader, entity, "id", sorted(ids), is_deleted_too=True):
            found[entity, record.record_id] = record
    return found


def held_subjects(
    records: Records, reader: Reader, groups: Sequence[Sequence[Any]]
) -> list[Subject]:
    """Return whom held changes are about: as it was captured, else as it is stored."""
    captured = [_captured(records, rows) for rows in groups]
    visits = _held_visits(records, reader, captured)
    # What was taken on a visit is of whom was visited, the visit being held or stored.
    captured = [{**visits.get(values.get("visit_id"), {}), **values} for values in captured]
    keys: list[tuple[str, object]] = [(rows[0].entity, rows[0].record_id) for rows in groups]
    for values in captured:
        keys += [(entity, values.get(field)) for field, entity in _OF.items()]
    stored = subjects_of(records, reader, keys)
    # Who was captured with it may be held as well, and stands beside it in the list.
    beside = {
        (rows[0].entity, bytes(rows[0].record_id)): _named(values)
        for rows, values in zip(groups, captured, strict=True)
    }
    found = []
    for rows, values in zip(groups, captured, strict=True):
        own = _named(values)
        for key in [
            (rows[0].entity, bytes(rows[0].record_id)),
            *((entity, values.get(field)) for field, entity in _OF.items()),
        ]:
            own = own or stored.get(key) or beside.get(key) or own  # type: ignore[arg-type]
        found.append(Subject(own.latin, own.arabic, str(rows[0].commune_code or "")))
    return found


def _held_visits(
    records: Records, reader: Reader, captured: Iterable[Mapping[str, Value]]
) -> dict[Value, dict[str, Value]]:
    """Return whose the visits are that are held as well, by the visit's id."""
    ids = {visit for values in captured if isinstance(visit := values.get("visit_id"), bytes)}
    if not ids:
        return {}
    table, found = records.tables.held, defaultdict(list)
    of_visits = (table.c.entity == "visit", table.c.record_id.in_(ids))
    query = sa.select(table).where(*of_visits, *waiting.open_held(records, reader))
    for row in records.connection.execute(query):
        found[bytes(row.record_id)].append(row)
    return {
        visit: {name: value for name, value in _captured(records, rows).items() if name in _WHO}
        for visit, rows in found.items()
    }


def _captured(records: Records, rows: Sequence[Any]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for row in rows:
        change = change_of(records, row)
        values |= {name: value for name, value in change.values.items() if value} if change else {}
    return values


def _named(values: Mapping[str, Value]) -> Subject:
    return Subject(str(values.get("name_fr") or ""), str(values.get("name_ar") or ""))


def _is_named(record: Stored) -> bool:
    return "name_fr" in record.values


def _subject(record: Stored, owners: Mapping[tuple[str, bytes], Stored]) -> Subject:
    who: Stored | None = record
    if not _is_named(record):
        keys = ((entity, record.values.get(field)) for field, entity in _WHO.items())
        who = next((owners[key] for key in keys if key in owners), None)  # type: ignore[index]
    own = _named(who.values) if who else Subject()
    return Subject(own.latin, own.arabic, str(record.values.get("commune_code") or ""))
