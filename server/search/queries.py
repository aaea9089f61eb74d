"""What answers to what was typed.

People, enterprises and points by name, phone or code; a visit by its code; communes by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from server.db import lookup
from server.db.lookup import Sought
from server.db.records import Records
from server.people.queries import SEARCH_ROWS, search_rows
from server.people.subjects import ENTERPRISES, PEOPLE
from server.points.queries import URL as POINTS_URL
from server.rights import Right
from server.visits.rows import URL as VISITS_URL
from server.visits.rows import rows_of
from server.web.lists import Listing, Total
from server.web.reader import Reader
from server.web.seen import search
from sync.rules import codes, names
from sync.rules.search import code_term

_COMMUNES_MAX = 10
_LISTS = {"people": PEOPLE.url, "enterprises": ENTERPRISES.url}
"""Where more are found than are shown: the list that narrows them down."""


def found_for(records: Records, reader: Reader, sought: Sought) -> list[dict[str, Any]]:
    """Return the kinds of which something answers, each with its rows, the best first."""
    text = sought.text
    kinds = (
        ("visits", _visits, Right.SEE_VISITS),
        ("communes", _communes, Right.SEE_VISITS),
        ("people", _people, Right.SEE_PEOPLE),
        ("enterprises", _enterprises, Right.SEE_PEOPLE),
        ("points", _points, Right.SEE_POINTS),
    )
    found = [
        (code, list(rows(records, reader, sought)))
        for code, rows, right in kinds
        if text and reader.may(right)
    ]
    return [
        {
            "code": code,
            "rows": rows[:SEARCH_ROWS],
            "number": _number(reader, Total.of_best(len(rows), SEARCH_ROWS)),
            "more_url": Listing.of(_LISTS[code], reader).link()
            if code in _LISTS and len(rows) > SEARCH_ROWS
            else "",
        }
        for code, rows in found
        if rows
    ]


def _number(reader: Reader, found: Total) -> str:
    number = reader.phrases.number(found.count)
    return reader.phrases.say("page.list.more_than", n=number) if found.is_more else number


def _people(records: Records, reader: Reader, sought: Sought) -> list[dict[str, Any]]:
    return [{**row, "sign": PEOPLE.sign} for row in search_rows(records, reader, PEOPLE, sought)]


def _enterprises(records: Records, reader: Reader, sought: Sought) -> list[dict[str, Any]]:
    rows = search_rows(records, reader, ENTERPRISES, sought)
    return [{**row, "sign": ENTERPRISES.sign} for row in rows]


def _points(records: Records, reader: Reader, sought: Sought) -> Iterator[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    for point in search(records, reader, "contact_point", sought, SEARCH_ROWS + 1):
        yield {
            "latin": point.values["name_fr"] or "",
            "arabic": point.values["name_ar"] or "",
            "place": places.get(str(point.values["commune_code"]), ""),
            "url": f"{POINTS_URL}/{UUID(bytes=point.record_id)}",
            "sign": "map-pin",
        }


def _visits(records: Records, reader: Reader, sought: Sought) -> Iterator[dict[str, Any]]:
    """Yield the visit that a slip's code names, if the reader may see it."""
    try:
        code = codes.parse_short_code(sought.text)
    except codes.CodeWrong:
        return
    visit = records.tables.records["visit"]
    of_code = lookup.having(records, "visit", code_term(code), regions=reader.regions("visit"))
    seen = records.list("visit", visit.c.id.in_(of_code), reader.covers(records, "visit"))
    for row in rows_of(records, reader, seen):
        yield {
            "latin": row["latin"],
            "arabic": row["arabic"],
            "place": f"{row['place']} · {reader.phrases.moment(row['at'], 'short')}",
            "url": row["url"],
            "sign": "clipboard-list",
        }


_folded = lru_cache(maxsize=8_000)(names.fold)
"""Of the names of all communes, which each search goes through."""


def _communes(records: Records, reader: Reader, sought: Sought) -> Iterator[dict[str, Any]]:
    """Yield the reader's communes of that name, in either script; each leads to its visits."""
    wanted = names.fold(sought.text)
    by_language = {language: lookup.commune_names(records, language) for language in ("fr", "ar")}
    own = frozenset(reader.session.standing.places(Right.SEE_VISITS, list(by_language["fr"])))
    met = [
        (not name.startswith(wanted), len(name), code)
        for of_language in by_language.values()
        for code, plain in of_language.items()
        if code in own and wanted and wanted in (name := _folded(plain))
    ]
    for code in list(dict.fromkeys(code for _, _, code in sorted(met)))[:_COMMUNES_MAX]:
        yield {
            "latin": by_language["fr"].get(code, code),
            "arabic": by_language["ar"].get(code, ""),
            "place": reader.phrases.say("desk.search.commune"),
            "url": f"{VISITS_URL}?commune={code}",
            "sign": "map",
        }
