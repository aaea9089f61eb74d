"""The index of terms that records are found by: which there are, how many have each, who has them.

What each search asks is built once for the table: to build it takes longer than to run it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.db.among import among, among_given, rows_given
from server.db.records import Records, any_id
from sync.rules import names
from sync.rules.search import BESIDE, LAST

EARLY = 3
"""A slip in so many first letters is looked for letter by letter, a later one among the words that
begin with them."""


class TermIndex:
    """The terms of an entity in some regions."""

    def __init__(self, records: Records, entity: str, regions: Iterable[str] | None) -> None:
        """Take the regions by their codes; None: all."""
        self.entity, self.table = entity, records.tables.search_term
        self._connection = records.connection
        self.number = records.tables.number_by_entity[entity]
        given = {"entity": self.number}
        # "" too: what a server of the release before writes, which knows of no regions.
        self._regions = (
            list(self._connection.scalars(_every_region(self.table), given))
            if regions is None
            else ["", *regions]
        )
        self._given = {**given, "regions": self._regions}

    @property
    def here(self) -> sa.ColumnElement[bool]:
        """The condition that a term is one of them."""
        table = self.table
        return sa.and_(table.c.entity == self.number, among(table.c.region, self._regions))

    def beginning_with(self, begun: Iterable[str]) -> Iterable[str]:
        """Return the terms that begin with some of these, each found from the one before it."""
        given = {**self._given, "begun": sorted(begun)}
        return self._connection.scalars(_beginning(self.table), given).all()

    def known(self, terms: Iterable[str]) -> set[str]:
        """Return those of some terms that any record has."""
        given = {**self._given, "terms": sorted(terms)}
        return set(self._connection.scalars(_known(self.table), given).all())

    def slips(self, typed: Iterable[str]) -> dict[str, list[str]]:
        """Return, of each word that was typed, those that anybody has and differ by one slip."""
        # A slip after the first letters: those who share them are few, and are compared here. A
        # slip within: all words that the first letters may have been are looked up.
        typed = sorted(typed)
        if not typed:
            return {}
        early = set().union(*(names.slips(word, EARLY) for word in typed))
        found = set(self.beginning_with({word[:EARLY] for word in typed}))
        found |= self.known(early | {slip + BESIDE for slip in early})
        found = {known.removesuffix(BESIDE) for known in found}
        return {mine: [known for known in found if names.is_near(mine, known)] for mine in typed}

    def counts(
        self, places: Sequence[tuple[Collection[str], Collection[str]]], *, most: int
    ) -> Sequence[int]:
        """Return how many have each of some terms, or one that begins so: no further than `most`.

        Args:
            places: of each the terms to be met whole, and the beginnings.
        """
        query = _counted(self.table, len(places))
        given = {**self._given, "most": most}
        for at, (whole, begun) in enumerate(places):
            given |= _texts(whole, begun, at)
        counts = {at: int(count) for at, count in self._connection.execute(query, given).all()}
        return [counts[at] for at in range(len(places))]

    def having(self, whole: Iterable[str], begun: Collection[str]) -> list[bytes]:
        """Return the ids of those who have a term, or one that begins so, whoever may see them."""
        query = _having(self.table)
        given = {**self._given, **_texts(whole, begun)}
        return list(dict.fromkeys(self._connection.scalars(query, given).all()))

    def meeting(
        self, places: Sequence[tuple[Collection[str], Collection[str]]], *, most: int
    ) -> list[bytes]:
        """Return the ids of those who meet each place, `most` of them, whoever may see them.

        Args:
            places: of each the terms to be met whole, and the beginnings.
        """
        given = {**self._given, "most": most}
        for at, (whole, begun) in enumerate(places):
            given |= _texts(whole, begun, at)
        query = _meeting(self.table, len(places))
        return list(self._connection.scalars(query, given).all())

    def terms_of(
        self, ids: Collection[bytes], whole: Iterable[str], begun: Collection[str]
    ) -> Iterable[Any]:
        """Return who of some has which of such terms: (id, term)."""
        if not ids:
            return ()
        query = _of_some(self.table, len(begun), self._connection.dialect.name)
        given = {"entity": self.number, "ids": list(ids), "whole": sorted(whole)}
        for at, one in enumerate(sorted(begun)):
            given |= {f"begun_{at}": one, f"end_{at}": one + LAST}
        return self._connection.execute(query, given).all()


def _texts(whole: Iterable[str], begun: Iterable[str], place: int = 0) -> dict[str, Any]:
    return {f"whole_{place}": sorted(whole), f"begun_{place}": sorted(begun)}


def begins(term: Any, begun: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a term begins so."""
    # A range and not LIKE, which uses the index only under conditions that differ between the two
    # databases. `term` is ordered by code points (`tables`), whatever the database's own locale.
    return sa.and_(term >= begun, term < begun + LAST)


