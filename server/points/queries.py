"""The contact points that a reader may see, and what happened at one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.db import lookup
from server.db.records import Records, Stored
from server.voice.queries import recordings_of
from server.web.reader import Reader, name_of, word
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from sync.wording import in_words

URL = f"{DESK}/points"
_HAPPENED = {
    "incident": ("opened_at", "kind", ("severity", "state")),
    "training_session": ("starts_at", "topic", ("level", "state")),
}
"""Entity -> when it was, what it is unless it has a title, and what else is told in a word."""


def list_points(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the points that the reader may see, by commune."""
    table = records.tables.records["contact_point"]
    points = records.list(
        "contact_point",
        reader.covers(records, "contact_point"),
        order=(table.c.commune_code, table.c.id),
    )
    places = lookup.commune_names(records, reader.language)
    return [_row(reader, point, places) for point in points]


def _row(reader: Reader, point: Stored, places: dict[str, str]) -> dict[str, Any]:
    values = point.values
    status, served = values["status"] or "planned", values["commune_codes"]
    return {
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
        "lat": _degrees(values["latitude"]),
        "lon": _degrees(values["longitude"]),
    }


def _degrees(value: object) -> float | None:
    return value / 10**6 if isinstance(value, int) else None


def happened_at(records: Records, reader: Reader, point: Stored) -> dict[str, list[dict[str, Any]]]:
    """Return the latest incidents and trainings of a point, with what was written and recorded."""
    happened = {}
    for entity, (moment, kind, others) in _HAPPENED.items():
        table = records.tables.records[entity]
        events = records.list(
            entity,
            table.c.point_id == point.record_id,
            reader.covers(records, entity),
            order=(table.c[moment].desc(), table.c.id.desc()),
            limit=PAGE_ROWS,
        )
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
