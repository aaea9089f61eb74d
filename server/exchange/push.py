"""Take a device's changes into custody: each is applied, merged, or held with its reason.

Nothing a field agent captured is turned away. A rule that says no makes the change's whole group
`held`: stored verbatim, named to the device and shown to the coordinator, and the next group goes
on. Chunks of whole groups are one transaction each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import devices, incarnations
from server.accounts.incarnations import chain_after
from server.accounts.territories import Territory, readable_scopes, territory_of
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.exchange.steps import step_fault
from sync import changes as canon
from sync import scopes
from sync.changes import Change, Moment, Op
from sync.checks import require_agents_own
from sync.clock import Effective, effective
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.lenses import lift
from sync.merge import Clash, Merged, Writer, last_writer
from sync.messages import Outcome, Push, Status
from sync.rules import reviews
from sync.rules.applications import DRAFT
from sync.spec import Entity, ScopeKind, Value

_ENCODER = msgspec.msgpack.Encoder()
CLOSED_ENTITIES = frozenset(
    {"agent", "review", "resolution"}
    | {entity.name for entity in ENTITIES if entity.scope.kind is ScopeKind.GENERAL}
)
"""What a tablet never writes: what everybody reads, staff, questions the office decides. Of reviews
it may settle those that `sync.rules.reviews` leaves to field agents."""


class NotAllowed(Refusal):
    """This person may not write this record."""

    code = "not_allowed"


class CommuneOutsideProvince(Refusal):
    """The commune lies outside every province of the agent's."""

    code = "commune_outside_province"


class CommuneUnknown(Refusal):
    """No commune has this code."""

    code = "commune_unknown"


class ParentHeld(Refusal):
    """The record's own insert is held, so its changes wait with it."""

    code = "parent_held"


class RecordExists(Refusal):
    """An insert under an id that another record has."""

    code = "record_exists"


class NewerVersion(Refusal):
    """The change names what this version does not know; it waits for the next."""

    code = "newer_version"


@dataclass(slots=True)
class _Answer:
    """An acknowledgement in the making."""

    change: Change
    change_id: bytes
    status: Status
    effective_at: int
    back: list[int]
    code: str = ""
    rev: int = 0
    entity: str = ""


