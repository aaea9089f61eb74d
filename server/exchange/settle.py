"""Settle held changes: apply them after all, as captured or corrected, or dismiss them for good.

Either way what was captured stays, and a `resolution` tells the author's tablets. Refused by a code
when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import incarnations
from server.db.records import NotFound, Records
from server.db.work import Author, Database, Work
from server.exchange import flags, refusals, requests, returns
from server.exchange.custody import Captured, Custody, NewerVersion, Word, detail_of
from server.exchange.decide import AlreadyDecided, CorrectionWrong
from server.exchange.permission import CommuneOutsideProvince, CommuneUnknown
from sync import changes as canon
from sync import typed
from sync.changes import Change, Moment, Op
from sync.checks import OfficeOnly, TooLong
from sync.clock import Effective
from sync.errors import Malformed, Refusal
from sync.limits import NOTE_CHARS_MAX
from sync.merge import INSERT, LOST, Lost, Writer
from sync.spec import Entity, Value

_NO_MOMENT = Moment(0, 0, 0, 0)
_OF_PLACE = frozenset({CommuneOutsideProvince.code, CommuneUnknown.code})


class ReasonMissing(Refusal):
    """Nothing is dismissed without a word why."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of held changes: how many were applied, how many wait still, and why."""

    applied: int
    held: int
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Correction:
    """Values that a person puts in place of captured ones.

    Args:
        record_id: of what they are for.
        captured: what stood in their place.
    """

    record_id: bytes
    values: Mapping[str, Value]
    captured: Mapping[str, Value]

    @classmethod
    def of(cls, work: Work, chosen: Any, values: Mapping[str, Value]) -> _Correction:
        """Return the correction of a held row; of nothing where `values` are empty."""
        change = change_of(work, chosen) if values else None
        captured = {name: change.values.get(name) for name in values} if change else {}
        return cls(chosen.record_id, values, captured)

    def applied_to(self, entity: Entity, change: Change) -> Change:
        """Return a change with the correction in it.

        Of the record that it is for; and where others bound to that name the same wrong commune,
        the same: who captured a farm and its owner in a commune that there is not, did so twice.
        """
        values = dict(change.values)
        for name, value in self.values.items():
            if change.record_id == self.record_id:
                if name in values or change.op is Op.INSERT:
                    values[name] = value
            elif (
                name == entity.scope.field
                and name in values
                and values[name] == self.captured[name]
            ):
                values[name] = value
        return replace(change, values=values)


def apply_held(
    work: Work,
    change_id: bytes,
    *,
    by: bytes | None,
    slice_count: int,
    corrections: Mapping[str, Value] | None = None,
    is_overruled: bool = True,
    communes: Container[str] | None = None,
) -> Replayed:
    """Replay all that is held of a change's record, and what came in one group with it.

    In the order of capture, under the original author and time. What still cannot be stays held,
    with its present reason.

    Args:
        by: the coordinator; None when the server tries by itself.
        corrections: values put in place of captured ones; what was captured is in the history.
        is_overruled: where the record lies is no reason, nor that its author's account is
            disabled; nor, where that is the reason, that the office alone says so.
        communes: those of the coordinator; None for all.

    Raises:
        NotFound, AlreadyDecided: nothing of it is held, or no more.
        CorrectionWrong: of a field that no refusal names, or to a commune not of `communes`.
    """
    chosen = _open_row(work, change_id)
    rows = _bound_to(work, chosen)
    _require_in_question(work, chosen, rows, corrections or {}, communes)
    correction = _Correction.of(work, chosen, corrections or {})
    # All at once, before the first is applied, in the order that pushes lock in.
    keys = [(row.entity, row.record_id) for row in rows]
    work.lock_in_order([*keys, *refusals.consents_beside(work, _known(work, rows))])
    applied, refusal = 0, None
    for group in _groups(rows):
        custody = Custody(
            work,
            incarnations.find(work, group[0].device_id, group[0].inc),
            _NO_MOMENT,
            slice_count=slice_count,
            word=_word(chosen, is_overruled=is_overruled),
        )
        # A group that is refused is undone by itself (`Custody.apply`), and the next has its turn.
        try:
            _replay(custody, group, correction, Author(by))
        except Refusal as fault:
            refusal = refusal or fault
            for row in group:
                _keep_held(work, row, fault, by)
        else:
            applied += len(group)
            for row in group:
                _settle(work, row, "applied", by)
    refusals.let_prevail(work)
    returns.close_answered(work)
    flags.look_at_changes(work, clock_off_ms=None)
    return Replayed(applied, len(rows) - applied, refusal)


