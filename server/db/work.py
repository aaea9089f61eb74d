"""Work: one transaction for one command. The only way that anything is written.

A command loads records (locked), changes them in memory, and at the end everything is written at
once: rows, search terms (`terms`), history (`history`), then, last, the feeds (`feed`).

Lock order, always: device, records by entity and id, scopes by id.
"""

# Long: the only way to write, in one place: what one may do with a record, and the end of it.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from server.db import feed, merged, terms
from server.db.engine import Engines
from server.db.events import Action, Event, Events, event_of
from server.db.feed import Touched
from server.db.history import History
from server.db.merged import Leads, number_of_name
from server.db.records import NotFound, Records, Stored, installed, to_row
from server.db.tables import Tables
from sync import merge, scopes
from sync.checks import FieldFixed, check_record, check_value, require_one_of
from sync.merge import INSERT, Lost, Merged, Writer
from sync.spec import Entity, Value, Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a person at a device (0: the web), under which sequence, and when.

    `at`: effective time, Unix milliseconds; None means the moment of the transaction.
    """

    agent_id: bytes | None
    device_id: int = 0
    inc: int = 0
    seq: int = 0
    at: int | None = None
    source: str = "web"
    change_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How the records under change were at one moment of a work: which, and copies of some."""

    history: int
    led: int
    keys: frozenset[tuple[str, bytes]]
    copies: Mapping[tuple[str, bytes], Touched]


