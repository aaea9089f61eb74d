"""The tablet's records: get, list, put. A put writes the outbox in the same transaction.

What the user sees is the server's state and, over it, what was captured here and is not yet
acknowledged. Nothing leaves the outbox before the server's word that it has the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mobile_app.device.clock import Clock
from mobile_app.store import places, search
from mobile_app.store import schema as tables
from mobile_app.store.database import StoreNewer, open_database, transaction
from mobile_app.store.true_clock import TrueClock
from sync import changes, stored, typed, versions
from sync.changes import CHAIN_START, Change, Moment, Op
from sync.checks import FieldFixed, check_record, check_value, require_one_of
from sync.digest import EMPTY_STATE
from sync.errors import Refusal
from sync.exchange import Position
from sync.rules import search as rules
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


class NotEnrolled(Refusal):
    """This tablet is not linked to a server yet."""

    code = "not_enrolled"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the tablet holds it. `state`: on_tablet, received, held, dismissed."""

    entity: Entity
    record_id: bytes
    values: Values
    rev: int
    state: str


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A change that the server keeps for a person to decide, and why.

    `reason`: what the person wrote who dismissed it. `fields`: what it wrote, as far as it is here.
    """

    entity: str
    record_id: bytes
    code: str
    reason: str = ""
    fields: tuple[str, ...] = ()


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
        self.true_clock = TrueClock(clock, self.kept)
        self.ids = ids
        self.path, self._key = path, key
        self.db = open_database(path, key)
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

    # Single values

    def kept(self, name: str) -> Any:
        """Return a single value, or None."""
        row = self.db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0])

    def _all_kept(self) -> dict[str, Any]:
        rows = self.db.execute("SELECT name, value FROM kept").fetchall()
        return {name: msgspec.msgpack.decode(value) for name, value in rows}

    def keep(self, **values: object) -> None:
        """Store single values, within the caller's transaction."""
        self.db.executemany(
            "INSERT OR REPLACE INTO kept VALUES (?, ?)",
            [(name, msgspec.msgpack.encode(value)) for name, value in values.items()],
        )

    def _read_again_if_newer(self) -> None:
        """Ask for all records again after an upgrade: some have fields that were left out."""
        known = self.kept("schema")
        if known is not None and known > self.schema:
            # Fields it does not know may wait to be sent: this one would leave them out.
            raise StoreNewer(f"schema {known}, this app knows {self.schema}")
        if known is not None and known < self.schema:
            self.db.execute("DELETE FROM stage")
            self.db.execute("DELETE FROM scope")
            self.keep(state=EMPTY_STATE, is_in_doubt=False, mismatches=0, part=None, later=[])
        self.keep(schema=self.schema)

    def _count_boot(self) -> None:
        boot_id = self.clock.boot_id()
        if self.kept("boot_id") != boot_id:
            self.keep(boot_id=boot_id, boot=(self.kept("boot") or 0) + 1)

    def now(self) -> Moment:
        """Return the clocks as they stand."""
        kept = self._all_kept()
        return Moment(
            self.clock.wall_ms(),
            self.clock.mono_ms(),
            kept["boot"],
            kept.get("after_sync_ms") or 0,
        )

    # Reading

    def entity(self, name: str) -> Entity:
        """Return a declared entity. Raises UnknownEntity."""
        found = self.entity_by_name.get(name)
        if found is None:
            raise UnknownEntity(f"no entity {name!r}", entity=name)
        return found

    def get(self, entity: str, record_id: bytes) -> Kept:
        """Return a record. Raises NotFound, UnknownEntity."""
        found = self.find(entity, record_id)
        if found is None:
            raise NotFound(f"{entity} {record_id.hex()}: not on this tablet", entity=entity)
        return found

    def find(self, entity: str, record_id: bytes) -> Kept | None:
        """Return a record, or None."""
        declared = self.entity(entity)
        row = self.db.execute(f'SELECT * FROM "{entity}" WHERE id = ?', (record_id,)).fetchone()
        return None if row is None else self._kept(declared, row)

    def list(
        self,
        entity: str,
        where: str = "",
        arguments: Sequence[object] = (),
        *,
        order: str = "id",
        limit: int | None = None,
    ) -> Sequence[Kept]:
        """Return records; `where` and `order` are SQL of the caller's own, never of a user's."""
        declared = self.entity(entity)
        query = f'SELECT * FROM "{entity}"'
        query += f" WHERE {where}" if where else ""
        query += f" ORDER BY {order} LIMIT ?"
        rows = self.db.execute(query, (*arguments, -1 if limit is None else limit)).fetchall()
        states = self._states(self.number_by_name[entity])
        return [self._kept(declared, row, states) for row in rows]

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
    ) -> Sequence[Kept]:
        """Return records by name, phone or short code, in either script, best match first.

        Args:
            entity: one, or those to look in at once. With nothing typed, the first of each.
            commune_code: only those of one commune.
        """
        entities = (entity,) if isinstance(entity, str) else entity
        numbers = [self.number_by_name[self.entity(name).name] for name in entities]
        if not typed.text(text):
            where, arguments = ("commune_code = ?", (commune_code,)) if commune_code else ("", ())
            each = None if limit is None else limit // len(entities)
            return [
                one for name in entities for one in self.list(name, where, arguments, limit=each)
            ]
        found = self.index.find(text, numbers, commune_code=commune_code, most=limit)
        return self.find_all((self.entities[number].name, record_id) for number, record_id in found)

    def find_all(self, wanted: Iterable[tuple[str, bytes]]) -> Sequence[Kept]:
        """Return the records of those named that are here, in the order given."""
        order = list(wanted)
        ids_by_entity: dict[str, list[bytes]] = {}
        for entity, record_id in order:
            ids_by_entity.setdefault(entity, []).append(record_id)
        found = {
            (entity, one.record_id): one
            for entity, ids in ids_by_entity.items()
            for one in self.list(entity, f"id IN ({', '.join('?' * len(ids))})", ids)
        }
        return [found[one] for one in order if one in found]

    def state(self, entity: str, record_id: bytes) -> str:
        """Return where a record stands: on_tablet, received, held, dismissed."""
        rows = self.db.execute(
            "SELECT state FROM outbox WHERE record_id = ? AND entity = ?"
            " AND state != 'acknowledged'",
            (record_id, self.number_by_name[entity]),
        ).fetchall()
        return _worst(state for (state,) in rows)

    def _states(self, entity: int) -> dict[bytes, str]:
        """Return the states of all records that are not simply received."""
        found: dict[bytes, Any] = {}
        for record_id, state in self.db.execute(
            "SELECT record_id, state FROM outbox WHERE state != 'acknowledged' AND entity = ?",
            (entity,),
        ):
            found.setdefault(record_id, []).append(state)
        return {record_id: _worst(states) for record_id, states in found.items()}

    def _kept(
        self, declared: Entity, row: Sequence[Any], states: Mapping[bytes, str] | None = None
    ) -> Kept:
        shape = self._shape(declared)
        values: Values = dict(zip(shape.names, shape.pick(row), strict=True))
        for name, kind in shape.written:
            values[name] = stored.from_column(kind, values[name])
        record_id = row[shape.id_at]
        state = (
            self.state(declared.name, record_id)
            if states is None
            else states.get(record_id, "received")
        )
        return Kept(declared, record_id, values, row[shape.rev_at], state)

    def _shape(self, declared: Entity) -> _Shape:
        cache: dict[str, _Shape] = self.__dict__.setdefault("_shape_by_entity", {})
        if declared.name not in cache:
            # Columns stand as they were added, which need not be the order of the declaration.
            table = self.db.execute(f'PRAGMA table_info("{declared.name}")')
            at = {row[1]: number for number, row in enumerate(table)}
            fields = declared.fields[1:]
            cache[declared.name] = _Shape(
                [one.name for one in fields],
                itemgetter(*(at[one.name] for one in fields)),
                [(one.name, one.kind) for one in fields if not stored.is_as_is(one.kind)],
                at["id"],
                at["rev"],
            )
        return cache[declared.name]

    # Writing

    def put(self, entity: str, values: Mapping[str, Value], record_id: bytes = b"") -> Kept:
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
    ) -> Sequence[Kept]:
        """Store several records that belong together: all of them or none, here and there.

        Args:
            within: what else is stored in the same transaction.
        """
        with transaction(self.db):
            within()
            first = self.kept("next_seq") or 1
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
            given = self._captured(declared, values)
            checked = check_record(declared, {"id": record_id, **given})
            del checked["id"]
            patch: Values = {name: value for name, value in checked.items() if value is not None}
            change = (Op.INSERT, 0, 0)
        else:
            patch = self._difference(declared, before.values, values)
            if not patch:
                return record_id
            self.keep_base(declared, before)
            change = (Op.PATCH, before.rev, self._era(record_id))
        self._append(declared, record_id, change, patch, at, first_seq)
        self.show(declared, record_id, patch)
        return record_id

    def _captured(self, declared: Entity, values: Mapping[str, Value]) -> Values:
        """Fill in who captured a new record and when, and what a visit cannot lack."""
        agent, now_ms = self.kept("agent_id"), self.true_clock.wall_ms()
        is_begun = declared.name == "visit" and values.get("state") != "planned"
        defaults: Values = {
            "created_at": now_ms,
            "created_by": agent,
            "source": "tablet",
            "agent_id": agent if declared.name == "visit" else None,
            "started_at": now_ms if is_begun else None,
        }
        given: Values = {name: value for name, value in values.items() if value is not None}
        for name, value in defaults.items():
            if name in declared.field_by_name and value is not None:
                given.setdefault(name, value)
        return given

    def _difference(
        self, declared: Entity, before: Mapping[str, Value], values: Mapping[str, Value]
    ) -> Values:
        patch: Values = {}
        for name, value in values.items():
            if name == "id":
                continue
            checked = check_value(declared, name, value)
            if checked == before.get(name):
                continue
            # Fixed once it is said: a planned visit learns when it began.
            if declared.field_by_name[name].fixed and before.get(name) is not None:
                raise FieldFixed(f"{declared.name}.{name}: cannot change", field=name)
            patch[name] = checked
        require_one_of(declared, {**before, **patch})
        return patch

    def _era(self, record_id: bytes) -> int:
        row = self.db.execute("SELECT era FROM place WHERE record_id = ?", (record_id,)).fetchone()
        return row[0] if row else 0

    def _append(
        self,
        declared: Entity,
        record_id: bytes,
        what: tuple[Op, int, int],
        patch: Values,
        at: Moment,
        first_seq: int,
    ) -> None:
        seq = self.kept("next_seq") or 1
        op, base_rev, base_era = what
        change = Change(
            seq,
            first_seq,
            op,
            declared.name,
            record_id,
            base_rev,
            base_era,
            patch,
            at,
            self.schema,
        )
        content = changes.canonical(declared, change)
        # Before enrolment there is no device number yet; nothing can be captured then either.
        device_id = self.kept("device_id")
        if device_id is None:
            raise NotEnrolled("put: this store is not enrolled")
        change_id = changes.change_id(device_id, self.kept("inc"), seq, content)
        chain = changes.link(self.chain_at(seq - 1), change_id)
        self.db.execute(
            "INSERT INTO outbox (seq, first_seq, entity, record_id, content, chain, state, at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
            (
                seq,
                first_seq,
                self.number_by_name[declared.name],
                record_id,
                content,
                chain,
                at.wall_ms,
            ),
        )
        self.keep(next_seq=seq + 1)

    def keep_base(self, declared: Entity, before: Kept) -> None:
        """Keep the server's image of a record before its first unsent change."""
        if before.rev:
            self.db.execute(
                "INSERT OR IGNORE INTO base VALUES (?, ?, ?)",
                (
                    self.number_by_name[declared.name],
                    before.record_id,
                    pack_image(declared, before.values),
                ),
            )

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
                declared.field_by_name[name].searched or name == "commune_code" for name in values
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
        if self.kept("search_rules") == rules.RULES:
            return
        ends = self.clock.mono_ms() + _INDEX_AGAIN_MS
        is_bounded = not self.index.is_empty()
        first, last = self.kept("search_again") or (0, b"")
        for number, declared in enumerate(self.entities[first:], first):
            while declared.name in self._searched:
                some = self.list(declared.name, "id > ?", (last,), limit=_INDEX_AGAIN_AT_ONCE)
                for one in some:
                    self._index(declared, one.record_id, one.values, is_new=True)
                if len(some) < _INDEX_AGAIN_AT_ONCE:
                    break
                last = some[-1].record_id
                if is_bounded and self.clock.mono_ms() >= ends:
                    self.keep(search_again=(number, last))
                    return
            last = b""
        self.keep(search_rules=rules.RULES, search_again=None)

    # The outbox, as `sync.exchange` asks for it

    def after(self, seq: int, most: int) -> Sequence[Change]:
        """Return the changes after `seq`, oldest first, at most `most`."""
        rows = self.db.execute(
            "SELECT seq, first_seq, entity, content, born_inc, born_seq FROM outbox"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (seq, most),
        ).fetchall()
        return [
            replace(
                changes.from_canonical(self.entities[entity], content, seq=number, group=first),
                born_inc=born_inc,
                born_seq=born_seq,
            )
            for number, first, entity, content, born_inc, born_seq in rows
        ]

    def count_after(self, seq: int) -> int:
        """Return how many changes there are after `seq`."""
        row = self.db.execute("SELECT count(*) FROM outbox WHERE seq > ?", (seq,)).fetchone()
        return int(row[0])

    def chain_at(self, seq: int) -> bytes:
        """Return the chain after a sequence."""
        if seq == 0:
            return CHAIN_START
        row = self.db.execute("SELECT chain FROM outbox WHERE seq = ?", (seq,)).fetchone()
        return bytes(row[0]) if row else bytes(self.kept("chain") or CHAIN_START)

    def pending_count(self) -> int:
        """Return how many changes wait for their acknowledgement."""
        row = self.db.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()
        return int(row[0])

    def pending_bytes(self) -> int:
        """Return what the changes that wait weigh here; on the line they are packed."""
        row = self.db.execute(
            "SELECT coalesce(sum(length(content)), 0) FROM outbox WHERE state = 'pending'"
        ).fetchone()
        return int(row[0])

    def last_changes(self, most: int) -> Sequence[tuple[str, bytes, str, int]]:
        """Return the latest changes of this tablet: entity, record, state, moment; newest first."""
        rows = self.db.execute(
            "SELECT entity, record_id, state, at FROM outbox ORDER BY seq DESC LIMIT ?", (most,)
        ).fetchall()
        return [(self.entities[number].name, *rest) for number, *rest in rows]

    def held(self) -> Sequence[HeldChange]:
        """Return the changes that wait for a person, oldest first."""
        rows = self.db.execute(
            "SELECT entity, record_id, code, content, seq, first_seq FROM outbox"
            " WHERE state = 'held' ORDER BY seq"
        ).fetchall()
        return [
            HeldChange(
                self.entities[entity].name,
                record_id,
                code,
                fields=tuple(
                    changes.from_canonical(
                        self.entities[entity], content, seq=seq, group=first
                    ).values
                ),
            )
            for entity, record_id, code, content, seq, first in rows
        ]

    def dismissed(self) -> Sequence[HeldChange]:
        """Return the changes that a person decided not to apply, newest first."""
        if "resolution" not in self.entity_by_name:
            return []
        rows = self.db.execute(
            "SELECT entity, record_id, code, reason FROM resolution WHERE state = 'dismissed'"
            " ORDER BY decided_at DESC, id"
        ).fetchall()
        return [HeldChange(*row) for row in rows]

    def buckets(self, scope_id: int) -> Sequence[int]:
        """Return the digests of a scope's buckets."""
        return places.buckets(self.db, scope_id)

    def later(self) -> Sequence[tuple[int, str]]:
        """Return number and name of the scopes that are still to come, what is needed first first.

        Single rows of them may be here ahead of the rest (`sync.messages.Reply`).
        """
        return [(scope_id, name) for scope_id, name in self.kept("later") or ()]

    def position(self) -> Position:
        """Return where this device stands, without what is staged."""
        rows = self.db.execute("SELECT id, applied, doubtful FROM scope ORDER BY id").fetchall()
        kept = self._all_kept()
        return Position(
            kept.get("epoch") or b"",
            kept.get("inc") or 1,
            [(scope_id, applied) for scope_id, applied, _ in rows],
            kept.get("state") or EMPTY_STATE,
            kept.get("acknowledged_seq") or 0,
            kept.get("in_doubt_seq") or 0,
            bool(kept.get("is_in_doubt")),
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


def pack_image(declared: Entity, values: Mapping[str, Value]) -> bytes:
    """Return a record's values as one value, by field number."""
    return msgspec.msgpack.encode(
        {
            declared.number_by_name[name]: value
            for name, value in values.items()
            if value is not None and name != "id"
        }
    )


def unpack_image(declared: Entity, image: bytes) -> Values:
    """Return what `pack_image` packed."""
    return {
        declared.fields[number].name: tuple(value) if isinstance(value, list) else value
        for number, value in msgspec.msgpack.decode(image, type=dict[int, Any]).items()
    }


def _worst(states: Iterable[str]) -> str:
    """Return what a record's changes amount to: one that waits for a person weighs most."""
    found = set(states)
    for state, name in (("held", "held"), ("pending", "on_tablet"), ("dismissed", "dismissed")):
        if state in found:
            return name
    return "received"
