"""Take a tablet's changes into custody: each is applied, merged, or held with its reason.

Nothing a field agent captured is turned away. A rule that says no makes the change's whole group
`held`: stored verbatim, named to the device and shown to the coordinator (`settle`), and
the next group goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import devices
from server.accounts.territories import readable_scopes
from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange import questions
from server.exchange.duplicates import ask_if_known
from server.exchange.permission import NotAllowed, Permission
from server.exchange.questions import Questions
from sync import changes as canon
from sync import scopes
from sync.changes import Change, Moment, Op
from sync.checks import require_agents_own
from sync.clock import Effective, effective
from sync.errors import Refusal
from sync.lenses import lift
from sync.messages import Status
from sync.spec import Entity


class ParentHeld(Refusal):
    """The record's own insert is held, so its changes wait with it."""

    code = "parent_held"


class NewerVersion(Refusal):
    """The change names what this version does not know; it waits for the next."""

    code = "newer_version"


class Word(Enum):
    """By whose word changes are applied."""

    TABLET = "tablet"  # the author's alone: every rule holds
    COORDINATOR = "coordinator"  # where the record lies, and a disabled account, are no reasons
    OFFICE = "office"  # nor is that the office alone says so: it does


@dataclass(frozen=True, slots=True)
class Captured:
    """A change as it came, its id, and when it was made."""

    change: Change
    change_id: bytes
    at: Effective


@dataclass(slots=True)
class Answer:
    """An acknowledgement in the making.

    `back`: numbers of the fields that are not stored as they came: their values go to the device.
    """

    change: Change
    change_id: bytes
    status: Status
    back: list[int] = field(default_factory=list)
    code: str = ""
    rev: int = 0


