"""The scopes of one exchange: which a device has, which it may read, and how far it is in each.

Two cursors per scope while pages are fetched: rows are chosen by the
*page* cursor, their fields by the *applied* one. A device has applied a scope up to 40. Since then
one record's phone was changed as 60 and its name as 90, so its entry in the feed is at 90. The
first page ends at 70 and has nothing of it; the second asks for rows beyond 70, and there it is. Of
its fields those beyond 40 are sent, phone and name. Chosen by the page cursor, beyond 70, that were
the name alone: the phone would be lost for ever, silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.db.records import Records, any_of
from sync.digest import state_hash
from sync.messages import Buckets, Progress, ScopeState


@dataclass(frozen=True, slots=True)
class Stated:
    """Where a device says it is.

    `vector`: what it has applied, (scope, cursor) by scope. `is_same_epoch`: its cursors were given
    under the present line of history. `acknowledged_seq`: the last acknowledgement that it kept.
    `era`: in which it takes its acknowledged changes to be.
    """

    vector: Sequence[tuple[int, int]]
    progress: Sequence[Progress] = ()
    buckets: Sequence[Buckets] = ()
    is_same_epoch: bool = True
    acknowledged_seq: int = 0
    era: int = 0


@dataclass(slots=True)
class View:
    """The scopes of one exchange by place: the device's vector, then those added.

    Args:
        heads: the scopes that it may read now, by number.
        later: scopes that come in a later exchange, and their names; their places are the last.
        added: number and name of those that are new to it.
        applied: the sequence beyond which fields are sent; 0: whole records.
        page: the sequence beyond which records are chosen.
        dropped: places of scopes that it may read no more.
        reconcile: places of scopes in which its cursor means nothing.
        asked: of a scope by its place, what the device has in it.
        needed: places in the order in which an agent needs them.
    """

    stated: Stated
    heads: dict[int, Any]
    later: dict[int, str]
    added: list[tuple[int, str]]
    scope_ids: list[int] = field(default_factory=list)
    applied: list[int] = field(default_factory=list)
    page: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    reconcile: list[int] = field(default_factory=list)
    asked: dict[int, Buckets] = field(default_factory=dict)
    needed: list[int] = field(default_factory=list)

    def place(self, scope_id: int) -> int:
        """Return a scope's place, -1 if the device does not have it and is not to have it."""
        is_there = scope_id in self.heads or scope_id in self.later
        return self.scope_ids.index(scope_id) if is_there else -1

    def cursor(self, place: int) -> int:
        """Return the cursor that the device has applied; -1 for a scope new to it."""
        return self.stated.vector[place][1] if place < len(self.stated.vector) else -1

    def moved_heads(self) -> list[tuple[int, int]]:
        """Return (place, head) of the scopes whose head is not what the device has applied."""
        return [
            (place, self.heads[scope_id].head)
            for place, scope_id in enumerate(self.scope_ids)
            if scope_id in self.heads and self.heads[scope_id].head != max(0, self.cursor(place))
        ]

    def states(self) -> list[ScopeState]:
        """Return count and digest of every scope."""
        return [
            ScopeState(
                place=place, head=head.head, record_count=head.record_count, digest=head.digest
            )
            for place, scope_id in enumerate(self.scope_ids)
            if (head := self.heads.get(scope_id)) is not None
        ]


def scope_heads(records: Records, names: Sequence[str]) -> dict[int, Any]:
    """Return the scopes of these names as they are now, by number."""
    rows = records.connection.execute(_scopes(records.tables.scope), {"names": names})
    return {row.id: row for row in rows}


@cache
def _scopes(scope: sa.Table) -> sa.Select[Any]:
    return sa.select(scope).where(any_of(scope.c.name, "names"))


def state_of(heads: dict[int, Any]) -> bytes:
    """Return the hash of a device that has all these scopes as they are now."""
    return state_hash((row.id, row.head, row.record_count, row.digest) for row in heads.values())


def compare(
    heads: dict[int, Any],
    names: Sequence[str],
    stated: Stated,
    *,
    later: Mapping[int, str] = MappingProxyType({}),
) -> View:
    """Compare the scopes a device has with those it may read.

    Args:
        heads: the scopes that the exchange is about, by number.
        names: of all that it may read, what is needed first first.
        later: scopes that it may read and that come another time.
    """
    going = {progress.scope_id: progress for progress in stated.progress}
    asked = {buckets.scope_id: buckets for buckets in stated.buckets}
    known = {scope_id for scope_id, _ in stated.vector}
    order = {name: number for number, name in enumerate(names)}
    new = sorted(
        (row for row in heads.values() if row.id not in known), key=lambda row: order[row.name]
    )
    seen = View(
        stated=stated,
        heads=heads,
        later=dict(later),
        added=[(row.id, row.name) for row in new],
    )
    # The device's places first and in its order, since its rows are named by them.
    for place, (scope_id, cursor) in enumerate([*stated.vector, *((row.id, 0) for row in new)]):
        head, progress = heads.get(scope_id), going.get(scope_id)
        applied = page = cursor
        if progress is not None and stated.is_same_epoch:
            applied, page = progress.base, max(progress.base, progress.page)
        if head is None:
            seen.dropped.append(place)
            applied = page = -1
        elif scope_id in asked and stated.is_same_epoch:
            seen.asked[place] = asked[scope_id]
            applied = page = head.head
        elif page > head.head or (applied and (applied < head.floor or not stated.is_same_epoch)):
            # Its cursor means nothing here: the server was restored, or tombstones are gone.
            seen.reconcile.append(place)
            applied = page = head.head
        seen.scope_ids.append(scope_id)
        seen.applied.append(applied)
        seen.page.append(page)
    seen.needed = sorted(
        (place for place, scope_id in enumerate(seen.scope_ids) if scope_id in heads),
        key=lambda place: order[heads[seen.scope_ids[place]].name],
    )
    seen.scope_ids += later
    seen.applied += [-1] * len(later)
    seen.page += [-1] * len(later)
    return seen
