"""What every list of the desk has: its state in its address, filters, a total, ways on and back.

A list is counted no further than `COUNTED_MOST`: up to there its total is exact, beyond it is said
to be more. So no list costs more because a table is longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from server.db.records import Records
from server.web.asked import Asked, read_query
from server.web.reader import Reader
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

    def plus(self, other: Total) -> Total:
        """Return the total of two parts of one list."""
        both = self.count + other.count
        if self.is_more or other.is_more or both > COUNTED_MOST:
            return Total(COUNTED_MOST, is_more=True)
        return Total(both)


def total(records: Records, entity: str, *where: sa.ColumnElement[bool]) -> Total:
    """Count records of an entity that are not deleted, no further than `COUNTED_MOST`."""
    table = records.tables.records[entity]
    some = (
        sa.select(table.c.id)
        .where(table.c.deleted_at.is_(None), *where)
        .limit(COUNTED_MOST + 1)
        .subquery()
    )
    found = int(records.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)
    return Total(min(found, COUNTED_MOST), is_more=found > COUNTED_MOST)


def in_words(reader: Reader, code: str, found: Total) -> str:
    """Return a total in words; `code`: those of a count."""
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
                {"label": words, "url": self.link(**{name: code}), "active": code == chosen}
                for code, words in found[:MENU_MOST]
            ],
        }


def read_from(reader: Reader) -> Asked:
    """Return the list that a page was opened from. Raises RequestWrong."""
    return read_query(reader.asked.get("from").encode())
