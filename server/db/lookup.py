"""Find records by what people type, and name those that a list refers to."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from server.db.records import Records, Stored, any_of
from sync.rules import names
from sync.rules import search as rules

EARLY = 3
"""A slip in so many first letters is looked for letter by letter, a later one among the words that
begin with them."""


def search(
    records: Records, entity: str, text: str, within: sa.ColumnElement[bool], *, limit: int
) -> list[Stored]:
    """Return records by name, phone or short code, best match first.

    Args:
        within: the condition that a record may be seen.
    """
    query = rules.read(text)
    weights: dict[bytes, float] = {}
    for found in _tries(records, entity, query, within):
        # More than are asked for, since `finer` may put the last of them first.
        best = found.order_by(sa.desc("weight"), "record_id").limit(max(limit, rules.RANKED_MOST))
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
    records: Records, entity: str, text: str, within: sa.ColumnElement[bool]
) -> sa.Select[Any]:
    """Return the query of the ids of all that `search` would find."""
    query = rules.read(text)
    for found in _tries(records, entity, query, within):
        best = found.order_by(sa.desc("weight")).limit(rules.SLIPS_BELOW)
        if query.is_enough([row.weight for row in records.connection.execute(best)]):
            break
    return sa.select(found.subquery().c.record_id)


def _tries(
    records: Records, entity: str, query: rules.Query, within: sa.ColumnElement[bool]
) -> Iterator[sa.Select[Any]]:
    """Yield the query of ids and weights of those that answer; then the same with slips.

    All of it is the database's work, and what may be seen is asked for within: whatever limit
    comes after, it leaves nobody out who answers better.
    """
    yield _weighed(records, entity, query, {}, within)
    typed = {word for token in query.tokens for word in token.typed if names.may_slip(word)}
    yield _weighed(records, entity, query, _slips(records, entity, typed), within)


def _weighed(
    records: Records,
    entity: str,
    query: rules.Query,
    slips: Mapping[str, Iterable[str]],
    within: sa.ColumnElement[bool],
) -> sa.Select[Any]:
    table = records.tables.records[entity]
    places = range(len(query.words))
    if not places:
        nothing = sa.literal(0.0).label("weight")
        return sa.select(table.c.id.label("record_id"), nothing).where(sa.false())
    # A row of `hits` is one term of one record: "fatima" weighs at the first place of "fatima
    # zahra", another at the second. Of each place the best counts, and the sum over the places is
    # the weight.
    hits = sa.union_all(*_hits(records, entity, query, slips)).subquery()
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


def _hits(
    records: Records, entity: str, query: rules.Query, slips: Mapping[str, Iterable[str]]
) -> Iterator[sa.Select[Any]]:
    """Yield who has a term of the query, and what it weighs at each place: all whole ones first."""
    table, term = records.tables.search_term, records.tables.search_term.c.term
    here = table.c.entity == records.tables.number_by_entity[entity]
    places = range(len(query.words))
    by_place = [_whole(query, place, slips) for place in places]
    # With slips there are hundreds of terms; those that nobody has would only lengthen the CASE
    # below, which the database computes for each row that it meets.
    known = _known(records, entity, set().union(*by_place))
    columns = []
    for place, weight_by_term in enumerate(by_place):
        terms_by_weight: dict[float, list[str]] = {}
        for common in known & weight_by_term.keys():
            terms_by_weight.setdefault(weight_by_term[common], []).append(common)
        cases = [(term.in_(sorted(terms)), weight) for weight, terms in terms_by_weight.items()]
        at_place = sa.case(*cases, else_=0.0) if cases else sa.literal(0.0)
        columns.append(at_place.label(f"at_{place}"))
    yield sa.select(table.c.record_id, *columns).where(here, term.in_(known))
    for token in query.tokens:
        for way in token.ways:
            if way.beginning:
                beside = (term.like(f"%{rules.BESIDE}"), way.beginning * rules.BESIDE_WEIGHT)
                weight_here = sa.case(beside, else_=way.beginning)
                at = range(token.first, token.last + 1)
                columns = [
                    (weight_here if place in at else sa.literal(0.0)).label(f"at_{place}")
                    for place in places
                ]
                yield sa.select(table.c.record_id, *columns).where(here, _begins(term, way.term))


def _whole(query: rules.Query, place: int, slips: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """Return the terms to be met whole at one place of a query, and what each weighs."""
    found: dict[str, float] = {}
    for token in query.tokens:
        if token.first <= place <= token.last:
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


def _slips(records: Records, entity: str, typed: Iterable[str]) -> dict[str, list[str]]:
    """Return, of each word that was typed, those that anybody has and that differ by one slip."""
    term = records.tables.search_term.c.term
    here = records.tables.search_term.c.entity == records.tables.number_by_entity[entity]
    # A slip after the first letters: those who share them are few, and are compared here. A slip
    # within: all words that the first letters may have been are looked up.
    begun = {word[:EARLY] for word in typed}
    late = sa.select(term).where(
        here, sa.or_(sa.false(), *(_begins(term, beginning) for beginning in begun))
    )
    early = set().union(*(names.slips(word, EARLY) for word in typed))
    found = {*records.connection.scalars(late.distinct())}
    found |= _known(records, entity, early | {slip + rules.BESIDE for slip in early})
    found = {known.removesuffix(rules.BESIDE) for known in found}
    return {mine: [known for known in found if names.is_near(mine, known)] for mine in typed}


def _known(records: Records, entity: str, terms: Iterable[str]) -> set[str]:
    """Return those of some terms that any record of an entity has."""
    term = records.tables.search_term.c.term
    here = records.tables.search_term.c.entity == records.tables.number_by_entity[entity]
    if records.connection.dialect.name == "postgresql":  # in one parameter, for there are hundreds
        among = term == sa.any_(sa.bindparam("terms", type_=postgresql.ARRAY(sa.Text)))
    else:
        among = any_of(term, "terms")
    query = sa.select(term).where(here, among).distinct()
    return set(records.connection.scalars(query, {"terms": sorted(terms)}))


def _begins(term: Any, begun: str) -> sa.ColumnElement[bool]:
    # A range and not LIKE, which uses the index only under conditions that differ between the two
    # databases. `term` is ordered by code points (`tables`), whatever the database's own locale.
    return sa.and_(term >= begun, term < begun + rules.LAST)


def commune_names(records: Records, language: str) -> dict[str, str]:
    """Return the names of all communes by code."""
    table = records.tables.records["commune"]
    name = table.c.name_ar if language == "ar" else table.c.name_fr
    return {row[0]: row[1] for row in records.connection.execute(sa.select(table.c.code, name))}


def agents(records: Records, ids: Iterable[object]) -> dict[bytes, Stored]:
    """Return agents by id: whoever works in the programme stands by name under what they did."""
    return records.load("agent", [agent_id for agent_id in ids if isinstance(agent_id, bytes)])
