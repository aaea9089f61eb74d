"""What records are called where a page refers to them: by name, never by id; with their page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from server.db import lookup
from server.db.records import Records, Stored
from server.web.reader import Reader, name_of, word
from server.web.seen import named
from server.web.shell import DESK
from server.web.values import shown
from sync.rules.codes import short_code

FOLDERS = {
    "person": "people",
    "enterprise": "enterprises",
    "visit": "visits",
    "contact_point": "points",
    "review": "reviews",
    "application": "requests",
    "holding": "holdings",
    "offer": "offers",
}
"""Entities whose records have a page of their own, and its folder."""
_SUBJECTS = ("person", "enterprise")
"""Whom a record without a name may be of."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a record is called, and the address of its page if it has one."""

    words: str
    url: str = ""


def names_of(
    records: Records, reader: Reader, keys: Iterable[tuple[str, bytes]]
) -> dict[tuple[str, bytes], Named]:
    """Return what records are called, by entity and id; none that the reader may not see.

    Agents alone are named to everybody: who works here is no secret of those who are visited.
    """
    by_entity: dict[str, set[bytes]] = defaultdict(set)
    for entity, record_id in keys:
        by_entity[entity].add(record_id)
    found: list[Stored] = []
    for entity, ids in by_entity.items():
        if entity not in records.entity_by_name:
            continue
        if entity == "agent":
            found += lookup.agents(records, ids).values()
        else:
            found += named(records, reader, entity, ids).values()
    return {
        key: Named(words, page_of(*key)) for key, words in titles_of(records, reader, found).items()
    }


def titles_of(
    records: Records, reader: Reader, found: Collection[Stored]
) -> dict[tuple[str, bytes], str]:
    """Return what records are called, by entity and id: those without a name by whom they are of.

    A visit is "Ali Id Belkacem · 28 nov. 16:20"; of somebody whom the reader may not see its time
    alone is said.
    """
    beside = {one.values["visit_id"] for one in found if one.values.get("visit_id")}
    visits = named(records, reader, "visit", beside) if beside else {}
    whom = {one.record_id: _whom(one, visits) for one in found}
    names: dict[bytes, str] = {}
    for entity in _SUBJECTS:
        if ids := [record_id for kind, record_id in whom.values() if kind == entity]:
            of_kind = named(records, reader, entity, ids)
            names |= {one: name_of(who, reader.language) for one, who in of_kind.items()}
    return {
        (one.entity.name, one.record_id): reader.phrases.facts(
            [names.get(whom[one.record_id][1], ""), _title_of(reader, one)]
        )
        for one in found
    }


def _whom(record: Stored, visits: Mapping[bytes, Stored]) -> tuple[str, bytes]:
    """Return whom a record is of, the entity and the id, or two of nothing: it has a name."""
    if name_of(record, ""):
        return "", b""
    own, visit = record.values, record.values.get("visit_id")
    values = visits[visit].values if isinstance(visit, bytes) and visit in visits else own
    for entity in _SUBJECTS:
        for one in (own, values):
            if isinstance(record_id := one.get(f"{entity}_id"), bytes):
                return entity, record_id
    return "", b""


def page_of(entity: str, record_id: bytes) -> str:
    """Return the address of a record's page; empty if its entity has none."""
    folder = FOLDERS.get(entity)
    return f"{DESK}/{folder}/{UUID(bytes=record_id)}" if folder else ""


def _title_of(reader: Reader, record: Stored) -> str:
    """Return what a record is called: its name, what it is about, or when; else its short code."""
    values, entity = record.values, record.entity
    if name := name_of(record, reader.language):
        return name
    if service := values.get("service"):
        return shown(reader, entity, "service", service)
    if at := values.get("started_at") or values.get("taken_at"):
        return reader.phrases.moment(int(str(at)), "short")
    for choice in ("kind", "purpose"):
        if choice in entity.field_by_name and values.get(choice):
            return word(reader, entity.name, choice, values[choice])
    return reader.phrases.code(short_code(record.record_id))


def entity_word(reader: Reader, entity: str) -> str:
    """Return what a kind of record is called; one of a newer app by its code."""
    name = reader.phrases.say(f"desk.entity.{entity}")
    return entity if name.startswith("[") else name