class Work(Records):
    """Reading and writing inside one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        *,
        now_ms: int,
        era: int,
        ids: Callable[[], bytes],
    ) -> None:
        """Begin; `ids` makes new record ids."""
        super().__init__(connection, tables)
        self.now_ms = now_ms
        self.era = era
        self.ids = ids
        self.is_postgres = connection.dialect.name == "postgresql"
        self._touched: dict[tuple[str, bytes], Touched] = {}
        self._history = History(connection, tables)
        self._events = Events()
        self._scope_ids: dict[str, int] = {}
        self.leads = Leads(connection, tables)

    # Reading for a change

    def lock_all(self, entity: str, record_ids: Iterable[bytes]) -> None:
        """Load and lock records that will be changed, with their places in the feeds.

        Records of several entities by `lock_in_order`, or two works may wait for one another.
        """
        # Only those not here yet: to load one again would undo, in memory, what this work changed
        # in it.
        wanted = {record_id for record_id in record_ids if (entity, record_id) not in self._touched}
        touched = {
            record_id: Touched(record, is_new=False)
            for record_id, record in self.load(entity, wanted, lock=True).items()
        }
        feed.load_places(self, entity, touched)
        self._touched.update({(entity, record_id): item for record_id, item in touched.items()})

    def lock_in_order(self, keys: Iterable[tuple[str, bytes]]) -> None:
        """Load and lock records of several entities: parents first, whatever order they come in."""
        by_entity: dict[str, list[bytes]] = defaultdict(list)
        for entity, record_id in keys:
            by_entity[entity].append(record_id)
        for declared in self.tables.entities:
            if declared.name in by_entity:
                self.lock_all(declared.name, by_entity[declared.name])

    def lock(self, entity: str, record_id: bytes) -> Stored | None:
        """Return a record locked, as it is now in this work; deleted ones included."""
        if (entity, record_id) not in self._touched:
            self.lock_all(entity, [record_id])
        touched = self._touched.get((entity, record_id))
        return touched.record if touched else None

    def under_change(self, entity: str) -> list[Stored]:
        """Return the records of an entity that this work has loaded to change, or made."""
        return [item.record for (name, _), item in self._touched.items() if name == entity]

    def changed(self, entity: str) -> list[Stored]:
        """Return the records of an entity that this work has changed, or made, and not written."""
        of = [item for (name, _), item in self._touched.items() if name == entity]
        return [item.record for item in of if item.is_touched]

    def having(self, entity: str, **values: Value) -> list[Stored]:
        """Return records as this work leaves them so far, what it has not written among them."""
        mine = {one.record_id: one for one in self.changed(entity)}
        found = [one for one in super().having(entity, **values) if one.record_id not in mine]
        found += [
            one
            for one in mine.values()
            if one.deleted_at is None
            and all(one.values.get(name) == value for name, value in values.items())
        ]
        return sorted(found, key=lambda one: one.record_id)

    # Changing

    def insert(
        self, entity: str, values: Mapping[str, Value], author: Author, *, record_id: bytes = b""
    ) -> Stored:
        """Store a new record.

        Args:
            values: without the id; who, when and whence are filled in where missing.
            record_id: 16 bytes made by the device; a new one when empty.

        Raises:
            Missing, WrongType, UnknownField, ...: as `sync.spec.check_record`.
        """
        declared, record_id = self.entity_by_name[entity], record_id or self.ids()
        record = new_record(
            declared,
            record_id,
            {**values, **self.leads.led(declared, record_id, values, rev=1)},
            author,
            now_ms=self.now_ms,
            era=self.era,
            scope_id=self.scope_id,
        )
        self._touched[entity, record_id] = Touched(record, is_new=True, is_touched=True)
        self._note_change(record, author)
        return record

    def change(
        self,
        entity: str,
        record_id: bytes,
        values: Mapping[str, Value],
        author: Author,
        *,
        base_rev: int | None = None,
        seen: Stored | None = None,
    ) -> Merged:
        """Merge new values into a record.

        Args:
            base_rev: the rev the author had seen; None: the present one.
            seen: what they had seen, at that rev, where it was another record, merged since.

        Raises:
            NotFound: no such record.
            FieldFixed: a value that was fixed when the record was made.
            WrongType, TooLong, ...: as `sync.spec.check_value`.
        """
        record = self.lock(entity, record_id)
        if record is None:
            raise NotFound(f"{entity} {record_id.hex()}: not found", entity=entity)
        declared = record.entity
        checked = {
            name: check_value(declared, name, value, choices=author.device_id == 0)
            for name, value in values.items()
            if name != "id"
        }
        for name, value in checked.items():
            # Fixed once it is said: a planned visit learns when it began.
            if declared.field_by_name[name].fixed and record.values.get(name) not in (None, value):
                raise FieldFixed(f"{entity}.{name}: cannot change", field=name)
        # One that comes back refers to whom it did when it was deleted: led on like what is new.
        given = checked if record.deleted_at is None else {**record.values, **checked}
        led = self.leads.led(declared, record_id, given, rev=record.rev + 1)
        checked |= led
        require_one_of(declared, {**record.values, **checked})
        at = self.now_ms if author.at is None else author.at
        writer = _writer(author, record.rev + 1, at)
        base_rev = record.rev if base_rev is None else base_rev
        result = merge.merge(
            declared,
            record.values,
            record.writers,
            checked,
            writer,
            # Of another record's revs nothing is known here: whatever stands may be news.
            base_rev=0 if seen else base_rev,
            base_of=lambda name, _: self._value_at(seen or record, name, base_rev),
        )
        result.back |= led.keys()
        self._history.keep(record, result.lost, writer, author.change_id)
        # An edit of which every value lost brings a deleted record back all the same: its author
        # meant it to be there.
        if result.taken or record.deleted_at is not None:
            self._store(record, result.taken, writer)
            self._note_change(record, author, result.taken)
        return result

    def _value_at(self, record: Stored, name: str, rev: int) -> Value:
        if merge.last_writer(record.entity, record.writers, name).rev <= rev:
            return record.values.get(name)
        return self._history.value_at(record, name, rev)

    def write(
        self, entity: str, record_id: bytes, values: Mapping[str, Value], author: Author
    ) -> dict[str, Value]:
        """Put values into a record as they are, fixed ones too; returns those that were there.

        For what no person writes: that a reference leads to the record that stands now.
        """
        record = self.lock(entity, record_id)
        assert record is not None
        at = self.now_ms if author.at is None else author.at
        writer, before = _writer(author, record.rev + 1, at), {}
        for name, value in values.items():
            last = merge.last_writer(record.entity, record.writers, name)
            before[name] = record.values.get(name)
            lost = Lost(name, before[name], last, merge.OVERWRITTEN)
            self._history.keep(record, [lost], writer, None)
            check_value(record.entity, name, value)
        deleted_at = record.deleted_at
        self._store(record, values, writer)
        record.deleted_at = deleted_at  # nobody meant it to be there again
        self._note_change(record, author, values)
        return before

    def remember(
        self, entity: str, record_id: bytes, lost: Lost, by: Author, change_id: bytes | None
    ) -> None:
        """Keep in the history a value that never stood, and who put another in its place."""
        record = self.lock(entity, record_id)
        assert record is not None
        at = self.now_ms if by.at is None else by.at
        self._history.keep(record, [lost], _writer(by, record.rev, at), change_id)

    def delete(self, entity: str, record_id: bytes) -> None:
        """Delete a record; its tombstone stays in the feed. Raises NotFound."""
        record = self.lock(entity, record_id)
        if record is None:
            raise NotFound(f"{entity} {record_id.hex()}: not found", entity=entity)
        if record.deleted_at is None:
            record.deleted_at = self.now_ms
            record.rev += 1
            record.era = self.era
            self._touched[entity, record_id].is_touched = True

    def stamp(self, entity: str, record_ids: Iterable[bytes]) -> None:
        """Say that records are as they are in this era, whatever was said before."""
        self.lock_all(entity, record_ids)
        for record_id in record_ids:
            touched = self._touched[entity, record_id]
            touched.record.era = self.era
            touched.is_touched = True

    def share_with(self, entity: str, record_id: bytes, scope: str) -> None:
        """Show a record in one more scope than its own."""
        touched = self._touched[entity, record_id]
        scope_id = self.scope_id(scope)
        if scope_id != touched.record.scope_id and scope_id not in touched.shares:
            touched.shares.add(scope_id)
            touched.new_shares.add(scope_id)
            touched.is_touched = True

    def send_again(self, entity: str, record_id: bytes, names: Iterable[str]) -> None:
        """Send fields to all who see a record, as they are: somebody shows others there."""
        touched = self._touched[entity, record_id]
        touched.changed |= {touched.record.entity.number_by_name[name] for name in names}
        touched.is_touched = True

    def unshare(self, entity: str, record_id: bytes, scope_id: int) -> None:
        """Show a record no more in a scope that is not its own."""
        touched = self._touched[entity, record_id]
        if scope_id in touched.shares and scope_id != touched.record.scope_id:
            touched.shares.discard(scope_id)
            touched.new_shares.discard(scope_id)
            touched.left.add(scope_id)
            touched.is_touched = True
            table = self.tables.share
            self.connection.execute(
                sa.delete(table).where(
                    table.c.entity == self.tables.number_by_entity[entity],
                    table.c.record_id == record_id,
                    table.c.scope_id == scope_id,
                )
            )

    def scopes_of(self, entity: str, record_id: bytes) -> set[int]:
        """Return the scopes a record under change is seen in."""
        touched = self._touched[entity, record_id]
        return {touched.record.scope_id, *touched.shares}

    def mark(self, keys: Iterable[tuple[str, bytes]]) -> Mark:
        """Remember how records are, to `go_back` if a later change of their group is refused."""
        return Mark(
            history=self._history.new.mark(),
            led=self.leads.new.mark(),
            keys=frozenset(self._touched),
            copies={key: self._touched[key].copy() for key in keys if key in self._touched},
        )

    def go_back(self, mark: Mark) -> None:
        """Undo, in memory, everything since `mark`."""
        self._history.new.go_back(mark.history)
        self.leads.new.go_back(mark.led)
        self._touched = {key: item for key, item in self._touched.items() if key in mark.keys}
        self._touched.update(mark.copies)

    def scope_id(self, name: str) -> int:
        """Return the number of a scope, made if it is new."""
        if name not in self._scope_ids:
            table = self.tables.scope
            find, which = _scope_named(table), {"named": name}
            found = self.connection.scalar(find, which)
            if found is None:
                new = {"head": 0, "floor": 0, "record_count": 0, "digest": 0, "next_number": 1}
                # Two transactions may make the same scope. On PostgreSQL the second waits here for
                # the first to commit, skips, and reads its row: which READ COMMITTED lets it see,
                # and a snapshot would not.
                self.connection.execute(self.insert_or_skip(table).values(name=name, **new))
                found = self.connection.scalar(find, which)
            assert isinstance(found, int)
            self._scope_ids[name] = found
        return self._scope_ids[name]

    def lock_name(self, kind: str, name: str) -> None:
        """Let only one transaction at a time do what is named, where there is no row to lock yet.

        PostgreSQL's advisory locks; on SQLite there is one writer at a time anyhow.
        """
        if self.is_postgres:
            lock = sa.func.pg_advisory_xact_lock(number_of_name(kind, name))
            self.connection.execute(sa.select(lock))

    def insert_or_skip(self, table: sa.Table) -> Any:
        """Build an insert that leaves an existing row alone."""
        dialect = postgresql if self.is_postgres else sqlite
        return dialect.insert(table).on_conflict_do_nothing()

    def number_in(self, entity: str, record_id: bytes, scope_id: int) -> int:
        """Return a record's number in a scope, after `flush`; 0 if it is not there."""
        entry = self._touched[entity, record_id].entries.get(scope_id)
        return entry.number if entry else 0

    def _store(self, record: Stored, taken: Mapping[str, Value], writer: Writer) -> None:
        """Put values into a record under change; a field that names its scope may move it."""
        touched = self._touched[record.entity.name, record.record_id]
        numbers = record.entity.number_by_name
        record.values.update(taken)
        record.rev = writer.rev
        record.era = self.era
        record.deleted_at = None  # an edit by one who did not know brings the record back
        for name in taken:
            record.writers[numbers[name]] = writer
            touched.changed.add(numbers[name])
        touched.is_touched = True
        if record.entity.scope.field in taken:
            home = self.scope_id(
                scopes.scope_name(record.entity, record.values, record.effective_at)
            )
            if home != record.scope_id:
                touched.left.add(record.scope_id)
                touched.left.discard(home)
                record.scope_id = home

    def note(
        self,
        action: Action,
        by: bytes | None,
        entity: str,
        record_id: bytes | None,
        detail: str,
        *,
        of: bytes | None = None,
    ) -> None:
        """Have the audit log keep what this work does, as an `Event`, if the work is stored.

        Args:
            of: the person or enterprise whose record it is.
        """
        self._events.add(Event(self.now_ms, action, by, entity, record_id, of, detail))

    def _note_change(self, record: Stored, author: Author, taken: Iterable[str] = ()) -> None:
        # The office's alone: what a tablet sends has its author beside it in any case.
        if author.device_id == 0 and author.agent_id is not None and author.source == "web":
            self._events.add(event_of(self, record, self.now_ms, author.agent_id, taken))

    # Writing, at the end

    def flush(self) -> None:
        """Write everything; the scopes' counters last. Called again, it writes what came since."""
        # All rows of a table in one call: a push of hundreds of changes is as many rows.
        touched = [item for item in self._touched.values() if item.is_touched]
        by_entity: dict[str, list[Touched]] = defaultdict(list)
        for item in touched:
            by_entity[item.record.entity.name].append(item)
        for entity in self.tables.entities:  # parents first, and one lock order for everybody
            if entity.name in by_entity:
                self._write_rows(entity.name, by_entity[entity.name])
                terms.write(self, entity, by_entity[entity.name])
        self._history.new.write()
        self._events.write(self.connection, self.tables.audit_waiting)
        self.leads.new.write()
        self._note_due(by_entity)
        shares = [
            {
                "entity": self.tables.number_by_entity[item.record.entity.name],
                "record_id": item.record.record_id,
                "scope_id": scope_id,
            }
            for item in touched
            for scope_id in sorted(item.new_shares)
        ]
        if shares:
            self.connection.execute(_insert(self.tables.share), shares)
        feed.write(self, touched, now_ms=self.now_ms)
        for item in touched:
            item.settle()

    def _note_due(self, by_entity: Mapping[str, list[Touched]]) -> None:
        """Write down who is to be compared: the new, those that changed, and those that went."""
        table = self.tables.duplicate_due
        rows = [
            {"entity": name, "record_id": item.record.record_id, "at": self.now_ms}
            for name in merged.mergeable(self.tables)
            for item in by_entity.get(name, ())
            if item.is_new or item.changed or item.record.deleted_at is not None
        ]
        if rows:
            new = (postgresql if self.is_postgres else sqlite).insert(table)
            again = new.on_conflict_do_update(
                index_elements=["entity", "record_id"], set_={"at": new.excluded.at}
            )
            self.connection.execute(again, rows)

    def _write_rows(self, name: str, touched: list[Touched]) -> None:
        table = self.tables.records[name]
        new = [to_row(item.record) for item in touched if item.is_new]
        if new:
            self.connection.execute(_insert(table), new)
        old = [to_row(item.record) for item in touched if not item.is_new]
        if old:
            # SQLAlchemy keeps a column's own name, as a parameter of an UPDATE, for itself; so
            # `new_phone`.
            rows = [
                {"key": row.pop("id"), **{f"new_{column}": value for column, value in row.items()}}
                for row in old
            ]
            self.connection.execute(_update_row(table), rows)


