"""Two records become one, and, for thirty days, two again.

The loser stays, hidden, and names its survivor; everything that refers to it is moved, on the
server and so on every tablet. What is written to it later is led on (`server.db.merged`). Whatever
a merge writes is kept with what was there before, so that an undo puts back what nobody wrote over
since, and says what it left.

Merges exclude one another and every writing of a reference: of two that cross, the second sees what
the first did, and is refused.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.db.history import value_of
from server.db.merged import Before, mergeable, references, row_of
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.duplicates import pairs
from server.exchange import refusals
from sync import scopes
from sync.errors import Refusal
from sync.merge import RULES, last_writer
from sync.rules.duplicates import SURVIVOR
from sync.spec import Merge, Values

UNDO_DAYS = 30
_Key = tuple[str, bytes]
_JOINED = (Merge.KEEP_BOTH, Merge.SET)
"""Policies by which both values stay: there is nothing to choose."""
_LOOKED_AT = frozenset({"consent", "review"})
"""Of what refers to the survivor already, a merge may change these."""


class MergeSame(Refusal):
    """A record cannot be merged with itself."""

    code = "merge_same"


class MergedAlready(Refusal):
    """One of the two was merged meanwhile: with the other, or with a third."""

    code = "merged_already"


class MergeLate(Refusal):
    """The days in which a merge can be undone are over."""

    code = "merge_late"


class MergeUndone(Refusal):
    """Somebody undid it before."""

    code = "merge_undone"


class MergeBelow(Refusal):
    """The survivor was merged into another since: that comes first."""

    code = "merge_below"


class MergeSeen(Refusal):
    """One of the two was written since the page was shown."""

    code = "record_changed"


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: how many values it put back, and how many it left, written over since."""

    put_back: int
    left: int


def merge(
    work: Work,
    entity: str,
    survivor_id: bytes,
    loser_id: bytes,
    chosen: Iterable[str],
    *,
    by: bytes | None,
    seen: Mapping[bytes, int] | None = None,
    communes: Container[str] | None = None,
) -> int:
    """Make two records one. Returns the number of the merge.

    Args:
        chosen: fields of which the loser's value is to stand.
        by: the coordinator.
        seen: the revs of the two that the answer rests on.
        communes: those of the coordinator; None for all.

    Raises:
        MergeSame, MergedAlready, MergeSeen: as they say.
        NotFound: one of the two is gone, or lies elsewhere.
    """
    if survivor_id == loser_id:
        raise MergeSame(f"{entity} {survivor_id.hex()}: with itself")
    work.leads.lock(alone=True)
    moved = referring(work, entity, loser_id)
    own = [key for key in referring(work, entity, survivor_id) if key[0] in _LOOKED_AT]
    work.lock_in_order([(entity, survivor_id), (entity, loser_id), *moved, *own])
    survivor, loser = (_open(work, entity, one, communes) for one in (survivor_id, loser_id))
    for one in (survivor, loser):
        if seen is not None and one.rev > seen.get(one.record_id, 0):
            raise MergeSeen(f"{entity} {one.record_id.hex()}: changed")
    author, written = Author(by), _Written(work)
    written.write(survivor, _values_of(survivor, loser, chosen), author)
    for key, names in moved.items():
        record = work.lock(*key)
        assert record is not None
        written.write(record, dict.fromkeys(names, survivor_id), author)
    written.write(loser, {SURVIVOR: survivor_id, "status": "duplicate"}, author)
    _let_refusals_prevail(work, written, moved, author)
    _keep_families(work, survivor, loser)
    shared_in = _share(work, survivor, loser)
    _settle_reviews(work, survivor_id, loser_id, author)
    pairs.settle(work, survivor_id, loser_id, "merged", by)
    pairs.forget_open(work, loser_id)
    return written.keep(
        entity=entity,
        survivor_id=survivor_id,
        loser_id=loser_id,
        commune_code=str(survivor.values["commune_code"]),
        shared_in=shared_in,
        made_by=by,
        made_at=work.now_ms,
    )


