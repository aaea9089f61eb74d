"""The events of the audit log as lines of CSV, page after page: however many, in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from server.db.records import Records
from server.trail.queries import Filter, Place, events, place_of, rows_of
from server.web.csv import first_line, line
from server.web.reader import Reader
from server.web.site import Site
from sync import flat

_ROWS = 1_000


def lines(site: Site, reader: Reader, wanted: Filter) -> Iterator[str]:
    """Yield the table, its head first; each page of it is read in a transaction of its own."""
    say = reader.phrases.say
    names = ("when", "who", "what", "whose", "detail")
    yield first_line([say(f"desk.audit.{name}") for name in names])
    after: Place | None = None
    while True:
        page = partial(_page, reader=reader, wanted=wanted, after=after)
        rows, after = site.read(page)
        for row in rows:
            moment, whose = flat.moment_text(row["at"]), row["whose"].words
            yield line([moment, row["who"], row["what"], whose, row["detail"]])
        if after is None:
            return


def _page(
    records: Records, reader: Reader, wanted: Filter, after: Place | None
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return some events in words, and the place to go on from if there are more."""
    found = events(records, wanted, after, _ROWS)
    rest = place_of(found[-1]) if len(found) == _ROWS else None
    return rows_of(records, reader, found), rest
