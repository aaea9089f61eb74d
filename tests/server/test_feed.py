"""The cursor: two writers that commit out of order, and a reader that must not skip a row.

The second test keeps the proof that a plain sequence does skip: were the feed numbered by one, the
first test would fail the same way.
"""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from server.db.work import Author
from sync import scopes
from tests.server.follower import Follower, faults
from tests.world import FAR, HOME

pytestmark = pytest.mark.postgres


@pytest.fixture
def world_url(furnished_postgres_url):
    return furnished_postgres_url


def test_no_reader_skips_a_row_when_two_writers_commit_out_of_order(world):
    """Many short writers of one scope, and a reader that follows by its cursor."""
    database, seen, cursor = world.database, set(), 0
    stop = threading.Event()
    written, faults = [], []

    def write(number):
        for step in range(15):
            try:
                record = database.write(
                    lambda work, step=step: work.insert(
                        "person",
                        {"name_fr": f"{number}-{step}", "commune_code": HOME},
                        Author(None),
                    )
                )
                written.append(record.record_id)
            except Exception as fault:  # noqa: BLE001 - counted below
                faults.append(fault)

    def read():
        nonlocal cursor
        feed, scope = database.tables.feed, database.tables.scope
        while True:
            is_last = stop.is_set()
            with database.engines.read() as connection:
                scope_id = connection.scalar(
                    sa.select(scope.c.id).where(scope.c.name == f"t/{HOME}/core")
                )
                rows = connection.execute(
                    sa.select(feed.c.seq, feed.c.record_id)
                    .where(feed.c.scope_id == scope_id, feed.c.seq > cursor)
                    .order_by(feed.c.seq)
                ).all()
            for row in rows:
                cursor = row.seq
                seen.add(row.record_id)
            if is_last:
                return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    reader = threading.Thread(target=read)
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()

    assert faults == []
    assert len(written) == 90
    assert seen == set(written)


def test_a_second_writer_of_a_scope_waits_for_the_first_to_commit(world):
    """The interleaving itself: the later number cannot be seen before the earlier one."""
    first, second = world.engines.writing.connect(), world.engines.writing.connect()
    scope = world.database.tables.scope
    bump = sa.update(scope).where(scope.c.name == "g").values(head=scope.c.head + 1)
    first.execute(bump)
    second.execute(sa.text("set lock_timeout = '300ms'"))
    with pytest.raises(sa.exc.OperationalError, match="lock"):
        second.execute(bump)
    first.rollback()
    second.rollback()
    first.close()
    second.close()


def test_a_plain_sequence_as_cursor_skips_a_row_for_ever(postgres_url):
    """Why the counter is a locked row: with a sequence, the slower writer's row is passed over."""
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as setup:
        setup.execute(sa.text("create table naive (seq bigserial primary key, name text)"))
    slow, fast = engine.connect(), engine.connect()
    slow.execute(sa.text("insert into naive (name) values ('slow')"))  # takes 1, not committed
    fast.execute(sa.text("insert into naive (name) values ('fast')"))  # takes 2
    fast.commit()

    with engine.connect() as reader:
        first = reader.execute(sa.text("select seq, name from naive where seq > 0")).all()
    cursor = max(row.seq for row in first)
    slow.commit()
    with engine.connect() as reader:
        then = reader.execute(
            sa.text("select name from naive where seq > :cursor"), {"cursor": cursor}
        ).all()

    assert [row.name for row in first] == ["fast"]
    assert then == []  # 'slow' is committed, and no reader that goes by the cursor will see it
    slow.close()
    fast.close()
    with engine.begin() as cleanup:
        cleanup.execute(sa.text("drop table naive"))
    engine.dispose()


@pytest.fixture
def follower(world):
    return Follower(world.database, [scopes.core(HOME)])


def a_person(world):
    values = {"name_fr": "x", "commune_code": HOME}
    record = world.database.write(lambda work: work.insert("person", values, Author(None)))
    return record.record_id


def test_a_record_that_left_came_back_and_left_again_is_gone(world, follower):
    person = a_person(world)
    follower.pull()

    for commune in (FAR, HOME, FAR):
        world.change("person", person, commune_code=commune)
    follower.pull()

    assert faults(world.database, follower) == []


def test_a_record_that_is_deleted_while_pages_are_fetched_is_gone(world, follower):
    people = [a_person(world) for _ in range(3)]

    assert not follower.pull(rows_max=2)
    world.database.write(lambda work: work.delete("person", people[0]))
    assert follower.pull()

    assert faults(world.database, follower) == []