class Custody:
    """One chunk of a device's push, inside one transaction."""

    def __init__(
        self,
        work: Work,
        device: Any,
        sent: Moment,
        *,
        slice_count: int,
        is_overruled: bool = False,
        is_said_by_office: bool = False,
    ) -> None:
        """Begin; `device` is its row and that of its incarnation, locked.

        Args:
            is_overruled: a coordinator decided: where the record lies, and that its author's
                account is disabled, are no reasons any more.
            is_said_by_office: nor is that the office alone says so: it does.
        """
        self.work = work
        self.is_overruled = is_overruled
        self.is_said_by_office = is_said_by_office
        self.is_disabled = devices.is_disabled(work, device.agent_id)
        self.device = device
        self.sent = sent
        self.territory: Territory = territory_of(work, device.agent_id)
        communes = self.territory.communes(work.now_ms)
        self.readable = set(
            readable_scopes(device.agent_id, communes, now_ms=work.now_ms, slice_count=slice_count)
        )
        self.last_effective_at: int = device.last_effective_at
        self._known_communes: dict[str, bool] = {}
        self._held_now: set[bytes] = set()
        self._revs_now: dict[bytes, set[int]] = defaultdict(set)
        self.numbers = {entity.name: n for n, entity in enumerate(work.tables.entities)}

    def take(self, group: Sequence[tuple[Change, bytes]]) -> list[_Answer]:
        """Apply a group whole, or hold it whole. `group`: (change, its id), in order."""
        timed = [(change, change_id, self._effective(change)) for change, change_id in group]
        try:
            return self.apply(timed)
        except Refusal as refusal:
            return [self._hold(*one, refusal) for one in timed]

    def apply(self, group: Sequence[tuple[Change, bytes, Effective]]) -> list[_Answer]:
        """Apply a group whole: (change, its id, when), in order. Raises Refusal, nothing done."""
        if self.is_disabled and not self.is_overruled:
            raise devices.AccountDisabled(f"device {self.device.id}: its account is disabled")
        mark = self.work.mark([(change.entity, change.record_id) for change, _, _ in group])
        try:
            return [self._apply(*one) for one in group]
        except Refusal:
            self.work.go_back(mark)
            raise

    def repeat(self, change: Change, change_id: bytes, before: Any) -> _Answer:
        """Answer a change that arrived under another number: it is held, or in the record.

        Every field of it goes back: the record may have changed since, and the device may have
        seen that already under its own change.
        """
        at = self._effective(change).ms
        if before.status == Status.HELD and not self._is_applied(change_id):
            self._held_now.add(change.record_id)
            return _Answer(change, change_id, Status.HELD, at, [], code=before.code)
        entity = self.work.entity_by_name[change.entity]
        record = self.work.held(change.entity, change.record_id)
        back = sorted(entity.number_by_name[name] for name in change.values)
        rev = record.rev if record else 0
        return _Answer(change, change_id, Status.DUPLICATE, at, back, rev=rev)

    def _is_applied(self, change_id: bytes) -> bool:
        """Whether a change that was held has been applied since."""
        table = self.work.tables.held
        query = sa.select(table.c.state).where(table.c.change_id == change_id)
        return bool(self.work.connection.scalar(query) == "applied")

    def _effective(self, change: Change) -> Effective:
        at = effective(
            change.at, self.sent, received_ms=self.work.now_ms, low_ms=self.last_effective_at
        )
        self.last_effective_at = at.ms
        return at

    def _apply(self, sent: Change, change_id: bytes, at: Effective) -> _Answer:
        if sent.verbatim:
            raise NewerVersion(f"{sent.entity} {sent.record_id.hex()}: of a newer version")
        entity = self.work.entity_by_name[sent.entity]
        change = lift(entity, sent, self.work.tables.lenses)
        answer = self._merged(entity, change, change_id, at)
        if change is not sent:
            # The device knows its own words alone: what stands in their place goes back to it.
            record = self.work.held(sent.entity, sent.record_id)
            stands = record.values if record else {}
            other = {name for name, value in sent.values.items() if stands.get(name) != value}
            back = {entity.number_by_name[name] for name in other}
            answer.change, answer.back = sent, sorted({*answer.back, *back})
        return answer

    def _merged(self, entity: Entity, change: Change, change_id: bytes, at: Effective) -> _Answer:
        device, work = self.device, self.work
        author = Author(
            device.agent_id, device.id, device.inc, change.seq, at.ms, "tablet", change_id
        )
        record = work.held(change.entity, change.record_id)
        if change.entity in CLOSED_ENTITIES and not self._settles(change, record):
            raise NotAllowed(f"{change.entity}: not written from a tablet", entity=change.entity)
        if not self.is_said_by_office:
            before = record.values if record else {}
            require_agents_own(entity, change.values, before, device.agent_id)
        if change.op is Op.INSERT:
            if record is not None:
                raise self._taken(change, record, at)
            self._require_commune(entity, change.values.get(entity.scope.field), at)
            made = work.insert(change.entity, change.values, author, record_id=change.record_id)
            name = scopes.scope_name(entity, made.values, at.ms)
            if name not in self.readable:
                work.share_with(change.entity, change.record_id, scopes.user(device.agent_id))
            filled = {
                name for name, value in made.values.items() if value != change.values.get(name)
            }
            back = [entity.number_by_name[name] for name in filled]
            self._revs_now[change.record_id].add(made.rev)
            self._look_at_step(change, None, made, at)
            ask_if_known(work, made, Author(device.agent_id, source="tablet"))
            return _Answer(change, change_id, Status.OK, at.ms, sorted(back), rev=made.rev)
        if record is None:
            self._refuse_missing(change)
        assert record is not None
        self._require_write(change, record.values.get(entity.scope.field), at)
        base_rev = change.base_rev
        if change.base_era not in (0, record.era):
            base_rev = 0  # counted under another era: what its author had seen is not known here
        if change.op is Op.DELETE:
            unseen = set(range(base_rev + 1, record.rev + 1))
            if unseen := unseen - self._own_revs(change, base_rev):
                status = self._spare(change, record, unseen, at)
                return _Answer(change, change_id, status, at.ms, [], rev=record.rev)
            work.delete(change.entity, change.record_id)
            self._revs_now[change.record_id].add(record.rev)
            return _Answer(change, change_id, Status.OK, at.ms, [], rev=record.rev)
        moved = change.values.get(entity.scope.field)
        if moved is not None:
            self._require_commune(entity, moved, at)
        clashes = self._brought_back(change, record, base_rev)
        was = record.values.get("state")
        merged = work.change(
            change.entity, change.record_id, change.values, author, base_rev=base_rev
        )
        self._look_at_step(change, was, record, at)
        if "ice" in merged.taken:
            ask_if_known(work, record, Author(device.agent_id, source="tablet"))
        clashes += merged.clashes
        for clash in clashes:
            self._ask(change, clash, at)
        back = sorted(entity.number_by_name[name] for name in merged.back)
        if merged.taken:
            self._revs_now[change.record_id].add(record.rev)
        status = Status.CONFLICT if clashes else _status(merged)
        return _Answer(change, change_id, status, at.ms, back, rev=record.rev)

    def _settles(self, change: Change, review: Stored | None) -> bool:
        """Whether a change answers a question that is this agent's to answer."""
        agent_id = self.device.agent_id

        def role_of(one: bytes) -> object:
            agent = self.work.find("agent", one)
            return agent.values["role"] if agent else None

        return (
            change.entity == "review"
            and change.op is Op.PATCH
            and review is not None
            and set(change.values) <= reviews.SETTLED
            and change.values.get("decided_by") == agent_id
            and reviews.may_decide(review.values, agent_id, role_of)
        )

    def _spare(self, change: Change, record: Stored, unseen: set[int], at: Effective) -> Status:
        """Leave a record as others edited it, and ask a person; not if they deleted it too."""
        if record.deleted_at is not None:
            return Status.MERGED
        names = [field.name for field in record.entity.fields]
        writers = {name: last_writer(record.entity, record.writers, name) for name in names}
        edited = [name for name, writer in writers.items() if writer.rev in unseen]
        last = max(writers.values(), key=lambda writer: writer.rev)
        self._ask(change, Clash("", None, _edited(record.entity, edited), last), at)
        return Status.CONFLICT

    def _brought_back(self, change: Change, record: Stored, base_rev: int) -> list[Clash]:
        """Return what is to be asked where an edit meets a delete that its author had not seen."""
        if record.deleted_at is None or record.rev <= base_rev:
            return []
        if record.rev in self._own_revs(change, base_rev):
            return []
        device, table = self.work.tables.device, self.work.tables.acknowledgement
        query = (
            sa.select(device.c.id, device.c.agent_id)
            .join(table, table.c.device_id == device.c.id)
            .where(
                table.c.record_id == record.record_id,
                table.c.rev == record.rev,
                table.c.op == Op.DELETE,
                table.c.status == Status.OK,
            )
        )
        office = (0, None)
        device_id, agent_id = self.work.connection.execute(query).first() or office
        by = Writer(record.rev, device_id, 0, 0, agent_id, record.deleted_at)
        return [Clash("", _edited(record.entity, change.values), None, by)]

    def _own_revs(self, change: Change, base_rev: int) -> set[int]:
        """Return the revs that this device gave the record itself after one it had seen."""
        table = self.work.tables.acknowledgement
        query = sa.select(table.c.rev).where(
            table.c.device_id == self.device.id,
            table.c.inc == self.device.inc,
            table.c.record_id == change.record_id,
            table.c.rev > base_rev,
            # Else nothing of it was taken, and the rev is another's.
            sa.or_(
                sa.and_(table.c.op == Op.DELETE, table.c.status == Status.OK),
                table.c.back != table.c.fields,
            ),
        )
        return self._revs_now[change.record_id] | set(self.work.connection.scalars(query))

    def _refuse_missing(self, change: Change) -> None:
        table = self.work.tables.held
        query = sa.select(table.c.change_id).where(
            table.c.record_id == change.record_id,
            table.c.agent_id == self.device.agent_id,
            table.c.state == "open",
        )
        if change.record_id in self._held_now or self.work.connection.scalar(query):
            raise ParentHeld(f"{change.entity} {change.record_id.hex()}: its insert is held")
        raise NotAllowed(f"{change.entity} {change.record_id.hex()}: no such record")

    def _require_commune(self, entity: Entity, code: object, at: Effective) -> None:
        """Refuse a new record, or a move, to a commune out of reach. Raises Refusal."""
        if entity.scope.kind in (ScopeKind.GENERAL, ScopeKind.USER):
            return
        if not isinstance(code, str) or not self._is_commune(code):
            raise CommuneUnknown(f"{entity.name}: no commune {code!r}", commune=code)
        if not self.is_overruled and not self.territory.is_in_province(code, at):
            raise CommuneOutsideProvince(f"{entity.name}: {code} is out of reach", commune=code)

    def _is_commune(self, code: str) -> bool:
        table = self.work.tables.records.get("commune")
        if table is None:  # a list of entities without reference data
            return True
        if code not in self._known_communes:
            found = self.work.connection.scalar(_commune(table), {"named": code})
            self._known_communes[code] = found is not None
        return self._known_communes[code]

    def _taken(self, change: Change, record: Stored, at: Effective) -> Refusal:
        """Return why an id cannot be used again; of what the agent may not see as of nothing."""
        code = record.values.get(record.entity.scope.field)
        is_near = isinstance(code, str) and (
            record.entity.scope.kind is ScopeKind.PROVINCE
            and self.territory.is_in_province(code, at)
        )
        if is_near or self._is_theirs(change, code, at):
            return RecordExists(f"{change.entity} {change.record_id.hex()}: exists")
        return NotAllowed(f"{change.entity} {change.record_id.hex()}: no such record")

    def _require_write(self, change: Change, code: object, at: Effective) -> None:
        """Refuse a change of a record neither of the agent's communes nor captured by them."""
        if not self.is_overruled and not self._is_theirs(change, code, at):
            raise NotAllowed(f"{change.entity} {change.record_id.hex()}: in {code}", commune=code)

    def _is_theirs(self, change: Change, code: object, at: Effective) -> bool:
        if not isinstance(code, str) or self.territory.may_write(code, at):
            return True
        user = self.work.scope_id(scopes.user(self.device.agent_id))
        return user in self.work.scopes_of(change.entity, change.record_id)

    def _look_at_step(self, change: Change, was: Value, record: Stored, at: Effective) -> None:
        """Take a step of an application as it came; one that the rules forbid a person looks at."""
        if change.entity != "application":
            return
        was, state = was or DRAFT, record.values.get("state") or DRAFT
        if state != was and step_fault(self.work, record, was, state) is not None:
            by = last_writer(record.entity, record.writers, "state")
            self._ask(change, Clash("state", was, state, by), at, kind="flag")

    def _ask(self, change: Change, clash: Clash, at: Effective, kind: str = "conflict") -> None:
        """Put a question to a person: the record keeps its value, the candidate waits.

        A clash of no field is about the record: the side that deleted it says nothing.
        """
        record = self.work.held(change.entity, change.record_id)
        if "review" not in self.work.entity_by_name or record is None:
            return
        self.work.insert(
            "review",
            {
                "commune_code": record.values.get("commune_code"),
                "kind": kind,
                "entity": change.entity,
                "record_id": change.record_id,
                "field": clash.field or None,
                "mine": shown(clash.mine),
                "theirs": shown(clash.theirs),
                "mine_by": self.device.agent_id,
                "theirs_by": clash.theirs_by.agent_id,
                "mine_at": at.ms,
                "theirs_at": clash.theirs_by.at,
                "state": "open",
            },
            Author(self.device.agent_id, source="tablet"),
        )

    def _hold(self, change: Change, change_id: bytes, at: Effective, refusal: Refusal) -> _Answer:
        commune = change.values.get("commune_code")
        if not isinstance(commune, str) and change.entity in self.work.entity_by_name:
            record = self.work.held(change.entity, change.record_id)
            commune = record.values.get("commune_code") if record else None
        if not isinstance(commune, str):
            commune = None
        self._held_now.add(change.record_id)
        table = self.work.tables.held
        self.work.connection.execute(
            self.work.insert_or_skip(table).values(
                change_id=change_id,
                device_id=self.device.id,
                agent_id=self.device.agent_id,
                inc=self.device.inc,
                seq=change.seq,
                first_seq=change.group,
                entity=change.entity,
                record_id=change.record_id,
                commune_code=commune,
                content=_content(self.work.entity_by_name, change),
                code=refusal.code,
                detail=detail_of(refusal),
                state="open",
                received_at=self.work.now_ms,
                effective_at=at.ms,
            )
        )
        return _Answer(change, change_id, Status.HELD, at.ms, [], code=refusal.code)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A change with its id, and the chain before and after it."""

    change: Change
    change_id: bytes
    before: bytes
    chain: bytes


def number(records: Records, device_id: int, inc: int, push: Push) -> list[Numbered]:
    """Return a push's changes with their ids, chained to what the server has.

    Returns:
        Nothing, if the server has not the change before the first.
    """
    device = incarnations.find(records, device_id, inc)
    chain = chain_after(records, device, push.first_seq - 1)
    if chain is None:
        return []
    by_name = {entity.name: entity for entity in records.tables.entities}
    found = []
    for change in push.changes:
        content = _content(by_name, change)
        born = (change.born_inc or inc, change.born_seq or change.seq)
        change_id = canon.change_id(device_id, *born, content)
        before, chain = chain, canon.link(chain, change_id)
        found.append(Numbered(change, change_id, before, chain))
    return found


def take_chunk(
    work: Work,
    device_id: int,
    inc: int,
    chunk: Sequence[Numbered],
    sent: Moment,
    *,
    slice_count: int,
) -> Outcome:
    """Take whole groups of a push into custody, in this transaction.

    A change that arrived before is passed over: its stored acknowledgement goes out again, under
    its new number if it was numbered anew. Other bytes under a known sequence mean that the
    device's identity lives twice (`FORK`).
    """
    tables = work.tables
    device = incarnations.find(work, device_id, inc, is_locked=True)
    first, last = chunk[0], chunk[-1]
    if chain_after(work, device, first.change.seq - 1) != first.before:
        return Outcome.FORK
    if last.change.seq <= device.last_seq:
        is_same = chain_after(work, device, last.change.seq) == last.chain
        if not is_same:
            return Outcome.FORK
        return Outcome.DONE if last.change.seq == device.last_seq else Outcome.COMPARE
    new = [one for one in chunk if one.change.seq > device.last_seq]
    if new[0].before != device.chain:
        return Outcome.FORK
    custody = Custody(work, device, sent, slice_count=slice_count)
    by_entity: dict[str, list[bytes]] = {}
    for change in (one.change for one in new):
        by_entity.setdefault(change.entity, []).append(change.record_id)
    for entity in tables.entities:
        if entity.name in by_entity:
            work.hold(entity.name, by_entity[entity.name])
    arrived = _arrived(work, device, [one.change_id for one in new])
    answers = []
    for group in canon.groups([one.change for one in new]):
        numbered = [(change, new[change.seq - new[0].change.seq].change_id) for change in group]
        answers += [
            custody.repeat(change, change_id, arrived[change_id])
            for change, change_id in numbered
            if change_id in arrived
        ]
        if fresh := [one for one in numbered if one[1] not in arrived]:
            answers += custody.take(fresh)
    answers.sort(key=lambda answer: answer.change.seq)
    work.flush()
    _store(work, device, custody, answers, [one.chain for one in new])
    return Outcome.DONE


def _content(by_name: Mapping[str, Entity], change: Change) -> bytes:
    return change.verbatim or canon.canonical(by_name[change.entity], change)


def _arrived(work: Work, device: Any, change_ids: Sequence[bytes]) -> dict[bytes, Any]:
    """Return what was acknowledged of these changes under another incarnation."""
    if device.newest_inc == 1:
        return {}
    table = work.tables.acknowledgement
    query = sa.select(table).where(table.c.change_id.in_(change_ids))
    return {bytes(row.change_id): row for row in work.connection.execute(query)}


def _store(
    work: Work, device: Any, custody: Custody, answers: Sequence[_Answer], chains: Sequence[bytes]
) -> None:
    """Write the acknowledgements and the device's place, after the feed has its numbers."""
    rows = []
    user = scopes.user(device.agent_id)
    for answer, chain in zip(answers, chains, strict=True):
        change = answer.change
        scope_id = number = 0
        if change.op is Op.INSERT and answer.status not in (Status.HELD, Status.DUPLICATE):
            entity = work.entity_by_name[change.entity]
            record = work.held(change.entity, change.record_id)
            assert record is not None
            home = scopes.scope_name(entity, record.values, record.effective_at)
            scope_id = record.scope_id if home in custody.readable else work.scope_id(user)
            number = work.number_in(change.entity, change.record_id, scope_id)
            scope_id = scope_id if number else 0  # moved out of reach by a later change of these
        rows.append(
            {
                "device_id": device.id,
                "inc": device.inc,
                "seq": change.seq,
                "change_id": answer.change_id,
                "chain": chain,
                "status": int(answer.status),
                "op": int(change.op),
                "entity": custody.numbers.get(change.entity, -1),
                "record_id": change.record_id,
                "rev": answer.rev,
                "scope_id": scope_id,
                "number": number,
                "fields": _ENCODER.encode(_field_numbers(work, change)),
                "back": _ENCODER.encode(answer.back),
                "code": answer.code,
                "at": work.now_ms,
            }
        )
    work.connection.execute(sa.insert(work.tables.acknowledgement), rows)
    stands = {
        "device": device.id,
        "incarnation": device.inc,
        "last_seq": answers[-1].change.seq,
        "chain": chains[-1],
        "last_effective_at": custody.last_effective_at,
    }
    work.connection.execute(_stands(work.tables.incarnation), stands)


