"""The contact points that a reader may see, and what happened at one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db import lookup
from server.db.records import Records, Stored
from server.rights import Right
from server.voice.queries import recordings_of
from server.web.asked import Asked
from server.web.lists import Listing, by_commune, page_of, total, total_words
from server.web.reader import Reader, name_of, word
from server.web.seen import PAGE_ROWS, seen_of
from server.web.shell import DESK
from sync.wording import in_words

URL = f"{DESK}/points"
_KINDS = ("kind", "status")
_HAPPENED = {
    "incident": ("opened_at", "kind", ("severity", "state")),
    "training_session": ("starts_at", "topic", ("level", "state")),
}
"""Entity -> when it was, what it is unless it has a title, and what else is told in a word."""


def conditions(records: Records, reader: Reader, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the points that a list has, as its address asks."""
    table = records.tables.records["contact_point"]
    where = [reader.covers(records, "contact_point")]
    columns = {"commune": table.c.commune_code, **{name: table.c[name] for name in _KINDS}}
    return where + [
        column == asked.get(name) for name, column in columns.items() if asked.get(name)
    ]


def list_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return a page of the points that the reader may see, by commune. Raises RequestWrong."""
    listing, entity = Listing.of(URL, reader), "contact_point"
    say = reader.phrases.say
    where, asked = conditions(records, reader, reader.asked), reader.asked.first()
    page = page_of(records, listing, entity, *where)
    found = total(records, entity, *where, order=by_commune(records, entity))
    places = lookup.commune_names(records, reader.language)
    declared = records.entity_by_name[entity].field_by_name
    words = {
        name: [(code, word(reader, entity, name, code)) for code in declared[name].choices]
        for name in _KINDS
    }
    labels = {name: dict(words[name]).get(asked.get(name, ""), "…") for name in _KINDS}
    labels["commune"] = places.get(asked.get("commune", ""), "…")
    communes = reader.communes(Right.SEE_POINTS, places)
    return {
        "listing": listing,
        "rows": [_row(reader, point, places) for point in page.records],
        "total": total_words(reader, "desk.points.shown", found),
        "newer_url": page.newer_url,
        "older_url": page.older_url,
        "is_filtered": bool(listing.carried),
        "chips": listing.chips((name, label, "") for name, label in labels.items()),
        "menus": [
            listing.menu("commune", say("desk.visits.commune"), communes, "map-pin"),
            *(listing.menu(n, say(f"{entity}.field.{n}"), words[n]) for n in _KINDS),
        ],
    }


def _row(reader: Reader, point: Stored, places: dict[str, str]) -> dict[str, Any]:
    values = point.values
    status, served = values["status"] or "planned", values["commune_codes"]
    return {
        "id": point.record_id.hex(),
        "url": f"{URL}/{UUID(bytes=point.record_id)}",
        "commune": str(values["commune_code"]),
        "name": name_of(point, reader.language),
        "latin": values["name_fr"] or "",
        "arabic": values["name_ar"] or "",
        "kind": word(reader, "contact_point", "kind", values["kind"]),
        "modality": word(reader, "contact_point", "modality", values["modality"]),
        "status": status,
        "status_word": word(reader, "contact_point", "status", status),
        "place": places.get(str(values["commune_code"]), ""),
        "served": len(served) if isinstance(served, tuple) else 0,
        "hours": in_words(reader.phrases, point.entity, "hours", values["hours"]),
        "lat": degrees(values["latitude"]),
        "lon": degrees(values["longitude"]),
    }


def degrees(value: object) -> float | None:
    """Return a latitude or longitude in degrees, from millionths of one."""
    return value / 10**6 if isinstance(value, int) else None


def happened_at(records: Records, reader: Reader, point: Stored) -> dict[str, list[dict[str, Any]]]:
    """Return the latest incidents and trainings of a point, with what was written and recorded."""
    happened = {}
    for entity, (moment, kind, others) in _HAPPENED.items():
        order, ids = (f"-{moment}", "-id"), [point.record_id]
        events = seen_of(records, reader, entity, "point_id", ids, order=order, limit=PAGE_ROWS)
        recordings = recordings_of(records, reader, entity, [event.record_id for event in events])
        happened[entity] = [
            {
                "title": event.values["title"] or word(reader, entity, kind, event.values[kind]),
                "at": event.values[moment],
                "facts": [word(reader, entity, name, event.values[name]) for name in others],
                "notes": event.values["notes"] or "",
                "recordings": recordings[event.record_id],
            }
            for event in events
        ]
    return happened
