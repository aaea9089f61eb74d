"""A visit in a line: on the list of visits, and on the pages of those who were visited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from server.db import lookup
from server.db.records import Records, Stored
from server.visits.flags import flags_of
from server.visits.queries import ACCEPTED, CORRECTED, RETURNED
from server.web.reader import Reader, name_of, word
from server.web.seen import named
from server.web.shell import DESK
from server.web.values import years_of

URL = f"{DESK}/visits"
MARKS: Mapping[object, str] = {ACCEPTED: "reviewed", RETURNED: "ontablet", CORRECTED: "received"}
"""The sign of where a visit stands: returned, it waits for its agent."""


def rows_of(records: Records, reader: Reader, visits: Sequence[Stored]) -> list[dict[str, Any]]:
    """Return visits as a list shows them, with the names they refer to."""
    people = named(records, reader, "person", (visit.values["person_id"] for visit in visits))
    enterprises = named(
        records, reader, "enterprise", (visit.values["enterprise_id"] for visit in visits)
    )
    agents = lookup.agents(records, (visit.values["agent_id"] for visit in visits))
    places = lookup.commune_names(records, reader.language)
    flags = flags_of(records, reader, [visit.record_id for visit in visits])
    rows = []
    for visit in visits:
        values = visit.values
        subject = people.get(_key(values["person_id"])) or enterprises.get(
            _key(values["enterprise_id"])
        )
        rows.append(
            {
                "id": str(UUID(bytes=visit.record_id)),
                "url": f"{URL}/{UUID(bytes=visit.record_id)}",
                "at": values["started_at"] or visit.effective_at,
                "latin": (subject.values["name_fr"] if subject else None) or "",
                "arabic": (subject.values["name_ar"] if subject else None) or "",
                "age": years_of(reader, subject),
                "place": places.get(str(values["commune_code"]), values["commune_code"]),
                "type": word(reader, "visit", "type", values["type"]),
                "outcome": word(reader, "visit", "outcome", values["outcome"]),
                "agent": name_of(agents.get(_key(values["agent_id"])), reader.language),
                "is_urgent": bool(values["urgent_needs"]),
                "flags": flags[visit.record_id],
                "state": MARKS.get(values["review_state"], "received"),
                "state_words": state_words(reader, visit),
                "state_short": state_words(reader, visit, "short"),
            }
        )
    return rows


def state_words(reader: Reader, visit: Stored, style: str = "stands") -> str:
    """Return where a visit stands, in some words; `short`: in one, for a list."""
    state = str(visit.values["review_state"])
    if state not in MARKS:
        state = "planned" if visit.values["started_at"] is None else "submitted"
    return reader.phrases.say(f"desk.visits.{style}.{state}")


def _key(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
