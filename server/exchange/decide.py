"""The named command `decide`: a person settles what the rules left open.

A review asks which of two values stands: the answer writes record and review together, with the
coordinator as author, and travels down like any change. A held change is applied (as captured, or
corrected), or dismissed with a reason; either way its content stays, and a `resolution` tells the
author's tablets. Both are refused by a code when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import incarnations
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Database, Work
from server.exchange import duplicates
from server.exchange.push import (
    CommuneOutsideProvince,
    CommuneUnknown,
    Custody,
    NewerVersion,
    detail_of,
)
from sync import changes as canon
from sync import flat, typed
from sync.changes import Change, Moment, Op
from sync.checks import OfficeOnly, TooLong
from sync.clock import Effective
from sync.errors import Malformed, Refusal
from sync.limits import NOTE_CHARS_MAX
from sync.merge import LOST, OVERWRITTEN, Lost, Writer, last_writer
from sync.spec import Entity, Value

_NO_MOMENT = Moment(0, 0, 0, 0)
_CONTENT = msgspec.msgpack.Decoder()
MINE, THEIRS, OTHER = "mine", "theirs", "other"
_OF_PLACE = frozenset({CommuneOutsideProvince.code, CommuneUnknown.code})


class AlreadyDecided(Refusal):
    """Somebody decided this before."""

    code = "already_decided"


class RecordChanged(Refusal):
    """The field was written since the page that is decided from was shown."""

    code = "record_changed"


class ReasonMissing(Refusal):
    """Nothing is dismissed without a word why."""

    code = "reason_missing"


class DecisionUnknown(Refusal):
    """None of the answers that there are."""

    code = "decision_unknown"


class CorrectionWrong(Refusal):
    """A correction of what is not in question, or to a commune of another office's."""

    code = "correction_wrong"


# Reviews


def base_of(records: Records, review: Stored) -> Value:
    """Return what the field held before `theirs`, as far as the history tells."""
    when = records.tables.history.c.replaced_at
    return _past(records, review, OVERWRITTEN, when, "theirs_at", None)


def mine_of(records: Records, review: Stored) -> Value:
    """Return the value that lost; the review itself has only its words."""
    when, words = records.tables.history.c.effective_at, str(review.values["mine"] or "")
    spoken = flat.from_text(*field_of(records, review), words)
    return _past(records, review, LOST, when, "mine_at", spoken)


