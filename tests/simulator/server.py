"""A server in memory: real commands on SQLite, one connection, made anew for each run by copying.

The schema, a few communes of two provinces, the agents and their enrolled devices are made once
per process and copied into each run, which takes a millisecond. Epoch and signing key are fixed, so
that equal seeds give equal bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from mobile_app.exchange.calls import SoftwareKey
from server.accounts import enrolment
from server.db.engine import StoreFull, is_full
from server.db.schema import establish
from server.db.tables import Tables
from server.db.work import Author, Database, Work
from server.reference.load import load
from sync.entities import ENTITIES as ALL_ENTITIES
from sync.spec import Entity

START = 1_795_500_000_000  # 24 November 2026
HOME, NEAR, NEXT, FAR = "09.541.01.03", "09.541.01.02", "09.541.03.01", "01.051.01.01"
"""Three communes of one province, one of another."""
COMMUNES = (HOME, NEAR, NEXT, FAR)
UNKNOWN = "09.541.99.99"
LOGINS = ("a", "a", "b", "c")
"""Whose each tablet is: the first agent has two."""
EPOCH = b"epoch--1"
_KEPT = {
    "region", "province", "commune", "agent", "contact_point", "person", "visit", "review",
    "resolution",
}  # fmt: skip
ENTITIES = tuple(entity for entity in ALL_ENTITIES if entity.name in _KEPT)
TABLES = Tables(ENTITIES)


@cache
def entities_of(schema: int) -> tuple[Entity, ...]:
    """Return the entities as an app of this schema knows them."""
    known = (one for one in ENTITIES if one.since <= schema)
    return tuple(
        replace(one, fields=tuple(field for field in one.fields if field.since <= schema))
        for one in known
    )


class ServerDown(Exception):
    """The server's process ended in the middle of a request."""


class MemoryEngines:
    """What `Engines` offers, on one connection. `crash` ends the process at a commit.

    While `is_full` the disk has a page or two left, or none.

    Args:
        crash: (commits left, whether it ends after that commit or before it).
    """

    is_sqlite = True

    def __init__(self) -> None:
        """Open an empty database."""
        self.engine = sa.create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        self.crash: tuple[int, bool] | None = None
        self.is_full = False
        sa.event.listen(self.engine, "connect", _autocommit)
        sa.event.listen(self.engine, "begin", _begin)
        self.connection = self.engine.connect()

    @contextmanager
    def read(self):
        """One transaction."""
        with self.connection.begin():
            yield self.connection

    def write(self, command: Callable[[sa.Connection], Any]) -> Any:
        """Run `command` in one transaction.

        Raises:
            StoreFull: the disk is full; nothing was stored.
            ServerDown: where the run wants it.
        """
        if not self.is_full:
            return self._write(command)
        before = self.raw.serialize()
        try:
            return self._write(command)
        except sa.exc.DBAPIError as fault:
            if not is_full(fault):
                raise
            assert self.raw.serialize() == before, "a full disk stores something"
            raise StoreFull("no room left on the disk") from fault

    @contextmanager
    def room(self, pages: int | None):
        """Leave so many pages on the disk while this lasts; None: all there are."""
        if pages is None:
            yield
            return
        count = self.raw.execute("PRAGMA page_count").fetchone()[0]
        self.raw.execute(f"PRAGMA max_page_count = {count + pages}")
        self.is_full = True
        try:
            yield
        finally:
            self.is_full = False
            self.raw.execute("PRAGMA max_page_count = 1073741823")

    def _write(self, command: Callable[[sa.Connection], Any]) -> Any:
        with self.connection.begin():
            result = command(self.connection)
            is_end, is_after = self._is_end()
            if is_end and not is_after:
                raise ServerDown("before commit")
        if is_end:
            raise ServerDown("after commit")
        return result

    def _is_end(self) -> tuple[bool, bool]:
        if self.crash is None:
            return False, False
        left, is_after = self.crash
        self.crash = None if left <= 1 else (left - 1, is_after)
        return left <= 1, is_after

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself."""
        return self.engine.raw_connection().driver_connection  # type: ignore[return-value]


def _autocommit(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    driver = connection.connection.driver_connection
    driver.execute("BEGIN")  # type: ignore[union-attr]


@cache
def secret_of(tablet: int) -> bytes:
    """Return the secret key of a tablet: always the same, signatures are not part of the trace."""
    return (tablet + 1).to_bytes(32, "big")


@cache
def _template() -> tuple[MemoryEngines, sqlite3.Connection, tuple[dict[str, Any], ...]]:
    """Make engine, template and the answers to the tablets' enrolments, once a process."""
    engines = MemoryEngines()
    numbers = iter(range(1, 1_000_000))
    database = Database(
        engines,  # type: ignore[arg-type]
        TABLES,
        clock=lambda: START - 1,
        ids=lambda: bytes(8) + next(numbers).to_bytes(8, "big"),
    )
    TABLES.metadata.create_all(engines.engine)
    engines.write(lambda connection: establish(connection, TABLES, epoch=EPOCH))
    table = TABLES.installation
    engines.write(
        lambda connection: connection.execute(
            sa.update(table).where(table.c.name == "signing_key").values(value=bytes(range(32)))
        )
    )
    assert database.epoch == EPOCH
    answers = database.write(_populate)
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    engines.raw.backup(copy)
    return engines, copy, tuple(answers)


def _populate(work: Work) -> list[dict[str, Any]]:
    load(work)
    for name, codes in (("commune", COMMUNES), ("province", ("09.541", "01.051"))):
        table = TABLES.records[name]
        work.connection.execute(sa.delete(table).where(table.c.code.not_in(codes)))
    agents = {}
    for login in sorted(set(LOGINS)):
        values = {"login": login, "role": "field_agent", "name_fr": login, "status": "active"}
        agents[login] = work.insert("agent", values, Author(None)).record_id
        account = {"agent_id": agents[login], "login": login, "role": "field_agent"}
        counts = {"failed_count": 0, "failed_at": 0, "created_at": work.now_ms}
        work.connection.execute(
            sa.insert(TABLES.account).values(
                **account, **counts, password_hash="", language="fr", status="active"
            )
        )
    answers = []
    for tablet, login in enumerate(LOGINS):
        key = SoftwareKey(secret_of(tablet))
        code = enrolment.make_code(work, agents[login])[0]
        proof = key.sign(b"enrol1|" + code.encode() + b"|" + key.public())
        message = enrolment.Enrolment(code, key.public().hex(), proof.hex())
        answers.append({**enrolment.enrol(work, message), "secret": secret_of(tablet)})
    return answers


def fresh_database(clock: Callable[[], int], ids: Callable[[], bytes]) -> Database:
    """Return the process's database as it was at first."""
    engines, template, _ = _template()
    engines.crash = None
    template.backup(engines.raw)
    database = Database(engines, TABLES, clock=clock, ids=ids)  # type: ignore[arg-type]
    assert database.epoch == EPOCH
    return database


def enrolments() -> tuple[dict[str, Any], ...]:
    """Return what each tablet was told when it was enrolled."""
    return _template()[2]


@dataclass(frozen=True, slots=True)
class Grant:
    """The oracle's own list of grants: one commune for one agent, from and to."""

    agent_id: bytes
    commune: str
    begins: int
    ends: int | None = None


@dataclass
class Backup:
    """A backup of the server, and what the oracle knew when it was made."""

    database: sqlite3.Connection
    now: int
    grants: list[Grant]
    written_count: int
    numbers: dict[tuple[int, int], bytes]
