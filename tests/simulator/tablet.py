"""A tablet that can be killed at any statement: the real store on SQLCipher in memory.

A kill raises before or after a statement; what was not committed is rolled back, the store is
opened anew on what is left. That is what a file would hold: nothing but the file outlives a kill.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock

from mobile_app.device.clock import FakeClock
from mobile_app.store import records
from mobile_app.store.base import unpack_image
from mobile_app.store.database import open_database, transaction
from mobile_app.store.records import Store
from sync import changes
from sync.changes import Change
from sync.versions import SCHEMA_NOW
from tests.simulator.server import ENTITIES, START, enrolments, entities_of

_EXTRA_PAGES = 2


class Killed(BaseException):
    """The app's process ended. No handler of the app sees it."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A change as it was captured.

    Args:
        content: its canonical bytes.
        truly_at: when that truly was, Unix ms.
        inc: the incarnation it was captured under.
        life: how often the tablet had come back from a copy: numbers begin again from there.
    """

    change: Change
    content: bytes
    truly_at: int
    inc: int
    life: int


class Connection:
    """A connection that ends the process at a chosen statement."""

    def __init__(self, raw: Any) -> None:
        """Wrap an open connection."""
        self.raw = raw
        self.left = 0
        self.is_after = False

    def execute(self, sql: str, *arguments: Any) -> Any:
        """Run a statement, or end before or after it."""
        return self._run(self.raw.execute, sql, *arguments)

    def executemany(self, sql: str, *arguments: Any) -> Any:
        """Run a statement for many rows, or end before or after it."""
        return self._run(self.raw.executemany, sql, *arguments)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self.raw.in_transaction)

    def close(self) -> None:
        """Close it."""
        self.raw.close()

    def _run(self, call: Any, *arguments: Any) -> Any:
        if self.left == 0:
            return call(*arguments)
        self.left -= 1
        if self.left == 0 and not self.is_after:
            raise Killed
        result = call(*arguments)
        if self.left == 0:
            result.close()  # as the end of a process does: the traceback would keep it open
            raise Killed
        return result


@cache
def _template(schema: int) -> Any:
    entities = entities_of(schema)
    return Store(
        ":memory:", bytes(32), entities, clock=FakeClock(START), ids=lambda: b"", schema=schema
    ).db


class Tablet:
    """A store, its clock, and what was captured on it.

    Args:
        captured: every change captured here that is not gone with a file, by its id, in order.
        schema: what the app on it speaks.
        is_steady: the device never started anew, so its running clock tells every time exactly.
    """

    def __init__(self, number: int, ids: Any, schema: int = SCHEMA_NOW) -> None:
        """Make a tablet that is enrolled and has nothing else."""
        self.number = number
        self.schema = schema
        self.ids = ids
        self.clock = FakeClock(START)
        answer = enrolments()[number]
        self.device_id: int = answer["device_id"]
        self.agent_id = bytes.fromhex(answer["agent_id"])
        raw = open_database(":memory:", bytes(32))
        _template(schema).backup(raw)
        self.captured: dict[bytes, Captured] = {}
        self._ever: dict[bytes, Captured] = {}
        self._life = 0
        self.is_steady = True
        self._seen = (1, 0)
        self.cursors: dict[int, int] = {}
        self.open(raw)
        with transaction(self.store.db):
            self.store.kept.secret = answer["secret"]
            self.store.kept.device_id = answer["device_id"]
            self.store.kept.inc = answer["inc"]
            self.store.kept.agent_id = self.agent_id
            self.store.kept.server_key = answer["server_key"]
            self.store.kept.login = answer["login"]

    def open(self, raw: Any) -> None:
        """Open the store as the app does when it starts."""
        # The app opens a file; here what a kill left is opened again, and only for this once.
        with mock.patch.object(records, "open_database", lambda connection, _key: connection):
            self.store = Store(
                Connection(raw),  # type: ignore[arg-type]
                bytes(32),
                entities_of(self.schema),
                clock=self.clock,
                ids=self.ids,
                schema=self.schema,
            )

    def upgrade(self, schema: int) -> None:
        """Be the app of a newer schema from now on, whatever is unsent."""
        self.schema = schema
        self.cursors = {}  # it reads all records again
        self.revive()

    def revive(self) -> None:
        """Start the app after a kill: what was not committed is gone."""
        raw = self.store.db.raw
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        self.open(raw)

    def kill_at(self, statement: int, *, is_after: bool) -> None:
        """End the process at the n-th statement from now; 0: never."""
        self.store.db.left, self.store.db.is_after = statement, is_after

    @contextmanager
    def full_disk(self):
        """Leave a page or two on the disk while this lasts."""
        raw = self.store.db.raw
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        free = raw.execute("PRAGMA freelist_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + (0 if free else _EXTRA_PAGES)}")
        try:
            yield
        finally:
            self.store.db.raw.execute("PRAGMA max_page_count = 1073741823")

    def note_captures(self, now: int) -> int:
        """Remember the changes that were committed since; returns how many."""
        inc, last = self.store.kept.inc, self.store.kept.next_seq
        seen_inc, seen_seq = self._seen
        rows = self.store.db.raw.execute(
            "SELECT seq, first_seq, entity, content FROM outbox"
            " WHERE seq > ? AND born_inc = 0 ORDER BY seq",
            (seen_seq if inc == seen_inc else 0,),
        ).fetchall()
        for seq, first, entity, content in rows:
            change = changes.from_canonical(ENTITIES[entity], content, seq=seq, group=first)
            change_id = changes.change_id(self.device_id, inc, seq, content)
            self.captured[change_id] = Captured(change, bytes(content), now, inc, self._life)
            self._ever[change_id] = self.captured[change_id]
        self._seen = (inc, last - 1)
        return len(rows)

    def ids_kept(self, which: str = "TRUE") -> set[bytes]:
        """Return the ids of the changes that the outbox keeps, sent or not; `which`: in SQL."""
        inc = self.store.kept.inc
        return {
            changes.change_id(self.device_id, born_inc or inc, born_seq or seq, content)
            for seq, content, born_inc, born_seq in self.store.db.raw.execute(
                f"SELECT seq, content, born_inc, born_seq FROM outbox WHERE {which}"
            )
        }

    def copy(self) -> Any:
        """Return a copy of the file as it is now."""
        raw = open_database(":memory:", bytes(32))
        self.store.db.raw.backup(raw)
        return raw

    def come_back(self, raw: Any, ids_arrived: set[bytes]) -> None:
        """Be the tablet of an earlier copy, on another device: what only this file held is gone.

        Args:
            ids_arrived: of the changes that the server has.
        """
        self.clock = FakeClock(self.clock.wall)
        self.clock.boot, self.clock.mono = self.ids().hex(), 1_000
        self.is_steady = False
        self.open(raw)
        # One copy came back before another: this one may hold what the last one had not.
        kept = self.ids_kept() | (ids_arrived & set(self.captured))
        self.captured = {one: what for one, what in self._ever.items() if one in kept}
        self.cursors = {}
        self._life += 1
        self._seen = (self.store.kept.inc, self.store.kept.next_seq - 1)

    def twin(self) -> Tablet:
        """Return another tablet with the same identity, and all that is on this one."""
        twin = Tablet(self.number, self.ids, self.schema)
        twin.clock.wall = self.clock.wall
        twin.captured, twin._ever = dict(self.captured), dict(self._ever)
        twin._life = self._life  # or its groups were taken for those of an earlier life
        twin.come_back(self.copy(), set(self.captured))
        return twin

    def open_changes(self) -> dict[tuple[str, bytes], list[Change]]:
        """Return what is pending or held, by record, in order."""
        return self._changes("state IN ('pending', 'held')")

    def dismissed(self) -> set[tuple[str, bytes]]:
        """Return the records whose inserts the office dismissed: they are here alone."""
        return set(self._changes("state = 'dismissed'"))

    def _changes(self, which: str) -> dict[tuple[str, bytes], list[Change]]:
        found: dict[tuple[str, bytes], list[Change]] = {}
        for seq, first, entity, record_id, content in self.store.db.raw.execute(
            "SELECT seq, first_seq, entity, record_id, content FROM outbox"
            f" WHERE {which} ORDER BY seq"
        ):
            change = changes.from_canonical(ENTITIES[entity], content, seq=seq, group=first)
            found.setdefault((ENTITIES[entity].name, bytes(record_id)), []).append(change)
        return found

    def places(self) -> set[tuple[Any, ...]]:
        """Return (scope, number, entity, record, rev, era) of everything the server put here."""
        return set(
            self.store.db.raw.execute(
                "SELECT scope_id, number, entity, record_id, rev, era FROM place"
            )
        )

    def images(self) -> dict[tuple[str, bytes], dict[str, Any]]:
        """Return the server's values of records that have open changes."""
        return {
            (ENTITIES[entity].name, bytes(record_id)): unpack_image(
                self.store.entities[entity], image
            )
            for entity, record_id, image in self.store.db.raw.execute("SELECT * FROM base")
        }
