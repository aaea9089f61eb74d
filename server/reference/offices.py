"""Who answers requests: the organisations of each kind, and which of them does where.

A kind is who decides a service (`Service.decided_by`). What an enterprise decides for itself has no
office. `organisations.json` says the rest, and is corrected there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from server.reference import files
from sync import scopes
from sync.rules.applications import INSIDE

DESK_KINDS = tuple(sorted(INSIDE))
"""Kinds whose requests are answered by coordinators, at the desk: the programme's own."""


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation that answers requests.

    `provinces` and `services`: codes of those it answers for; empty: all of its kind. `share`: the
    purpose of the consent without which it is told nothing, empty for the programme's own;
    `is_meant_without_name`: the only one that the purpose's text can mean, where a consent of an
    older app names no recipient.
    """

    code: str
    kind: str
    names: Mapping[str, str]
    provinces: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    share: str = ""
    is_meant_without_name: bool = False


@cache
def offices() -> Mapping[str, Office]:
    """Return the organisations by code, in the file's order."""
    content = (files.FOLDER / "organisations.json").read_bytes()
    rows = msgspec.json.decode(content, type=dict[str, Any])["organisations"]
    return {row["code"]: _office(row) for row in rows}


def _office(row: Mapping[str, Any]) -> Office:
    return Office(
        row["code"],
        row["kind"],
        row["name"],
        tuple(row["provinces"]),
        tuple(row["services"]),
        row["share"],
        bool(row.get("is_meant_without_name")),
    )


def find_office(code: object) -> Office | None:
    """Return an organisation by its code, None if there is none."""
    return offices().get(code) if isinstance(code, str) else None


def desk_offices() -> tuple[str, ...]:
    """Return the codes of those whose requests coordinators answer."""
    return tuple(one.code for one in offices().values() if one.kind in DESK_KINDS)


def office_for(service: object, commune_code: object) -> Office | None:
    """Return who answers requests for a service from a commune; None: nobody, as nobody decides.

    Of several the one that names the service before one that takes all, and of those the one that
    names the province; then the first of the file.
    """
    kinds = {one.code: one.decided_by for one in files.services()}
    kind, province = kinds.get(str(service)), scopes.province_of(str(commune_code))
    able = [
        one
        for one in offices().values()
        if one.kind == kind
        and (not one.services or service in one.services)
        and (not one.provinces or province in one.provinces)
    ]
    return min(able, key=lambda one: (not one.services, not one.provinces), default=None)