def undo(
    work: Work, merge_id: int, *, by: bytes | None, communes: Container[str] | None = None
) -> Undone:
    """Make two records of one again, as far as nobody wrote over what the merge had written.

    Raises:
        NotFound: no such merge, or of a record that lies elsewhere.
        MergeUndone, MergeLate, MergeBelow: as they say.
    """
    work.leads.lock(alone=True)
    row, writes = _merge_of(work, merge_id)
    keys = [(work.tables.entities[one.entity].name, one.record_id) for one in writes]
    work.lock_in_order([(row.entity, row.survivor_id), (row.entity, row.loser_id), *keys])
    survivor = work.lock(row.entity, row.survivor_id)
    assert survivor is not None
    if communes is not None and survivor.values["commune_code"] not in communes:
        raise NotFound(f"merge {merge_id}: elsewhere", entity="merge")
    if row.undone_at is not None:
        raise MergeUndone(f"merge {merge_id}: undone")
    if work.now_ms - row.made_at > UNDO_DAYS * scopes.DAY_MS:
        raise MergeLate(f"merge {merge_id}: of {row.made_at}")
    if survivor.values[SURVIVOR] is not None:
        raise MergeBelow(f"merge {merge_id}: its survivor was merged")
    author, left = Author(by), 0
    back: list[Any] = []
    for key, rows, left_here in _to_put_back(work, writes):
        left += left_here
        if rows:
            values = {name: value_of(one.before) for name, one in rows.items()}
            work.write(*key, values, author)
            back += rows.values()
    _renumber(work, back)
    if row.shared_in is not None:
        work.unshare(row.entity, row.survivor_id, row.shared_in)
    table = work.tables.merge
    work.connection.execute(
        sa.update(table).where(table.c.id == merge_id).values(undone_by=by, undone_at=work.now_ms)
    )
    pairs.settle(work, row.survivor_id, row.loser_id, "open", None)
    return Undone(len(back), left)


def find(records: Records, merge_id: int) -> Any:
    """Return the row of a merge. Raises NotFound."""
    table = records.tables.merge
    row = records.connection.execute(sa.select(table).where(table.c.id == merge_id)).first()
    if row is None:
        raise NotFound(f"merge {merge_id}: none", entity="merge")
    return row


def referring(records: Records, entity: str, record_id: bytes) -> dict[_Key, list[str]]:
    """Return what refers to a record: (entity, id) -> its fields, losers of before too."""
    found: dict[_Key, list[str]] = {}
    for declared, field, named in references(records.tables, entity):
        table = records.tables.records[declared.name]
        query = sa.select(table.c.id).where(
            table.c[field.name] == record_id,
            table.c.deleted_at.is_(None),
            table.c[named] == entity if named else sa.true(),
        )
        for one in records.connection.scalars(query):
            found.setdefault((declared.name, one), []).append(field.name)
    return found


