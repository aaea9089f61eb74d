"""The tablet's records: get, list, put. A put writes the outbox in the same transaction.

What the user sees is the server's state and, over it, what was captured here and is not yet
acknowledged. Nothing leaves the outbox before the server's word that it has the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from mobile_app.device.clock import Clock
from mobile_app.store import capturing, search
from mobile_app.store import schema as tables
from mobile_app.store.base import Bases
from mobile_app.store.database import StoreNewer, open_database, transaction
from mobile_app.store.kept import Kept
from mobile_app.store.outbox import Outbox
from mobile_app.store.true_clock import TrueClock
from sync import stored, typed, versions
from sync.changes import Change, Moment, Op
from sync.checks import check_record
from sync.digest import EMPTY_STATE
from sync.errors import Refusal
from sync.exchange import Position
from sync.rules import search as rules
from sync.rules.duplicates import SURVIVOR
from sync.spec import Entity, Kind, Value, Values

_INDEX_AGAIN_MS = 1_000
"""How long the opening of a file may take longer because the rules of the search are others."""
_INDEX_AGAIN_AT_ONCE = 100


class _Shape(NamedTuple):
    """How an entity's fields lie in a row of its table.

    `written`: those that a column holds in another form, with their kind.
    """

    names: Sequence[str]
    pick: Callable[[Sequence[Any]], Sequence[Any]]
    written: Sequence[tuple[str, Kind]]
    id_at: int
    rev_at: int


class NotFound(Refusal):
    """There is no such record on this tablet."""

    code = "record_unknown"


class UnknownEntity(Refusal):
    """Nothing of this name is kept here."""

    code = "entity_unknown"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the tablet holds it. `state`: on_tablet, received, held, dismissed."""

    entity: Entity
    record_id: bytes
    values: Values
    rev: int
    state: str


