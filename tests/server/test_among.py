"""Many values as one parameter come to the database as they were given, on each engine."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.among import Unplanned, among, rows_of
from tests.world import FAR, HOME, NEAR

TEXTS = ["a", 'a"b', "c\\d", '\\"', "e,f", "{}", "NULL", " x ", "é\nأ", "", "'"]


def test_texts_come_as_they_are(world):
    def read(records, texts):
        return records.connection.scalars(sa.select(rows_of(texts).c.value)).all()

    for texts in (TEXTS, [], [""], ["NULL"]):
        found = world.database.read(lambda records, texts=texts: read(records, texts))
        assert sorted(found) == sorted(texts)


def test_a_column_is_one_of_them(world):
    commune = world.database.tables.records["commune"]

    def read(records, texts):
        query = sa.select(commune.c.code).where(among(commune.c.code, texts))
        return set(records.connection.scalars(query))

    for texts in ([HOME, NEAR], [HOME, *TEXTS], TEXTS, []):
        for given in (texts, Unplanned(texts)):
            found = world.database.read(lambda records, given=given: read(records, given))
            assert found == {HOME, NEAR} & set(texts)


def test_texts_that_are_not_planned_are_also_one_of_two_conditions(world):
    commune = world.database.tables.records["commune"]

    def rows(records, texts):
        query = sa.select(commune.c.code).where(among(commune.c.code, texts))
        is_in = sa.or_(among(commune.c.code, texts), commune.c.code == FAR)
        either = sa.select(commune.c.code).where(is_in)
        return [set(records.connection.scalars(one)) for one in (query, either)]

    found = world.database.read(lambda records: rows(records, Unplanned([HOME, NEAR])))

    assert found == [{HOME, NEAR}, {HOME, NEAR, FAR}]
