"""Regions, communes, services, their papers and the questionnaires, as they ship with the app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

import sync
from sync.entities.service_edition import SERVICE_EDITION, WITHDRAWN
from sync.rules import offices
from sync.rules.calendars import Calendar, read_calendar
from sync.rules.delays import DelayWrong
from sync.rules.editions import Catalogue, Edition, EditionWrong, read_edition, unknown
from sync.rules.maturity import Form, read_forms
from sync.rules.offices import Office

if TYPE_CHECKING:
    from mobile_app.store.records import Store

CALENDAR = Path(sync.__file__).parent / "calendars" / "ma.json"
MATURITY = Path(sync.__file__).parent / "forms" / "maturity.csv"
FILE = Path(__file__).parent.parent / "assets" / "reference.json"


def _read(
    shipped: Mapping[str, Edition], rows: Iterable[tuple[str, str]]
) -> tuple[list[Edition], list[tuple[str, int]]]:
    """Return the editions that ship and those of rows, and which of these were withdrawn."""
    editions, withdrawn = list(shipped.values()), []
    for content, state in rows:
        try:
            edition = read_edition(msgspec.json.decode(content, type=dict[str, Any]))
        except (EditionWrong, DelayWrong, msgspec.MsgspecError):
            continue
        editions.append(edition)
        if state == WITHDRAWN:
            withdrawn.append((edition.code, edition.number))
    return editions, withdrawn


class Named(msgspec.Struct, frozen=True, array_like=True):
    """Something of the reference, in both scripts, under its parent's code."""

    code: str
    name_fr: str
    name_ar: str
    parent: str


OfficeRow: TypeAlias = tuple[str, str, dict[str, str], tuple[str, ...], tuple[str, ...], str, bool]
"""An `Office` as the file has it: its fields in their order."""


class Reference:
    """The reference data by kind and code.

    Kinds: `regions`, `provinces`, `communes`, `services`, `documents`.
    """

    def __init__(self, path: Path = FILE) -> None:
        """Read the file."""
        parsed = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
        self._editions = parsed.pop("editions")
        rows = msgspec.json.decode(parsed.pop("offices"), type=list[OfficeRow])
        self._offices = [Office(*row) for row in rows]
        self._rows: list[tuple[str, str]] | None = None
        self._by_kind = {
            kind: {named.code: named for named in msgspec.json.decode(rows, type=list[Named])}
            for kind, rows in parsed.items()
        }

    def name(self, kind: str, code: object, language: str) -> str:
        """Return a name, or the code of what later data brought."""
        found = self._by_kind[kind].get(str(code))
        if found is None:
            return str(code)
        return found.name_ar if language == "ar" else found.name_fr

    def parent(self, kind: str, code: object) -> str:
        """Return the code of what something belongs to; empty for what later data brought."""
        found = self._by_kind[kind].get(str(code))
        return found.parent if found else ""

    def all(self, kind: str) -> list[Named]:
        """Return everything of a kind."""
        return list(self._by_kind[kind].values())

    @cached_property
    def editions(self) -> dict[str, Edition]:
        """Return the editions of the services that ship, by code, in the catalogue's order."""
        declared = msgspec.json.decode(self._editions, type=list[dict[str, Any]])
        return {str(one["code"]): read_edition(one) for one in declared}

    def edition(self, service: object) -> Edition:
        """Return a service's edition; nothing is known of what a later catalogue brought."""
        return self.editions.get(str(service)) or unknown(str(service))

    def catalogue(self, store: Store) -> Catalogue:
        """Return the catalogue: the editions that ship, over them what has come from the server.

        One that this app cannot read is passed over: it keeps what it knows.
        """
        table = SERVICE_EDITION.name
        rows = store.db.execute(f"SELECT content, state FROM {table} ORDER BY id").fetchall()
        if rows != self._rows:
            self._rows, self._catalogue = rows, Catalogue(*_read(self.editions, rows))
        return self._catalogue

    def services_for(self, audience: str) -> list[Named]:
        """Return the services for a `person`, `farmer`, `enterprise` or `cooperative`."""
        return [
            service
            for service in self.all("services")
            if audience in self.edition(service.code).audience
        ]

    def office(self, edition: Edition, commune: object) -> Office | None:
        """Return who answers requests under an edition from a commune; None: nobody does."""
        kind, province = edition.decided_by, self.parent("communes", commune)
        return offices.office_for(self._offices, kind, edition.code, province)

    @cached_property
    def calendar(self) -> Calendar:
        """Return the country's calendar: which days offices work."""
        return read_calendar(CALENDAR.read_bytes())

    def maturity_forms(self) -> dict[str, Form]:
        """Return the questionnaires of digital maturity, `enterprise` and `farmer`."""
        return read_forms(MATURITY.read_text(encoding="utf-8"))
