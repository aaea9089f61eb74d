"""Who may be whose double: of one record as it comes, and by night of everybody.

Only those are compared who share a key: a sure sign (a phone, a card, a number) or, within a place,
two of the sounds of a name, or one of them with the year of birth or the village. A key that very
many share tells nothing, and is passed over: finer ones bring the same two together.

By night a province is one step, which a process holds at once: some thousands of people. Signs that
go beyond a province are walked by their index. A step is one call, begun from a cursor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import sqlalchemy as sa

from server.db.merged import mergeable
from server.db.records import IDS_PER_QUERY, Records
from server.db.work import Work
from server.duplicates import comparing, pairs
from server.duplicates.comparing import SHOWN
from server.duplicates.pairs import Seen
from sync import scopes
from sync.rules.duplicates import COMPARED, SIGNS, SURVIVOR, Likeness
from sync.spec import Value

_BLOCK_MAX = 60
"""Who share a key beyond this are too many: it is a common one."""
_COMMUNE_MAX = 500
"""People of a commune who are compared with one; of a larger one those of about the same age."""
_YEARS_AROUND = 3
_SIGNS_AT_ONCE = 5_000
_DUE_AT_ONCE = 50
_NAMES = ("name_ar", "name_fr")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that are alike enough to be shown."""

    first: Seen
    second: Seen
    alike: Likeness


# Of one record


def candidates(records: Records, entity: str, one: Seen) -> list[Pair]:
    """Return who may be one record's double, likeliest first.

    Compared are all of its commune, and whoever has one of its signs, wherever they are.
    """
    table = records.tables.records[entity]
    near = table.c.commune_code == one.values["commune_code"]
    others = _read(records, entity, near, limit=_COMMUNE_MAX + 1)
    year = one.values.get("birth_year")
    if len(others) > _COMMUNE_MAX and isinstance(year, int):
        about = table.c.birth_year.between(year - _YEARS_AROUND, year + _YEARS_AROUND)
        others = _read(records, entity, near, sa.or_(about, table.c.birth_year.is_(None)))
    for sign in SIGNS:
        if sign in table.c and (value := one.values.get(sign)):
            others += _read(records, entity, table.c[sign] == value, limit=_BLOCK_MAX)
    known = {other.record_id: other for other in others if other.record_id != one.record_id}
    mine = _heard(one.values)
    found = [
        Pair(one, other, alike)
        for other in known.values()
        if (alike := comparing.likeness(one.values, other.values)).score >= SHOWN
        # As by night: two slips in one name, and nothing else in common, are two people.
        and not mine.isdisjoint(_heard(other.values))
    ]
    return sorted(found, key=lambda pair: -pair.alike.score)