class Custody:
    """One chunk of a device's push, inside one transaction."""

    def __init__(
        self,
        work: Work,
        device: Any,
        sent: Moment,
        *,
        slice_count: int,
        word: Word = Word.TABLET,
    ) -> None:
        """Begin; `device` is its row and that of its incarnation, locked.

        Args:
            sent: the device's clocks as the push left it.
        """
        self.work = work
        self.is_overruled = word is not Word.TABLET
        self.is_said_by_office = word is Word.OFFICE
        self.is_disabled = devices.is_disabled(work, device.agent_id)
        self.device = device
        self.sent = sent
        self.permission = Permission(work, device.agent_id, is_overruled=self.is_overruled)
        self.questions = Questions(work, device.agent_id)
        communes = self.permission.territory.communes(work.now_ms)
        self.readable = set(
            readable_scopes(device.agent_id, communes, now_ms=work.now_ms, slice_count=slice_count)
        )
        self.last_effective_at: int = device.last_effective_at
        self._held_now: set[bytes] = set()
        # Of changes before in this chunk, whose acknowledgements are stored at its end.
        self._revs_now: dict[bytes, set[int]] = defaultdict(set)

    def take(self, group: Sequence[tuple[Change, bytes]]) -> list[Answer]:
        """Apply a group whole, or hold it whole. `group`: (change, its id), in order."""
        captured = [
            Captured(change, change_id, self._effective(change)) for change, change_id in group
        ]
        try:
            return self.apply(captured)
        except Refusal as refusal:
            return [self._hold(item, refusal) for item in captured]

    def apply(self, group: Sequence[Captured]) -> list[Answer]:
        """Apply a group whole, in order. Raises Refusal, nothing done."""
        if self.is_disabled and not self.is_overruled:
            raise devices.AccountDisabled(f"device {self.device.id}: its account is disabled")
        # Nothing of a record is written before `flush`, so a group that is refused is undone in
        # memory, and none costs a savepoint.
        mark = self.work.mark([(item.change.entity, item.change.record_id) for item in group])
        try:
            return [self._apply(item) for item in group]
        except Refusal:
            self.work.go_back(mark)
            raise

    def repeat(self, change: Change, change_id: bytes, before: Any) -> Answer:
        """Answer a change that arrived under another number: it is held, or in the record.

        Every field of it goes back: the record may have changed since, and the device may have
        seen that already under its own change.

        Args:
            before: the row of its first acknowledgement.
        """
        self._effective(change)  # those that come after it were made after it
        if before.status == Status.HELD and not self._is_applied(change_id):
            self._held_now.add(change.record_id)
            return Answer(change, change_id, Status.HELD, code=before.code)
        entity = self.work.entity_by_name[change.entity]
        record = self.work.lock(change.entity, change.record_id)
        back = sorted(entity.number_by_name[name] for name in change.values)
        rev = record.rev if record else 0
        return Answer(change, change_id, Status.DUPLICATE, back, rev=rev)

    def _is_applied(self, change_id: bytes) -> bool:
        """Whether a change that was held has been applied since."""
        table = self.work.tables.held
        query = sa.select(table.c.state).where(table.c.change_id == change_id)
        return bool(self.work.connection.scalar(query) == "applied")

    def _effective(self, change: Change) -> Effective:
        at = effective(
            change.at, self.sent, received_ms=self.work.now_ms, low_ms=self.last_effective_at
        )
        # A later change is never earlier than one before it, whatever the tablet's clock was set to
        # in between: what an agent did last is what is taken as last.
        self.last_effective_at = at.ms
        return at

    def _apply(self, captured: Captured) -> Answer:
        sent = captured.change
        if sent.verbatim:
            raise NewerVersion(f"{sent.entity} {sent.record_id.hex()}: of a newer version")
        entity = self.work.entity_by_name[sent.entity]
        change = lift(entity, sent, self.work.tables.lenses)
        answer = self._merged(entity, replace(captured, change=change))
        if change is not sent:
            # The device knows its own words alone: what is there instead of them goes back to it.
            record = self.work.lock(sent.entity, sent.record_id)
            current = record.values if record else {}
            replaced = {name for name, value in sent.values.items() if current.get(name) != value}
            back = {entity.number_by_name[name] for name in replaced}
            answer.change, answer.back = sent, sorted({*answer.back, *back})
        return answer

    def _merged(self, entity: Entity, captured: Captured) -> Answer:
        """Bring a change together with what others did since its author last saw the record.

        A tablet saw a person at rev 3, and without a line its agent typed another `phone`. As the
        change arrives (`base_rev` 3), the person is at rev 5. What happens depends on who wrote
        what as 4 and 5:

        - others wrote other fields: the phone was last written at rev 3 or before, so its author
          saw what they replace. It is taken; the person is at rev 6.
        - another tablet wrote the phone as 5: neither knew of the other. The field's policy
          decides (`sync.merge`); the value that does not stand is in the history, and where only
          a person can tell, a review asks (`CONFLICT`).
        - this tablet wrote it itself as 5, by a change before in its outbox: the base is still 3,
          for that acknowledgement was under way, but it knows its own work. It is taken.
        - somebody deleted the person as 5: the edit brings it back, and a review asks. A delete
          that arrives over an unseen edit leaves the person there, and a review asks likewise.
        """
        change, at = captured.change, captured.at
        record = self.work.lock(change.entity, change.record_id)
        self.permission.require_entity(change, record)
        if not self.is_said_by_office:
            before = record.values if record else {}
            require_agents_own(entity, change.values, before, self.device.agent_id)
        if change.op is Op.INSERT:
            return self._inserted(entity, record, captured)
        if record is None:
            raise self._missing(change)
        self.permission.require_write(change, record, at)
        base_rev = change.base_rev
        if change.base_era not in (0, record.era):
            base_rev = 0  # counted under another era: what its author had seen is not known here
        survivor_id = self.work.leads.survivor_of(change.entity, change.record_id)
        survivor = self.work.lock(change.entity, survivor_id)
        if survivor is not None and survivor is not record:
            return self._led(record, survivor, captured, base_rev)
        if change.op is Op.DELETE:
            return self._deleted(record, captured, base_rev)
        return self._patched(record, captured, base_rev)

    def _led(self, loser: Stored, survivor: Stored, captured: Captured, base_rev: int) -> Answer:
        """Bring what was written of a record that was merged into the one that stands for it.

        Its author knew the loser alone, as of `base_rev`: what the survivor had besides, they had
        not seen. Of the loser, the device is told everything anew.
        """
        change = captured.change
        if change.op is Op.DELETE:
            # Whoever deleted the loser knew nothing of the survivor, even one who wrote all of it.
            answer = self._kept(survivor, captured, set(range(1, survivor.rev + 1)))
        else:
            led = replace(captured, change=replace(change, record_id=survivor.record_id))
            answer = self._patched(survivor, led, base_rev, seen=loser)
        # Where it was held and is applied now, no acknowledgement brings them back.
        self.work.send_again(change.entity, loser.record_id, change.values)
        back = [loser.entity.number_by_name[name] for name in change.values]
        status = Status.MERGED if answer.status is Status.OK else answer.status
        return replace(answer, change=change, status=status, back=sorted(back), rev=loser.rev)

    def _inserted(self, entity: Entity, record: Stored | None, captured: Captured) -> Answer:
        change, at, work = captured.change, captured.at, self.work
        if record is not None:
            raise self.permission.why_taken(change, record, at)
        self.permission.require_commune(entity, change.values.get(entity.scope.field), at)
        author = self._author(captured)
        made = work.insert(change.entity, change.values, author, record_id=change.record_id)
        name = scopes.scope_name(entity, made.values, at.ms)
        if name not in self.readable:
            # Captured at a souk, of a neighbouring commune: its author sees it all the same.
            work.share_with(change.entity, change.record_id, scopes.user(self.device.agent_id))
        filled = {name for name, value in made.values.items() if value != change.values.get(name)}
        back = [entity.number_by_name[name] for name in filled]
        self._revs_now[change.record_id].add(made.rev)
        self.questions.look_at_step(change, None, made, at.ms)
        ask_if_known(work, made, self.questions.author)
        return Answer(change, captured.change_id, Status.OK, sorted(back), rev=made.rev)

    def _deleted(self, record: Stored, captured: Captured, base_rev: int) -> Answer:
        """Delete a record, unless others edited it meanwhile: then it stays, and a person is asked.

        Of a base of 3 and a record at 6 the revs 4, 5 and 6 are new. If 4 and 6 are this tablet's
        own, 5 is unseen, and the record stays.
        """
        change = captured.change
        unseen = set(range(base_rev + 1, record.rev + 1)) - self._own_revs(change, base_rev)
        if unseen:
            return self._kept(record, captured, unseen)
        self.work.delete(change.entity, change.record_id)
        self._revs_now[change.record_id].add(record.rev)
        return Answer(change, captured.change_id, Status.OK, rev=record.rev)

    def _kept(self, record: Stored, captured: Captured, unseen: set[int]) -> Answer:
        """Answer a delete that is not followed, for others wrote the revs that it had not seen."""
        change, status = captured.change, Status.MERGED
        if record.deleted_at is None:  # else they deleted it too
            asked = replace(change, record_id=record.record_id)
            clash = questions.delete_of_edited(record, unseen)
            self.questions.ask(asked, clash, captured.at.ms)
            status = Status.CONFLICT
        return Answer(change, captured.change_id, status, rev=record.rev)

    def _patched(
        self, record: Stored, captured: Captured, base_rev: int, *, seen: Stored | None = None
    ) -> Answer:
        """Merge an edit into its record. `seen`: another, of which `base_rev` is, merged since."""
        change, at, entity = captured.change, captured.at, record.entity
        moved = change.values.get(entity.scope.field)
        if moved is not None:
            self.permission.require_commune(entity, moved, at)
        # Before the change: that brings the record back.
        is_back = (
            record.deleted_at is not None
            and (record.rev > base_rev or seen is not None)
            and record.rev not in self._own_revs(change, base_rev)
        )
        clashes = [questions.edit_of_deleted(self.work, record, change.values)] if is_back else []
        was = record.values.get("state")
        merged = self.work.change(
            change.entity,
            change.record_id,
            change.values,
            self._author(captured),
            base_rev=base_rev,
            seen=seen,
        )
        self.questions.look_at_step(change, was, record, at.ms)
        if "ice" in merged.taken:
            ask_if_known(self.work, record, self.questions.author)
        clashes += merged.clashes
        for clash in clashes:
            self.questions.ask(change, clash, at.ms)
        back = sorted(entity.number_by_name[name] for name in merged.back)
        if merged.taken:
            self._revs_now[change.record_id].add(record.rev)
        status = Status.MERGED if merged.conflicts else Status.OK
        status = Status.CONFLICT if clashes else status
        return Answer(change, captured.change_id, status, back, rev=record.rev)

    def _author(self, captured: Captured) -> Author:
        return Author(
            self.device.agent_id,
            device_id=self.device.id,
            inc=self.device.inc,
            seq=captured.change.seq,
            at=captured.at.ms,
            source="tablet",
            change_id=captured.change_id,
        )

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
        # Revs of a group that went back stay in `_revs_now`, which does no harm: the record is
        # locked, so whatever gets that rev within this chunk is this device's too.
        return self._revs_now[change.record_id] | set(self.work.connection.scalars(query))

    def _missing(self, change: Change) -> Refusal:
        """Return why a record that is not here cannot be changed."""
        table = self.work.tables.held
        query = sa.select(table.c.change_id).where(
            table.c.record_id == change.record_id,
            table.c.agent_id == self.device.agent_id,
            table.c.state == "open",
        )
        if change.record_id in self._held_now or self.work.connection.scalar(query):
            return ParentHeld(f"{change.entity} {change.record_id.hex()}: its insert is held")
        return NotAllowed(f"{change.entity} {change.record_id.hex()}: no such record")

    def _hold(self, captured: Captured, refusal: Refusal) -> Answer:
        change = captured.change
        commune = change.values.get("commune_code")
        if not isinstance(commune, str) and change.entity in self.work.entity_by_name:
            record = self.work.lock(change.entity, change.record_id)
            commune = record.values.get("commune_code") if record else None
        if not isinstance(commune, str):
            commune = None
        self._held_now.add(change.record_id)
        table = self.work.tables.held
        self.work.connection.execute(
            self.work.insert_or_skip(table).values(
                change_id=captured.change_id,
                device_id=self.device.id,
                agent_id=self.device.agent_id,
                inc=self.device.inc,
                seq=change.seq,
                first_seq=change.group,
                entity=change.entity,
                record_id=change.record_id,
                commune_code=commune,
                content=content_of(self.work.entity_by_name, change),
                code=refusal.code,
                detail=detail_of(refusal),
                state="open",
                received_at=self.work.now_ms,
                effective_at=captured.at.ms,
            )
        )
        return Answer(change, captured.change_id, Status.HELD, code=refusal.code)


def content_of(entity_by_name: Mapping[str, Entity], change: Change) -> bytes:
    """Return a change's canonical bytes: its id is made of them, and a held one is kept so."""
    return change.verbatim or canon.canonical(entity_by_name[change.entity], change)


def detail_of(refusal: Refusal) -> str:
    """Return what fills a refusal's sentence, as it is kept."""
    return msgspec.json.encode(refusal.values, enc_hook=str).decode()
