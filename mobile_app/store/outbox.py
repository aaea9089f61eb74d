"""The outbox: changes that the server does not have yet, or of which it has not said it is safe.

A change is numbered as it is captured (`seq`), with the first of its group (`first_seq`), and its
hash is linked into a chain: who knows the chain after change 7 knows that 1 to 7 are these and no
others. A change's `state`:

pending       not acknowledged
acknowledged  the server has it; it stays until no restored backup can lack it (`store.apply`)
held          the server has it, and a person decides
dismissed     a person decided not to apply it; what it made is nowhere but here
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mobile_app.store import places
from mobile_app.store.kept import Kept
from sync import changes
from sync.changes import CHAIN_START, Change
from sync.spec import Entity


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A change that the server keeps for a person to decide, and why.

    `reason`: what the person wrote who dismissed it. `fields`: what it wrote, as far as it is here.
    """

    entity: str
    record_id: bytes
    code: str
    reason: str = ""
    fields: tuple[str, ...] = ()


class Outbox:
    """The outbox of one agent's file, as `sync.exchange` asks for it and as screens show it."""

    def __init__(self, db: Any, entities: Sequence[Entity], kept: Kept) -> None:
        """Take the file's connection; `entities`: in the order of their numbers on disk."""
        self._db, self._entities, self._kept = db, entities, kept
        self._number_by_name = {entity.name: number for number, entity in enumerate(entities)}

    def state(self, entity: str, record_id: bytes) -> str:
        """Return where a record stands: on_tablet, received, held, dismissed."""
        rows = self._db.execute(
            "SELECT state FROM outbox WHERE record_id = ? AND entity = ?"
            " AND state != 'acknowledged'",
            (record_id, self._number_by_name[entity]),
        ).fetchall()
        return _worst(state for (state,) in rows)

    def states(self, entity: str) -> dict[bytes, str]:
        """Return the states of all records that are not simply received."""
        found: dict[bytes, Any] = {}
        for record_id, state in self._db.execute(
            "SELECT record_id, state FROM outbox WHERE state != 'acknowledged' AND entity = ?",
            (self._number_by_name[entity],),
        ):
            found.setdefault(record_id, []).append(state)
        return {record_id: _worst(states) for record_id, states in found.items()}

    def append(self, change: Change) -> None:
        """Add what was just captured, as the next; within a transaction. Raises NotEnrolled."""
        declared = self._entities[self._number_by_name[change.entity]]
        content = changes.canonical(declared, change)
        # Before enrolment there is no device number yet; nothing can be captured then either.
        device_id = self._kept.require_device_id()
        change_id = changes.change_id(device_id, self._kept.inc, change.seq, content)
        self._db.execute(
            "INSERT INTO outbox (seq, first_seq, entity, record_id, content, chain, state, at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
            (
                change.seq,
                change.group,
                self._number_by_name[change.entity],
                change.record_id,
                content,
                changes.link(self.chain_at(change.seq - 1), change_id),
                change.at.wall_ms,
            ),
        )
        self._kept.next_seq = change.seq + 1

    def after(self, seq: int, most: int) -> Sequence[Change]:
        """Return the changes after `seq`, oldest first, at most `most`."""
        rows = self._db.execute(
            "SELECT seq, first_seq, entity, content, born_inc, born_seq FROM outbox"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (seq, most),
        ).fetchall()
        return [
            replace(
                changes.from_canonical(self._entities[entity], content, seq=number, group=first),
                born_inc=born_inc,
                born_seq=born_seq,
            )
            for number, first, entity, content, born_inc, born_seq in rows
        ]

    def count_after(self, seq: int) -> int:
        """Return how many changes there are after `seq`."""
        row = self._db.execute("SELECT count(*) FROM outbox WHERE seq > ?", (seq,)).fetchone()
        return int(row[0])

    def chain_at(self, seq: int) -> bytes:
        """Return the chain after a sequence."""
        if seq == 0:
            return CHAIN_START
        row = self._db.execute("SELECT chain FROM outbox WHERE seq = ?", (seq,)).fetchone()
        # Of those that have left the outbox the last one's is kept, to which the first here links.
        return bytes(row[0]) if row else self._kept.chain

    def pending_count(self) -> int:
        """Return how many changes wait for their acknowledgement."""
        row = self._db.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()
        return int(row[0])

    def pending_bytes(self) -> int:
        """Return what the changes that wait weigh here; on the line they are packed."""
        row = self._db.execute(
            "SELECT coalesce(sum(length(content)), 0) FROM outbox WHERE state = 'pending'"
        ).fetchone()
        return int(row[0])

    def last_changes(self, most: int) -> Sequence[tuple[str, bytes, str, int]]:
        """Return the latest changes of this tablet: entity, record, state, moment; newest first."""
        rows = self._db.execute(
            "SELECT entity, record_id, state, at FROM outbox ORDER BY seq DESC LIMIT ?", (most,)
        ).fetchall()
        return [(self._entities[number].name, *rest) for number, *rest in rows]

    def held(self) -> Sequence[HeldChange]:
        """Return the changes that wait for a person, oldest first."""
        rows = self._db.execute(
            "SELECT entity, record_id, code, content, seq, first_seq FROM outbox"
            " WHERE state = 'held' ORDER BY seq"
        ).fetchall()
        return [
            HeldChange(
                self._entities[entity].name,
                record_id,
                code,
                fields=tuple(
                    changes.from_canonical(
                        self._entities[entity], content, seq=seq, group=first
                    ).values
                ),
            )
            for entity, record_id, code, content, seq, first in rows
        ]

    def dismissed(self) -> Sequence[HeldChange]:
        """Return the changes that a person decided not to apply, newest first."""
        if "resolution" not in self._number_by_name:
            return []
        rows = self._db.execute(
            "SELECT entity, record_id, code, reason FROM resolution WHERE state = 'dismissed'"
            " ORDER BY decided_at DESC, id"
        ).fetchall()
        return [HeldChange(*row) for row in rows]

    def buckets(self, scope_id: int) -> Sequence[int]:
        """Return the digests of a scope's buckets."""
        return places.buckets(self._db, scope_id)


def _worst(states: Iterable[str]) -> str:
    """Return what a record's changes amount to: one that waits for a person weighs most."""
    found = set(states)
    for state, name in (("held", "held"), ("pending", "on_tablet"), ("dismissed", "dismissed")):
        if state in found:
            return name
    return "received"
