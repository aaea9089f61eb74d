"""A visit that was returned: what may be asked about, and what answers it.

A return names one field of the visit, or one of `PARTS`: what is not one field. What the agent then
writes of it answers, whatever app wrote it: an app that knows of returns says `corrected` itself,
an older one only changes the field.

    returned: field `position`, at 10:00
    the tablet, at 11:00: latitude, longitude        an answer
    the tablet, at 11:00: notes                      none: the return stays
    another tablet, at 09:00, arrives at 12:00: latitude
                                                     none: written before anybody asked
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.spec import Entity, Kind

PARTS: Mapping[str, frozenset[str]] = {
    "position": frozenset(
        {
            "latitude",
            "longitude",
            "accuracy_m",
            "position_at",
            "position_mock",
            "position_missing",
        }
    ),
    "photos": frozenset(),
    "signature": frozenset(),
    "consents": frozenset(),
}
"""What a return may name that is no field of the visit, and the visit's fields that answer it."""

_PART_OF_RECORD = {"photo": "photos", "consent": "consents"}
_SIGNATURE = "signature"
_NOT_ASKED = frozenset(
    {"state", "review_state", "amends_id", "amend_reason", "planned_on", "created_at", "source"}
)


def returnable(visit: Entity) -> tuple[str, ...]:
    """Return what a return may name: fields that their agent can still write, then the parts."""
    within = frozenset().union(*PARTS.values())
    fields = tuple(
        field.name
        for field in visit.fields
        if not (field.fixed or field.of_office or field.own or field.kind in (Kind.KEY, Kind.REF))
        and field.name not in _NOT_ASKED | within
    )
    return fields + tuple(PARTS)


def fields_of(named: str) -> frozenset[str]:
    """Return the visit's fields that answer a return which names a field or a part."""
    return PARTS.get(named, frozenset({named}))


def is_answered_beside(named: str, entity: str, values: Mapping[str, Any]) -> bool:
    """Whether a record made beside the visit answers a return: a photo, a consent."""
    if entity == "photo" and values.get("purpose") == _SIGNATURE:
        return named == _SIGNATURE
    return _PART_OF_RECORD.get(entity) == named
