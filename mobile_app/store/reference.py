"""Regions, communes, services, their papers and the questionnaires, as they ship with the app."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

import sync
from sync.rules.calendars import Calendar, read_calendar
from sync.rules.delays import NO_DELAY, Delay, read_delay
from sync.rules.maturity import Form, read_forms

CALENDAR = Path(sync.__file__).parent / "calendars" / "ma.json"
MATURITY = Path(sync.__file__).parent / "forms" / "maturity.csv"
FILE = Path(__file__).parent.parent / "assets" / "reference.json"


class Named(msgspec.Struct, frozen=True, array_like=True):
    """Something of the reference, in both scripts, under its parent's code."""

    code: str
    name_fr: str
    name_ar: str
    parent: str


class Terms(msgspec.Struct, frozen=True, array_like=True):
    """What a service asks: for whom it is, codes of the papers it takes, who decides, how long."""

    service: str
    audience: tuple[str, ...]
    documents: tuple[str, ...]
    decided_by: str
    delay: dict[str, Any] = msgspec.field(default_factory=dict)


class Reference:
    """The reference data by kind and code.

    Kinds: `regions`, `provinces`, `communes`, `services`, `documents`.
    """

    def __init__(self, path: Path = FILE) -> None:
        """Read the file."""
        parsed = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
        terms = msgspec.json.decode(parsed.pop("terms"), type=list[Terms])
        self._terms = {term.service: term for term in terms}
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

    def terms(self, service: object) -> Terms:
        """Return what a service asks; nothing is known of what a later catalogue brought."""
        return self._terms.get(str(service)) or Terms(str(service), (), (), "")

    def services_for(self, audience: str) -> list[Named]:
        """Return the services for a `person`, `farmer`, `enterprise` or `cooperative`."""
        return [
            service
            for service in self.all("services")
            if audience in self.terms(service.code).audience
        ]

    def delay(self, service: object) -> Delay:
        """Return how long an answer may take; of a later catalogue's service nothing is known."""
        declared = self.terms(service).delay
        return read_delay(declared) if declared else NO_DELAY

    @cached_property
    def calendar(self) -> Calendar:
        """Return the country's calendar: which days offices work."""
        return read_calendar(CALENDAR.read_bytes())

    def maturity_forms(self) -> dict[str, Form]:
        """Return the questionnaires of digital maturity, `enterprise` and `farmer`."""
        return read_forms(MATURITY.read_text(encoding="utf-8"))
