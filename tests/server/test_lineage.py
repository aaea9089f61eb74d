"""A standby takes over, or a restore goes on: PostgreSQL's line of history, noticed by itself."""

import time

import psycopg
import pytest
import sqlalchemy as sa

from server.app import open_database
from server.db import lineage
from server.db.engine import Busy
from server.db.schema import migrate
from server.settings import Settings
from tests.databases import own_cluster

pytestmark = pytest.mark.postgres


@pytest.fixture
def cluster():
    with own_cluster() as cluster:
        yield cluster


def opened(cluster):
    environ = {"NUQTA_DATA_DIR": "unused", "NUQTA_DATABASE_URL": cluster.url}
    return open_database(Settings.from_env(environ))


def take_over(cluster):
    """Recover from the log, as a promoted standby does: the timeline is a new one."""
    cluster.stop()
    (cluster.data / "recovery.signal").touch()
    cluster.start(restore_command="false")
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        while connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            time.sleep(0.01)


def epoch(database):
    table = database.tables.installation
    query = sa.select(table.c.value).where(table.c.name == "epoch")
    return database.read(lambda records: records.connection.scalar(query))


def test_a_takeover_begins_a_new_epoch_and_a_restart_does_not(cluster):
    database = opened(cluster)
    migrate(database.engines, database.tables, epoch=b"e" * 8)
    assert epoch(database) == b"e" * 8  # keeps the line as well

    cluster.stop()
    cluster.start()
    assert epoch(database) == b"e" * 8

    take_over(cluster)
    new = epoch(database)  # the very first to be read
    assert new != b"e" * 8
    assert database.epoch == new
    assert epoch(database) == new

    other = opened(cluster)  # another process on the new line begins no third one
    assert epoch(other) == new
    for one in (database, other):
        one.engines.close()


def test_a_takeover_while_the_server_was_down_is_noticed_at_its_first_write(cluster):
    database = opened(cluster)
    migrate(database.engines, database.tables, epoch=b"e" * 8)
    database.write(lambda _work: None)
    database.engines.close()

    take_over(cluster)
    database = opened(cluster)
    seen = database.write(lambda work: work.era)

    assert database.epoch != b"e" * 8
    assert seen == database.era
    database.engines.close()


def test_nothing_is_written_on_a_standby_that_may_take_over_meanwhile(cluster, monkeypatch):
    database = opened(cluster)
    migrate(database.engines, database.tables, epoch=b"e" * 8)
    database.engines.close()
    database = opened(cluster)
    monkeypatch.setattr(lineage, "_LINE", "SELECT ''")

    with pytest.raises(Busy):
        database.write(lambda _work: None)

    monkeypatch.undo()
    database.write(lambda _work: None)
    database.engines.close()


def test_it_is_asked_once_a_connection(cluster):
    database = opened(cluster)
    migrate(database.engines, database.tables, epoch=b"e" * 8)
    asked = []
    for engine in (database.engines.reading, database.engines.writing):

        @sa.event.listens_for(engine, "before_cursor_execute")
        def _count(_connection, _cursor, statement, *_rest):
            asked.append("pg_control_system" in statement)

    for _ in range(5):
        epoch(database)
        database.write(lambda _work: None)

    assert len(asked) >= 10
    assert sum(asked) <= 2
    database.engines.close()
