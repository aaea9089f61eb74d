"""Data without persons, as files: points, services, and what was done by region and month.

A count of few may name somebody, so it is only said to be below a bound, and there are no sums from
which it could be found. Months are given once they are over.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
import sqlalchemy as sa

from server.db.records import Records, Stored
from server.points.near import codes_of, is_open_to_all
from server.public.points import place_of, public_phone
from server.reference.catalogue import catalogue
from server.web import csv
from server.web.reader import CELL_LEAST
from sync import flat, local_time

LICENCE = "CC-BY-4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
_MONTHS = 24
_REGION_CHARS = 2
_COUNTED = (("visits", "visit", "started_at"), ("requests", "application", "submitted_at"))
"""What is counted: its name, its entity, and when it was."""

Cell = str | int | float | None
Row = Mapping[str, Cell | Sequence[str]]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent, and what a cache knows it by."""

    content: bytes
    media_type: str
    etag: str


def points(records: Records, _today: int) -> list[Row]:
    """Return the points that work, by their ids."""
    is_open = is_open_to_all(records.tables.records["contact_point"])
    return [_point(one) for one in records.list("contact_point", is_open)]


def _point(point: Stored) -> Row:
    values, place = point.values, place_of(point) or (None, None)

    def text(name: str) -> str:
        return str(values[name] or "")

    return {
        "id": str(UUID(bytes=point.record_id)),
        "name_ar": text("name_ar"),
        "name_fr": text("name_fr"),
        "kind": text("kind"),
        "commune_code": text("commune_code"),
        "latitude": place[0],
        "longitude": place[1],
        "hours": text("hours"),
        "ramadan_hours": text("ramadan_hours"),
        "phone": public_phone(point),
        "services": codes_of(point, "services"),
        "languages": codes_of(point, "languages"),
        "accessibility": codes_of(point, "accessibility"),
    }


def services(_records: Records, _today: int) -> list[Row]:
    """Return the services, as the catalogue has them."""
    return [
        {
            "code": one.code,
            "edition": one.number,
            **{f"name_{code}": one.names.get(code, "") for code in ("ar", "fr", "en")},
            "for": one.audience,
            "papers": one.documents,
            "decided_by": one.decided_by,
            "delay_unit": one.delay.unit.value,
            "delay_days": one.delay.days or None,
            "fee_mad": one.fee.file_mad,
            "valid_from": flat.day_text(one.valid_from),
        }
        for one in catalogue().newest()
    ]


def activity(records: Records, today: int) -> list[Row]:
    """Return visits and requests by region and month, of the months that are over."""
    months = _months(today)
    counted = {name: _counts(records, entity, at, months) for name, entity, at in _COUNTED}
    regions = sorted(str(one.values["code"]) for one in records.list("region"))
    return [
        {
            "month": month,
            "region_code": region,
            **{name: _told(found.get((region, month), 0)) for name, found in counted.items()},
        }
        for month, _, _ in months
        for region in regions
    ]


def _told(count: int) -> Cell:
    return f"<{CELL_LEAST}" if 0 < count < CELL_LEAST else count


def _months(today: int) -> list[tuple[str, int, int]]:
    """Return the months before a day's: as ISO 8601, and from when to when, Unix ms."""
    this = flat.day_text(today)[:7]
    first = int(this[:4]) * 12 + int(this[5:]) - 1
    starts = [_start(month) for month in range(first - _MONTHS, first + 1)]
    return [(month, begins, ends) for (month, begins), (_, ends) in itertools.pairwise(starts)]


def _start(month: int) -> tuple[str, int]:
    """Return a month, counted from the year 0, as ISO 8601, and when it begins."""
    first = date(month // 12, month % 12 + 1, 1)
    return f"{first:%Y-%m}", local_time.day_start((first - date(1970, 1, 1)).days)


def _counts(
    records: Records, entity: str, at: str, months: Sequence[tuple[str, int, int]]
) -> dict[tuple[str, str], int]:
    table = records.tables.records[entity]
    moment, region = table.c[at], sa.func.substr(table.c.commune_code, 1, _REGION_CHARS)
    month = sa.case(*((moment < ends, name) for name, _, ends in months))
    query = sa.select(region, month, sa.func.count()).where(
        table.c.deleted_at.is_(None), moment >= months[0][1], moment < months[-1][2]
    )
    # By place and not by what it is: PostgreSQL takes two parameters for two expressions.
    grouped = query.group_by(sa.text("1"), sa.text("2"))
    return {(row[0], row[1]): row[2] for row in records.connection.execute(grouped)}


FILES: Mapping[str, Callable[[Records, int], list[Row]]] = {
    "points": points,
    "services": services,
    "activity": activity,
}
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def make(records: Records, name: str, ending: str, today: int) -> File:
    """Return a file of `FILES` in a format of `FORMATS`."""
    rows = FILES[name](records, today)
    content = _csv(rows) if ending == "csv" else _json(name, rows, today)
    return File(content, FORMATS[ending], hashlib.sha256(content).hexdigest()[:16])


def _csv(rows: Sequence[Row]) -> bytes:
    lines = [csv.first_line(rows[0])] if rows else []
    lines += [csv.line(map(_cell, row.values())) for row in rows]
    return "".join(lines).encode()


def _cell(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _json(name: str, rows: Sequence[Row], today: int) -> bytes:
    head = {
        "name": name,
        "date": flat.day_text(today),
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "credit": "Nuqta",
        "rows": rows,
    }
    return msgspec.json.encode(head)