def _past(
    records: Records,
    review: Stored,
    outcome: str,
    when: sa.ColumnElement[Any],
    at: str,
    otherwise: Value,
) -> Value:
    entity, field = field_of(records, review)
    table = records.tables.history
    query = (
        sa.select(table.c.value)
        .where(
            table.c.entity == records.tables.entities.index(entity),
            table.c.record_id == review.values["record_id"],
            table.c.field == entity.number_by_name[field],
            table.c.outcome == outcome,
            when == review.values[at],
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    found = records.connection.scalar(query)
    value = otherwise if found is None else _CONTENT.decode(found)
    return tuple(value) if isinstance(value, list) else value


def field_of(records: Records, review: Stored) -> tuple[Entity, str]:
    """Return which field of which entity a review is about, "" if the record. Raises NotFound."""
    entity = records.entity_by_name.get(str(review.values["entity"]))
    field = review.values["field"] or ""
    if (
        entity is None
        or not isinstance(field, str)
        or (field and field not in entity.field_by_name)
    ):
        raise NotFound(f"review {review.record_id.hex()}: about nothing", entity="review")
    return entity, field


def deletes(review: Stored, side: str) -> bool:
    """Whether one side, `mine` or `theirs`, of a review of a record deleted it."""
    return review.values[side] is None


def decide(
    work: Work,
    review_id: bytes,
    decision: str,
    *,
    by: bytes | None,
    seen_rev: int,
    value: Value = None,
    notes: str = "",
    communes: Container[str] | None = None,
) -> None:
    """Settle a review: its record and itself, together.

    Args:
        decision: `mine`, `theirs` or `other`; of a review without a field one of the first two.
        by: the coordinator.
        seen_rev: the record's rev that the decision rests on.
        value: what stands when the decision is `other`.
        communes: those of the coordinator; None for all. A record may have left them since.

    Raises:
        NotFound: no such review; its record lies elsewhere, or is gone and one would write to it.
        CorrectionWrong: another value would bring the record elsewhere.
        AlreadyDecided, RecordChanged, DecisionUnknown: as they say.
        WrongType, TooLong, Missing, ...: the value cannot stand.
    """
    found = work.get("review", review_id)
    entity, field = field_of(work, found)
    record_id = found.values["record_id"]
    assert isinstance(record_id, bytes)
    record = work.held(entity.name, record_id)
    review = work.held("review", review_id)
    assert review is not None
    if review.values["state"] != "open":
        raise AlreadyDecided(f"review {review_id.hex()}: decided")
    if decision not in _answers(review):
        raise DecisionUnknown(f"review {review_id.hex()}: {decision!r}")
    if communes is not None:
        _require_within(communes, record, value if field == entity.scope.field else None)
    author = Author(by)
    # Whether a deleted record stays deleted is what a review of the record itself decides.
    is_gone = record is None or (bool(field) and record.deleted_at is not None)
    if is_gone and decision != THEIRS:
        raise NotFound(f"{entity.name} {record_id.hex()}: gone", entity=entity.name)
    if record is not None and not is_gone:
        written = last_writer(entity, record.writers, field).rev if field else record.rev
        if written > seen_rev:
            raise RecordChanged(f"{entity.name} {record_id.hex()}: {field} changed", field=field)
        if not field and deletes(review, decision):
            work.delete(entity.name, record_id)
        elif not field and record.deleted_at is not None:
            work.change(entity.name, record_id, {}, author)  # brings it back
        elif field and decision != THEIRS:
            chosen = mine_of(work, review) if decision == MINE else value
            work.change(entity.name, record_id, {field: chosen}, author)
    work.change(
        "review",
        review_id,
        {
            "state": "decided",
            "decision": decision,
            "decided_by": by,
            "decided_at": work.now_ms,
            "notes": notes or None,
        },
        author,
    )


def _require_within(communes: Container[str], record: Stored | None, goal: Value) -> None:
    """Raise NotFound where a record lies elsewhere, CorrectionWrong where it would go there."""
    place = record.values.get(record.entity.scope.field) if record is not None else None
    if place is not None and place not in communes:
        raise NotFound("review: its record lies elsewhere", entity="review")
    if goal is not None and goal not in communes:
        raise CorrectionWrong("review: to a commune of others")


def _answers(review: Stored) -> tuple[str, ...]:
    """Return what may be decided: of two records alike that they are two, or another value."""
    if review.values["kind"] == duplicates.KIND:
        return (THEIRS, OTHER)
    return (MINE, THEIRS, OTHER) if review.values["field"] else (MINE, THEIRS)


# Held changes


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of held changes: how many were applied, how many wait still, and why."""

    applied: int
    held: int
    refusal: Refusal | None = None


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
    by_group: dict[tuple[int, int, int], list[Any]] = {}
    for row in sorted(rows, key=lambda one: (one.received_at, one.device_id, one.inc, one.seq)):
        by_group.setdefault((row.device_id, row.inc, row.first_seq or row.seq), []).append(row)
    wrong = _wrong_values(work, chosen, corrections or {})
    _hold_records(work, rows)
    applied, refusal = 0, None
    for (device_id, inc, _), group in by_group.items():
        device = incarnations.find(work, device_id, inc)
        custody = Custody(
            work,
            device,
            _NO_MOMENT,
            slice_count=slice_count,
            is_overruled=is_overruled,
            is_said_by_office=is_overruled and chosen.code == OfficeOnly.code,
        )
        try:
            _replay(work, custody, group, chosen, corrections or {}, wrong, by)
        except Refusal as fault:
            refusal = refusal or fault
            for row in group:
                _keep_held(work, row, fault, by)
        else:
            applied += len(group)
            for row in group:
                _settle(work, row, "applied", by)
    return Replayed(applied, len(rows) - applied, refusal)


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
                lambda work, one=change_id: apply_held(  # type: ignore[misc]
                    work, one, by=None, slice_count=slice_count, is_overruled=False
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
    """Return what is held of a record, of what came in one group with it, and so on."""
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


def _hold_records(work: Work, rows: Iterable[Any]) -> None:
    by_entity: dict[str, list[bytes]] = {}
    for row in rows:
        by_entity.setdefault(row.entity, []).append(row.record_id)
    for entity in work.tables.entities:
        if entity.name in by_entity:
            work.hold(entity.name, by_entity[entity.name])


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


def _wrong_values(work: Work, chosen: Any, corrections: Mapping[str, Value]) -> dict[str, Value]:
    """Return what was captured where something is corrected."""
    if not corrections:
        return {}
    change = change_of(work, chosen)
    return {name: change.values.get(name) for name in corrections}


def _replay(
    work: Work,
    custody: Custody,
    group: Sequence[Any],
    chosen: Any,
    corrections: Mapping[str, Value],
    wrong: Mapping[str, Value],
    by: bytes | None,
) -> None:
    """Apply a group whole. Raises Refusal, nothing done."""
    changes = [_readable(work, row) for row in group]
    given = [
        _corrected(work, change, chosen, corrections, wrong) if corrections else change
        for change in changes
    ]
    timed = [
        (change, bytes(row.change_id), Effective(row.effective_at, row.effective_at, work.now_ms))
        for change, row in zip(given, group, strict=True)
    ]
    custody.apply(timed)
    for before, after, row in zip(changes, given, group, strict=True):
        for name, value in before.values.items():
            if after.values[name] != value:
                writer = Writer(0, row.device_id, row.inc, row.seq, row.agent_id, row.effective_at)
                lost = Lost(name, value, writer, LOST)
                work.remember(row.entity, row.record_id, lost, Author(by), bytes(row.change_id))


def _readable(work: Work, row: Any) -> Change:
    try:
        return change_of(work, row)
    except Malformed as fault:
        raise NewerVersion(f"held {row.change_id.hex()}: {fault}") from fault


def _corrected(
    work: Work,
    change: Change,
    chosen: Any,
    corrections: Mapping[str, Value],
    wrong: Mapping[str, Value],
) -> Change:
    """Return a change with corrections in it.

    Those of the chosen record; and where others bound to it name the same wrong commune, the same.
    """
    entity = work.entity_by_name[change.entity]
    values = dict(change.values)
    for name, value in corrections.items():
        if change.record_id == chosen.record_id:
            if name in values or change.op is Op.INSERT:
                values[name] = value
        elif name == entity.scope.field and name in values and values[name] == wrong[name]:
            values[name] = value
    return replace(change, values=values)


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
        _tell(work, row, "open", refusal.code, by, "")


def _settle(work: Work, row: Any, state: str, by: bytes | None, reason: str = "") -> None:
    table = work.tables.held
    work.connection.execute(
        sa.update(table)
        .where(table.c.change_id == row.change_id)
        .values(state=state, reason=reason, decided_by=by, decided_at=work.now_ms)
    )
    _tell(work, row, state, row.code, by, reason)


def _tell(work: Work, row: Any, state: str, code: str, by: bytes | None, reason: str) -> None:
    """Let the author's tablets know."""
    if "resolution" not in work.entity_by_name:
        return
    values: dict[str, Value] = {
        "state": state,
        "code": code,
        "reason": reason or None,
        "decided_by": by,
        "decided_at": work.now_ms,
    }
    change_id = bytes(row.change_id)
    if work.held("resolution", change_id) is None:
        fixed = {"agent_id": row.agent_id, "entity": row.entity, "record_id": row.record_id}
        work.insert("resolution", {**fixed, **values}, Author(by), record_id=change_id)
    else:
        work.change("resolution", change_id, values, Author(by))
