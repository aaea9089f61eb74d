"""What every list of the desk has: its state in its address, filters, a total, ways on and back.

A list is counted no further than `COUNTED_MOST`: up to there its total is exact, beyond it is said
to be more. So no list costs more because a table is longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.web.asked import Asked, RequestWrong, read_query
from server.web.reader import Reader
from server.web.seen import PAGE_ROWS
from sync import typed
from sync.rules import names

COUNTED_MOST = 1_000
MENU_MOST = 40
"""Choices of a menu that are shown at once; more are found by typing part of a name."""
PLACES = frozenset({"after", "before"})
PASSING = PLACES | {"lang", "act", "through", "back", "left"}
"""What an address says of the page at hand and not of the list."""
_FIND = "find_"


@dataclass(frozen=True, slots=True)
class Total:
    """How many a list has; `is_more`: it has more than were counted."""

    count: int
    is_more: bool = False

    @classmethod
    def of_best(cls, found: int, most: int) -> Total:
        """Return the total of a search that shows the best `most` and asked for one more."""
        return cls(min(found, most), is_more=found > most)

    def plus(self, other: Total) -> Total:
        """Return the total of two parts of one list."""
        both = self.count + other.count
        if self.is_more or other.is_more or both > COUNTED_MOST:
            return Total(COUNTED_MOST, is_more=True)
        return Total(both)


def total(
    records: Records,
    entity: str,
    *where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]],
) -> Total:
    """Count records of an entity that are not deleted, no further than `COUNTED_MOST`.

    Args:
        order: of the list that is counted. Its rows are then counted by the index that it is read
            by; without, the first that the database meets, wherever in the table they are.
    """
    table = records.tables.records[entity]
    some = (
        sa.select(table.c.id)
        .where(table.c.deleted_at.is_(None), *where)
        .order_by(*order)
        .limit(COUNTED_MOST + 1)
        .subquery()
    )
    found = int(records.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)
    return Total(min(found, COUNTED_MOST), is_more=found > COUNTED_MOST)


def total_words(reader: Reader, code: str, found: Total) -> str:
    """Return a total in words; `code`: those of a count. Of none nothing: the page says so."""
    if not found.count:
        return ""
    if found.is_more:
        number = reader.phrases.number(found.count)
        return reader.phrases.say("page.list.more_than", n=number)
    return reader.phrases.count(code, found.count)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list at its address, as a reader asked for it."""

    url: str
    reader: Reader
    asked: Mapping[str, str]

    @classmethod
    def of(cls, url: str, reader: Reader, asked: Asked | None = None) -> Listing:
        """Take what the reader's address asks, or `asked`. Raises RequestWrong."""
        first = (reader.asked if asked is None else asked).first()
        return cls(
            url,
            reader,
            {name: text for name, text in first.items() if text and name not in PASSING},
        )

    @property
    def state(self) -> str:
        """What the address says of the list, to be carried by a page of one of its rows."""
        return urlencode({k: v for k, v in self.asked.items() if not k.startswith(_FIND)})

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The same as hidden fields of a form."""
        return [(k, v) for k, v in self.asked.items() if not k.startswith(_FIND)]

    def link(self, **changed: str) -> str:
        """Return the address with some parameters changed, from its first page."""
        kept = {k: v for k, v in self.asked.items() if not k.startswith(_FIND)} | changed
        query = urlencode({name: text for name, text in kept.items() if text})
        return f"{self.url}?{query}" if query else self.url

    def row_url(self, url: str) -> str:
        """Return the address of a row's page, which knows the list that it came from."""
        return f"{url}?{urlencode({'from': self.state})}" if self.state else url

    def chips(self, named: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
        """Return the filters that are on, each with the list without it.

        Args:
            named: (parameter, words, sign), those without a value left out.
        """
        return [
            {"label": words, "url": self.link(**{name: ""}), "active": True, "sign": sign}
            for name, words, sign in named
            if self.asked.get(name)
        ]

    def menu(
        self, name: str, label: str, options: Sequence[tuple[str, str]], sign: str = ""
    ) -> dict[str, Any]:
        """Return a filter as `kit.search_menu` draws it: few choices, or a search in many."""
        chosen, find = self.asked.get(name, ""), typed.text(self.asked.get(f"{_FIND}{name}", ""))
        # Once for all choices: a list has a hundred.
        others = self.link(**{name: ""})
        begun = f"{others}{'&' if '?' in others else '?'}{name}="
        wanted = names.fold(find)
        found = [one for one in options if wanted in names.fold(one[1])] if wanted else options
        return {
            "name": name,
            "label": label,
            "sign": sign,
            "find": find,
            "is_long": len(options) > MENU_MOST // 4,
            "is_open": bool(find),
            "url": self.url,
            "kept": self.carried,
            "more": max(0, len(found) - MENU_MOST),
            "options": [
                {
                    "label": words,
                    "url": begun + quote_plus(code) if code else others,
                    "active": code == chosen,
                }
                for code, words in found[:MENU_MOST]
            ],
        }


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and the ways back and on; empty where there is none."""

    records: Sequence[Stored]
    newer_url: str = ""
    older_url: str = ""


def by_commune(
    records: Records, entity: str
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Return the order of `page_of`."""
    table = records.tables.records[entity]
    return table.c.commune_code, table.c.id


def page_of(
    records: Records, listing: Listing, entity: str, *where: sa.ColumnElement[bool]
) -> Page:
    """Return a page of records in the order of their communes, as `after` and `before` say.

    Raises:
        RequestWrong: they say no place of such a list.
    """
    asked = listing.reader.asked
    commune, key = by_commune(records, entity)
    # Compared as a pair, as the index is made: (commune, id).
    place = sa.tuple_(commune, key)
    after, before = _read_place(asked, "after"), _read_place(asked, "before")
    if before is not None:
        bound = sa.tuple_(sa.literal(before[0]), sa.literal(before[1], key.type))
        order, where = (commune.desc(), key.desc()), (*where, place < bound)
    else:
        order = (commune.asc(), key.asc())
        if after is not None:
            bound = sa.tuple_(sa.literal(after[0]), sa.literal(after[1], key.type))
            where = (*where, place > bound)
    # One more than is shown says whether there is more.
    found = records.list(entity, *where, order=order, limit=PAGE_ROWS + 1)
    is_more, page = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if before is not None:
        page.reverse()
    if not page:
        return Page(page)
    has_newer = is_more if before is not None else after is not None
    has_older = before is not None or is_more
    return Page(
        page,
        listing.link(before=_place_of(page[0])) if has_newer else "",
        listing.link(after=_place_of(page[-1])) if has_older else "",
    )


def _place_of(record: Stored) -> str:
    return f"{record.values['commune_code']!s}~{record.record_id.hex()}"


def _read_place(asked: Asked, name: str) -> tuple[str, bytes] | None:
    found = re.fullmatch(r"([0-9.]{1,24})~([0-9a-f]{32})", asked.get(name), re.ASCII)
    if found is None:
        if asked.get(name):
            raise RequestWrong("list: no place to go on from")
        return None
    return found[1], bytes.fromhex(found[2])


def read_from(reader: Reader) -> Asked:
    """Return the list that a page was opened from. Raises RequestWrong."""
    return read_query(reader.asked.get("from").encode())