def _of_entity(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.entity == sa.bindparam("entity")


@cache
def _every_region(table: sa.Table) -> sa.Select[Any]:
    """Ask for the regions in which there is anything, each found from the one before."""
    region = table.c.region
    least = sa.select(sa.func.min(region))
    first = least.where(_of_entity(table)).scalar_subquery()
    each = sa.select(first.label("region")).cte("each", recursive=True)
    after = least.where(_of_entity(table), region > each.c.region)
    each = each.union_all(
        sa.select(after.correlate(each).scalar_subquery()).where(each.c.region.is_not(None))
    )
    return sa.select(each.c.region).where(each.c.region.is_not(None))


@cache
def _beginning(table: sa.Table) -> sa.Select[Any]:
    term, asked = table.c.term, rows_given("begun")
    first = _least(table, begins(term, asked.c.value), of=asked)
    each = sa.select(asked.c.value.label("begun"), first.label("term")).cte("each", recursive=True)
    after = _least(table, term > each.c.term, term < each.c.begun + LAST, of=each)
    each = each.union_all(sa.select(each.c.begun, after).where(each.c.term.is_not(None)))
    return sa.select(each.c.term).where(each.c.term.is_not(None))


def _least(
    table: sa.Table, *where: sa.ColumnElement[bool], of: sa.FromClause
) -> sa.ScalarSelect[Any]:
    """Ask for the first term that conditions leave: the first of each region's."""
    asked = rows_given("regions")
    of_one = sa.select(sa.func.min(table.c.term)).where(
        _of_entity(table), table.c.region == asked.c.value, *where
    )
    of_one = of_one.correlate(asked, of)
    every = sa.select(sa.func.min(of_one.scalar_subquery())).select_from(asked)
    return every.correlate(of).scalar_subquery()


@cache
def _known(table: sa.Table) -> sa.Select[Any]:
    asked = rows_given("terms")
    # The first row of each answers: a common name has tens of thousands.
    anybody = sa.exists().where(
        _of_entity(table), among_given(table.c.region, "regions"), table.c.term == asked.c.value
    )
    return sa.select(asked.c.value).where(anybody)


@cache
def _having(table: sa.Table, place: int = 0) -> sa.CompoundSelect[Any]:
    # The beginnings as rows: written out, each with its bounds, they made a statement so long that
    # the driver keeps none like it, and reads it anew each time.
    here = _of_entity(table), among_given(table.c.region, "regions")
    begun = begins(table.c.term, rows_given(f"begun_{place}").c.value)
    whole = among_given(table.c.term, f"whole_{place}")
    return sa.union_all(*(sa.select(table.c.record_id).where(*here, way) for way in (begun, whole)))


@cache
def _meeting(table: sa.Table, places: int) -> sa.Select[Any]:
    first, *others = (_having(table, place).subquery() for place in range(places))
    met = (first.c.record_id.in_(sa.select(one.c.record_id)) for one in others)
    return sa.select(first.c.record_id).where(*met).distinct().limit(sa.bindparam("most"))


@cache
def _of_some(table: sa.Table, ranges: int, dialect: str) -> sa.Select[Any]:
    # By the ids alone: where it could, PostgreSQL would also go through all terms of the entity,
    # hundreds of thousands, to read fewer of those of some. Of a person's two dozen terms each is
    # looked up among those asked for as rows; in an array it is compared with one after another.
    # Beginnings are written out, few and each compared at once.
    term = table.c.term
    begun = [
        sa.and_(term >= sa.bindparam(f"begun_{at}"), term < sa.bindparam(f"end_{at}"))
        for at in range(ranges)
    ]
    return sa.select(table.c.record_id, term).where(
        any_id(dialect, table.c.record_id, "ids"),
        table.c.entity + 0 == sa.bindparam("entity"),
        sa.or_(term.in_(sa.select(rows_given("whole").c.value)), *begun),
    )


@cache
def _counted(table: sa.Table, places: int) -> sa.CompoundSelect[Any]:
    somes = [
        _having(table, place).limit(sa.bindparam("most")).subquery() for place in range(places)
    ]
    return sa.union_all(
        *(
            sa.select(sa.literal_column(str(place)), sa.func.count()).select_from(some)
            for place, some in enumerate(somes)
        )
    )
