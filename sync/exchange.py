"""One exchange, from the device's side, as a state machine without I/O.

The runner asks for the request to send, sends it, hands the reply in, and stages what came. When
`is_done`, everything staged is applied in one transaction: the device never shows half a state of
the server. An exchange that breaks off leaves its stage, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sync import changes, limits, versions
from sync.changes import Change, Moment
from sync.errors import RemoteSyncError
from sync.messages import App, Buckets, Outcome, Progress, Proof, Push, Reply, Request


class Forked(RemoteSyncError):
    """The server knows other changes under our numbers: this identity lives twice.

    `inc`: the incarnation that the device goes on under.
    """

    code = "device_forked"

    def __init__(self, message: str, inc: int) -> None:
        """Carry the incarnation."""
        super().__init__(message)
        self.inc = inc


class GoneBack(RemoteSyncError):
    """The server lacks changes that it had acknowledged: it was restored to an earlier moment.

    `last_seq`: the last change that it has.
    """

    code = "server_went_back"

    def __init__(self, message: str, last_seq: int) -> None:
        """Carry the last change that the server has."""
        super().__init__(message)
        self.last_seq = last_seq


class NoProgress(RemoteSyncError):
    """The server answers, but nothing moves."""

    code = "exchange_stuck"


TAKEN = frozenset({Outcome.DONE, Outcome.SAME})
"""Outcomes of replies that bring something and are staged."""


class Outbox(Protocol):
    """The changes not yet acknowledged, and what is here of a scope."""

    def after(self, seq: int, most: int) -> Sequence[Change]:
        """Return the changes after `seq`, oldest first, at most `most`."""

    def chain_at(self, seq: int) -> bytes:
        """Return the chain after a sequence."""

    def count_after(self, seq: int) -> int:
        """Return how many changes there are after `seq`."""

    def buckets(self, scope_id: int) -> Sequence[int]:
        """Return the digests of a scope's buckets (`sync.digest.buckets`)."""


