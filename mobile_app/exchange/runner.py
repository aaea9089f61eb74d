"""Drive an exchange. Each goes one way, and comes back to the store once a step.

gather  what the file says of where this tablet is (`store.gathering`)
send    a request, or the rest of a reply that broke off; the network is met here alone
stage   the reply, on disk as it came (`store.stage`), before the machine counts on it
apply   all that is staged, in one transaction (`store.apply`), once the machine is done
after   what the way has taught of how much it carries

Send and stage repeat until nothing is left on either side. Between any two steps the app may be
killed: each step is a transaction of its own, and the next exchange gathers what it left
(`tests/simulator` kills it at any statement).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from mobile_app.exchange import bodies, uploads
from mobile_app.exchange.calls import BodyTooLarge, Part, Refused, Traffic, Unreachable
from mobile_app.exchange.signatures import require_signature
from mobile_app.store import apply, gathering, numbering, stage, undo
from mobile_app.store import condition as tablet
from mobile_app.store.applying import Result
from mobile_app.store.database import transaction
from mobile_app.store.kept import BrokenReply, PageBasis
from mobile_app.store.places import ShortNumbers
from mobile_app.store.records import Store
from sync import limits, wire
from sync.errors import RemoteSyncError
from sync.exchange import TAKEN, Exchange, Forked, GoneBack, Position
from sync.messages import Condition, Proof, Request

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_ROUNDS_MAX = 4
"""One exchange, and what it takes to find and repair a difference."""
_NUMBERINGS_MAX = 3
"""How often the numbers may be put right: back, found forked, and once more for a twin's sake."""
_IN_DOUBT_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Summary:
    """What an exchange did. Bytes of HTTP messages, headers included.

    `code`: why the last of what waits was not sent, whatever else was done; empty: all was.
    """

    sent: int
    received: int
    held: int
    conflicts: int
    pending: int
    bytes_up: int
    bytes_down: int
    round_trips: int
    code: str = ""


def exchange(
    store: Store,
    line: Transport,
    *,
    tell: Callable[[int, int], None] = lambda _up, _down: None,
    bytes_max: int = limits.PAGE_BYTES,
    condition: Condition | None = None,
) -> Summary:
    """Push and pull until nothing is left on either side, then apply it all at once.

    A first exchange goes in steps, each of which is applied as it is there: what the agent needs
    today, then scope by scope. What breaks off in one goes on there.

    A group too large for the way is tried last, alone. If it does not pass, all else is done but
    what was captured after it, which cannot go before it; `Summary.code` says so.

    Args:
        tell: called after each round trip with bytes up and down so far.
        bytes_max: what one reply may weigh. A break of the line costs none of it while the server
            keeps the reply, else all that had come; then less is asked for, until that comes whole.
        condition: of this tablet, where it is news: it goes with the first request.

    Raises:
        Unreachable: the line broke; what came stays, the next exchange goes on from there.
        Refused: the server does not know this device, or no more.
        RemoteSyncError: the server's words cannot be true; nothing captured is touched.
    """
    pending_before = store.outbox.pending_count()
    sums = Result()
    is_bold, code = False, ""
    rounds, left = 0, math.inf
    while rounds < _ROUNDS_MAX:
        try:
            going = _Round(store, line, tell, bytes_max, is_bold=is_bold, condition=condition)
            result, holds_back = going.run()
        except Unreachable as fault:
            if not is_bold:
                raise
            code = fault.code
            break
        condition = None
        sums.add(result)
        if result.later_count:  # a step; a server that never comes to an end is left in the end
            rounds += result.later_count >= left
            left = result.later_count
            continue
        rounds += 1
        is_bold = holds_back
        if not result.is_in_doubt and not holds_back:
            break
    traffic: Traffic = line.traffic
    return Summary(
        sent=min(pending_before, sums.acknowledged),
        received=sums.received,
        held=sums.held,
        conflicts=sums.conflicts,
        pending=store.outbox.pending_count(),
        code=code,
        **asdict(traffic),
    )


