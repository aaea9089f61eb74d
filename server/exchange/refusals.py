"""A refusal counts for whoever was found to be one, also one that comes after the merge.

Of two records that were merged, one agreed and the other refuses: on a tablet that slept, or by
taking back what was moved. The no counts, as in the merge itself: what another side agreed to
before they were one is withdrawn, whichever comes first, and an undo of the merge gives it back.

Called before a work is flushed, whoever brought the changes: a push, or a held change that is
applied late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from server.db.merged import Before, mergeable, row_of
from server.db.records import Records, Stored
from server.db.work import Author, Work
from sync.changes import Change
from sync.merge import last_writer

_CONSENT, _WITHDRAWN = "consent", "withdrawn_at"
_Side = frozenset[int]
"""The merges by which a consent came to its subject; none: it was said of the survivor."""
_Subject = tuple[str, bytes]
"""Whom a consent is of: the field that names them, and their id."""


def is_in_force(consent: Stored) -> bool:
    """Whether somebody agreed, and did not take it back."""
    return bool(consent.values.get("given")) and consent.values.get(_WITHDRAWN) is None


def purpose(consent: Stored) -> tuple[object, object]:
    """Return what a consent is for: the purpose and the recipient."""
    return consent.values.get("purpose"), consent.values.get("recipient")


def said_at(consent: Stored) -> int:
    """Return when the last word of a consent was said, Unix milliseconds."""
    said = consent.values.get(_WITHDRAWN) or consent.values.get("given_at") or consent.effective_at
    assert isinstance(said, int)
    return said


def consents_beside(work: Work, changes: Iterable[Change]) -> Iterator[tuple[str, bytes]]:
    """Yield the consents of those who were merged, to be locked with what changes of them write."""
    changed = [change for change in changes if change.entity == _CONSENT]
    if not changed:
        return
    # Who takes something back names nobody: no merge was waited for yet.
    work.leads.lock()
    stored = work.load(_CONSENT, [change.record_id for change in changed])
    said = [change.values for change in changed] + [one.values for one in stored.values()]
    subjects = {
        (name, work.leads.survivor_of(entity, subject))
        for entity, name in _naming(work)
        for values in said
        if isinstance(subject := values.get(name), bytes)
    }
    for merged in _merged(work, subjects):
        yield from ((_CONSENT, record_id) for record_id in _ids_of(work, merged))


def let_prevail(work: Work) -> None:
    """Withdraw what one side of a merge agreed to and another denies, of those this work is of."""
    if _CONSENT not in work.entity_by_name:  # a list of entities without consents
        return
    changed = work.changed(_CONSENT)
    subjects = {
        (name, subject)
        for _, name in _naming(work)
        for one in changed
        if isinstance(subject := one.values.get(name), bytes)
    }
    for merged in _merged(work, subjects):
        _settle(work, merged, {purpose(one) for one in changed})


def _settle(work: Work, subject: _Subject, purposes: set[tuple[object, object]]) -> None:
    name, subject_id = subject
    merges = _merges_into(work, subject_id)
    work.lock_all(_CONSENT, _ids_of(work, subject))
    consents = sorted(
        (
            one
            for one in work.under_change(_CONSENT)
            if one.values.get(name) == subject_id and one.deleted_at is None
        ),
        key=said_at,
    )
    side_of = _sides(work, name, consents, merges)
    last = {(purpose(one), side_of[one.record_id]): one for one in consents}
    for one in consents:
        if purpose(one) not in purposes or not is_in_force(one):
            continue
        for (denied, side), refusal in last.items():
            between = side ^ side_of[one.record_id]
            if denied != purpose(one) or is_in_force(refusal) or not between:
                continue
            # Who agrees once they are known to be one has agreed.
            if said_at(one) <= merges[max(between)].made_at:
                _withdraw(work, one, max(between), refusal)
                break


def _withdraw(work: Work, consent: Stored, merge_id: int, refusal: Stored) -> None:
    """Withdraw what somebody agreed to, so that an undo of the merge gives it back."""
    was = last_writer(consent.entity, consent.writers, _WITHDRAWN).rev
    by = last_writer(refusal.entity, refusal.writers, _WITHDRAWN).agent_id
    author = Author(by, source="tablet")
    before = work.write(_CONSENT, consent.record_id, {_WITHDRAWN: work.now_ms}, author)
    kept = Before(consent.entity, consent.record_id, _WITHDRAWN, before[_WITHDRAWN], was)
    work.leads.new.add([{"merge_id": merge_id, **row_of(work.tables, kept, consent.rev)}])


def _naming(records: Records) -> list[tuple[str, str]]:
    """Return the entities that may be merged, and by which field a consent names one."""
    return [(entity, f"{entity}_id") for entity in mergeable(records.tables)]


def _ids_of(records: Records, subject: _Subject) -> Sequence[bytes]:
    table = records.tables.records[_CONSENT]
    query = sa.select(table.c.id).where(table.c[subject[0]] == subject[1])
    return records.connection.scalars(query.order_by(table.c.id)).all()


def _merged(records: Records, subjects: set[_Subject]) -> list[_Subject]:
    """Return those to whom others were merged, in one order for everybody."""
    if not subjects:
        return []
    table, ids = records.tables.merge, {subject_id for _, subject_id in subjects}
    query = sa.select(table.c.survivor_id).where(
        table.c.survivor_id.in_(ids), table.c.undone_at.is_(None)
    )
    survivors = {bytes(one) for one in records.connection.scalars(query)}
    return sorted(subject for subject in subjects if subject[1] in survivors)


def _merges_into(records: Records, survivor_id: bytes) -> dict[int, Any]:
    """Return the rows of the merges that made a record what it is, those of its losers too."""
    table = records.tables.merge
    found: dict[int, Any] = {}
    wanted = {survivor_id}
    while wanted:
        query = sa.select(table).where(table.c.survivor_id.in_(wanted), table.c.undone_at.is_(None))
        rows = [row for row in records.connection.execute(query) if row.id not in found]
        found |= {row.id: row for row in rows}
        wanted = {bytes(row.loser_id) for row in rows}
    return found


def _sides(
    work: Work, name: str, consents: Iterable[Stored], merges: dict[int, Any]
) -> dict[bytes, _Side]:
    """Return by which of some merges each consent came to its subject, by its id."""
    consents = list(consents)
    work.leads.new.write()  # what this work led on is read with what others did
    table = work.tables.merge_write
    query = sa.select(table.c.record_id, table.c.merge_id).where(
        table.c.merge_id.in_(merges),
        table.c.entity == work.tables.number_by_entity[_CONSENT],
        table.c.field == work.entity_by_name[_CONSENT].number_by_name[name],
    )
    merge_of_loser = {bytes(row.loser_id): row.id for row in merges.values()}
    found: dict[bytes, set[int]] = {one.record_id: set() for one in consents}
    for record_id, merge_id in work.connection.execute(query):
        # What is led on names the first merge alone: the survivor's own follow.
        following: int | None = merge_id
        while following is not None and bytes(record_id) in found:
            found[bytes(record_id)].add(following)
            following = merge_of_loser.get(bytes(merges[following].survivor_id))
    return {record_id: frozenset(ids) for record_id, ids in found.items()}
