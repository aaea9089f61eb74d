"""The named command `decide`: a person settles what the rules left open.

A review asks which of two values is to stay: the answer writes record and review together, with the
coordinator as author, and travels down like any change. It is refused by a code when somebody else
was faster. What is held is settled in `settle`.
"""

from __future__ import annotations

from collections.abc import Container

import sqlalchemy as sa

from server.db.history import value_of
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import duplicates, stepping
from sync import flat
from sync.errors import Refusal
from sync.merge import LOST, OVERWRITTEN, last_writer
from sync.rules.applications import Actor
from sync.spec import Entity, Value, Values

MINE, THEIRS, OTHER = "mine", "theirs", "other"


class AlreadyDecided(Refusal):
    """Somebody decided this before."""

    code = "already_decided"


class RecordChanged(Refusal):
    """The field was written since the page that is decided from was shown."""

    code = "record_changed"


class DecisionUnknown(Refusal):
    """None of the answers that there are."""

    code = "decision_unknown"


class CorrectionWrong(Refusal):
    """A correction of what is not in question, or to a commune of another office's."""

    code = "correction_wrong"


def base_of(records: Records, review: Stored) -> Value:
    """Return what the field had before `theirs`, as far as the history tells."""
    table = records.tables.history
    found = _past(records, review, OVERWRITTEN, table.c.replaced_at == review.values["theirs_at"])
    return None if found is None else value_of(found)


def mine_of(records: Records, review: Stored) -> Value:
    """Return the value that lost; the review itself has only its words."""
    table = records.tables.history
    found = _past(records, review, LOST, table.c.effective_at == review.values["mine_at"])
    if found is None:
        return flat.from_text(*field_of(records, review), str(review.values["mine"] or ""))
    return value_of(found)


def _past(
    records: Records, review: Stored, outcome: str, at: sa.ColumnElement[bool]
) -> bytes | None:
    """Return what the history has last of a review's field with one outcome, at one moment."""
    entity, field = field_of(records, review)
    table = records.tables.history
    query = (
        sa.select(table.c.value)
        .where(
            table.c.entity == records.tables.number_by_entity[entity.name],
            table.c.record_id == review.values["record_id"],
            table.c.field == entity.number_by_name[field],
            table.c.outcome == outcome,
            at,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return records.connection.scalar(query)


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
    actor: Actor = Actor.COORDINATOR,
) -> None:
    """Settle a review: its record and itself, together.

    Args:
        decision: `mine`, `theirs` or `other`; of a review without a field one of the first two.
        by: the coordinator.
        seen_rev: the record's rev that the decision rests on.
        value: what the field is to be when the decision is `other`.
        communes: those of the coordinator; None for all. A record may have left them since.
        actor: as whom they decide, of a step of a request.

    Raises:
        NotFound: no such review; its record lies elsewhere, or is gone and one would write to it.
        CorrectionWrong: another value would bring the record elsewhere.
        AlreadyDecided, RecordChanged, DecisionUnknown: as they say.
        WrongType, TooLong, Missing, ...: the value is none for the field.
    """
    found = work.get("review", review_id)
    entity, field = field_of(work, found)
    record_id = found.values["record_id"]
    assert isinstance(record_id, bytes)
    record = work.lock(entity.name, record_id)
    # The record before its review, as a push locks them (`Work`). What was read above without a
    # lock tells only which record, and that is fixed.
    review = work.lock("review", review_id)
    assert review is not None
    _require_open(review, decision)
    if communes is not None:
        _require_within(communes, record, value if field == entity.scope.field else None)
    author = Author(by)
    # Of a field of a record deleted since, only "leave it" makes sense (`theirs`): there is nothing
    # to write to. Whether the record itself stays deleted is what a review of no field decides.
    is_gone = record is None or (bool(field) and record.deleted_at is not None)
    if is_gone and decision != THEIRS:
        raise NotFound(f"{entity.name} {record_id.hex()}: gone", entity=entity.name)
    if record is not None and not is_gone:
        _require_as_seen(record, field, seen_rev)
        if not field and deletes(review, decision):
            work.delete(entity.name, record_id)
        elif not field and record.deleted_at is not None:
            work.change(entity.name, record_id, {}, author)  # brings it back
        elif field and decision != THEIRS:
            chosen = mine_of(work, review) if decision == MINE else value
            work.change(entity.name, record_id, {field: chosen}, author)
            if (entity.name, field) == ("application", "state"):
                stepping.take_back(work, record, by, actor)
    settled: Values = {"state": "decided", "decision": decision, "notes": notes or None}
    settled |= {"decided_by": by, "decided_at": work.now_ms}
    work.change("review", review_id, settled, author)


def _require_open(review: Stored, decision: str) -> None:
    """Raise AlreadyDecided, or DecisionUnknown where a review has no such answer."""
    if review.values["state"] != "open":
        raise AlreadyDecided(f"review {review.record_id.hex()}: decided")
    if decision not in _answers(review):
        raise DecisionUnknown(f"review {review.record_id.hex()}: {decision!r}")


def _require_as_seen(record: Stored, field: str, seen_rev: int) -> None:
    """Raise RecordChanged where what is decided of was written since the page was shown.

    Who saw a phone at rev 5 may decide while others write the name as 6; not once they wrote the
    phone as 6. Of the record itself every rev counts.
    """
    entity = record.entity
    written = last_writer(entity, record.writers, field).rev if field else record.rev
    if written > seen_rev:
        raise RecordChanged(f"{entity.name} {record.record_id.hex()}: {field} changed", field=field)


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
