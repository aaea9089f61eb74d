"""One contact of a device: its request, and what a transaction sees of it and of its scopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import devices, incarnations
from server.accounts.territories import readable_scopes, territory_of
from server.db.records import Records
from server.exchange import view
from sync.digest import EMPTY_STATE
from sync.messages import Outcome, Request

_VECTOR = msgspec.msgpack.Decoder(list[tuple[int, int]])


@dataclass(kw_only=True)
class Contact:
    """What one transaction sees of a device and its scopes, each read once, when asked for.

    Args:
        device: its row, or what is in place of it.
        epoch: the present one.
        slice_count: how many half-years of visits an agent receives.
    """

    records: Records
    device: Any
    request: Request
    epoch: bytes
    now_ms: int
    slice_count: int

    @cached_property
    def line(self) -> Any:
        """The device's row together with that of its incarnation, or None."""
        return incarnations.find(self.records, self.device.id, self.request.inc)

    @cached_property
    def is_disabled(self) -> bool:
        """Whether the account of the device's agent is disabled: it is given nothing."""
        return devices.is_disabled(self.records, self.device.agent_id)

    @cached_property
    def names(self) -> list[str]:
        """The scopes that the device's agent may read now."""
        agent_id = self.device.agent_id
        communes = territory_of(self.records, agent_id).communes(self.now_ms)
        return readable_scopes(agent_id, communes, now_ms=self.now_ms, slice_count=self.slice_count)

    @cached_property
    def heads(self) -> dict[int, Any]:
        """These scopes as they are now, by number."""
        return view.scope_heads(self.records, self.names)

    @cached_property
    def state(self) -> bytes:
        """The hash of a device that has all of them as they are now."""
        return view.state_of(self.heads)

    @property
    def pending(self) -> int:
        """How many of the device's changes are not here: what waited there, less what has come."""
        come: int = self.line.last_seq - self.request.acknowledged_seq
        return max(0, self.request.pending_count - max(0, come))

    @property
    def news_of_epoch(self) -> bytes:
        """The epoch, if the device does not know it; else empty."""
        return b"" if self.request.epoch == self.epoch else self.epoch

    def position(self) -> tuple[Outcome, Sequence[tuple[int, int]] | None]:
        """Compare where a device says it is with what is known here.

        The outbox begins after `acknowledged_seq`. A device that knows of 5 and has 3 unsent is at
        8 at most: if 9 have arrived, another has written under its identity (`FORK`). If 4 have, a
        backup was restored that knows less than the device (`BEHIND`). If 7 have, 6 and 7 are its
        own, or a twin's: the chain after 7, which it states (`sent`), tells.

        Returns:
            `DONE` and its vector, or why nothing of the request can be taken.
        """
        line, request = self.line, self.request
        if line is None or line.last_seq > request.acknowledged_seq + request.pending_count:
            return Outcome.FORK, None
        if line.last_seq < request.acknowledged_seq:
            return Outcome.BEHIND, None
        if request.sent is not None and line.last_seq > request.acknowledged_seq:
            # What is acknowledged must be known to be the device's own, up to the last of it.
            seq, chain = request.sent
            if incarnations.chain_after(self.records, line, min(seq, line.last_seq)) != chain:
                return (Outcome.FORK if seq <= line.last_seq else Outcome.COMPARE), None
            if seq < line.last_seq:
                return Outcome.COMPARE, None
        vector = self._known_vector() if request.vector is None else request.vector
        return (Outcome.UNKNOWN_STATE if vector is None else Outcome.DONE), vector

    def _known_vector(self) -> Sequence[tuple[int, int]] | None:
        """Return the vector that the device's hash is of; None if it is not known here."""
        state = self.request.state
        if state == EMPTY_STATE:
            return ()
        if state == self.state:
            return sorted((row.id, row.head) for row in self.heads.values())
        query = _vector_of(self.records.tables.device_vector)
        which = {"device": self.device.id, "incarnation": self.request.inc, "state": state}
        content = self.records.connection.scalar(query, which)
        return None if content is None else _VECTOR.decode(content)


@cache
def _vector_of(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.content).where(
        table.c.device_id == sa.bindparam("device"),
        table.c.inc == sa.bindparam("incarnation"),
        table.c.state == sa.bindparam("state"),
    )