def _word(chosen: Any, *, is_overruled: bool) -> Word:
    """Return whose word a held change is applied by.

    The office's own is given only where its lack is the reason: a coordinator who applies what lies
    in a wrong commune does not thereby vouch for what only the office may say.
    """
    if not is_overruled:
        return Word.TABLET
    return Word.OFFICE if chosen.code == OfficeOnly.code else Word.COORDINATOR


def reopen(work: Work, change_ids: Iterable[bytes]) -> None:
    """Let held changes that were applied wait again: their records are as they were before."""
    table = work.tables.held
    work.connection.execute(
        sa.update(table)
        .where(table.c.change_id.in_(list(change_ids)), table.c.state == "applied")
        .values(state="open", decided_by=None, decided_at=None)
    )


def dismiss_held(work: Work, change_id: bytes, *, by: bytes | None, reason: str) -> int:
    """Leave what is held of a change's record unapplied, for good. Returns how many changes.

    Raises:
        NotFound, AlreadyDecided: nothing of it is held, or no more.
        ReasonMissing, TooLong: the reason is empty, or longer than a note.
    """
    reason = typed.text(reason)
    if not reason:
        raise ReasonMissing("dismiss: no reason")
    if len(reason) > NOTE_CHARS_MAX:
        over = len(reason) - NOTE_CHARS_MAX
        raise TooLong("dismiss: reason", field="reason", most=NOTE_CHARS_MAX, over=over)
    chosen = _open_row(work, change_id)
    table = work.tables.held
    rows = _open_rows(work, table.c.entity == chosen.entity, table.c.record_id == chosen.record_id)
    for row in rows:
        _settle(work, row, "dismissed", by, reason)
    return len(rows)


def replay_all(database: Database, *, slice_count: int) -> Replayed:
    """Try every open held change once more by the rules as they are now: after an upgrade."""
    table = database.tables.held
    ids = database.read(
        lambda records: list(
            records.connection.scalars(
                sa.select(table.c.change_id)
                .where(table.c.state == "open")
                .order_by(table.c.received_at, table.c.seq)
            )
        )
    )
    applied = 0
    for change_id in ids:
        try:
            applied += database.write(
                lambda work, change_id=change_id: apply_held(  # type: ignore[misc]
                    work, change_id, by=None, slice_count=slice_count, is_overruled=False
                )
            ).applied
        except AlreadyDecided:  # with one of those before
            continue
    left = database.read(
        lambda records: records.connection.scalar(
            sa.select(sa.func.count()).select_from(table).where(table.c.state == "open")
        )
    )
    return Replayed(applied, int(left or 0))


def change_of(records: Records, row: Any) -> Change:
    """Return the change that a held row keeps.

    Raises:
        Malformed: its entity or a field of it is not known here.
    """
    entity = records.entity_by_name.get(row.entity)
    if entity is None:
        raise Malformed(f"held: no entity {row.entity}")
    group = row.first_seq or row.seq
    return canon.from_canonical(entity, bytes(row.content), seq=row.seq, group=group)


def _open_row(work: Work, change_id: bytes) -> Any:
    table = work.tables.held
    query = sa.select(table).where(table.c.change_id == change_id).with_for_update()
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound(f"held {change_id.hex()}: no such change", entity="held")
    if row.state != "open":
        raise AlreadyDecided(f"held {change_id.hex()}: {row.state}")
    return row


def _open_rows(work: Work, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
    table = work.tables.held
    query = (
        sa.select(table)
        .where(table.c.state == "open", *where)
        .order_by(table.c.received_at, table.c.device_id, table.c.inc, table.c.seq)
        .with_for_update()
    )
    return work.connection.execute(query).all()


def _bound_to(work: Work, chosen: Any) -> list[Any]:
    """Return what is held of a record, of what came in one group with it, and so on.

    A person was captured with a farm (one group), the farm then changed with its owner: whoever
    applies the person applies all of it, for none can be without the others.
    """
    table = work.tables.held
    rows = {bytes(chosen.change_id): chosen}
    waiting = [chosen]
    while waiting:
        row = waiting.pop()
        same_group = sa.and_(
            table.c.device_id == row.device_id,
            table.c.inc == row.inc,
            table.c.first_seq == row.first_seq,
            table.c.first_seq != 0,
        )
        same_record = sa.and_(table.c.entity == row.entity, table.c.record_id == row.record_id)
        for more in _open_rows(work, sa.or_(same_group, same_record)):
            if bytes(more.change_id) not in rows:
                rows[bytes(more.change_id)] = more
                waiting.append(more)
    return list(rows.values())


def _groups(rows: Iterable[Any]) -> list[list[Any]]:
    """Return held rows by the groups that they were captured in, oldest first."""
    groups: dict[tuple[int, int, int], list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.received_at, row.device_id, row.inc, row.seq)):
        groups.setdefault((row.device_id, row.inc, row.first_seq or row.seq), []).append(row)
    return list(groups.values())


