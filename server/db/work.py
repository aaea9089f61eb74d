"""Work: one transaction for one command. The only way that anything is written.

A command loads records (locked), changes them in memory, and at the end everything is written at
once: rows, history, search terms, then, last, each touched scope's counter and its feed entries.
The counter row is locked until commit, so the sequences of a scope appear in order and without
gaps in time: a reader that has seen n will never be passed over by a later n-1
(`tests/server/test_feed.py` keeps the proof that a plain sequence fails).

Lock order, always: device, records by entity and id, scopes by id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from server.db.engine import Engines
from server.db.records import NotFound, Records, Stored, any_of, installed, to_row
from server.db.tables import Tables
from sync import digest, merge, scopes
from sync.checks import FieldFixed, check_record, check_value, require_one_of
from sync.merge import INSERT, Lost, Merged, Writer
from sync.rules import search
from sync.spec import Value, Values

T = TypeVar("T")
_ENCODER = msgspec.msgpack.Encoder()
_FIELD_SEQS = msgspec.msgpack.Decoder(dict[int, int])

PUT, DELETE, LEAVE = 1, 2, 3
"""What a feed entry says: here is the record; it is gone; it went to another scope."""


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


@dataclass(slots=True)
class _Entry:
    """A record's place in one scope's feed."""

    seq: int
    op: int
    number: int
    born: int
    hash: int
    field_seqs: dict[int, int]


@dataclass(slots=True)
class _Touched:
    """A record under change: what it is, which fields changed, where it is in the feeds."""

    record: Stored
    is_new: bool
    changed: set[int] = field(default_factory=set)
    is_touched: bool = False
    entries: dict[int, _Entry] = field(default_factory=dict)
    shares: set[int] = field(default_factory=set)
    new_shares: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)

    def copy(self) -> _Touched:
        """Return a copy that later changes do not reach; feed entries change only at the end."""
        record = replace(
            self.record, values=dict(self.record.values), writers=dict(self.record.writers)
        )
        return replace(
            self,
            record=record,
            changed=set(self.changed),
            shares=set(self.shares),
            new_shares=set(self.new_shares),
            left=set(self.left),
        )


Mark: TypeAlias = tuple[int, set[tuple[str, bytes]], dict[tuple[str, bytes], _Touched]]


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
        self._touched: dict[tuple[str, bytes], _Touched] = {}
        self._history: list[dict[str, Any]] = []
        self._scope_ids: dict[str, int] = {}
        self._number_by_entity = {entity.name: n for n, entity in enumerate(tables.entities)}

    # Reading for a change

    def hold(self, entity: str, record_ids: Iterable[bytes]) -> None:
        """Load and lock records that will be changed, with their places in the feeds.

        Several entities: call in the order of `ENTITIES`, once each, or two may wait for
        one another.
        """
        wanted = [one for one in sorted(set(record_ids)) if (entity, one) not in self._touched]
        for record_id, record in self.load(entity, wanted, lock=True).items():
            self._touched[entity, record_id] = _Touched(record, is_new=False)
        number = self._number_by_entity[entity]
        feed, share = self.tables.feed, self.tables.share
        for start in range(0, len(wanted), 500):
            part = {"entity": number, "ids": wanted[start : start + 500]}
            for row in self.connection.execute(_of_records(feed), part):
                if touched := self._touched.get((entity, row.record_id)):
                    touched.entries[row.scope_id] = _Entry(
                        row.seq,
                        row.op,
                        row.number,
                        row.born,
                        row.hash,
                        _FIELD_SEQS.decode(row.field_seqs),
                    )
            for row in self.connection.execute(_of_records(share), part):
                if touched := self._touched.get((entity, row.record_id)):
                    touched.shares.add(row.scope_id)

    def held(self, entity: str, record_id: bytes) -> Stored | None:
        """Return a record under change as it stands now in this work, deleted ones included."""
        if (entity, record_id) not in self._touched:
            self.hold(entity, [record_id])
        touched = self._touched.get((entity, record_id))
        return touched.record if touched else None

    def under_change(self, entity: str) -> list[Stored]:
        """Return the records of an entity that this work has loaded to change, or made."""
        return [one.record for (name, _), one in self._touched.items() if name == entity]

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
        declared = self.entity_by_name[entity]
        record_id = record_id or self.ids()
        at = self.now_ms if author.at is None else author.at
        given: Values = {name: value for name, value in values.items() if name != "id"}
        for name, value in _captured(author, at).items():
            if name in declared.field_by_name and given.get(name) is None:
                given[name] = value
        checked = check_record(declared, {"id": record_id, **given}, choices=author.device_id == 0)
        del checked["id"]
        writer = Writer(1, author.device_id, author.inc, author.seq, author.agent_id, at)
        scope_id = self.scope_id(scopes.scope_name(declared, checked, at))
        record = Stored(
            declared,
            record_id,
            checked,
            rev=1,
            era=self.era,
            scope_id=scope_id,
            effective_at=at,
            received_at=self.now_ms,
            deleted_at=None,
            writers={INSERT: writer},
        )
        self._touched[entity, record_id] = _Touched(record, is_new=True, is_touched=True)
        return record

    def change(
        self,
        entity: str,
        record_id: bytes,
        values: Mapping[str, Value],
        author: Author,
        *,
        base_rev: int | None = None,
    ) -> Merged:
        """Merge new values into a record.

        Args:
            base_rev: the rev the author had seen; None: the present one.

        Raises:
            NotFound: no such record.
            FieldFixed: a value that was fixed when the record was made.
            WrongType, TooLong, ...: as `sync.spec.check_value`.
        """
        record = self.held(entity, record_id)
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
        require_one_of(declared, {**record.values, **checked})
        at = self.now_ms if author.at is None else author.at
        writer = Writer(
            record.rev + 1, author.device_id, author.inc, author.seq, author.agent_id, at
        )
        merged = merge.merge(
            declared,
            record.values,
            record.writers,
            checked,
            writer,
            base_rev=record.rev if base_rev is None else base_rev,
            base_of=lambda name, rev: self._value_at(record, name, rev),
        )
        self._keep(record, merged.lost, writer, author.change_id)
        if merged.taken or record.deleted_at is not None:
            self._store(record, merged.taken, writer)
        return merged

    def remember(
        self, entity: str, record_id: bytes, lost: Lost, by: Author, change_id: bytes | None
    ) -> None:
        """Keep in the history a value that never stood, and who put another in its place."""
        record = self.held(entity, record_id)
        assert record is not None
        at = self.now_ms if by.at is None else by.at
        writer = Writer(record.rev, by.device_id, by.inc, by.seq, by.agent_id, at)
        self._keep(record, [lost], writer, change_id)

    def delete(self, entity: str, record_id: bytes) -> None:
        """Delete a record; its tombstone stays in the feed. Raises NotFound."""
        record = self.held(entity, record_id)
        if record is None:
            raise NotFound(f"{entity} {record_id.hex()}: not found", entity=entity)
        if record.deleted_at is None:
            record.deleted_at = self.now_ms
            record.rev += 1
            record.era = self.era
            self._touched[entity, record_id].is_touched = True

    def stamp(self, entity: str, record_ids: Iterable[bytes]) -> None:
        """Say that records are as they are in this era, whatever was said before."""
        self.hold(entity, record_ids)
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

    def scopes_of(self, entity: str, record_id: bytes) -> set[int]:
        """Return the scopes a record under change is seen in."""
        touched = self._touched[entity, record_id]
        return {touched.record.scope_id, *touched.shares}

    def mark(self, keys: Iterable[tuple[str, bytes]]) -> Mark:
        """Remember how records stand, to `go_back` if a later change of their group is refused."""
        return (
            len(self._history),
            set(self._touched),
            {key: self._touched[key].copy() for key in keys if key in self._touched},
        )

    def go_back(self, mark: Mark) -> None:
        """Undo, in memory, everything since `mark`."""
        history_count, known, copies = mark
        del self._history[history_count:]
        self._touched = {key: one for key, one in self._touched.items() if key in known}
        self._touched.update(copies)

    def scope_id(self, name: str) -> int:
        """Return the number of a scope, made if it is new."""
        if name not in self._scope_ids:
            table = self.tables.scope
            find, which = _scope_named(table), {"named": name}
            found = self.connection.scalar(find, which)
            if found is None:
                new = {"head": 0, "floor": 0, "record_count": 0, "digest": 0, "next_number": 1}
                self.connection.execute(self.insert_or_skip(table).values(name=name, **new))
                found = self.connection.scalar(find, which)
            assert isinstance(found, int)
            self._scope_ids[name] = found
        return self._scope_ids[name]

    def lock(self, kind: str, whose: str) -> None:
        """Let only one transaction at a time do what is named, where there is no row to lock yet.

        PostgreSQL's advisory locks; on SQLite there is one writer at a time anyhow.
        """
        if self.is_postgres:
            key = int.from_bytes(sha256(f"{kind}|{whose}".encode()).digest()[:8], signed=True)
            self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

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

    def _keep(
        self, record: Stored, lost: Iterable[Lost], writer: Writer, change_id: bytes | None
    ) -> None:
        for one in lost:
            self._history.append(
                {
                    "entity": self._number_by_entity[record.entity.name],
                    "record_id": record.record_id,
                    "field": record.entity.number_by_name[one.field],
                    "value": _ENCODER.encode(one.value),
                    "outcome": one.outcome,
                    "rev": 0 if one.writer is writer else one.writer.rev,
                    "replaced_rev": writer.rev,
                    "agent_id": one.writer.agent_id,
                    "device_id": one.writer.device_id,
                    "effective_at": one.writer.at,
                    "replaced_at": writer.at,
                    "change_id": change_id,
                }
            )

    def _value_at(self, record: Stored, name: str, rev: int) -> Value:
        """Return what a field held at an earlier rev: the value set last at or before it."""
        number = record.entity.number_by_name[name]
        key = (self._number_by_entity[record.entity.name], record.record_id, number)
        seen = [
            (row["rev"], row["value"])
            for row in self._history
            if (row["entity"], row["record_id"], row["field"]) == key and 0 < row["rev"] <= rev
        ]
        history = self.tables.history
        found = self.connection.execute(
            sa.select(history.c.rev, history.c.value)
            .where(
                history.c.entity == key[0],
                history.c.record_id == key[1],
                history.c.field == number,
                history.c.rev.between(1, rev),
            )
            .order_by(history.c.rev.desc())
            .limit(1)
        ).first()
        seen += [(found.rev, found.value)] if found else []
        if not seen:
            return None
        value = msgspec.msgpack.decode(max(seen)[1])
        return tuple(value) if isinstance(value, list) else value

    # Writing, at the end

    def flush(self) -> None:
        """Write everything; the scopes' counters last. Called once, before commit."""
        touched = [one for one in self._touched.values() if one.is_touched]
        by_entity: dict[str, list[_Touched]] = defaultdict(list)
        for one in touched:
            by_entity[one.record.entity.name].append(one)
        for name in self._number_by_entity:  # parents first, and one lock order for everybody
            if name in by_entity:
                self._write_rows(name, by_entity[name])
                self._write_terms(name, by_entity[name])
        if self._history:
            self.connection.execute(_insert(self.tables.history), self._history)
            self._history = []
        shares = [
            {"entity": self._number_of(one), "record_id": one.record.record_id, "scope_id": scope}
            for one in touched
            for scope in sorted(one.new_shares)
        ]
        if shares:
            self.connection.execute(_insert(self.tables.share), shares)
        self._write_feed(touched)
        for one in touched:
            one.is_touched, one.is_new = False, False
            one.changed.clear()
            one.new_shares.clear()
            one.left.clear()

    def _write_rows(self, name: str, touched: list[_Touched]) -> None:
        table = self.tables.records[name]
        new = [to_row(one.record) for one in touched if one.is_new]
        if new:
            self.connection.execute(_insert(table), new)
        old = [to_row(one.record) for one in touched if not one.is_new]
        if old:
            rows = [
                {"key": row.pop("id"), **{f"new_{column}": value for column, value in row.items()}}
                for row in old
            ]
            self.connection.execute(_update_row(table), rows)

    def _write_terms(self, name: str, touched: list[_Touched]) -> None:
        declared = self.entity_by_name[name]
        searched = [spec for spec in declared.fields if spec.searched]
        numbers = {declared.number_by_name[spec.name] for spec in searched}
        stale = [one for one in touched if one.is_new or one.changed & numbers]
        if not searched or not stale:
            return
        table, number = self.tables.search_term, self._number_by_entity[name]
        gone = [{"key": one.record.record_id} for one in stale if not one.is_new]
        if gone:
            self.connection.execute(_delete_terms(table), gone)
        terms = [
            {"entity": number, "term": term, "record_id": one.record.record_id}
            for one in stale
            for term in search.terms(declared, one.record.record_id, one.record.values)
        ]
        if terms:
            self.connection.execute(_insert(table), terms)

    def _write_feed(self, touched: list[_Touched]) -> None:
        """Number the changes in each scope: the last statements before commit, scopes by id."""
        by_scope: dict[int, list[_Touched]] = defaultdict(list)
        for one in touched:
            # Moved twice in one work, it never was in the scope between: nothing to tell there.
            left = {scope_id for scope_id in one.left if scope_id in one.entries}
            for scope_id in {one.record.scope_id, *one.shares, *left}:
                by_scope[scope_id].append(one)
        scope, feed = self.tables.scope, self.tables.feed
        for scope_id in sorted(by_scope):
            members = by_scope[scope_id]
            fresh = [
                one for one in members if scope_id not in one.entries and _enters(one, scope_id)
            ]
            head, next_number, count, total = self.connection.execute(
                _raise(scope), {"key": scope_id, "members": len(members), "fresh": len(fresh)}
            ).one()
            seq, number = head - len(members), next_number - len(fresh)
            rows, gone = [], []
            for one in members:
                seq += 1
                entry = one.entries.get(scope_id)
                was_here = entry is not None and entry.op == PUT
                if entry is not None:
                    what = {"entity_": self._number_of(one), "key": one.record.record_id}
                    gone.append({"scope": scope_id, **what})
                if _enters(one, scope_id):
                    # One that comes back keeps its number: a device that slept through its
                    # absence knows it by no other, and must be told when it goes for good.
                    own = number if entry is None else entry.number
                    number += entry is None
                    entry = _Entry(seq, PUT, own, seq, 0, {})
                    is_born = True
                else:
                    assert entry is not None
                    is_born = False
                old_hash = entry.hash if was_here else 0
                self._renew(one, entry, scope_id, seq, is_born=is_born)
                total = digest.replaced(total, old_hash, entry.hash)
                count += (entry.op == PUT) - was_here
                one.entries[scope_id] = entry
                rows.append(self._feed_row(one, entry, scope_id))
            if gone:
                self.connection.execute(_delete_entry(feed), gone)
            self.connection.execute(_insert(feed), rows)
            sums = {"key": scope_id, "record_count": count, "digest": total}
            self.connection.execute(_set_sums(scope), sums)

    def _renew(
        self, one: _Touched, entry: _Entry, scope_id: int, seq: int, *, is_born: bool
    ) -> None:
        """Bring a feed entry up to the record as it is now."""
        record = one.record
        entry.seq = seq
        if scope_id in one.left and scope_id not in one.shares:
            entry.op = LEAVE
        elif record.deleted_at is not None:
            entry.op = DELETE
        else:
            entry.op = PUT
        if not is_born:
            entry.field_seqs.update(dict.fromkeys(one.changed, seq))
        entry.hash = (
            digest.row_hash(
                self._number_of(one), record.record_id, entry.number, record.era, record.rev
            )
            if entry.op == PUT
            else 0
        )

    def _feed_row(self, one: _Touched, entry: _Entry, scope_id: int) -> dict[str, Any]:
        return {
            "scope_id": scope_id,
            "entity": self._number_of(one),
            "record_id": one.record.record_id,
            "seq": entry.seq,
            "op": entry.op,
            "number": entry.number,
            "born": entry.born,
            "rev": one.record.rev,
            "era": one.record.era,
            "hash": entry.hash,
            "field_seqs": _ENCODER.encode(entry.field_seqs),
            "at": self.now_ms,
        }

    def _number_of(self, one: _Touched) -> int:
        return self._number_by_entity[one.record.entity.name]


