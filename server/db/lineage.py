"""Notice that PostgreSQL goes on from another line of history: a standby took over, or a restore.

Its transactions from just before may be missing then, while tablets hold cursors and row numbers
given under them. The line is the cluster's identifier and its timeline, which a promotion raises.
It is kept beside the epoch; where it differs a new epoch begins, before anything is read or written
on the new line. A takeover breaks all connections, so to ask once a connection is enough: what runs
for each request compares two texts in memory.

SQLite has no such sign: `new-epoch` is an operator's command there.
"""

from __future__ import annotations

import logging
import secrets

import sqlalchemy as sa
from psycopg.errors import ReadOnlySqlTransaction

from server.db.schema import EPOCH_BYTES, change_epoch
from server.db.work import Database, Work

log = logging.getLogger("nuqta")
_KEPT = "lineage"
# A standby has no position to write at, and so tells nothing. The control file's own timeline is no
# substitute: after a promotion it is the old one until the first checkpoint.
_LINE = """
    SELECT CASE WHEN pg_is_in_recovery() THEN ''
           ELSE system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) END
    FROM pg_control_system()
"""


def follow(database: Database) -> None:
    """Compare the line at each new connection of a database from now on."""
    engines = database.engines
    if engines.is_sqlite:
        return
    lines = _Lines(database)
    sa.event.listen(engines.reading, "engine_connect", lines.before_reading)
    sa.event.listen(engines.writing, "engine_connect", lines.before_writing)


class _Lines:
    """The line that this process knows; each connection carries the one that it is on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = ""

    def before_reading(self, connection: sa.Connection) -> None:
        """Let a connection that writes take the news, since one that reads keeps nothing."""
        if self._is_news(connection):
            self._database.engines.writing.connect().close()

    def before_writing(self, connection: sa.Connection) -> None:
        """Keep a line that is new, and begin its epoch. Raises OperationalError on a standby."""
        database = self._database
        if not self._is_news(connection):
            if not connection.info[_KEPT]:
                # It may take over before this transaction writes, which would then be of no line.
                standby = ReadOnlySqlTransaction("a standby takes no writes")
                raise sa.exc.OperationalError(None, None, standby)
            return
        line = connection.info[_KEPT]
        with connection.begin():
            if not sa.inspect(connection).has_table(database.tables.installation.name):
                return
            now_ms, ids = database.clock(), database.ids
            work = Work(connection, database.tables, now_ms=now_ms, era=0, ids=ids)
            epoch = _keep(work, line.encode())
        if epoch:
            database.know_epoch(epoch)
        self._known = line

    def _is_news(self, connection: sa.Connection) -> bool:
        if not connection.info.get(_KEPT):
            # A standby's answer is empty, so it is asked again each time: it may be promoted under
            # us, with the connection unbroken. The question has begun a transaction, which its
            # asker must not find.
            connection.info[_KEPT] = connection.exec_driver_sql(_LINE).scalar_one()
            connection.rollback()
        return connection.info[_KEPT] not in ("", self._known)


def _keep(work: Work, line: bytes) -> bytes:
    """Keep the line. Returns the epoch that begins with it; empty if it is the known one.

    The first line of all begins no epoch: until then nothing was kept.
    """
    table = work.tables.installation
    is_line = table.c.name == _KEPT
    new = work.insert_or_skip(table).values(name=_KEPT, value=line)
    work.connection.execute(new)
    before = work.connection.scalar(sa.select(table.c.value).where(is_line).with_for_update())
    if before == line:
        return b""
    log.warning("the database goes on from another line of history: new epoch")
    work.connection.execute(sa.update(table).where(is_line).values(value=line))
    return change_epoch(work, secrets.token_bytes(EPOCH_BYTES))