class Store:
    """One agent's file on this tablet."""

    def __init__(
        self,
        path: Path | str,
        key: bytes,
        entities: Sequence[Entity],
        *,
        clock: Clock,
        ids: Callable[[], bytes],
        schema: int = versions.SCHEMA_NOW,
    ) -> None:
        """Open the file, bring it up to date. Raises as `open_database`.

        Args:
            schema: the version of `entities`.
        """
        self.schema = schema
        self.entities = tuple(entities)
        self.entity_by_name = {entity.name: entity for entity in entities}
        self.number_by_name = {entity.name: number for number, entity in enumerate(entities)}
        self.clock = clock
        self.ids = ids
        self.path, self._key = path, key
        self.db = open_database(path, key)
        self.kept = Kept(self.db)
        self.outbox = Outbox(self.db, self.entities, self.kept)
        self.bases = Bases(self.db, self.number_by_name)
        self.true_clock = TrueClock(clock, self.kept)
        self.index = search.Index(self.db)
        self._searched = {
            entity.name for entity in entities if any(spec.searched for spec in entity.fields)
        }
        with transaction(self.db):
            tables.upgrade(self.db, self.entities)
            self._index_again_if_other_rules()
            self._read_again_if_newer()
            self._count_boot()

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def beside(self) -> Iterator[Store]:
        """Give this file on a connection of its own, for another thread; the tablet may be locked.

        One connection is one thread's: two that ask at once spoil each other's statements. A file
        in memory has only one.
        """
        if str(self.path) == ":memory:":
            yield self
            return
        store = Store(
            self.path, self._key, self.entities, clock=self.clock, ids=self.ids, schema=self.schema
        )
        try:
            yield store
        finally:
            store.close()

    def _read_again_if_newer(self) -> None:
        """Ask for all records again after an upgrade: some have fields that were left out."""
        known = self.kept.schema
        if known is not None and known > self.schema:
            # Fields it does not know may wait to be sent: this one would leave them out.
            raise StoreNewer(f"schema {known}, this app knows {self.schema}")
        if known is not None and known < self.schema:
            # Only the cursors go. The records are seen as they are until all have come again.
            self.db.execute("DELETE FROM stage")
            self.db.execute("DELETE FROM scope")
            self.kept.state = EMPTY_STATE
            self.kept.is_in_doubt = False
            self.kept.mismatches = 0
            self.kept.part = None
            self.kept.later = []
        self.kept.schema = self.schema

    def _count_boot(self) -> None:
        boot_id = self.clock.boot_id()
        if self.kept.boot_id != boot_id:
            self.kept.boot_id = boot_id
            self.kept.boot = self.kept.boot + 1

    def now(self) -> Moment:
        """Return the clocks as they stand."""
        return Moment(
            self.clock.wall_ms(),
            self.clock.mono_ms(),
            self.kept.boot,
            self.kept.after_sync_ms,
        )

    # Reading

    def entity(self, name: str) -> Entity:
        """Return a declared entity. Raises UnknownEntity."""
        found = self.entity_by_name.get(name)
        if found is None:
            raise UnknownEntity(f"no entity {name!r}", entity=name)
        return found

    def get(self, entity: str, record_id: bytes) -> Record:
        """Return a record. Raises NotFound, UnknownEntity."""
        found = self.find(entity, record_id)
        if found is None:
            raise NotFound(f"{entity} {record_id.hex()}: not on this tablet", entity=entity)
        return found

    def find(self, entity: str, record_id: bytes) -> Record | None:
        """Return a record, or None."""
        declared = self.entity(entity)
        row = self.db.execute(f'SELECT * FROM "{entity}" WHERE id = ?', (record_id,)).fetchone()
        return None if row is None else self._record(declared, row)

    def list(
        self,
        entity: str,
        where: str = "",
        arguments: Sequence[object] = (),
        *,
        order: str = "id",
        limit: int | None = None,
    ) -> Sequence[Record]:
        """Return records; `where` and `order` are SQL of the caller's own, never of a user's."""
        declared = self.entity(entity)
        query = f'SELECT * FROM "{entity}"'
        query += f" WHERE {where}" if where else ""
        query += f" ORDER BY {order} LIMIT ?"
        rows = self.db.execute(query, (*arguments, -1 if limit is None else limit)).fetchall()
        states = self.outbox.states(entity)
        return [self._record(declared, row, states) for row in rows]

    def count(self, entity: str, where: str = "", arguments: Sequence[object] = ()) -> int:
        """Return how many records there are."""
        self.entity(entity)
        query = f'SELECT count(*) FROM "{entity}"' + (f" WHERE {where}" if where else "")
        return int(self.db.execute(query, tuple(arguments)).fetchone()[0])

    def search(
        self,
        entity: str | Sequence[str],
        text: str,
        *,
        commune_code: str | None = None,
        limit: int | None = search.SHOWN_MAX,
    ) -> Sequence[Record]:
        """Return records by name, phone or short code, in either script, best match first.

        Args:
            entity: one, or those to look in at once. With nothing typed, the first of each.
            commune_code: only those of one commune.
        """
        entities = (entity,) if isinstance(entity, str) else entity
        numbers = [self.number_by_name[self.entity(name).name] for name in entities]
        if not typed.text(text):
            each = None if limit is None else limit // len(entities)
            return [
                record
                for name in entities
                for record in self.list(*self._unmerged(name, commune_code), limit=each)
            ]
        found = self.index.find(text, numbers, commune_code=commune_code, most=limit)
        return self.find_all((self.entities[number].name, record_id) for number, record_id in found)

    def _unmerged(self, name: str, commune_code: str | None) -> tuple[str, str, Sequence[object]]:
        """Return what `list` takes for all of an entity but those that were merged."""
        where = [f"{SURVIVOR} IS NULL"] if SURVIVOR in self.entity(name).field_by_name else []
        where += ["commune_code = ?"] if commune_code else []
        return name, " AND ".join(where), (commune_code,) if commune_code else ()

    def find_all(self, wanted: Iterable[tuple[str, bytes]]) -> Sequence[Record]:
        """Return the records of those named that are here, in the order given."""
        order = list(wanted)
        ids_by_entity: dict[str, list[bytes]] = {}
        for entity, record_id in order:
            ids_by_entity.setdefault(entity, []).append(record_id)
        found = {
            (entity, record.record_id): record
            for entity, ids in ids_by_entity.items()
            for record in self.list(entity, f"id IN ({', '.join('?' * len(ids))})", ids)
        }
        return [found[key] for key in order if key in found]

    def _record(
        self, declared: Entity, row: Sequence[Any], states: Mapping[bytes, str] | None = None
    ) -> Record:
        shape = self._shape(declared)
        values: Values = dict(zip(shape.names, shape.pick(row), strict=True))
        for name, kind in shape.written:
            values[name] = stored.from_column(kind, values[name])
        record_id = row[shape.id_at]
        state = (
            self.outbox.state(declared.name, record_id)
            if states is None
            else states.get(record_id, "received")
        )
        return Record(declared, record_id, values, row[shape.rev_at], state)

    def _shape(self, declared: Entity) -> _Shape:
        cache: dict[str, _Shape] = self.__dict__.setdefault("_shape_by_entity", {})
        if declared.name not in cache:
            # Columns stand as they were added, which need not be the order of the declaration.
            table = self.db.execute(f'PRAGMA table_info("{declared.name}")')
            at = {row[1]: number for number, row in enumerate(table)}
            fields = declared.fields[1:]
            cache[declared.name] = _Shape(
                [field.name for field in fields],
                itemgetter(*(at[field.name] for field in fields)),
                [(field.name, field.kind) for field in fields if not stored.is_as_is(field.kind)],
                at["id"],
                at["rev"],
            )
        return cache[declared.name]

    # Writing

    def put(self, entity: str, values: Mapping[str, Value], record_id: bytes = b"") -> Record:
        """Store one record, new or changed; on disk when this returns.

        Args:
            record_id: of the record to change; only the fields given are changed. A new record
                gets an id.

        Raises:
            UnknownField, WrongType, TooLong, Missing, FieldFixed, ...: nothing is stored.
            StoreFull, StoreBusy: nothing is stored.
        """
        return self.put_group([(entity, values, record_id)])[0]

    def put_group(
        self,
        group: Sequence[tuple[str, Mapping[str, Value], bytes]],
        *,
        within: Callable[[], None] = lambda: None,
    ) -> Sequence[Record]:
        """Store several records that belong together: all of them or none, here and there.

        Args:
            within: what else is stored in the same transaction.
        """
        with transaction(self.db):
            within()
            first = self.kept.next_seq
            ids = [
                self._put(entity, values, record_id, first) for entity, values, record_id in group
            ]
        return [
            self.get(entity, record_id)
            for (entity, _, _), record_id in zip(group, ids, strict=True)
        ]

    def _put(
        self, entity: str, values: Mapping[str, Value], record_id: bytes, first_seq: int
    ) -> bytes:
        declared = self.entity(entity)
        at = self.now()
        before = self.find(entity, record_id) if record_id else None
        if before is None:
            record_id = record_id or self.ids()
            given = capturing.completed(
                declared, values, agent_id=self.kept.agent_id, now_ms=self.true_clock.wall_ms()
            )
            checked = check_record(declared, {"id": record_id, **given})
            del checked["id"]
            patch: Values = {name: value for name, value in checked.items() if value is not None}
            op, base_rev, base_era = Op.INSERT, 0, 0
        else:
            patch = capturing.difference(declared, before.values, values)
            if not patch:
                return record_id
            # Before `show` writes over them: from here on they are the server's, and nowhere else.
            self.bases.keep(declared, record_id, before.rev, before.values)
            op, base_rev, base_era = Op.PATCH, before.rev, self.era(record_id)
        self.outbox.append(
            Change(
                seq=self.kept.next_seq,
                group=first_seq,
                op=op,
                entity=entity,
                record_id=record_id,
                base_rev=base_rev,
                base_era=base_era,
                values=patch,
                at=at,
                schema=self.schema,
            )
        )
        self.show(declared, record_id, patch)
        return record_id

    def era(self, record_id: bytes) -> int:
        """Return the era of a record's rev, as the server said it; 0: it has none yet."""
        row = self.db.execute("SELECT era FROM place WHERE record_id = ?", (record_id,)).fetchone()
        return row[0] if row else 0

    def show(
        self, declared: Entity, record_id: bytes, values: Values, *, rev: int | None = None
    ) -> None:
        """Write visible values, and what the record is found by; within a transaction.

        Args:
            rev: of the server's record; None leaves it as it is.
        """
        is_searched = declared.name in self._searched
        is_new = is_searched and not self._is_here(declared, record_id)
        columns = {name: stored.to_column(value) for name, value in values.items()}
        if rev is not None:
            columns["rev"] = rev
        self.db.execute(_upsert(declared.name, *columns), (record_id, *columns.values()))
        if is_searched and (
            is_new
            or any(
                rules.tells(declared.field_by_name[name]) or name == "commune_code"
                for name in values
            )
        ):
            self._index(declared, record_id, values, is_new=is_new)

    def _is_here(self, declared: Entity, record_id: bytes) -> bool:
        query = f'SELECT 1 FROM "{declared.name}" WHERE id = ?'
        return self.db.execute(query, (record_id,)).fetchone() is not None

    def _index(self, declared: Entity, record_id: bytes, values: Values, *, is_new: bool) -> None:
        """Write the terms that a record is found by."""
        if not is_new:
            record = self.find(declared.name, record_id)
            assert record is not None
            values = record.values
        self.index.remove(record_id)
        self.index.put(self.number_by_name[declared.name], declared, record_id, values)

    def _index_again_if_other_rules(self) -> None:
        """Index again what was indexed by other rules, as far as there is time.

        The rest is found as before meanwhile, and its turn comes when the file is next opened.
        """
        if self.kept.search_rules == rules.RULES:
            return
        ends = self.clock.mono_ms() + _INDEX_AGAIN_MS
        is_bounded = not self.index.is_empty()
        first, last = self.kept.search_again or (0, b"")
        for number, declared in enumerate(self.entities[first:], first):
            while declared.name in self._searched:
                some = self.list(declared.name, "id > ?", (last,), limit=_INDEX_AGAIN_AT_ONCE)
                for record in some:
                    self._index(declared, record.record_id, record.values, is_new=True)
                if len(some) < _INDEX_AGAIN_AT_ONCE:
                    break
                last = some[-1].record_id
                if is_bounded and self.clock.mono_ms() >= ends:
                    self.kept.search_again = (number, last)
                    return
            last = b""
        self.kept.search_rules = rules.RULES
        self.kept.search_again = None

    def position(self) -> Position:
        """Return where this device stands, without what is staged."""
        rows = self.db.execute("SELECT id, applied, doubtful FROM scope ORDER BY id").fetchall()
        kept = self.kept
        return Position(
            kept.epoch,
            kept.inc,
            [(scope_id, applied) for scope_id, applied, _ in rows],
            kept.state,
            kept.acknowledged_seq,
            kept.in_doubt_seq,
            kept.is_in_doubt,
            doubtful=[scope_id for scope_id, _, doubtful in rows if doubtful],
        )


@lru_cache(maxsize=512)
def _upsert(table: str, *columns: str) -> str:
    """Return the statement that writes some columns of a record, or makes one.

    The same text each time: writing 30,000 records, making it anew costs as much as what it does.
    """
    names = ", ".join(("id", *(f'"{name}"' for name in columns)))
    marks = ", ".join("?" * (len(columns) + 1))
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    then = f"UPDATE SET {updates}" if columns else "NOTHING"
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks}) ON CONFLICT (id) DO {then}'
