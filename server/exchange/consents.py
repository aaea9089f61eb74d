"""What somebody answered last when asked for a consent: the one answer that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from server.accounts.passed_on import SUBJECTS
from server.db.records import Records, Stored
from sync.spec import Value


def last_answer(
    records: Records,
    whose: Mapping[str, Value],
    purpose: str,
    is_meant: Callable[[Stored], bool] | None = None,
) -> Stored | None:
    """Return the last answer, given, refused or withdrawn; None: never asked.

    Args:
        records: of a work, with what it has not written yet.
        whose: what names the person, the enterprise, or both, as a request does.
        is_meant: which of the answers count, where a purpose has several of one subject.
    """
    answers = [
        answer
        for field in (f"{one}_id" for one in SUBJECTS)
        if whose.get(field) is not None
        for answer in records.having("consent", purpose=purpose, **{field: whose[field]})
        if is_meant is None or is_meant(answer)
    ]
    return max(answers, key=lambda one: at_of(one, "given_at"), default=None)


def at_of(record: Stored, field: str) -> tuple[int, bytes]:
    """Return by what records are sorted in the order of a moment: it, if known, and the id."""
    at = record.values.get(field)
    return at if isinstance(at, int) else -1, record.record_id
