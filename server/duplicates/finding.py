"""Who may be whose double: of one record as it comes, and by night of everybody.

Only those are compared who share a key: a sure sign (a phone, a card, a number) or, within a place,
two of the sounds of a name, or one of them with the year of birth or the village. A key that very
many share tells nothing, and is passed over: finer ones bring the same two together.

By night a province is one step, which a process holds at once: some thousands of people. Signs that
go beyond a province are walked by their index. A step is one call, begun from a cursor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import sqlalchemy as sa

from server.db.merged import mergeable
from server.db.records import IDS_PER_QUERY, Records
from server.db.work import Database, Work
from server.duplicates import comparing, pairs
from server.duplicates.comparing import SHOWN
from server.duplicates.pairs import Seen
from sync import scopes, stored
from sync.rules.duplicates import COMPARED, SURVIVOR, Likeness
from sync.spec import Value

SIGNS = ("phone", "national_card", "rna", "ice")
"""Fields whose value alone brings two together, wherever they are; each has an index."""
_BLOCK_MAX = 60
"""Who share a key beyond this are too many: it is a common one."""
_COMMUNE_MAX = 1_500
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
    found = [
        Pair(one, other, alike)
        for other in known.values()
        if (alike := comparing.likeness(one.values, other.values)).score >= SHOWN
    ]
    return sorted(found, key=lambda pair: -pair.alike.score)


def look_at_due(database: Database, limit: int = _DUE_AT_ONCE) -> int:
    """Compare some of those that came or changed since. Returns how many there were.

    The comparing is done outside of the transaction that keeps what was found.
    """
    table = database.tables.duplicate_due

    def read(records: Records) -> list[tuple[str, bytes, int, list[Pair]]]:
        query = sa.select(table).order_by(table.c.at).limit(limit)
        due = records.connection.execute(query).all()
        return [
            (row.entity, row.record_id, row.at, _of(records, row.entity, row.record_id))
            for row in due
        ]

    looked_at = database.read(read)
    if looked_at:
        database.write(lambda work: _keep_looked_at(work, looked_at))
    return len(looked_at)


def _of(records: Records, entity: str, record_id: bytes) -> list[Pair]:
    table = records.tables.records[entity]
    here = _read(records, entity, table.c.id == record_id)
    return candidates(records, entity, here[0]) if here else []


def _keep_looked_at(work: Work, looked_at: Sequence[tuple[str, bytes, int, list[Pair]]]) -> None:
    table = work.tables.duplicate_due
    for entity, record_id, at, found in looked_at:
        pairs.forget_unlike(work, record_id, (pair.second.record_id for pair in found))
        for pair in found:
            pairs.keep(work, entity, pair.first, pair.second, pair.alike)
        work.connection.execute(
            sa.delete(table).where(
                table.c.entity == entity,
                table.c.record_id == record_id,
                table.c.at == at,  # else it changed meanwhile, and is due still
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


def step(database: Database, cursor: str) -> int:
    """Do one step of the nightly work. Returns how many pairs it found.

    Args:
        cursor: one of `steps`.
    """
    entity, _, rest = cursor.partition("/")
    if rest.startswith("="):
        return sum(_keep(database, entity, found) for found in _of_sign(database, entity, rest[1:]))
    found = database.read(lambda records: in_province(records, entity, rest))
    return _keep(database, entity, found)


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


def _of_sign(database: Database, entity: str, sign: str) -> Iterator[list[Pair]]:
    """Yield the pairs of those who have one sign in common, by its index."""
    column, last = database.tables.records[entity].c[sign], ""
    while True:
        found = database.read(lambda records, last=last: _some(records, entity, column, last))  # type: ignore[misc]
        if found is None:
            return
        last, same = found
        yield same


def _some(
    records: Records, entity: str, column: sa.Column[str], last: str
) -> tuple[str, list[Pair]] | None:
    table = records.tables.records[entity]
    after = sa.select(column).where(column > last).order_by(column).limit(_SIGNS_AT_ONCE)
    values = records.connection.scalars(after).all()
    if not values:
        return None
    upto = values[-1]
    doubles = (
        sa.select(column)
        .where(column > last, column <= upto, table.c.deleted_at.is_(None))
        .group_by(column)
        .having(sa.func.count().between(2, _BLOCK_MAX))
    )
    shared = records.connection.scalars(doubles).all()
    found: list[Pair] = []
    for start in range(0, len(shared), IDS_PER_QUERY):
        some = _read(records, entity, column.in_(shared[start : start + IDS_PER_QUERY]))
        by_value: dict[Value, list[Seen]] = defaultdict(list)
        for one in some:
            by_value[one.values[column.name]].append(one)
        found += [
            Pair(*two, alike)
            for same in by_value.values()
            for two in combinations(same, 2)
            if (alike := comparing.likeness(two[0].values, two[1].values)).score >= SHOWN
        ]
    return upto, found


def _keep(database: Database, entity: str, found: Iterable[Pair]) -> int:
    kept = list(found)

    def write(work: Work, some: Sequence[Pair]) -> None:
        for pair in some:
            pairs.keep(work, entity, pair.first, pair.second, pair.alike)

    for start in range(0, len(kept), IDS_PER_QUERY):
        database.write(partial(write, some=kept[start : start + IDS_PER_QUERY]))
    return len(kept)


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
    return [
        Seen(
            row[0],
            {
                name: stored.from_column(declared.field_by_name[name].kind, value)
                for name, value in zip(names, row[1:], strict=True)
            },
        )
        for row in records.connection.execute(query)
    ]
