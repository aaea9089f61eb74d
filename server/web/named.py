"""What records are called where a page refers to them: by name, never by id; with their page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
    "holding": "holdings",
}
"""Entities whose records have a page of their own, and its folder."""


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
    found: dict[tuple[str, bytes], Named] = {}
    for entity, ids in by_entity.items():
        if entity not in records.entity_by_name:
            continue
        if entity == "agent":
            those = lookup.agents(records, ids)
        else:
            those = named(records, reader, entity, ids)
        for record_id, record in those.items():
            found[entity, record_id] = Named(title_of(reader, record), page_of(entity, record_id))
    return found


def page_of(entity: str, record_id: bytes) -> str:
    """Return the address of a record's page; empty if its entity has none."""
    folder = FOLDERS.get(entity)
    return f"{DESK}/{folder}/{UUID(bytes=record_id)}" if folder else ""


def title_of(reader: Reader, record: Stored) -> str:
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
