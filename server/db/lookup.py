"""Find records by what people type, and name those that a list refers to."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from server.db.among import among, among_ids, rows_of
from server.db.records import Records, Stored
from sync.rules import names
from sync.rules import search as rules
from sync.scopes import GENERAL

COMMON = 1_000
"""What more have than so many is common: not all of them are weighed against one another."""
LOOKED_AT = 20_000
"""Of those who have a common name, so many are looked at for some that the reader may see."""
EARLY = 3
"""A slip in so many first letters is looked for letter by letter, a later one among the words that
begin with them."""


def search(
    records: Records,
    entity: str,
    text: str,
    within: sa.ColumnElement[bool],
    *,
    limit: int,
    regions: Sequence[str] | None = None,
) -> list[Stored]:
    """Return records by name, phone or short code, best match first.

    Args:
        within: the condition that a record may be seen.
        regions: in which all lies that may be seen; None: it may lie anywhere.
    """
    query = rules.read(text)
    weights: dict[bytes, float] = {}
    index = TermIndex(records, entity, regions)
    for found in _tries(records, index, query, within, is_bounded=True):
        if found is not None:
            # More than are asked for, since `finer` may put the last of them first.
            many = max(limit, rules.RANKED_MOST)
            best = found.order_by(sa.desc("weight"), "record_id").limit(many)
            weights = {row.record_id: row.weight for row in records.connection.execute(best)}
        if query.is_enough(list(weights.values())):
            break
    ids = list(weights)
    most = max(limit, rules.RANKED_MAX)
    if len(ids) > most:
        last = weights[ids[most - 1]]
        # Where all that weigh so much only sound alike, `finer` ranks them: none is cut off before.
        is_heard = query.is_heard(last)
        ids = ids[:most] + [key for key in ids[most:] if is_heard and weights[key] == last]
    ranked = [
        (
            -weights[record.record_id] - query.finer(rules.words(record.entity, record.values)),
            at,
            record,
        )
        for at, record in enumerate(records.load(entity, ids).values())
    ]
    return [record for _, _, record in sorted(ranked, key=lambda item: item[:2])[:limit]]


def answering(
    records: Records,
    entity: str,
    text: str,
    within: sa.ColumnElement[bool],
    *,
    regions: Sequence[str] | None = None,
) -> sa.Select[Any]:
    """Return the query of the ids of all that `search` would find."""
    query, answer = rules.read(text), None
    index = TermIndex(records, entity, regions)
    for found in _tries(records, index, query, within):
        if found is not None:
            answer = found
            best = found.order_by(sa.desc("weight")).limit(rules.SLIPS_BELOW)
            if query.is_enough([row.weight for row in records.connection.execute(best)]):
                break
    if answer is None:
        nobody = records.tables.records[entity].c.id
        return sa.select(nobody.label("record_id")).where(sa.false())
    return sa.select(answer.subquery().c.record_id)


def having(
    records: Records, entity: str, term: str, *, regions: Sequence[str] | None
) -> sa.Select[Any]:
    """Return the query of the ids of all that have a term, whoever may see them."""
    index = TermIndex(records, entity, regions)
    return sa.select(index.table.c.record_id).where(index.here, index.table.c.term == term)


def _tries(
    records: Records,
    index: TermIndex,
    query: rules.Query,
    within: sa.ColumnElement[bool],
    *,
    is_bounded: bool = False,
) -> Iterator[sa.Select[Any] | None]:
    """Yield the query of ids and weights of those that answer; then the same with slips.

    None where nobody answers, which no query need be asked for.

    All of it is the database's work, and what may be seen is asked for within: whatever limit
    comes after, it leaves nobody out who answers better.

    Args:
        is_bounded: of names that tens of thousands have, so many are looked at (`_Asked.whom`).
    """
    yield _weighed(records, index, query, {}, within, is_bounded=is_bounded)
    typed = {word for token in query.tokens for word in token.typed if names.may_slip(word)}
    slips = _slips(index, typed)
    yield _weighed(records, index, query, slips, within, is_bounded=is_bounded)


def _weighed(
    records: Records,
    index: TermIndex,
    query: rules.Query,
    slips: Mapping[str, Iterable[str]],
    within: sa.ColumnElement[bool],
    *,
    is_bounded: bool,
) -> sa.Select[Any] | None:
    table = records.tables.records[index.entity]
    places = range(len(query.words))
    if not places:
        return None
    # A row of `hits` is one term of one record: "fatima" weighs at the first place of "fatima
    # zahra", another at the second. Of each place the best counts, and the sum over the places is
    # the weight.
    asked = _Asked(records, index, query, [_whole(query, place, slips) for place in places])
    whom = asked.whom(within, is_bounded=is_bounded)
    if whom is not None and not whom:
        return None
    hits = asked.hits(whom).subquery()
    best = [sa.func.max(hits.c[f"at_{place}"]) for place in places]
    wanted = [best[place] for place in sorted(query.wanted)]
    met = (
        sa.select(hits.c.record_id, _sum(best).label("weight"))
        .group_by(hits.c.record_id)
        .having(*(value > 0 for value in wanted), _sum(wanted) >= query.least)
        .subquery()
    )
    return (
        sa.select(met.c.record_id, met.c.weight)
        .join(table, table.c.id == met.c.record_id)
        .where(table.c.deleted_at.is_(None), within)
    )


class TermIndex:
    """The terms of an entity in some regions."""

    def __init__(self, records: Records, entity: str, regions: Sequence[str] | None) -> None:
        """Take the regions by their codes; None: all."""
        self.entity, self.table = entity, records.tables.search_term
        self._connection = records.connection
        self.number = records.tables.number_by_entity[entity]
        self._of_entity = self.table.c.entity == self.number
        # "" too: what a server of the release before writes, which knows of no regions.
        self._regions = self._all() if regions is None else ["", *regions]
        self.here = sa.and_(self._of_entity, among(self.table.c.region, self._regions))
        """The condition that a term is one of them."""

    def _all(self) -> list[str]:
        """Return the regions in which there is anything, each found from the one before."""
        region = self.table.c.region
        least = sa.select(sa.func.min(region))
        first = least.where(self._of_entity).scalar_subquery()
        each = sa.select(first.label("region")).cte("each", recursive=True)
        after = least.where(self._of_entity, region > each.c.region)
        each = each.union_all(
            sa.select(after.correlate(each).scalar_subquery()).where(each.c.region.is_not(None))
        )
        found = sa.select(each.c.region).where(each.c.region.is_not(None))
        return list(self._connection.scalars(found))

    def beginning_with(self, begun: str) -> Iterable[str]:
        """Return the terms that begin so, each found from the one before it."""
        term = self.table.c.term
        first = self._least(_begins(term, begun)).scalar_subquery()
        each = sa.select(first.label("term")).cte("each", recursive=True)
        after = self._least(term > each.c.term, term < begun + rules.LAST, than=each)
        each = each.union_all(
            sa.select(after.correlate(each).scalar_subquery()).where(each.c.term.is_not(None))
        )
        return self._connection.scalars(sa.select(each.c.term).where(each.c.term.is_not(None)))

    def _least(self, *where: sa.ColumnElement[bool], than: sa.CTE | None = None) -> sa.Select[Any]:
        """Return the query of the first term that conditions leave: the first of each region's."""
        asked = rows_of(self._regions)
        of_one = sa.select(sa.func.min(self.table.c.term)).where(
            self._of_entity, self.table.c.region == asked.c.value, *where
        )
        of_one = of_one.correlate(asked) if than is None else of_one.correlate(asked, than)
        return sa.select(sa.func.min(of_one.scalar_subquery())).select_from(asked)

    def known(self, terms: Iterable[str]) -> set[str]:
        """Return those of some terms that any record has."""
        asked = rows_of(sorted(terms))
        # The first row of each answers: a common name has tens of thousands.
        anybody = sa.exists().where(self.here, self.table.c.term == asked.c.value)
        return set(self._connection.scalars(sa.select(asked.c.value).where(anybody)))