def _heard(values: Mapping[str, Value]) -> set[Hashable]:
    """Return the sounds of a record's names, and its signs."""
    found: set[Hashable] = {value for sign in SIGNS if (value := values.get(sign))}
    for name in _NAMES:
        if text := values.get(name):
            parsed = comparing.parsed(str(text))
            found.update(parsed.sounds)
            found.add(parsed.whole)
    return found


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One that was due, since when, and who may be its double."""

    entity: str
    record_id: bytes
    at: int
    found: list[Pair]


def is_any_due(records: Records) -> bool:
    """Whether any came or changed since it was compared last, whoever wrote it."""
    return (
        records.connection.scalar(sa.select(records.tables.duplicate_due.c.at).limit(1)) is not None
    )


def due(records: Records, limit: int = _DUE_AT_ONCE) -> list[LookedAt]:
    """Compare some of those that came or changed since they were compared last."""
    table = records.tables.duplicate_due
    rows = records.connection.execute(sa.select(table).order_by(table.c.at).limit(limit)).all()
    return [
        LookedAt(row.entity, row.record_id, row.at, of(records, row.entity, row.record_id))
        for row in rows
    ]


def of(records: Records, entity: str, record_id: bytes) -> list[Pair]:
    """Return who may be a record's double; nobody's, if it is gone."""
    table = records.tables.records[entity]
    here = _read(records, entity, table.c.id == record_id)
    return candidates(records, entity, here[0]) if here else []


def keep_due(work: Work, looked_at: Iterable[LookedAt]) -> None:
    """Keep what was found of those that were due, who are due no more."""
    table = work.tables.duplicate_due
    for one in looked_at:
        alike = [pair.second.record_id for pair in one.found]
        pairs.forget_unlike(work, one.record_id, alike)
        keep(work, one.entity, one.found)
        work.connection.execute(
            sa.delete(table).where(
                table.c.entity == one.entity,
                table.c.record_id == one.record_id,
                table.c.at == one.at,  # else it changed meanwhile, and is due still
            )
        )


# Of everybody


def steps(records: Records) -> list[str]:
    """Return the cursors of the nightly work, in order: provinces, then signs that go beyond."""
    communes = records.tables.records["commune"]
    codes = records.connection.scalars(sa.select(communes.c.code))
    provinces = sorted({scopes.province_of(code) for code in codes})
    entities = mergeable(records.tables)
    return [f"{entity}/{province}" for entity in entities for province in provinces] + [
        f"{entity}/={sign}"
        for entity in entities
        for sign in SIGNS
        if sign in records.tables.records[entity].c
    ]


def look(records: Records, cursor: str, last: str = "") -> tuple[str, list[Pair], str]:
    """Do one step of the nightly work: compare, and keep nothing.

    Args:
        cursor: one of `steps`.
        last: where a step that has several parts goes on.

    Returns:
        The entity, the pairs, and where the step goes on; "" if it is done.
    """
    entity, _, rest = cursor.partition("/")
    if not rest.startswith("="):
        return entity, in_province(records, entity, rest), ""
    return entity, *_of_sign(records, entity, rest[1:], last)


def keep(work: Work, entity: str, found: Iterable[Pair]) -> None:
    """Keep the pairs that were found."""
    for pair in found:
        pairs.keep(work, entity, pair.first, pair.second, pair.alike)


def in_province(records: Records, entity: str, province: str) -> list[Pair]:
    """Return the pairs among all of a province who share a key."""
    table = records.tables.records[entity]
    within = table.c.commune_code.between(f"{province}.", f"{province}/")
    everybody = _read(records, entity, within)
    return among(everybody)


def among(everybody: Sequence[Seen]) -> list[Pair]:
    """Return the pairs among some people who share a key."""
    blocks: dict[Hashable, list[int]] = defaultdict(list)
    for place, one in enumerate(everybody):
        for key in keys(one.values):
            blocks[key].append(place)
    compared: set[tuple[int, int]] = set()
    found = []
    for block in blocks.values():
        if not 1 < len(block) <= _BLOCK_MAX:
            continue
        for two in combinations(block, 2):
            if two in compared:
                continue
            compared.add(two)
            first, second = everybody[two[0]], everybody[two[1]]
            alike = comparing.likeness(first.values, second.values)
            if alike.score >= SHOWN:
                found.append(Pair(first, second, alike))
    return found


def keys(values: Mapping[str, Value]) -> set[Hashable]:
    """Return what a record shares with those that it is compared with."""
    place, year = values["commune_code"], values.get("birth_year")
    found: set[Hashable] = {(sign, value) for sign in SIGNS if (value := values.get(sign))}
    douar = comparing.parsed(str(values.get("douar") or "")).whole
    for name in _NAMES:
        if not (text := values.get(name)):
            continue
        parsed = comparing.parsed(str(text))
        heard = sorted(set(parsed.sounds))
        found.add((parsed.whole, place))
        for two in combinations(heard, 2):
            found |= {(two, place), (two, year)}
        for one in heard:
            found.add((one, douar, place))
            if isinstance(year, int):  # of one year, or of two that follow one another
                found |= {(one, year, place), (one, year + 1, place)}
    return found


def _of_sign(records: Records, entity: str, sign: str, last: str) -> tuple[list[Pair], str]:
    """Return the pairs among those who have a sign in common, of some signs after `last`."""
    table = records.tables.records[entity]
    column = table.c[sign]
    after = sa.select(column).where(column > last).order_by(column).limit(_SIGNS_AT_ONCE)
    values = records.connection.scalars(after).all()
    if not values:
        return [], ""
    doubles = (
        sa.select(column)
        .where(column > last, column <= values[-1], table.c.deleted_at.is_(None))
        .group_by(column)
        .having(sa.func.count().between(2, _BLOCK_MAX))
    )
    shared = records.connection.scalars(doubles).all()
    found: list[Pair] = []
    for start in range(0, len(shared), IDS_PER_QUERY):
        some = _read(records, entity, column.in_(shared[start : start + IDS_PER_QUERY]))
        by_value: dict[Value, list[Seen]] = defaultdict(list)
        for one in some:
            by_value[one.values[sign]].append(one)
        found += [
            Pair(*two, alike)
            for same in by_value.values()
            for two in combinations(same, 2)
            if (alike := comparing.likeness(two[0].values, two[1].values)).score >= SHOWN
        ]
    return found, str(values[-1])


def _read(
    records: Records, entity: str, *where: sa.ColumnElement[bool], limit: int | None = None
) -> list[Seen]:
    """Return records as they are compared, none that is gone or merged."""
    table, declared = records.tables.records[entity], records.entity_by_name[entity]
    names = [name for name in ("commune_code", *COMPARED) if name in declared.field_by_name]
    names = list(dict.fromkeys(names))
    query = (
        sa.select(table.c.id, *(table.c[name] for name in names))
        .where(table.c.deleted_at.is_(None), table.c[SURVIVOR].is_(None), *where)
        .limit(limit)
    )
    # Texts, numbers and flags: as a column has them.
    return [
        Seen(row[0], dict(zip(names, row[1:], strict=True)))
        for row in records.connection.execute(query)
    ]
