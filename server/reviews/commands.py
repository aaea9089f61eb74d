"""A form of a question becomes a decision: the rules are in `exchange.decide` and `settle`."""

from __future__ import annotations

from server.db.work import Work
from server.exchange import decide, settle
from server.reviews.queries import get_held
from server.rights import Right
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.seen import get_seen
from sync import typed
from sync.errors import Refusal
from sync.reading import read_typed


def settle_review(work: Work, reader: Reader, text: str, form: Asked) -> None:
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
    decide.decide(
        work,
        review.record_id,
        decision,
        by=reader.session.agent_id,
        seen_rev=form.number("seen_rev") or 0,
        value=value,
        notes=typed.text(form.get("notes")),
        communes=reader.session.standing.bound(Right.DECIDE),
    )


def settle_held(
    work: Work, reader: Reader, text: str, form: Asked, *, slice_count: int
) -> Refusal | None:
    """Apply, correct or dismiss a held change as its form says.

    Args:
        text: the change's id as the address has it.
        slice_count: as `Settings` has it.

    Returns:
        Why it is held still, if it was tried and refused again: what was written of that stays.

    Raises:
        NotFound: none that the reader may see.
        Refusal: the form asks what cannot be; nothing is written.
    """
    # Found by the same query as the page: who cannot see it cannot decide it.
    row = get_held(work, reader, text)
    act, by = form.get("act"), reader.session.agent_id
    if act == "dismiss":
        settle.dismiss_held(work, row.change_id, by=by, reason=form.get("reason"))
        return None
    corrections = None
    field = form.get("field")
    if act == "correct":
        entity = work.entity_by_name.get(row.entity)
        if entity is None or field != settle.field_in_question(entity, row):
            raise decide.CorrectionWrong("held: of another field")
        corrections = {field: read_typed(entity, field, form.get("value"))}
    elif act != "apply":
        raise decide.DecisionUnknown(f"held: {act!r}")
    return settle.apply_held(
        work,
        row.change_id,
        by=by,
        slice_count=slice_count,
        corrections=corrections,
        communes=reader.session.standing.bound(Right.DECIDE),
    ).refusal