_insert = cache(sa.insert)


@cache
def _scope_named(scope: sa.Table) -> sa.Select[Any]:
    return sa.select(scope.c.id).where(scope.c.name == sa.bindparam("named"))


@cache
def _update_row(table: sa.Table) -> sa.Update:
    values: dict[str, Any] = {
        column.name: sa.bindparam(f"new_{column.name}") for column in table.c if column.name != "id"
    }
    return sa.update(table).where(table.c.id == sa.bindparam("key")).values(values)


def new_record(
    declared: Entity,
    record_id: bytes,
    values: Mapping[str, Value],
    author: Author,
    *,
    now_ms: int,
    era: int,
    scope_id: Callable[[str], int],
) -> Stored:
    """Return a record as it is stored at first; see `Work.insert`.

    Args:
        scope_id: gives the number of a scope by its name.
    """
    at = now_ms if author.at is None else author.at
    given: Values = {name: value for name, value in values.items() if name != "id"}
    for name, value in _captured(author, at).items():
        if name in declared.field_by_name and given.get(name) is None:
            given[name] = value
    # A tablet's app may be newer and know a choice that is not declared here yet: it is kept.
    # The desk's pages come from here, so of them an unknown choice is a fault.
    checked = check_record(declared, {"id": record_id, **given}, choices=author.device_id == 0)
    del checked["id"]
    return Stored(
        declared,
        record_id,
        checked,
        rev=1,
        era=era,
        scope_id=scope_id(scopes.scope_name(declared, checked, at)),
        effective_at=at,
        received_at=now_ms,
        deleted_at=None,
        writers={INSERT: _writer(author, 1, at)},
    )


