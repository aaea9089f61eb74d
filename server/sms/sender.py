"""Who sends messages: one thread of the jobs' process, a round at a time.

A round keeps the line up, takes as many messages as may go now, and stores what the centre said.
All that came in a round is stored in one transaction; reports are answered after it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from server import problems
from server.db.work import Database, Work
from server.sms import outage, outbox
from server.sms.outbox import TRIES_MAX, Caps, Claim, Taken
from server.sms.segments import Segments, segments
from server.sms.smpp import Answer, Event, Inbound, Line, Report, Status
from sync.errors import Refusal

_BUSY = (Status.FULL, Status.BUSY)
"""Its queue is full; we are too quick."""
_PASSING = (Status.FAULT, Status.FAILED, Status.UNKNOWN)
"""It may go better another time."""
_LEAST = 32
_POLL_S = 0.05
_AGAIN_MS, _AGAIN_MS_MAX = 1_000, 60_000
_ANSWER_MS = 30_000
_END_MS = 1_000
log = logging.getLogger("nuqta.sms")


@dataclass(slots=True)
class _Flight:
    """A message on its way: which parts are not answered yet, and why one was not taken."""

    claimed: Claim
    began_at: int
    waiting: set[int]
    busy: bool = False
    status: int = 0


@dataclass(slots=True)
class _Heard:
    """What a round came to: parts that were taken, messages that ended, what is to be answered."""

    taken: list[Taken] = field(default_factory=list)
    ended: list[_Flight] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)

    @property
    def to_answer(self) -> list[int]:
        """Return what the centre keeps until we say that we have it."""
        return [one.sequence for one in self.reports] + [one.sequence for one in self.inbound]


class Sender:
    """Sends what waits. As a context: from its beginning to its end, in a thread."""

    def __init__(
        self,
        database: Database,
        connect: Callable[[], Line],
        caps: Caps,
        per_second: int,
        receive: Callable[[Work, str, str], None],
    ) -> None:
        """Take what is needed; nothing is begun yet.

        Args:
            connect: opens a line; raises OSError or a Refusal.
            per_second: parts that may go in a second.
            receive: what is done, within a transaction, with (phone, text) of a message to us.
        """
        self._database, self._connect, self._caps = database, connect, caps
        self._per_second, self._receive = per_second, receive
        self._line: Line | None = None
        self._flights: dict[int, tuple[_Flight, int]] = {}
        self._allowed, self._allowed_at = float(per_second), database.clock()
        self._pause_ms = self._not_before = self._ended_at = 0
        self._is_noted_down: bool | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sms", daemon=True)

    def __enter__(self) -> Self:
        """Begin to send, in a thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Send no more, wait a moment for answers, and take leave."""
        self._is_over.set()
        self._thread.join(_POLL_S + 5.0)

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                is_idle = not self.round()
            except (Refusal, DBAPIError) as fault:
                # The database is away or busy. What is in flight keeps its lease, then goes again.
                log.warning("sms: no round: %s", type(fault).__name__)
                self._lose_line()
                is_idle = True
            if is_idle and self._line is None:
                self._is_over.wait(_AGAIN_MS / 1000)
        self.close()

    def close(self) -> None:
        """Take leave, once what is in flight is answered or a moment has passed."""
        for _ in range(20):
            if not self._flights or self._line is None:
                break
            try:
                self._hear(self._line)
            except (OSError, Refusal, DBAPIError):
                break
        self._lose_line()

    def round(self) -> bool:
        """Do one round. Returns whether the line is up."""
        line = self._line or self._open()
        if line is None:
            return False
        try:
            self._send(line)
            self._hear(line)
        except OSError as fault:
            log.warning("sms: the line broke: %s", type(fault).__name__)
            self._wait_longer()
            self._lose_line()
        return self._line is not None

    def _open(self) -> Line | None:
        if self._database.clock() < self._not_before:
            return None
        try:
            self._line = self._connect()
        except (OSError, Refusal) as fault:
            log.warning("sms: no line to the centre: %s", type(fault).__name__)
            self._wait_longer()
            self._note(is_down=True)
            return None
        self._note(is_down=False)
        return self._line

    def _note(self, *, is_down: bool) -> None:
        """Have desk and portal say whether there is a line: once for each time that it changes."""
        if self._is_noted_down is not is_down:
            note = outage.note_down if is_down else outage.note_up
            # Who has just begun does not know what the one before it noted.
            if self._database.read(outage.is_noted) is not is_down:
                self._database.write(note)
            self._is_noted_down = is_down

    def _send(self, line: Line) -> None:
        """Send as many parts as may go now, each of a message that is claimed."""
        now = self._database.clock()
        passed = max(0, now - self._allowed_at)
        self._allowed_at = now
        self._allowed = min(self._per_second, self._allowed + self._per_second * passed / 1000)
        most = min(int(self._allowed), line.window - len(self._flights))
        database = self._database
        if now - self._ended_at >= _END_MS:
            self._ended_at = now
            if database.read(lambda records: outbox.has_late(records, now)):
                database.write(outbox.end_late)
        # Some at a time: a transaction for each would be most of the work.
        least = max(1, min(_LEAST, line.window, self._per_second // 4))
        if most < least or now < self._not_before:
            return
        if not database.read(lambda records: outbox.has_due(records, now)):
            return
        claims = database.write(partial(outbox.claim, most=most, caps=self._caps))
        for at, claimed in enumerate(claims):
            try:
                self._submit(line, claimed)
            except OSError:
                self._give_back(claims[at + 1 :], has_gone=False)
                raise

    def _submit(self, line: Line, claimed: Claim) -> None:
        text = segments(claimed.body)
        numbers = [n for n in range(1, len(text.parts) + 1) if n not in claimed.sent]
        flight = _Flight(claimed, self._database.clock(), set(numbers))
        try:
            for number in numbers:
                self._submit_part(line, flight, text, number)
        except OSError:
            # Some of its parts may be in no list yet: it goes back as one that may have gone.
            self._flights[-1] = flight, 0
            raise

    def _submit_part(self, line: Line, flight: _Flight, text: Segments, number: int) -> None:
        claimed = flight.claimed
        # The same reference both times: a phone puts together what came first and what came again.
        sequence = line.submit(claimed.phone, text, number, claimed.message_id[-1])
        self._flights[sequence] = flight, number
        self._allowed -= 1

    def _hear(self, line: Line) -> None:
        """Store what came, and answer it."""
        events = line.poll(_POLL_S)
        heard = self._sorted(events)
        now = self._database.clock()
        late = [one for one, _ in self._flights.values() if now - one.began_at > _ANSWER_MS]
        if heard != _Heard():
            self._database.write(partial(self._store, heard=heard))
            if any(flight.busy for flight in heard.ended):
                self._wait_longer()
            elif heard.taken:
                self._pause_ms = 0
        for inbound in heard.inbound:
            self._take(inbound)
        for sequence in heard.to_answer:
            line.acknowledge(sequence)
        if late:
            raise TimeoutError("the centre does not answer")

    def _sorted(self, events: Iterable[Event]) -> _Heard:
        heard = _Heard()
        for event in events:
            if isinstance(event, Report):
                heard.reports.append(event)
            elif isinstance(event, Inbound):
                heard.inbound.append(event)
            else:
                self._answered(event, heard)
        return heard

    def _answered(self, answer: Answer, heard: _Heard) -> None:
        flight, number = self._flights.pop(answer.sequence, (None, 0))
        if flight is None:
            return
        flight.waiting.discard(number)
        if answer.status:
            flight.status = answer.status
            flight.busy = flight.busy or answer.status in _BUSY
        else:
            heard.taken.append(Taken(flight.claimed, number, answer.centre_id))
        if not flight.waiting:
            heard.ended.append(flight)

    def _store(self, work: Work, heard: _Heard) -> None:
        outbox.took(work, heard.taken)
        outbox.end_sent(work, [one.claimed for one in heard.ended if not one.status])
        for flight in heard.ended:
            if flight.status:
                # How often it is tried counts where it is the message's own fault.
                tries = flight.claimed.tries if flight.status in _PASSING else 0
                is_final = flight.status not in (*_BUSY, *_PASSING) or tries >= TRIES_MAX
                why = f"centre_{flight.status:x}"
                outbox.refused(work, flight.claimed, why, is_final=is_final)
        said = {one.centre_id: one.stage for one in heard.reports if one.stage is not None}
        if strange := outbox.report(work, said):
            log.info("sms: %s reports of no message of ours", strange)

    def _take(self, inbound: Inbound) -> None:
        """Do what a phone asks for. Raises DBAPIError, Refusal: it is not stored, it comes again.

        What a fault of ours makes unreadable is let be: it would come again for ever.
        """
        try:
            self._database.write(lambda work: self._receive(work, inbound.phone, inbound.text))
        except (Refusal, DBAPIError):
            raise
        except Exception as fault:  # noqa: BLE001 - the edge: a bug is logged whole, and named
            problems.of_fault(fault, "fr")

    def _lose_line(self) -> None:
        """Close the line; what is in flight goes back, as what may have gone."""
        flights = {one.claimed.message_id: one.claimed for one, _ in self._flights.values()}
        self._flights = {}
        line, self._line = self._line, None
        if line is not None:
            line.close()
        self._give_back(list(flights.values()), has_gone=True)

    def _give_back(self, claims: list[Claim], *, has_gone: bool) -> None:
        if not claims:
            return

        try:
            self._database.write(partial(outbox.give_back, claims=claims, has_gone=has_gone))
        except (Refusal, DBAPIError) as fault:  # their leases run out
            log.warning("sms: not given back: %s", type(fault).__name__)

    def _wait_longer(self) -> None:
        self._pause_ms = min(max(2 * self._pause_ms, _AGAIN_MS), _AGAIN_MS_MAX)
        self._not_before = self._database.clock() + self._pause_ms