@cache
def _commune(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.id).where(table.c.code == sa.bindparam("named"))


@cache
def _stands(line: sa.Table) -> sa.Update:
    columns = ("last_seq", "chain", "last_effective_at")
    return (
        sa.update(line)
        .where(
            line.c.device_id == sa.bindparam("device"),
            line.c.inc == sa.bindparam("incarnation"),
        )
        .values({name: sa.bindparam(name) for name in columns})
    )


def _field_numbers(work: Work, change: Change) -> list[int]:
    if change.verbatim:
        return []
    numbers = work.entity_by_name[change.entity].number_by_name
    return sorted(numbers[name] for name in change.values)


def detail_of(refusal: Refusal) -> str:
    """Return what fills a refusal's sentence, as it is kept."""
    return msgspec.json.encode(refusal.values, enc_hook=str).decode()


def _status(merged: Merged) -> Status:
    if merged.clashes:
        return Status.CONFLICT
    return Status.MERGED if merged.conflicts else Status.OK


def _edited(entity: Entity, names: Iterable[str]) -> str:
    """Return the fields that the side which kept a record wrote, as its review has them."""
    return " ".join(names) or entity.scope.field


def shown(value: object) -> str | None:
    """Return a value as the candidates of a review say it."""
    if value is None:
        return None
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
