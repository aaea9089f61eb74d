"""Find records by what people type, and name those that a list refers to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from server.db import query_terms
from server.db.among import among, among_ids
from server.db.records import Records, Stored, any_id
from server.db.term_index import TermIndex, begins
from sync.rules import names
from sync.rules import search as rules
from sync.scopes import GENERAL

COMMON = 1_000
"""What more have than so many is common: a list of all of them weighs nobody."""
FEW = 200
"""So many who have a word are all weighed; of more the best alone, or those who have two words."""
COUNTED = 5_000
"""Those who have a word are counted so far: the rarest of several is looked for."""
LOOKED_AT = 20_000
"""Of those who have a common name, so many are looked at for some that the reader may see."""
Weights: TypeAlias = Mapping[bytes, float]


@dataclass(frozen=True, slots=True)
class Everybody:
    """Very many: `query` asks for their ids, `of` whether a column is the id of one.

    `met`: the query of the ids of all who have the word, whoever may see them; `one`: given an id,
    whether the reader may.
    """

    query: sa.Select[Any]
    met: sa.CompoundSelect[Any]
    one: Callable[[sa.ColumnElement[bytes]], sa.ColumnElement[bool]]

    def of(self, column: sa.ColumnElement[bytes]) -> sa.ColumnElement[bool]:
        """Return the condition that a column is the id of one of them."""
        # Of those alone whom a row is of it is asked whether they may be seen: of all who have a
        # common word that took longer than all else.
        return sa.and_(column.in_(self.met), self.one(column))


@dataclass(slots=True)
class Sought:
    """What was typed once and is looked for among several kinds, one after another.

    `is_met`: one of them answers as it was typed. Those after it are not asked with slips, which
    would find what nobody meant, and costs more than all that was asked before.
    `is_alike`: names that are only alike are looked for in any case, not just where none is as it
    was typed; otherwise `is_cut` says afterwards whether they were not.
    """

    text: str
    is_alike: bool = True
    is_met: bool = False
    is_cut: bool = False

    def is_short(self, query: rules.Query) -> bool:
        """Whether it is first asked who has the words themselves: of one word, all have it."""
        return not self.is_alike and len(query.wanted) > 1

    def is_enough(self, query: rules.Query, weights: Weights) -> bool:
        """Whether no slip is looked for after those who answer; note whether one is met."""
        found = list(weights.values())
        is_enough = self.is_met or query.is_enough(found)
        self.is_met |= query.is_as_typed(max(found, default=0.0))
        return is_enough


def search(
    records: Records,
    entity: str,
    sought: Sought,
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
    query = rules.read(sought.text)
    weights: Weights = {}
    for asked in _tries(records, entity, regions, query, within):
        is_short = sought.is_short(query)
        found = asked.typed() if is_short else {}
        if is_short and (found or sought.is_met):
            sought.is_cut = True
        else:
            found = asked.best()
        if found:
            # More than are asked for, since `finer` may put the last of them first.
            many = max(limit, rules.RANKED_MOST)
            best = sorted(found.items(), key=lambda one: (-one[1], one[0]))
            weights = dict(best[:many])
        if sought.is_enough(query, weights):
            break
    ids = list(weights)
    most = max(limit, rules.RANKED_MAX)
    if len(ids) > most:
        last = weights[ids[most - 1]]
        # Where all that weigh so much only sound alike, `finer` ranks them: none is cut off before.
        is_heard = query.is_heard(last)
        ids = ids[:most] + [key for key in ids[most:] if is_heard and weights[key] == last]
    ranked = sorted(
        (-weights[one] - query.finer(rules.words(records.entity_by_name[entity], named)), at, one)
        for at, (one, named) in enumerate(_named(records, entity, ids))
    )
    best_ids = [one for _, _, one in ranked[:limit]]
    loaded = records.load(entity, best_ids)
    return [loaded[one] for one in best_ids]


def _named(
    records: Records, entity: str, ids: Sequence[bytes]
) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """Yield some records by id, with the fields by which they are called and no other."""
    if ids:
        called = tuple(rules.called_by(records.entity_by_name[entity]))
        query = _called(records.tables.records[entity], called, records.connection.dialect.name)
        for record_id, *values in records.connection.execute(query, {"ids": ids}).all():
            yield record_id, dict(zip(called, values, strict=True))


@cache
def _called(table: sa.Table, called: tuple[str, ...], dialect: str) -> sa.Select[Any]:
    columns = (table.c[name] for name in ("id", *called))
    return sa.select(*columns).where(any_id(dialect, table.c.id, "ids")).order_by(table.c.id)


def answering(
    records: Records,
    entity: str,
    sought: Sought,
    within: sa.ColumnElement[bool],
    *,
    regions: Sequence[str] | None = None,
) -> list[bytes] | Everybody:
    """Return the ids of all that `search` would find; of those who have a common name, a query."""
    query = rules.read(sought.text)
    answer: list[bytes] | Everybody = []
    for asked in _tries(records, entity, regions, query, within):
        if sought.is_short(query) and ((typed := asked.all_typed()) or sought.is_met):
            sought.is_met = sought.is_cut = True
            return typed
        everybody = asked.everybody()
        if everybody is not None:
            answer = everybody
            few = everybody.query.limit(rules.SLIPS_BELOW)
            some = records.connection.scalars(few).all()
            weights = asked.weigh(some)
        else:
            weights = asked.all()
            answer = list(weights) or answer
        if sought.is_enough(query, weights):
            break
    return answer


def having(
    records: Records, entity: str, term: str, *, regions: Sequence[str] | None
) -> sa.Select[Any]:
    """Return the query of the ids of all that have a term, whoever may see them."""
    index = TermIndex(records, entity, regions)
    return sa.select(index.table.c.record_id).where(index.here, index.table.c.term == term)


def _tries(
    records: Records,
    entity: str,
    regions: Sequence[str] | None,
    query: rules.Query,
    within: sa.ColumnElement[bool],
) -> Iterator[_Asked]:
    """Yield what a query asks for; then the same with slips."""
    if not query.words:
        return
    index = TermIndex(records, entity, regions)
    yield _Asked(records, index, query, {}, within)
    typed = {word for token in query.tokens for word in token.typed if names.may_slip(word)}
    yield _Asked(records, index, query, index.slips(typed), within)


class _Asked:
    """What a query asks of the index: at each place, terms that are met whole, and beginnings.

    The database finds who has one of them; what they weigh is said here, of the few terms that
    were met. Every place that is wanted must be met, so all who answer are among those who meet the
    rarest, and each range of the index is read once.
    """

    def __init__(
        self,
        records: Records,
        index: TermIndex,
        query: rules.Query,
        slips: Mapping[str, Iterable[str]],
        within: sa.ColumnElement[bool],
    ) -> None:
        """Take the slips that a word may be, of each word that was typed."""
        self._connection, self._query, self._index = records.connection, query, index
        self._table, self._entity = index.table, records.tables.records[index.entity]
        self._seen = sa.and_(within, self._entity.c.deleted_at.is_(None))
        places = range(len(query.words))
        self._whole = [query_terms.whole(query, place, slips) for place in places]
        self._begun = [query_terms.begun(query, place) for place in places]

    @cached_property
    def _counts(self) -> Mapping[int, int]:
        """How many meet each place, as far as it matters."""
        wanted = sorted(self._query.wanted)
        met = [(self._whole_beside(place), self._begun[place]) for place in wanted]
        return dict(zip(wanted, self._index.counts(met, most=COUNTED), strict=True))

    @cached_property
    def _by_count(self) -> Sequence[int]:
        """The places that are wanted, the rarest first."""
        return sorted(self._query.wanted, key=lambda place: self._counts[place])

    @property
    def _rarest(self) -> int:
        return self._by_count[0]

    @property
    def _others(self) -> Sequence[int]:
        return self._by_count[1:]

    def typed(self) -> Weights:
        """Return who answers to several words by the words or how they sound, with what they weigh.

        The lists of a few terms are met, where `best` meets those of all that is alike. Nobody,
        where none answers as it was typed: then `best` tells who is meant.
        """
        # Tens of thousands have an Aït in their name: who has the others is weighed.
        places = query_terms.telling(self._query)
        ids = self._met(places, FEW, is_exact=False)
        if is_cut := len(ids) == FEW:
            ids = [*self._of_names(), *self._met(places, FEW, is_exact=True), *ids]
        found = self._seen_among(self.weigh(list(dict.fromkeys(ids))))
        is_few = is_cut and len(found) < rules.SLIPS_BELOW  # others may come after those
        is_typed = self._query.is_as_typed(max(found.values(), default=0.0))
        return found if is_typed and not is_few else {}

    def all_typed(self) -> list[bytes]:
        """Return the ids of all of those, where they are not more than are counted."""
        places = sorted(self._query.wanted)
        ids = self._met(places, COUNTED, is_exact=False)
        best = max(self.weigh(ids[:FEW]).values(), default=0.0)
        if len(ids) == COUNTED or not self._query.is_as_typed(best):
            return []
        return list(self._seen_among(dict.fromkeys(ids, 0.0)))

    def best(self) -> Weights:
        """Return who answers, with what they weigh: of a common name some of the best.

        Where all have it, as to a coordinator who asks for Mohamed, whoever is sought is found by a
        second word.
        """
        if self._counts[self._rarest] <= FEW:
            return self._every
        if self._others:
            found = [*self._of_several(LOOKED_AT), *self._of_names()]
        else:
            found = self._of_one()
        is_cut = self._counts[self._rarest] == COUNTED and len(found) < rules.SLIPS_BELOW
        if is_cut and (reached := self._reached()) is not None:
            found = reached
        return self.weigh(found)

    def all(self) -> Weights:
        """Return all who answer, with what they weigh: where they are not `everybody`."""
        is_few = self._counts[self._rarest] <= FEW
        return self._every if is_few or not self._others else self.weigh(self._of_several())

    def everybody(self) -> Everybody | None:
        """Return the query of all who answer, of a common name alone: who has it answers."""
        if self._others or self._counts[self._rarest] <= COMMON:
            return None
        met = self._meets(self._rarest)
        return Everybody(self._seen_of(met), met, self._is_seen)

    @property
    def _every(self) -> Weights:
        """Return who answers, of all who meet the rarest place: where these are not many."""
        if not self._counts[self._rarest]:
            return {}
        whole, begun = self._whole_beside(self._rarest), self._begun[self._rarest]
        return self._seen_among(self.weigh(self._index.having(whole, begun)))

    def _seen_among(self, found: Weights) -> Weights:
        """Return those of some whom the reader may see."""
        table = self._entity
        here = among_ids(self._connection, table.c.id, list(found))
        seen = self._ids(sa.select(table.c.id).where(here, self._seen)) if found else []
        return {one: found[one] for one in seen}

    def _reached(self) -> list[bytes] | None:
        """Return the ids of all whom the reader may see, where they are few.

        They may all come after those who are looked at of a common name.
        """
        found = self._ids(sa.select(self._entity.c.id).where(self._seen).limit(COMMON + 1))
        return found if len(found) <= COMMON else None

    def weigh(self, ids: Sequence[bytes]) -> Weights:
        """Return what those of some weigh who answer: of each place the best counts."""
        query, by_term = self._query, dict[str, tuple[float, ...]]()
        best: dict[bytes, tuple[float, ...]] = {}
        whole = {one for place in self._whole for one in place}
        for record_id, term in self._index.terms_of(ids, whole, set().union(*self._begun)):
            if term not in by_term:
                by_term[term] = self._weights_of(term)
            had = best.get(record_id)
            new = by_term[term]
            best[record_id] = new if had is None else tuple(map(max, had, new))
        wanted, least = sorted(query.wanted), query.least
        found = {}
        for record_id, places in best.items():
            own = [places[place] for place in wanted]
            if all(own) and reduce(operator.add, own) >= least:
                found[record_id] = reduce(operator.add, places)
        return found

    def _weights_of(self, term: str) -> tuple[float, ...]:
        """Return what a term weighs at each place."""
        share = rules.BESIDE_WEIGHT if term.endswith(rules.BESIDE) else 1.0
        return tuple(
            max(
                whole.get(term, 0.0),
                *(weight * share for one, weight in begun.items() if term.startswith(one)),
                0.0,
            )
            for whole, begun in zip(self._whole, self._begun, strict=True)
        )

    def _of_one(self) -> list[bytes]:
        """Return the ids of some whom the reader may see, of a common word: the best first."""
        # Those who have it as it was typed are enough, where there are as many as are ranked.
        for is_as_typed, most in ((True, rules.RANKED_MAX), (False, rules.RANKED_MOST)):
            met = self._best_first(is_as_typed=is_as_typed).limit(LOOKED_AT)
            found = self._ids(self._seen_of(met).limit(most))
            if len(found) == most:
                break
        return found

    def _of_several(self, most: int | None = None) -> Sequence[bytes]:
        """Return the ids of those whom the reader may see, who meet all places or the rarest two.

        Who meets two is mostly few: of the commonest places tens of thousands are then not read.

        Args:
            most: so many of the rarest place are looked at, and COMMON of those found; None: all.
        """
        found = self._ids(self._seen_of(self._meeting(self._others[:1], most)).limit(COMMON + 1))
        if len(found) <= COMMON:
            return found
        every = self._seen_of(self._meeting(self._others, most))
        return self._ids(every.limit(COMMON + 1) if most else every)

    def _met(self, places: Sequence[int], most: int, *, is_exact: bool) -> list[bytes]:
        """Return the ids of `most` who have the words of some places, whoever may see them."""
        own = [query_terms.own(self._query, place, is_exact=is_exact) for place in places]
        return self._index.meeting(own, most=most)

    def _of_names(self) -> Sequence[bytes]:
        """Return the ids of some who have all that was typed as one: a whole name is of few."""
        terms = among(self._table.c.term, self._names())
        whole = sa.select(self._table.c.record_id).where(self._index.here, terms)
        return self._ids(self._seen_of(whole.limit(COMMON)))

    def _meeting(self, others: Iterable[int], most: int | None) -> sa.Select[Any]:
        """Return the query of the ids of those who meet the rarest place, `most` of it, and others.

        It is of the terms alone, and leaves few of whom to ask whether the reader may see them. An
        offset keeps the two apart, be it none.
        """
        some = self._meets(self._rarest).limit(most).subquery()
        met = (some.c.record_id.in_(sa.select(self._meets(one).subquery())) for one in others)
        return sa.select(some.c.record_id).where(*met).offset(0)

    def _meets(self, place: int) -> sa.CompoundSelect[Any]:
        """Return the query of the ids of those who meet a place."""
        ways = [begins(self._table.c.term, one) for one in sorted(self._begun[place])]
        if whole := self._whole_beside(place):
            ways.append(among(self._table.c.term, whole))
        return self._by_ways(ways)

    def _best_first(self, *, is_as_typed: bool) -> sa.CompoundSelect[Any]:
        """Return the query of the ids of those who meet the rarest place, the best first.

        Args:
            is_as_typed: of those alone who meet it as it was typed.
        """
        term, place = self._table.c.term, self._rarest
        terms_by_weight: dict[float, list[str]] = {}
        for one, weight in sorted(self._whole[place].items()):
            terms_by_weight.setdefault(weight, []).append(one)
        ways = [(weight, among(term, terms)) for weight, terms in terms_by_weight.items()]
        for one, weight in self._begun[place].items():
            is_beside = term.like(f"%{rules.BESIDE}")
            ways.append((weight, sa.and_(begins(term, one), ~is_beside)))
            ways.append((weight * rules.BESIDE_WEIGHT, sa.and_(begins(term, one), is_beside)))
        ways.sort(key=lambda way: -way[0])
        is_wanted = self._query.is_as_typed
        return self._by_ways([way for weight, way in ways if not is_as_typed or is_wanted(weight)])

    def _by_ways(self, ways: Sequence[sa.ColumnElement[bool]]) -> sa.CompoundSelect[Any]:
        ids, here = sa.select(self._table.c.record_id), self._index.here
        return sa.union_all(*(ids.where(here, way) for way in ways or [sa.false()]))

    def _whole_beside(self, place: int) -> list[str]:
        """Return the terms to be met whole at a place, but those that a beginning finds."""
        begun = tuple(self._begun[place])
        return sorted(one for one in self._whole[place] if not one.startswith(begun))

    def _seen_of(self, met: sa.Select[Any] | sa.CompoundSelect[Any]) -> sa.Select[Any]:
        """Return the query of those of some whom the reader may see.

        Each looked up by itself: joined, the database would read everybody first.
        """
        some = met.subquery()
        return sa.select(some.c.record_id).where(self._is_seen(some.c.record_id))

    def _is_seen(self, column: sa.ColumnElement[bytes]) -> sa.ColumnElement[bool]:
        """Return the condition that a column is the id of one whom the reader may see."""
        entity = self._entity
        one: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
            entity.c.id == column, self._seen
        )
        return one.correlate_except(entity).scalar_subquery() == 1

    def _names(self) -> list[str]:
        """Return the terms that stand for all that was typed: whole names, numbers, codes."""
        last = len(self._query.words) - 1
        return [
            way.term
            for token in self._query.tokens
            if (token.first, token.last) == (0, last)
            for way in token.ways
        ]

    def _ids(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[bytes]:
        return list(dict.fromkeys(self._connection.scalars(query).all()))


def commune_names(records: Records, language: str) -> dict[str, str]:
    """Return the names of all communes by code; to be read alone: it is kept for other readers."""
    return place_names(records, "commune", language)


def place_names(records: Records, entity: str, language: str) -> dict[str, str]:
    """Return the names of all regions, provinces or communes by code; to be read alone."""
    # What is everybody's changes a few times a year; its counter says when. One reading, which is
    # of one moment, asks for it once.
    if records not in _HEADS:
        scope = records.tables.scope
        query = sa.select(scope.c.head).where(scope.c.name == GENERAL)
        _HEADS[records] = records.connection.scalar(query)
    head = _HEADS[records]
    kept = _NAMES.setdefault(records.connection.engine, {})
    if (entity, language, head) not in kept:
        table = records.tables.records[entity]
        name = table.c.name_ar if language == "ar" else table.c.name_fr
        rows = records.connection.execute(sa.select(table.c.code, name)).all()
        kept = {known: names for known, names in kept.items() if known[-1] == head}
        kept[entity, language, head] = {row[0]: row[1] for row in rows}
        _NAMES[records.connection.engine] = kept
    return kept[entity, language, head]


_NAMES: WeakKeyDictionary[sa.Engine, dict[tuple[str, str, int | None], dict[str, str]]] = (
    WeakKeyDictionary()
)
_HEADS: WeakKeyDictionary[Records, int | None] = WeakKeyDictionary()


def agents(records: Records, ids: Iterable[object]) -> dict[bytes, Stored]:
    """Return agents by id: whoever works in the programme stands by name under what they did."""
    return records.load("agent", [agent_id for agent_id in ids if isinstance(agent_id, bytes)])