class _Written:
    """What a merge writes, with what was there before."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows: list[dict[str, Any]] = []

    def write(self, record: Stored, values: Values, author: Author) -> None:
        """Write what differs into a record."""
        values = {name: one for name, one in values.items() if record.values.get(name) != one}
        if not values:
            return
        revs = {name: last_writer(record.entity, record.writers, name).rev for name in values}
        before = self._work.write(record.entity.name, record.record_id, values, author)
        self._rows += (
            row_of(
                self._work.tables,
                Before(record.entity, record.record_id, name, value, revs[name]),
                record.rev,
            )
            for name, value in before.items()
        )

    def keep(self, **merge: Any) -> int:
        """Store it all; returns the number of the merge."""
        tables, connection = self._work.tables, self._work.connection
        query = sa.insert(tables.merge).values(**merge).returning(tables.merge.c.id)
        merge_id = int(connection.execute(query).scalar_one())
        rows = [{"merge_id": merge_id, **row} for row in self._rows]
        connection.execute(sa.insert(tables.merge_write), rows)
        return merge_id


def _open(work: Work, entity: str, record_id: bytes, communes: Container[str] | None) -> Stored:
    """Return one of the two, as it must be to be merged."""
    record = work.lock(entity, record_id) if entity in mergeable(work.tables) else None
    is_elsewhere = (
        record is not None
        and communes is not None
        and record.values["commune_code"] not in communes
    )
    if record is None or record.deleted_at is not None or is_elsewhere:
        raise NotFound(f"{entity} {record_id.hex()}: not found", entity=entity)
    if record.values[SURVIVOR] is not None:
        raise MergedAlready(f"{entity} {record_id.hex()}: merged")
    return record


def _values_of(survivor: Stored, loser: Stored, chosen: Iterable[str]) -> Values:
    """Return what the survivor gets: what of the loser was chosen; notes and sets of both."""
    wanted, values = set(chosen), {}
    for name in comparable(loser):
        spec = loser.entity.field_by_name[name]
        mine, their = survivor.values[name], loser.values[name]
        if spec.merge in _JOINED:
            is_later = survivor.effective_at <= loser.effective_at
            joined = RULES[spec.merge](spec, None, mine, their, is_later)
            values[name] = joined if mine and their else mine or their
        elif name in wanted:
            values[name] = their
    return values


def comparable(record: Stored) -> list[str]:
    """Return the fields between whose values one chooses."""
    own = {"created_at", "created_by", "source", "status", SURVIVOR}
    return [field.name for field in record.entity.fields[1:] if field.name not in own]


def _let_refusals_prevail(
    work: Work, written: _Written, moved: Container[_Key], author: Author
) -> None:
    """Withdraw what one of the two agreed to and the other refused: all stay, and the no counts.

    Of each purpose and recipient the last word of either counts, in force or not.
    """
    known = [one for one in work.under_change("consent") if one.deleted_at is None]
    last = {
        (refusals.purpose(one), ("consent", one.record_id) in moved): one
        for one in sorted(known, key=refusals.said_at)
    }
    refused = {purpose for (purpose, _), one in last.items() if not refusals.is_in_force(one)}
    for one in known:
        if refusals.is_in_force(one) and refusals.purpose(one) in refused:
            written.write(one, {"withdrawn_at": work.now_ms}, author)


def _keep_families(work: Work, survivor: Stored, loser: Stored) -> None:
    """Let who said to be of the loser's family be of the survivor's; an undo leaves it so."""
    table = work.tables.declared_interest
    of_loser = sa.select(table.c.agent_id).where(table.c.record_id == loser.record_id)
    said = {"entity": survivor.entity.name, "declared_at": work.now_ms}
    rows = [
        {"agent_id": agent_id, "record_id": survivor.record_id, **said}
        for agent_id in work.connection.scalars(of_loser)
    ]
    if rows:
        work.connection.execute(work.insert_or_skip(table), rows)


def _share(work: Work, survivor: Stored, loser: Stored) -> int | None:
    """Show the survivor where the loser is seen: who had the one has the other."""
    name = survivor.entity.name
    if loser.scope_id in work.scopes_of(name, survivor.record_id):
        return None
    work.share_with(
        name, survivor.record_id, scopes.scope_name(loser.entity, loser.values, loser.effective_at)
    )
    return loser.scope_id


def _settle_reviews(work: Work, survivor_id: bytes, loser_id: bytes, author: Author) -> None:
    """Close the questions whether the two are one."""
    two = {survivor_id.hex(), loser_id.hex()}
    settled: Values = {"state": "decided", "decision": "none", "decided_at": work.now_ms}
    for review in work.under_change("review"):
        values = review.values
        if (values["kind"], values["state"]) == ("duplicate", "open") and values["mine"] in two:
            settled["decided_by"] = author.agent_id
            work.change("review", review.record_id, settled, author)


def _merge_of(work: Work, merge_id: int) -> tuple[Any, list[Any]]:
    table, writes = work.tables.merge, work.tables.merge_write
    row = work.connection.execute(
        sa.select(table).where(table.c.id == merge_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound(f"merge {merge_id}: none", entity="merge")
    query = sa.select(writes).where(writes.c.merge_id == merge_id).order_by(writes.c.id)
    return row, list(work.connection.execute(query))


def _renumber(work: Work, writes: Iterable[Any]) -> None:
    """Tell earlier merges under which rev what they wrote is there again."""
    table = work.tables.merge_write
    for one in writes:
        declared = work.tables.entities[one.entity]
        record = work.lock(declared.name, one.record_id)
        assert record is not None
        now = last_writer(record.entity, record.writers, declared.fields[one.field].name).rev
        work.connection.execute(
            sa.update(table)
            .where(
                table.c.entity == one.entity,
                table.c.record_id == one.record_id,
                table.c.field == one.field,
                table.c.rev == one.before_rev,
                table.c.merge_id < one.merge_id,
            )
            .values(rev=now)
        )


def _to_put_back(work: Work, writes: Iterable[Any]) -> list[tuple[_Key, dict[str, Any], int]]:
    """Return, a record, what can be put back, and how many of its fields were written since."""
    by_record: dict[_Key, dict[str, Any]] = {}
    for one in writes:
        declared = work.tables.entities[one.entity]
        fields = by_record.setdefault((declared.name, one.record_id), {})
        fields[declared.fields[one.field].name] = one
    found = []
    for key, fields in by_record.items():
        record = work.lock(*key)
        assert record is not None
        kept = {
            name: one
            for name, one in fields.items()
            if last_writer(record.entity, record.writers, name).rev == one.rev
        }
        found.append((key, kept, len(fields) - len(kept)))
    return found
