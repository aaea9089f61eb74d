"""Many values as one parameter come to the database as they were given, on each engine."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.accounts.standing import Standing
from server.db.among import Unplanned, among, among_many, rows_of
from server.db.work import Author
from tests.world import FAR, HOME, NEAR

TEXTS = ["a", 'a"b', "c\\d", '\\"', "e,f", "{}", "NULL", " x ", "é\nأ", "", "'"]


def test_texts_come_as_they_are(world):
    def read(records, texts):
        return records.connection.scalars(sa.select(rows_of(texts).c.value)).all()

    for texts in (TEXTS, [], [""], ["NULL"]):
        found = world.database.read(lambda records, texts=texts: read(records, texts))
        assert sorted(found) == sorted(texts)


@pytest.mark.parametrize("among", [among, among_many])
def test_a_column_is_one_of_them(world, among):
    commune = world.database.tables.records["commune"]

    def read(records, texts):
        query = sa.select(commune.c.code).where(among(commune.c.code, texts))
        return set(records.connection.scalars(query))

    for texts in ([HOME, NEAR], [HOME, *TEXTS], TEXTS, []):
        for given in (texts, Unplanned(texts)):
            found = world.database.read(lambda records, given=given: read(records, given))
            assert found == {HOME, NEAR} & set(texts)


@pytest.mark.parametrize("entity", ["person", "visit"])
def test_who_has_many_communes_sees_what_lies_in_them_and_nothing_else(world, entity):
    commune = world.database.tables.records["commune"]
    of_region = world.database.read(
        lambda records: records.connection.scalars(
            sa.select(commune.c.code).where(commune.c.code.like(HOME[:2] + ".%"))
        ).all()
    )
    other = world.database.read(
        lambda records: records.connection.scalars(
            sa.select(commune.c.code).where(~commune.c.code.like(HOME[:2] + ".%")).limit(40)
        ).all()
    )
    made = [*sorted(of_region)[:40], *other]
    given = {"type": "assistance"} if entity == "visit" else {"name_fr": "Ali"}
    world.database.write(
        lambda work: [
            work.insert(entity, {"commune_code": code, **given}, Author(None)) for code in made
        ]
    )

    def seen(records, communes):
        standing = Standing("regional_coordinator", tuple(communes))
        table = records.tables.records[entity]
        query = sa.select(table.c.commune_code).where(standing.covers(records.tables, entity))
        return sorted(records.connection.scalars(query))

    for communes in (made[:3], made[:40:2], [*made[1:40:2], *made[50:60]], made[40:], []):
        found = world.database.read(lambda records, own=communes: seen(records, own))
        assert found == sorted(communes)


def test_texts_that_are_not_planned_are_also_one_of_two_conditions(world):
    commune = world.database.tables.records["commune"]

    def rows(records, texts):
        query = sa.select(commune.c.code).where(among(commune.c.code, texts))
        is_in = sa.or_(among(commune.c.code, texts), commune.c.code == FAR)
        either = sa.select(commune.c.code).where(is_in)
        return [set(records.connection.scalars(one)) for one in (query, either)]

    found = world.database.read(lambda records: rows(records, Unplanned([HOME, NEAR])))

    assert found == [{HOME, NEAR}, {HOME, NEAR, FAR}]