def _writer(author: Author, rev: int, at: int) -> Writer:
    return Writer(
        rev=rev,
        device_id=author.device_id,
        inc=author.inc,
        seq=author.seq,
        agent_id=author.agent_id,
        at=at,
    )


def _captured(author: Author, at: int) -> Values:
    return {"created_at": at, "created_by": author.agent_id, "source": author.source}


def era_of(epoch: bytes) -> int:
    """Return the first 4 bytes of an epoch as an integer: what a record's rev was given under."""
    return int.from_bytes(epoch[:4], "big")


class Database:
    """The composition of engines, tables, clock and ids that commands run on."""

    def __init__(
        self,
        engines: Engines,
        tables: Tables,
        *,
        clock: Callable[[], int],
        ids: Callable[[], bytes],
    ) -> None:
        """Take what is needed; `clock` gives Unix milliseconds, `ids` new record ids."""
        self.engines = engines
        self.tables = tables
        self.clock = clock
        self.ids = ids
        self._epoch: bytes | None = None

    @property
    def epoch(self) -> bytes:
        """8 bytes that change when the database's line of history does.

        As last read: each write reads it anew, so does each request of a tablet (`know_epoch`).
        """
        if self._epoch is None:
            with self.engines.read() as connection:
                self._epoch = self._read_epoch(connection)
        return self._epoch

    def know_epoch(self, epoch: bytes) -> None:
        """Take an epoch just read: another process may have changed it."""
        self._epoch = epoch

    def _read_epoch(self, connection: sa.Connection) -> bytes:
        found = connection.scalar(installed(self.tables.installation, "epoch"))
        assert found is not None, "the database is not migrated"
        return bytes(found)

    @property
    def era(self) -> int:
        """The era of the present epoch (`era_of`)."""
        return era_of(self.epoch)

    def write(self, command: Callable[[Work], T]) -> T:
        """Run a command in one transaction; it may run again, whole, if others were in the way.

        Raises:
            Busy, StoreFull: nothing was stored.
        """

        def run(connection: sa.Connection) -> T:
            # Inside the transaction, not as it was known: another process may have begun an epoch
            # since, and a row stamped with the old one would pass for a lost one.
            self._epoch = epoch = self._read_epoch(connection)
            era, now = era_of(epoch), self.clock()
            work = Work(connection, self.tables, now_ms=now, era=era, ids=self.ids)
            result = command(work)
            work.flush()
            return result

        return self.engines.write(run)

    def read(self, query: Callable[[Records], T]) -> T:
        """Run a query on one moment's state."""
        with self.engines.read() as connection:
            return query(Records(connection, self.tables))