def field_in_question(entity: Entity, row: Any) -> str:
    """Return the field that a held change's refusal names; empty if none."""
    if row.code in _OF_PLACE:
        return entity.scope.field
    named = msgspec.json.decode(row.detail, type=dict[str, Any]).get("field")
    return named if isinstance(named, str) and named in entity.field_by_name else ""


def _require_in_question(
    work: Work,
    chosen: Any,
    rows: Iterable[Any],
    corrections: Mapping[str, Value],
    communes: Container[str] | None,
) -> None:
    entity = work.entity_by_name.get(chosen.entity)
    if not corrections or entity is None:
        return
    same = [row for row in rows if row.record_id == chosen.record_id]
    asked = {field_in_question(entity, row) for row in same}
    for name, value in corrections.items():
        is_out = name == entity.scope.field and communes is not None and value not in communes
        if name not in asked or is_out:
            raise CorrectionWrong(f"held {chosen.change_id.hex()}: {name}", field=name)


def _replay(
    custody: Custody, group: Sequence[Any], correction: _Correction, author: Author
) -> None:
    """Apply a group whole; what was corrected is in the history. Raises Refusal, nothing done."""
    work = custody.work
    captured = [_again(work, _readable(work, row), row) for row in group]
    corrected = [
        correction.applied_to(work.entity_by_name[change.entity], change) for change in captured
    ]
    custody.apply(
        [
            Captured(change, bytes(row.change_id), _effective(row, work.now_ms))
            for change, row in zip(corrected, group, strict=True)
        ]
    )
    for before, after, row in zip(captured, corrected, group, strict=True):
        for name, value in before.values.items():
            if after.values[name] != value:
                lost = Lost(name, value, _writer(row), LOST)
                work.remember(row.entity, row.record_id, lost, author, bytes(row.change_id))
    requests.follow(work, custody.questions)


def _again(work: Work, change: Change, row: Any) -> Change:
    """Return an insert that was applied and taken back as the edit that brings its record back."""
    record = work.lock(change.entity, change.record_id) if change.op is Op.INSERT else None
    if record is None or record.deleted_at is None:
        return change
    made = record.writers[INSERT]
    if (made.device_id, made.inc, made.seq) != (row.device_id, row.inc, row.seq):
        return change  # another's record of this id: it is taken
    return replace(change, op=Op.PATCH, base_rev=record.rev, base_era=record.era)


def _known(work: Work, rows: Iterable[Any]) -> Iterator[Change]:
    """Yield those held changes that this version can read."""
    for row in rows:
        with suppress(Malformed):
            yield change_of(work, row)


def _writer(row: Any) -> Writer:
    return Writer(
        rev=0,
        device_id=row.device_id,
        inc=row.inc,
        seq=row.seq,
        agent_id=row.agent_id,
        at=row.effective_at,
    )


def _effective(row: Any, now_ms: int) -> Effective:
    # Until now: a grant given since the change arrived lets it in.
    return Effective(ms=row.effective_at, low=row.effective_at, high=now_ms)


def _readable(work: Work, row: Any) -> Change:
    try:
        return change_of(work, row)
    except Malformed as fault:
        raise NewerVersion(f"held {row.change_id.hex()}: {fault}") from fault


def _keep_held(work: Work, row: Any, refusal: Refusal, by: bytes | None) -> None:
    """Write down why a change waits still, if that is news."""
    detail = detail_of(refusal)
    if (row.code, row.detail) == (refusal.code, detail):
        return
    table = work.tables.held
    work.connection.execute(
        sa.update(table)
        .where(table.c.change_id == row.change_id)
        .values(code=refusal.code, detail=detail)
    )
    if row.code != refusal.code:
        _tell(work, row, by, {"state": "open", "code": refusal.code, "reason": None})


def _settle(work: Work, row: Any, state: str, by: bytes | None, reason: str = "") -> None:
    table = work.tables.held
    work.connection.execute(
        sa.update(table)
        .where(table.c.change_id == row.change_id)
        .values(state=state, reason=reason, decided_by=by, decided_at=work.now_ms)
    )
    _tell(work, row, by, {"state": state, "code": row.code, "reason": reason or None})


def _tell(work: Work, row: Any, by: bytes | None, outcome: Mapping[str, Value]) -> None:
    """Let the author's tablets know."""
    if "resolution" not in work.entity_by_name:
        return
    values = {**outcome, "decided_by": by, "decided_at": work.now_ms}
    change_id = bytes(row.change_id)
    if work.lock("resolution", change_id) is None:
        fixed = {"agent_id": row.agent_id, "entity": row.entity, "record_id": row.record_id}
        work.insert("resolution", {**fixed, **values}, Author(by), record_id=change_id)
    else:
        work.change("resolution", change_id, values, Author(by))
