"""Open the database: one code path for SQLite and PostgreSQL, one way to write, one to read.

SQLite: a deferred transaction that reads and then writes fails with "database is locked" whatever
the timeout, so writers begin IMMEDIATE. PostgreSQL: writers READ COMMITTED with row locks, readers
REPEATABLE READ, so that a page of an exchange is of one moment.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sync.errors import Refusal

T = TypeVar("T")

TRIES_MAX = 5
_BUSY_MS = 10_000
# Serialization failure, deadlock, lock not available; and read-only, which a writer is told by a
# standby until it has taken over (`db.lineage`).
_RETRIED_SQLSTATES = frozenset({"40001", "40P01", "55P03", "25006"})


class Busy(Refusal):
    """The database is locked by others for too long; nothing was stored, try again."""

    code = "database_busy"


class StoreFull(Refusal):
    """There is no room left on the server's disk; nothing was stored.

    Not `disk_full`, which tells who holds a tablet to make room on it.
    """

    code = "server_full"


class Engines:
    """A writing and a reading engine on one database."""

    def __init__(self, url: str) -> None:
        """Open `url`, an SQLAlchemy address; nothing is read yet."""
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            # `hide_parameters`: what a statement was given is people's names and phones, which are
            # not to be in the log of an error.
            self.writing = sa.create_engine(
                parsed, pool_size=1, max_overflow=15, hide_parameters=True
            )
            self.reading = sa.create_engine(
                parsed, pool_size=4, max_overflow=16, hide_parameters=True
            )
            _prepare_sqlite(self.writing, "BEGIN IMMEDIATE")
            _prepare_sqlite(self.reading, "BEGIN")
        else:
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            # `pool_pre_ping`: a takeover breaks all the pool's connections. Each is tried before it
            # is lent.
            # No statement of ours runs for as long as PostgreSQL takes to make machine code of it,
            # which it keeps for none: a search of two common names would be compiled each time.
            given = {"options": f"{parsed.query.get('options', '')} -c jit=off"}
            # `pool_use_lifo`: the connection lent last knows our statements, and has their plans.
            self.writing = sa.create_engine(
                parsed,
                isolation_level="READ COMMITTED",
                pool_pre_ping=True,
                pool_use_lifo=True,
                hide_parameters=True,
                connect_args=given,
            )
            self.reading = sa.create_engine(
                parsed,
                isolation_level="REPEATABLE READ",
                pool_pre_ping=True,
                pool_use_lifo=True,
                hide_parameters=True,
                connect_args=given,
                execution_options={"postgresql_readonly": True},
            )

    def close(self) -> None:
        """Give all connections back."""
        self.writing.dispose()
        self.reading.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that sees one moment and writes nothing."""
        with self.reading.begin() as connection:
            yield connection

    def write(self, command: Callable[[sa.Connection], T]) -> T:
        """Run `command` in one writing transaction; again, whole, when others were in the way.

        Raises:
            Busy: still in the way after all tries.
            StoreFull: no room on the disk.
        """
        for attempt in range(TRIES_MAX):
            try:
                with self.writing.begin() as connection:
                    return command(connection)
            except DBAPIError as fault:
                if is_full(fault):
                    raise StoreFull("no room left on the disk") from fault
                if not _is_passing(fault):
                    raise
                last = fault
                # Full jitter: two that met once shall not meet again.
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - no secret
        raise Busy(f"database busy after {TRIES_MAX} tries") from last


def _prepare_sqlite(engine: sa.Engine, begin: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        # Else Python's driver begins transactions by itself, and deferred ones.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            # FULL, since NORMAL in WAL mode may lose the last commits with the power: what they
            # acknowledged, tablets have forgotten by then.
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)


def _is_passing(fault: DBAPIError) -> bool:
    state = getattr(fault.orig, "sqlstate", None)
    text = str(fault.orig)
    return (
        state in _RETRIED_SQLSTATES
        or fault.connection_invalidated
        or "database is locked" in text
        or "database table is locked" in text
    )


def is_full(fault: DBAPIError) -> bool:
    """Whether the database had no room on its disk."""
    state = getattr(fault.orig, "sqlstate", None)
    return state == "53100" or "database or disk is full" in str(fault.orig)
