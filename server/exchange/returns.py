"""A return closes by itself once what it asked about is written: the visit is looked at again.

An app that knows of returns writes `corrected` with its correction; of an older one, only the
correction comes, and the word is written here. Called before a work is flushed, whoever brought
the changes: a push, or a held change that is applied late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from server.db.records import Stored
from server.db.work import Author, Work
from sync.changes import Change, Op
from sync.merge import INSERT, last_writer
from sync.rules.returns import fields_of, is_answered_beside

RETURNED, CORRECTED = "returned", "corrected"
_BESIDE = ("consent", "photo")


def visits_beside(changes: Iterable[Change]) -> Iterator[tuple[str, bytes]]:
    """Yield the visits beside which changes make a record, to be locked with what they change."""
    for change in changes:
        visit_id = change.values.get("visit_id")
        if change.op is Op.INSERT and change.entity in _BESIDE and isinstance(visit_id, bytes):
            yield "visit", visit_id


def close_answered(work: Work) -> None:
    """Say of each visit of this work that was returned and is answered that it is corrected."""
    if "visit" not in work.entity_by_name:  # a list of entities without visits
        return
    for visit in work.under_change("visit"):
        values = visit.values
        if values.get("review_state") != RETURNED or visit.deleted_at is not None:
            continue
        answer = _answer_in(work, visit)
        if answer is not None:
            author = Author(answer, source="tablet")
            work.change("visit", visit.record_id, {"review_state": CORRECTED}, author)


def _answer_in(work: Work, visit: Stored) -> bytes | None:
    """Return who answered a return, None while nobody has."""
    named, returned_at = visit.values.get("returned_field"), visit.values.get("returned_at")
    if not isinstance(named, str) or not isinstance(returned_at, int):
        return None
    for name in fields_of(named) & visit.entity.field_by_name.keys():
        writer = last_writer(visit.entity, visit.writers, name)
        if writer.device_id and writer.at > returned_at:
            return writer.agent_id
    for entity in _BESIDE:
        for record in work.under_change(entity):
            maker = record.writers[INSERT]
            if (
                record.values.get("visit_id") == visit.record_id
                and maker.device_id
                and maker.at > returned_at
                and is_answered_beside(named, entity, record.values)
            ):
                return maker.agent_id
    return None