class _Asked:
    """The terms of a query, as the index has them: what is met whole at each place, and begins."""

    def __init__(
        self,
        records: Records,
        index: TermIndex,
        query: rules.Query,
        by_place: Sequence[Mapping[str, float]],
    ) -> None:
        """Take for each place the terms to be met whole, with what each weighs."""
        self._connection, self._query = records.connection, query
        self._entity = records.tables.records[index.entity]
        self._table, self._here = index.table, index.here
        self._is_of_entity = index.table.c.entity + 0 == index.number
        # With slips there are hundreds of terms; those that nobody has would only lengthen the CASE
        # below, which the database computes for each row that it meets.
        known = index.known(set().union(*by_place))
        self._whole = [sorted(known & whole.keys()) for whole in by_place]
        self._ways = [
            sorted(self._ways_at(place, known, whole), key=lambda way: -way[1])
            for place, whole in enumerate(by_place)
        ]

    def _ways_at(
        self, place: int, known: set[str], whole: Mapping[str, float]
    ) -> Iterator[tuple[sa.ColumnElement[bool], float]]:
        """Yield how a place may be met by a term, and what that weighs."""
        term = self._table.c.term
        terms_by_weight: dict[float, list[str]] = {}
        for one in sorted(known & whole.keys()):
            terms_by_weight.setdefault(whole[one], []).append(one)
        for weight, terms in terms_by_weight.items():
            yield term.in_(terms), weight
        for token in self._query.tokens:
            for way in token.ways if token.covers(place) else ():
                if way.beginning:
                    yield (
                        sa.and_(_begins(term, way.term), ~term.like(f"%{rules.BESIDE}")),
                        way.beginning,
                    )
                    yield _begins(term, way.term), way.beginning * rules.BESIDE_WEIGHT

    def hits(self, whom: Sequence[bytes] | None) -> sa.Select[Any]:
        """Return the query of who, of some or of all, has a term, and its weight at each place."""
        table = self._table
        columns = [
            # The heaviest first, so that the first that is met counts.
            (sa.case(*ways, else_=0.0) if ways else sa.literal(0.0)).label(f"at_{place}")
            for place, ways in enumerate(self._ways)
        ]
        every = [way for ways in self._ways for way, _ in ways]
        query = sa.select(table.c.record_id, *columns)
        if whom is not None:
            # By the ids alone: where it could, PostgreSQL would also go through all terms of the
            # entity, hundreds of thousands, to read fewer of those of some.
            met = among_ids(self._connection, table.c.record_id, whom)
            return query.where(met, self._is_of_entity, sa.or_(sa.false(), *every))
        parts = [query.where(self._here, way) for way in every or [sa.false()]]
        return sa.select(sa.union_all(*parts).subquery())

    def whom(self, within: sa.ColumnElement[bool], *, is_bounded: bool) -> Sequence[bytes] | None:
        """Return the ids among whom all who answer are; None for everybody.

        Every place that is wanted must be met, so they are among those who meet the rarest; or
        among all whom the reader may see, if these are few. Where both are many, as to a
        coordinator who asks for Mohamed, `is_bounded` takes some of those who meet it best: whoever
        is sought there is found by a second word.
        """
        entity = self._entity
        seen = sa.and_(within, entity.c.deleted_at.is_(None))
        counts: list[tuple[int, int]] = []
        for one in sorted(self._query.wanted):
            counts.append((self._count(self._met(one)), one))
            if not counts[-1][0]:
                return []
        count, place = min(counts)
        if count <= COMMON:
            return self._ids(self._seen_of(self._met(place), seen))
        everybody = sa.select(entity.c.id).where(seen)
        if self._count(everybody) <= COMMON:
            return self._ids(everybody)
        if others := self._query.wanted - {place}:
            return self._of_all(place, others, seen, is_bounded=is_bounded)
        return self._of_one(place, seen) if is_bounded else None

    def _of_one(self, place: int, seen: sa.ColumnElement[bool]) -> Sequence[bytes]:
        """Return the ids of some whom the reader may see, of a common word: the best first."""
        # Those who have it as it was typed are enough, where there are as many as are ranked.
        for is_as_typed, most in ((True, rules.RANKED_MAX), (False, rules.RANKED_MOST)):
            met = self._met(place, is_as_typed=is_as_typed).limit(LOOKED_AT)
            found = self._ids(self._seen_of(met, seen).limit(most))
            if len(found) == most:
                break
        return found

    def _of_all(
        self, place: int, others: Iterable[int], seen: sa.ColumnElement[bool], *, is_bounded: bool
    ) -> Sequence[bytes] | None:
        """Return the ids of those who meet all places; None where they are too many to be named.

        Who meets them is asked first, of the terms alone: it leaves few of whom to ask whether the
        reader may see them. A limit keeps the two apart, be it none.
        """
        rarest = self._met(place)
        some = (rarest.limit(LOOKED_AT) if is_bounded else rarest).subquery()
        met = sa.select(some.c.record_id).where(
            *(some.c.record_id.in_(sa.select(self._meets(one).subquery())) for one in others)
        )
        met = met.limit(LOOKED_AT) if is_bounded else met.offset(0)
        found = self._ids(self._seen_of(met, seen).limit(COMMON + 1))
        if not is_bounded:
            return found if len(found) <= COMMON else None
        # Who has all of it as one, a whole name, is nobody of many.
        whole = sa.select(self._table.c.record_id).where(
            self._here, self._table.c.term.in_(self._names())
        )
        return [*found, *self._ids(self._seen_of(whole.limit(COMMON), seen))]

    def _met(self, place: int, *, is_as_typed: bool = False) -> sa.CompoundSelect[Any]:
        """Return the query of the ids of those who meet a place, the best first.

        Args:
            is_as_typed: of those alone who meet it as it was typed.
        """
        ids = sa.select(self._table.c.record_id)
        ways = [
            way
            for way, weight in self._ways[place]
            if not is_as_typed or self._query.is_as_typed(weight)
        ] or [sa.false()]
        return sa.union_all(*(ids.where(self._here, way) for way in ways))

    def _meets(self, place: int) -> sa.CompoundSelect[Any]:
        """Return the query of the same in no order: what begins with a term is asked for once."""
        table, ids = self._table, sa.select(self._table.c.record_id)
        begun = {
            way.term
            for token in self._query.tokens
            if token.covers(place)
            for way in token.ways
            if way.beginning
        }
        whole = [one for one in self._whole[place] if not any(one.startswith(way) for way in begun)]
        ways = [_begins(table.c.term, way) for way in sorted(begun)]
        if whole:
            ways.append(table.c.term.in_(whole))
        return sa.union_all(*(ids.where(self._here, way) for way in ways or [sa.false()]))

    def _seen_of(
        self, met: sa.Select[Any] | sa.CompoundSelect[Any], seen: sa.ColumnElement[bool]
    ) -> sa.Select[Any]:
        """Return the query of those of some whom the reader may see.

        Each looked up by itself: joined, the database would read everybody first.
        """
        some, entity = met.subquery(), self._entity
        one: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
            entity.c.id == some.c.record_id, seen
        )
        return sa.select(some.c.record_id).where(one.correlate(some).scalar_subquery() == 1)

    def _names(self) -> list[str]:
        """Return the terms that stand for all that was typed: whole names, numbers, codes."""
        last = len(self._ways) - 1
        return [
            way.term
            for token in self._query.tokens
            if (token.first, token.last) == (0, last)
            for way in token.ways
        ]

    def _ids(self, query: sa.Select[Any]) -> list[bytes]:
        return list(dict.fromkeys(self._connection.scalars(query)))

    def _count(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> int:
        """Count the rows of a query, as far as it matters."""
        some = query.limit(COMMON + 1).subquery()
        return int(self._connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def _whole(query: rules.Query, place: int, slips: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """Return the terms to be met whole at one place of a query, and what each weighs."""
    found: dict[str, float] = {}
    for token in query.tokens:
        if token.covers(place):
            terms = [(way.term, way.same) for way in token.ways]
            terms += [(other, rules.OTHER_WEIGHT) for other in token.others]
            terms += [
                (slip, rules.SLIP_WEIGHT) for typed in token.typed for slip in slips.get(typed, ())
            ]
            for name, weight in terms:
                for term, share in (
                    (name, weight),
                    (name + rules.BESIDE, weight * rules.BESIDE_WEIGHT),
                ):
                    found[term] = max(found.get(term, 0.0), share)
    return found


def _sum(terms: Iterable[sa.ColumnElement[float]]) -> sa.ColumnElement[float]:
    return reduce(operator.add, terms)


def _slips(index: TermIndex, typed: Iterable[str]) -> dict[str, list[str]]:
    """Return, of each word that was typed, those that anybody has and that differ by one slip."""
    # A slip after the first letters: those who share them are few, and are compared here. A slip
    # within: all words that the first letters may have been are looked up.
    begun = {word[:EARLY] for word in typed}
    early = set().union(*(names.slips(word, EARLY) for word in typed))
    found = {term for beginning in begun for term in index.beginning_with(beginning)}
    found |= index.known(early | {slip + rules.BESIDE for slip in early})
    found = {known.removesuffix(rules.BESIDE) for known in found}
    return {mine: [known for known in found if names.is_near(mine, known)] for mine in typed}


def _begins(term: Any, begun: str) -> sa.ColumnElement[bool]:
    # A range and not LIKE, which uses the index only under conditions that differ between the two
    # databases. `term` is ordered by code points (`tables`), whatever the database's own locale.
    return sa.and_(term >= begun, term < begun + rules.LAST)


def commune_names(records: Records, language: str) -> dict[str, str]:
    """Return the names of all communes by code; to be read alone: it is kept for other readers."""
    scope, tables = records.tables.scope, records.tables
    # What is everybody's changes a few times a year; its counter says when.
    head = records.connection.scalar(sa.select(scope.c.head).where(scope.c.name == GENERAL))
    kept = _NAMES.setdefault(records.connection.engine, {})
    if (language, head) not in kept:
        table = tables.records["commune"]
        name = table.c.name_ar if language == "ar" else table.c.name_fr
        rows = records.connection.execute(sa.select(table.c.code, name))
        kept = {known: names for known, names in kept.items() if known[1] == head}
        kept[language, head] = {row[0]: row[1] for row in rows}
        _NAMES[records.connection.engine] = kept
    return kept[language, head]


_NAMES: WeakKeyDictionary[sa.Engine, dict[tuple[str, int | None], dict[str, str]]] = (
    WeakKeyDictionary()
)


def agents(records: Records, ids: Iterable[object]) -> dict[bytes, Stored]:
    """Return agents by id: whoever works in the programme stands by name under what they did."""
    return records.load("agent", [agent_id for agent_id in ids if isinstance(agent_id, bytes)])
