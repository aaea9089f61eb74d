"""One exchange, from the device's side, as a state machine without I/O.

The runner asks for the request to send, sends it, hands the reply in, and stages what came. When
`is_done`, everything staged is applied in one transaction: the device never shows half a state of
the server. An exchange that breaks off leaves its stage, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sync import changes, limits, versions
from sync.changes import Change, Moment
from sync.errors import RemoteSyncError
from sync.messages import Outcome, Push, Reply, Request


class Forked(RemoteSyncError):
    """The server knows other changes under our numbers: this identity lives twice."""

    code = "device_forked"


class GoneBack(RemoteSyncError):
    """The server lacks changes that it had acknowledged: it was restored to an earlier day."""

    code = "server_went_back"


class NoProgress(RemoteSyncError):
    """The server answers, but nothing moves."""

    code = "exchange_stuck"


class Outbox(Protocol):
    """The changes not yet acknowledged."""

    def after(self, seq: int, most: int) -> Sequence[Change]:
        """Return the changes after `seq`, oldest first, at most `most`."""

    def chain_at(self, seq: int) -> bytes:
        """Return the chain after a sequence."""

    def pending_count(self) -> int:
        """Return how many wait for their acknowledgement."""


@dataclass(slots=True)
class Position:
    """What a device has, staged pages included.

    Args:
        vector: (scope number, applied cursor), in the order that gives the places.
        pages: page cursor by place, of scopes in progress.
        acknowledged_seq: the last acknowledgement kept.
    """

    epoch: bytes
    inc: int
    vector: list[tuple[int, int]]
    pages: dict[int, int]
    acknowledged_seq: int


class Exchange:
    """Ask, take the reply, until every scope is at its head and nothing waits."""

    def __init__(
        self,
        position: Position,
        outbox: Outbox,
        *,
        changes_max: int = limits.CHANGES_PER_PUSH_MAX,
        bytes_max: int = limits.PAGE_BYTES,
    ) -> None:
        """Begin where the device stands."""
        self.position = position
        self.is_done = False
        self.is_by_id = False
        self._outbox = outbox
        self._changes_max = changes_max
        self._bytes_max = bytes_max
        self._sent: tuple[int, int, bool] | None = None

    def request(self, at: Moment) -> Request:
        """Return what to send next: unsent changes, and where this device stands.

        Raises:
            NoProgress: the last request was answered and changed nothing.
        """
        position = self.position
        waiting = self._outbox.after(position.acknowledged_seq, self._changes_max + 1)
        sending = changes.whole_groups(waiting, self._changes_max) if waiting else []
        push = None
        if sending:
            chain = self._outbox.chain_at(sending[0].seq - 1)
            push = Push(sending[0].seq, chain, sending)
        stands = (position.acknowledged_seq, sum(position.pages.values()), self.is_by_id)
        if stands == self._sent:
            raise NoProgress(f"exchange: stuck at change {position.acknowledged_seq}")
        self._sent = stands
        return Request(
            versions.PROTOCOL_NOW,
            versions.APP_BUILD,
            versions.SCHEMA_NOW,
            position.epoch,
            at,
            position.inc,
            position.vector,
            sorted(position.pages.items()),
            position.acknowledged_seq,
            self._outbox.pending_count(),
            self._bytes_max,
            push,
        )

    def receive(self, reply: Reply) -> None:
        """Take a reply that was staged.

        Raises:
            Forked, GoneBack: the device must be numbered anew; nothing is lost.
        """
        if reply.outcome is Outcome.FORK:
            raise Forked(f"exchange: another device used our numbers, server at {reply.last_seq}")
        if reply.outcome is Outcome.BEHIND:
            raise GoneBack(f"exchange: the server ends at change {reply.last_seq}")
        self.is_by_id = self.is_by_id or reply.outcome is Outcome.BY_ID
        advance(self.position, reply)
        is_all_sent = not self._outbox.after(self.position.acknowledged_seq, 1)
        self.is_done = reply.is_done and is_all_sent


def advance(position: Position, reply: Reply) -> None:
    """Move a position past a staged reply."""
    position.epoch = reply.epoch
    if reply.acknowledgements:
        position.acknowledged_seq = reply.acknowledgements[-1].seq
    dropped = set(reply.dropped)
    vector = [one for place, one in enumerate(position.vector) if place not in dropped]
    position.vector = vector + [(scope_id, 0) for scope_id, _ in reply.added]
    left = [place for place in range(len(position.vector) + len(dropped)) if place not in dropped]
    shift = {place: now for now, place in enumerate(left)}
    position.pages = {shift[place]: cursor for place, cursor in reply.pages if place in shift}
    if reply.is_done:
        states = {shift[one.place]: one.head for one in reply.states if one.place in shift}
        position.vector = [
            (scope_id, states.get(place, cursor))
            for place, (scope_id, cursor) in enumerate(position.vector)
        ]
        position.pages = {}
