"""The organisations that answer requests (`sync.rules.offices`), of `organisations.json`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from server.reference import catalogue, files
from sync import scopes
from sync.rules import offices as offices_rules
from sync.rules.applications import INSIDE, SELF
from sync.rules.offices import Office
from sync.spec import Value

DESK_KINDS = tuple(sorted(INSIDE))
"""Kinds whose requests are answered by coordinators, at the desk: the programme's own."""


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


def is_answered(service: str, kind: str) -> bool:
    """Whether a service that a kind decides has somebody who answers it in every province."""
    return kind in SELF or bool(offices_rules.office_for(offices().values(), kind, service, ""))


def find_office(code: object) -> Office | None:
    """Return an organisation by its code, None if there is none."""
    return offices().get(code) if isinstance(code, str) else None


def desk_offices() -> tuple[str, ...]:
    """Return the codes of those whose requests coordinators answer."""
    return tuple(one.code for one in offices().values() if one.kind in DESK_KINDS)


def office_for(service: object, commune_code: object, number: Value = None) -> Office | None:
    """Return who answers requests for a service from a commune; None: nobody, as nobody decides.

    Args:
        number: of the edition that a request was filed under; None: the first.
    """
    kind = catalogue.decider_of({"service": str(service), "service_version": number})
    province = scopes.province_of(str(commune_code))
    return offices_rules.office_for(offices().values(), kind, service, province)