class _Round:
    """Once through the steps, until the server's last reply is applied."""

    def __init__(
        self,
        store: Store,
        line: Transport,
        tell: Callable[[int, int], None],
        bytes_max: int,
        *,
        is_bold: bool,
        condition: Condition | None,
    ) -> None:
        """Gather, and begin there.

        Args:
            is_bold: try what seems too large for the way, too.
        """
        self._store, self._line, self._tell = store, line, tell
        self._bytes_max, self._is_bold, self._condition = bytes_max, is_bold, condition
        self._numberings = self._largest_bytes = 0
        self._begin()
        self._asked = self._begun.uploads

    def run(self) -> tuple[Result, bool]:
        """Return what was applied, and whether a group too large for the way was left."""
        while not self._machine.is_done:
            answer = self._rest()
            if answer is None:
                answer = self._send()
            if answer is not None:
                self._take(answer)
        bodies.grow(self._store, self._largest_bytes)
        return self._apply(), self._machine.holds_back

    def _begin(self, proof: Proof | None = None) -> None:
        self._begun = gathering.gather(self._store)
        self._machine = Exchange(
            self._begun.position,
            self._store.outbox,
            bytes_max=min(self._bytes_max, self._begun.page_bytes or self._bytes_max),
            proof=proof,
            schema=self._store.schema,
            in_steps=self._begun.in_steps,
        )

    # Send

    def _send(self) -> bytes | None:
        """Send a request and return the reply; None: its push was too large and the next is less.

        Raises:
            Unreachable: what had come of the reply is kept.
        """
        request, body = self._fitting()
        # Before the line has it: if the app is killed while it sends, nobody knows what arrived.
        undo.mark_offered(self._store, request.push)
        try:
            answer = self._line.send(body)
        except BodyTooLarge:
            bodies.shrink(self._store, len(body))
            if request.push is None or not self._lessen():
                raise
            return None
        except Unreachable as fault:
            self._note_break(fault, request, len(body))
            raise
        self._largest_bytes = max(self._largest_bytes, len(body))
        if self._condition is not None:
            told, self._condition = self._condition, None
            tablet.was_told(self._store, told)
        return answer

    def _fitting(self) -> tuple[Request, bytes]:
        """Return the next request and its bytes: a push that passes, as far as that is known."""
        store, machine = self._store, self._machine
        # The numbers held here are those of the epoch that is applied, whatever is staged.
        is_by_id = machine.is_by_id or machine.position.epoch != self._begun.epoch
        numbers = ShortNumbers(store.db, machine.position.vector, is_by_id=is_by_id)
        most = bodies.most(store)
        while True:
            request = replace(
                machine.request(store.now()), uploads=self._asked, contents=self._begun.compared
            )
            request = replace(request, condition=self._condition)
            body = wire.encode_request(
                store.entities,
                request,
                place_of=numbers.place_of,
                refs=numbers,
                is_verbatim=machine.is_verbatim,
            )
            fits = request.push is None or len(body) <= most
            if fits or not self._lessen():
                return request, body

    def _lessen(self) -> bool:
        """Let the next push be less; nothing, where it is one group. Returns whether it is."""
        if self._machine.send_less():
            return True
        self._machine.holds_back = not self._is_bold
        return self._machine.holds_back

    def _note_break(self, fault: Unreachable, request: Request, size: int) -> None:
        """Keep what had come of a reply, or ask for less; and what the server may have by now."""
        if fault.is_broken and fault.part is None:
            bodies.shrink(self._store, size)  # perhaps it broke for that
        part, kept = fault.part, self._store.kept
        with transaction(self._store.db):
            if part and len(part.content) >= limits.REPLY_KEPT_BYTES:
                basis = page_basis(self._machine.position)
                kept.part = BrokenReply(part.counter, part.content, request.uploads, basis)
            elif fault.is_broken:
                self._narrow()
            if request.push is not None and size > _IN_DOUBT_BYTES:
                # It may have arrived: ask first, before all of it is sent again.
                kept.in_doubt_seq = request.push.changes[-1].seq

    def _rest(self) -> bytes | None:
        """Return the whole of the reply that a line broke off; None: there is none, ask anew.

        It fits only while this device is where it was when it asked.
        """
        broken = self._begun.broken
        if broken is None:
            return None
        self._begun = replace(self._begun, broken=None)
        whole = None
        try:
            if broken.basis == page_basis(self._machine.position):
                whole = self._line.rest(Part(broken.counter, broken.content))
                self._asked = broken.asked
        except Unreachable as fault:
            if fault.part is not None:
                with transaction(self._store.db):
                    self._store.kept.part = broken._replace(content=fault.part.content)
            raise
        except (Refused, RemoteSyncError):
            pass  # it is gone, or another; what else there is to say is said to the next request
        with transaction(self._store.db):
            self._store.kept.part = None
            if whole is None:
                self._narrow()
        return whole

    # Stage

    def _take(self, answer: bytes) -> None:
        """Stage a reply and move on. Raises RemoteSyncError: it is not what our server can say."""
        store = self._store
        self._widen(len(answer))
        self._tell(self._line.traffic.bytes_up, self._line.traffic.bytes_down)
        reply = wire.decode_reply(store.entities, answer, is_whole=False)
        uploads.learn(store, self._asked, reply)
        self._asked = ()
        require_signature(store, self._machine.position, reply)
        if reply.epoch and not stage.is_empty(store):
            # The server's line of history changed between two pages: they do not fit together.
            stage.discard(store)
            self._begin()
            return
        if reply.outcome in TAKEN:
            stage.put(store, answer)
        try:
            self._machine.receive(reply)
        except (Forked, GoneBack) as fault:
            self._renumber(fault)

    def _renumber(self, fault: Forked | GoneBack) -> None:
        """Put the outbox's numbers right, and begin again with what proves what the server lost."""
        self._numberings += 1
        if self._numberings > _NUMBERINGS_MAX:
            raise fault
        proof = numbering.proof(self._store)
        if isinstance(fault, Forked):
            numbering.renumber(self._store, fault.inc)
            self._begin(proof)
            return
        can_send_again = numbering.go_back_to(self._store, fault.last_seq)
        self._begin(proof)
        if not can_send_again:
            self._machine.position.inc = 0  # to be given a new one, for what is left

    # Apply, and after

    def _apply(self) -> Result:
        try:
            return apply.apply(self._store)
        except RemoteSyncError:
            stage.discard(self._store)  # what cannot be applied now never will be: ask again
            raise

    def _narrow(self) -> None:
        """Ask for half as much from now on, within a transaction: a break cost too much.

        A page of 64 KiB that breaks off is asked for in 32, then 16; once 16 came whole, in 32.
        """
        self._machine.bytes_max = max(limits.PAGE_BYTES_LEAST, self._machine.bytes_max // 2)
        self._store.kept.page_bytes = self._machine.bytes_max

    def _widen(self, size: int) -> None:
        """Ask for twice as much once a line that had broken carries what it was asked for."""
        machine = self._machine
        if machine.bytes_max < self._bytes_max and 2 * size > machine.bytes_max:
            machine.bytes_max = min(self._bytes_max, 2 * machine.bytes_max)
            with transaction(self._store.db):
                self._store.kept.page_bytes = machine.bytes_max


def page_basis(position: Position) -> PageBasis:
    """Return what a reply builds on."""
    return PageBasis(
        position.epoch,
        position.inc,
        position.state,
        position.acknowledged_seq,
        [(scope_id, *at) for scope_id, at in sorted(position.bases.items())],
        position.doubtful,
    )