_insert = cache(sa.insert)


@cache
def _scope_named(scope: sa.Table) -> sa.Select[Any]:
    return sa.select(scope.c.id).where(scope.c.name == sa.bindparam("named"))


@cache
def _of_records(table: sa.Table) -> sa.Select[Any]:
    """Find rows of the feed, or of the shares, by entity and records."""
    ids = any_of(table.c.record_id, "ids")
    return sa.select(table).where(table.c.entity == sa.bindparam("entity"), ids)


@cache
def _update_row(table: sa.Table) -> sa.Update:
    values: dict[str, Any] = {
        one.name: sa.bindparam(f"new_{one.name}") for one in table.c if one.name != "id"
    }
    return sa.update(table).where(table.c.id == sa.bindparam("key")).values(values)


@cache
def _delete_terms(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.record_id == sa.bindparam("key", type_=table.c.record_id.type)
    )


@cache
def _raise(scope: sa.Table) -> Any:
    """Raise a scope's counter and its next row number; this locks the scope."""
    return (
        sa.update(scope)
        .where(scope.c.id == sa.bindparam("key"))
        .values(
            head=scope.c.head + sa.bindparam("members"),
            next_number=scope.c.next_number + sa.bindparam("fresh"),
        )
        .returning(scope.c.head, scope.c.next_number, scope.c.record_count, scope.c.digest)
    )


@cache
def _set_sums(scope: sa.Table) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(name) for name in ("record_count", "digest")}
    return sa.update(scope).where(scope.c.id == sa.bindparam("key")).values(values)


@cache
def _delete_entry(feed: sa.Table) -> sa.Delete:
    return sa.delete(feed).where(
        feed.c.scope_id == sa.bindparam("scope"),
        feed.c.entity == sa.bindparam("entity_"),
        feed.c.record_id == sa.bindparam("key", type_=feed.c.record_id.type),
    )


def _enters(one: _Touched, scope_id: int) -> bool:
    """Whether the record enters the scope now: first, or again after it had left or gone."""
    entry = one.entries.get(scope_id)
    if entry is None:
        return scope_id not in one.left
    is_back = one.record.deleted_at is None and scope_id not in one.left
    return entry.op != PUT and is_back


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
