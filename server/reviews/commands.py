"""A form of a question becomes a decision: the rules are in `exchange.decide` and `settle`."""

from __future__ import annotations

from dataclasses import dataclass

from server.db.records import Stored
from server.db.work import Work
from server.exchange import decide, settle
from server.reviews import asking
from server.reviews.queries import get_held
from server.rights import Right
from server.web import acts
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.seen import get_seen
from sync import typed
from sync.errors import Refusal
from sync.reading import read_typed
from sync.spec import Value

RECORD, HELD = "review_record", "held_apply"
"""Kinds of acts that are undone whole or not at all: whether a record is there."""
_OF_DECISION = ("state", "decision", "decided_by", "decided_at", "notes")
"""The fields of a review that a decision writes."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a question: why it is open still, the act that undoes it, if one does."""

    refusal: Refusal | None = None
    act_id: bytes = b""


def settle_review(work: Work, reader: Reader, text: str, form: Asked) -> Settled:
    """Decide a review as its form says.

    Args:
        text: the review's id as the address has it.

    Raises:
        NotFound: none that the reader may decide.
        Refusal: as `decide.decide`, or a value of one's own that cannot be; nothing is written.
    """
    review = get_seen(work, reader, "review", text, Right.DECIDE)
    entity, field = decide.field_of(work, review)
    decision, value = form.get("decision"), None
    if decision == decide.OTHER and field:  # of a whole record there is no third value
        value = read_typed(entity, field, form.get("value"))
    act_id = acts.begin(work, "review_decide" if field else RECORD, reader.session.agent_id)
    decide_one(
        work,
        reader,
        review,
        decision,
        act_id=act_id if field else b"",
        seen_rev=form.number("seen_rev") or 0,
        value=value,
        notes=typed.text(form.get("notes")),
    )
    if not field:  # whether the record is there, and the review, go together
        acts.keep_touched(work, act_id)
    return Settled(act_id=act_id)


def decide_one(
    work: Work,
    reader: Reader,
    review: Stored,
    decision: str,
    *,
    act_id: bytes,
    seen_rev: int,
    value: Value = None,
    notes: str = "",
) -> None:
    """Decide a review as part of an act, which keeps what record and review had.

    Args:
        act_id: empty: it cannot be undone.

    Raises:
        Refusal: as `decide.decide`; nothing is written.
    """
    entity, field = decide.field_of(work, review)
    record_id = review.values["record_id"]
    assert isinstance(record_id, bytes)
    record = work.lock(entity.name, record_id)
    was = {field: record.values.get(field)} if record is not None and field else {}
    rev = record.rev if record is not None else 0
    decide.decide(
        work,
        review.record_id,
        decision,
        by=reader.session.agent_id,
        seen_rev=seen_rev,
        value=value,
        notes=notes,
        communes=reader.session.standing.bound(Right.DECIDE),
    )
    if not act_id:
        return
    if record is not None and record.rev != rev:
        acts.keep(work, act_id, record, was)
    settled = work.lock("review", review.record_id)
    assert settled is not None
    acts.keep(work, act_id, settled, {name: review.values.get(name) for name in _OF_DECISION})


def settle_held(work: Work, reader: Reader, text: str, form: Asked, *, slice_count: int) -> Settled:
    """Apply, correct, dismiss a held change, or ask its agent about it, as its form says.

    Args:
        text: the change's id as the address has it.
        slice_count: as `Settings` has it.

    Returns:
        With why it is held still, if it was tried and refused again: what was written stays.

    Raises:
        NotFound: none that the reader may see.
        Refusal: the form asks what cannot be; nothing is written.
    """
    # Found by the same query as the page: who cannot see it cannot decide it.
    row = get_held(work, reader, text)
    act, by = form.get("act"), reader.session.agent_id
    if act == "ask":
        asking.ask(work, row, form.get("question"), by=by)
        return Settled()
    if act == "dismiss":
        settle.dismiss_held(work, row.change_id, by=by, reason=form.get("reason"))
        return Settled()
    corrections = None
    field = form.get("field")
    if act == "correct":
        entity = work.entity_by_name.get(row.entity)
        if entity is None or field != settle.field_in_question(entity, row):
            raise decide.CorrectionWrong("held: of another field")
        corrections = {field: read_typed(entity, field, form.get("value"))}
    elif act != "apply":
        raise decide.DecisionUnknown(f"held: {act!r}")
    replayed = settle.apply_held(
        work,
        row.change_id,
        by=by,
        slice_count=slice_count,
        corrections=corrections,
        communes=reader.session.standing.bound(Right.DECIDE),
    )
    if not replayed.applied:
        return Settled(replayed.refusal)
    act_id = acts.begin(work, HELD, by)
    acts.keep_touched(work, act_id)
    return Settled(replayed.refusal, act_id)


def undo(work: Work, reader: Reader, act_id: bytes) -> None:
    """Undo that a record stays or not, or that a held one was let in.

    Raises:
        ActOver, ActChanged: as `acts.undo_whole`.
        NotFound: what was held is the reader's business no more.
    """
    by = reader.session.agent_id
    work.leads.lock()  # before any record, as whoever merges does
    wrote = acts.records_of(work, act_id, by)
    let_in = [record_id for entity, record_id in wrote if entity == "resolution"]
    for change_id in let_in:  # it may lie where others decide, by its author's mistake
        get_held(work, reader, change_id.hex())
    bound = None if let_in else reader.session.standing.bound(Right.DECIDE)
    acts.undo_whole(work, act_id, by, communes=bound)
    settle.reopen(work, let_in)