@dataclass(slots=True)
class Position:
    """What a device has, staged replies included.

    Args:
        vector: (scope number, applied cursor), sorted: what is applied. The places come from it.
        state: the hash of the vector.
        bases: scope number -> (base, page) of scopes in progress.
        scopes: numbers of the scopes after the last staged reply.
        heads: cursors after the last staged reply, when that was the last of an exchange.
        doubtful: scopes to be reconciled.
        acknowledged_seq: the last acknowledgement kept.
        in_doubt_seq: the last change of a push whose reply was lost; 0: none.
        is_in_doubt: what is here does not agree with the server's hash.
    """

    epoch: bytes
    inc: int
    vector: list[tuple[int, int]]
    state: bytes
    acknowledged_seq: int
    in_doubt_seq: int = 0
    is_in_doubt: bool = False
    bases: dict[int, tuple[int, int]] = field(default_factory=dict)
    scopes: list[int] = field(default_factory=list)
    heads: dict[int, int] = field(default_factory=dict)
    doubtful: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is staged yet: the scopes are those of the vector."""
        self.scopes = self.scopes or [scope_id for scope_id, _ in self.vector]

    def places(self, reply: Reply) -> list[int]:
        """Return the scope number of each place of a reply."""
        return [
            scope_id for scope_id, _ in (*self.vector, *reply.scopes.added, *reply.scopes.later)
        ]


class Exchange:
    """Ask, take the reply, until every scope is at its head and nothing waits."""

    def __init__(
        self,
        position: Position,
        outbox: Outbox,
        *,
        changes_max: int = limits.CHANGES_PER_PUSH_MAX,
        bytes_max: int = limits.PAGE_BYTES,
        proof: Proof | None = None,
        schema: int = versions.SCHEMA_NOW,
        in_steps: bool = False,
    ) -> None:
        """Begin where the device stands; `proof` is shown with the first request.

        Args:
            bytes_max: what one reply may weigh; a push shrinks with it. May change on the way.
            in_steps: be done with a part of the scopes that are new, what is needed first.

        `holds_back`: no change is sent until the end; the exchange is done without them.
        """
        self.position = position
        self._schema = schema
        self._in_steps = in_steps
        self.is_verbatim = False
        self._proof = proof
        self.is_done = False
        self.is_by_id = False
        self._sends_vector = False
        self._outbox = outbox
        self._changes_max = changes_max
        self._most = changes_max
        self._sending: Sequence[Change] = ()
        self.holds_back = False
        self.bytes_max = bytes_max
        self._sent: object = None

    def request(self, at: Moment) -> Request:
        """Return what to send next: unsent changes, and where this device stands.

        Raises:
            NoProgress: the last request was answered and changed nothing.
        """
        position = self.position
        sent, sending = self._due()
        self._sending, push = sending, None
        if sending:
            chain = self._outbox.chain_at(sending[-1].seq)
            push = Push(first_seq=sending[0].seq, chain=chain, changes=sending)
        # A reply that changed none of these leads to the same request again: no server, however
        # wrong, keeps a tablet and its mobile data asking for ever.
        asked = (
            position.epoch,
            position.acknowledged_seq,
            sorted(position.bases.items()),
            position.doubtful,
            sent,
            sending[-1].seq if sending else 0,  # what was captured meanwhile is progress too
            self.is_by_id,
            self.is_verbatim,
            self._sends_vector,
        )
        if asked == self._sent:
            raise NoProgress(f"exchange: stuck at change {position.acknowledged_seq}")
        self._sent = asked
        return Request(
            app=App(protocol=versions.PROTOCOL_NOW, build=versions.APP_BUILD, schema=self._schema),
            epoch=position.epoch,
            at=at,
            inc=position.inc,
            state=position.state,
            acknowledged_seq=position.acknowledged_seq,
            pending_count=self._outbox.count_after(position.acknowledged_seq),
            bytes_max=self.bytes_max,
            push=push,
            sent=sent,
            progress=[
                Progress(scope_id=scope_id, base=base, page=page)
                for scope_id, (base, page) in sorted(position.bases.items())
            ],
            vector=position.vector if self._sends_vector else None,
            wants_states=position.is_in_doubt,
            buckets=[
                Buckets(scope_id=scope_id, digests=self._outbox.buckets(scope_id))
                for scope_id in position.doubtful
            ],
            proof=self._proof,
            in_steps=self._in_steps,
        )

    def _due(self) -> tuple[tuple[int, bytes] | None, Sequence[Change]]:
        """Return the change that may have arrived, with its chain, or else what to send now."""
        position = self.position
        sent = None
        sending: Sequence[Change] = ()
        if position.in_doubt_seq > position.acknowledged_seq:
            sent = (position.in_doubt_seq, self._outbox.chain_at(position.in_doubt_seq))
        elif self.holds_back:
            # What the server has of it is ours only if the chain says so, as with a push.
            for change in self._outbox.after(position.acknowledged_seq, 1):
                sent = (change.seq, self._outbox.chain_at(change.seq))
        else:
            # What goes up shrinks with what comes down: 512 changes with 384 KiB, 256 with 192.
            share = limits.CHANGES_PER_PUSH_MAX * self.bytes_max // limits.PAGE_BYTES
            most = min(self._most, max(limits.CHANGES_PER_PUSH_LEAST, share))
            # Looked for further on than is sent: a first group of more than most goes whole, and
            # one that this cuts is never among those that go.
            look_ahead = most + limits.CHANGES_PER_GROUP_MAX
            waiting = self._outbox.after(position.acknowledged_seq, look_ahead)
            sending = changes.whole_groups(waiting, most)
        return sent, sending

    def send_less(self) -> bool:
        """Let the next push be half of what it would be. Returns whether it can be: not one group.

        It grows again with the next reply.
        """
        if not self._sending or self._sending[0].group == self._sending[-1].group:
            return False
        self._most = max(1, len(self._sending) // 2)
        return True

    def receive(self, reply: Reply) -> None:
        """Take a reply that was staged.

        Raises:
            Forked, GoneBack: the device's numbers no longer fit the server's; to be put right
                before the next exchange begins, nothing is lost.
        """
        self._proof, self._most = None, self._changes_max
        if reply.outcome is Outcome.FORK:
            raise Forked(f"exchange: other changes under our numbers, now {reply.inc}", reply.inc)
        if reply.outcome is Outcome.BEHIND:
            raise GoneBack(f"exchange: the server ends at {reply.last_seq}", reply.last_seq)
        self.is_by_id = self.is_by_id or reply.outcome is Outcome.BY_ID
        self.is_verbatim = self.is_verbatim or reply.outcome is Outcome.VERBATIM
        self._sends_vector = self._sends_vector or reply.outcome is Outcome.UNKNOWN_STATE
        advance(self.position, reply)
        is_all_sent = not self._outbox.after(self.position.acknowledged_seq, 1)
        is_taken = reply.outcome in (Outcome.DONE, Outcome.SAME)
        self.is_done = is_taken and reply.is_done and (is_all_sent or self.holds_back)


def advance(position: Position, reply: Reply) -> None:
    """Move a position past a staged reply, so that the next request goes on behind it.

    Nothing is applied yet, so the vector stays: places are counted in it, on both sides, until
    the end. What moves is `bases`, where the pages of each scope go on: (35, 38) asks for fields
    changed after 35 of records that changed after 38. A base of 0 asks for whole records.

    Of a device that has applied scope 3 up to 35 and scope 5 up to 9, its places 0 and 1:

        reply says                            bases then             why
        progress 0: 38                        3: (35, 38)            a page of changes since 35
        restarted 0, progress 0: 8            3: (0, 8)              it comes whole, 8 is the first
        repaired 0, progress 0: 40            3: (40, 40)            what lacked came whole up to 40
        dropped 0, progress 1: 10             3: as it was,          set aside, if it comes back
                                              5: (9, 10)
        done, heads 0: 44                     3: (44, 44)            from here, if more is sent

    `tests/sync/test_position.py` has these and what happens to a scope that is lost on the way.
    """
    position.in_doubt_seq = reply.last_seq if reply.outcome is Outcome.COMPARE else 0
    if reply.outcome not in TAKEN:
        return
    position.epoch = reply.epoch or position.epoch
    if reply.acknowledgements:
        position.acknowledged_seq = reply.acknowledgements[-1].seq
    position.is_in_doubt = False
    if reply.outcome is Outcome.SAME:
        position.bases, position.doubtful, position.heads = {}, [], {}
        position.scopes = [scope_id for scope_id, _ in position.vector]
        return
    scope_ids = position.places(reply)
    dropped = {scope_ids[place] for place in reply.scopes.dropped}
    later = {scope_id for scope_id, _ in reply.scopes.later}
    applied = dict(position.vector)
    position.scopes = sorted(set(scope_ids) - dropped - later)
    # If what is lost comes back before the end, it goes on where it was: its cursor in the vector
    # may be of another line of history. One that was new comes whole then.
    lost = dropped & set(applied)
    aside = {scope_id: at for scope_id, at in position.bases.items() if scope_id in lost}
    position.doubtful = _still_doubtful(position, reply, lost - set(aside), dropped)
    position.bases = aside | _bases_after(position, reply, applied, dropped)
    position.heads = {}
    if reply.is_done:
        heads = {scope_ids[place]: head for place, head in reply.end.heads}
        position.heads = {
            scope_id: heads.get(scope_id, applied.get(scope_id, 0)) for scope_id in position.scopes
        }
        # If more is to be sent, the next reply goes on from here.
        position.bases = aside | {
            scope_id: (head, head)
            for scope_id, head in position.heads.items()
            if applied.get(scope_id) != head
        }


def _still_doubtful(
    position: Position, reply: Reply, lost_now: set[int], dropped: set[int]
) -> list[int]:
    """Return the scopes whose buckets are to be sent next.

    Those asked for by the last reply were answered by this one, unless they were dropped: they
    are still to be compared should they come back.

    Args:
        lost_now: applied scopes that are dropped, of which no page had come.
    """
    scope_ids = position.places(reply)
    doubtful = [scope_id for scope_id in position.doubtful if scope_id in dropped]
    doubtful += [scope_ids[place] for place in reply.scopes.reconcile]
    if reply.epoch:  # nor has one that is lost just now been compared under the new epoch
        doubtful += sorted(lost_now - set(doubtful))
    return doubtful


def _bases_after(
    position: Position, reply: Reply, applied: dict[int, int], dropped: set[int]
) -> dict[int, tuple[int, int]]:
    """Return where the scopes go on of which more pages are to come."""
    scope_ids = position.places(reply)
    restarted = {scope_ids[place] for place in reply.scopes.restarted}
    # From a repair or a snapshot on, a scope goes on like any other: all before the page is here.
    whole = {scope_ids[repair.place] for repair in reply.repairs}
    whole |= {scope_ids[snapshot.place] for snapshot in reply.snapshots}
    bases = {}
    for place, page in reply.progress:
        scope_id = scope_ids[place]
        if scope_id in whole:
            base = page
        elif scope_id in restarted:
            base = 0
        elif scope_id in position.bases and scope_id not in dropped:
            base = position.bases[scope_id][0]
        else:
            base = applied.get(scope_id, 0)
        bases[scope_id] = (base, page)
    return bases
