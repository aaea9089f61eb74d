"""Everything that is done when there is a line: the exchange, then photos, again where it breaks.

A line that breaks in the midst is tried again, for as long as it answers at all now and then. One
that never answered is left alone: whoever called knows when to try again.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mobile_app.device.power import Power
from mobile_app.device.storage import Storage
from mobile_app.exchange import enrolment, orders, questions, runner, uploads
from mobile_app.exchange.calls import Part, Refused, Unreachable
from mobile_app.exchange.runner import Summary
from mobile_app.exchange.uploads import MediaSummary
from mobile_app.store import condition, lease, media, room, sending
from mobile_app.store.records import Store
from sync.errors import Refusal

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_PATIENCE_MS = 90_000
"""Without any answer. Longer than an outage; shorter than somebody waits on a hilltop."""
_PAUSE_S = 1.0
_DISABLED = "account_disabled"
"""The server's word that this agent's account is disabled."""


class Paused(Refusal):
    """A person paused the exchange between two messages."""

    code = "exchange_paused"


@dataclass(frozen=True, slots=True)
class Contact:
    """What a contact did; bytes and round trips of the exchange are those of photos too."""

    exchange: Summary
    media: MediaSummary


def make_contact(
    store: Store,
    line: Transport,
    *,
    tell: Callable[[int, int], None] = lambda _up, _down: None,
    pause: Callable[[float], None] = time.sleep,
    may_send_media: Callable[[], bool] = lambda: True,
    may_go_on: Callable[[], bool] = lambda: True,
    storage: Storage | None = None,
    power: Power | None = None,
) -> Contact:
    """Exchange, send what bytes wait, and go on by itself where the line breaks.

    Args:
        tell: called after each round trip of the exchange with bytes up and down so far.
        may_send_media: asked before each photo: a person may pause, or want them on Wi-Fi alone.
        may_go_on: asked before each message of the exchange: a person may pause.
        storage: where the store lies; received photos make way there for what comes.
        power: the battery; with `storage`, how this tablet is goes with the exchange.

    Raises:
        Unreachable: no answer, or none any more before the exchange was through.
        Refused, RemoteSyncError: as `runner.exchange`.
        Paused: it may not go on; what was answered is kept, the next contact goes on from there.
        WipeOrdered: the caller is to empty this tablet.
    """
    with in_turn(store):
        if storage:
            room.make(store, storage)
        try:
            send_media = partial(uploads.send_all, store, line, may_go_on=may_send_media)
            asking = _asking(line, may_go_on)

            def make_exchange() -> Summary:
                news = condition.news(store, power, storage) if power and storage else None
                return runner.exchange(store, asking, tell=tell, condition=news)

            done = _contact(store, line, make_exchange, send_media, pause)
        except Refused as fault:
            if fault.code == orders.WipeOrdered.code:
                orders.heed(store, line)
            raise
        orders.heed(store, line)
        lease.renew(store)
        enrolment.learn_keys(store, line)
        questions.fetch(store, line)
        return done


def _contact(
    store: Store,
    line: Transport,
    make_exchange: Callable[[], Summary],
    send_media: Callable[[], MediaSummary],
    pause: Callable[[float], None],
) -> Contact:
    done: Contact | None = None
    patience = _Patience(store)
    while True:
        try:
            exchange = make_exchange()
            # What the server says to have: a line that brings it nothing more is as good as none.
            patience.see(media.bytes_there(store))
            sent = send_media()
            done = _and(done, exchange, sent, line)
        except Refused as fault:
            if fault.code == _DISABLED:  # it gives nothing, and takes what is unsent: photos too
                send_media()
            raise
        except Unreachable:
            # Until an exchange is through, each answer is progress. After it only bytes that the
            # server has are, for a line may answer for hours and carry nothing.
            if done is None:
                patience.see(line.answer_count)
            if not line.answer_count or patience.is_over():
                if done is None:
                    raise
                return done
        else:
            if done.media.code != Unreachable.code or patience.is_over():
                return done
        pause(_PAUSE_S)


def is_waiting(store: Store) -> bool:
    """Whether something is here that a contact would send: a change, or bytes not put off."""
    return store.outbox.pending_count() > 0 or sending.next_waiting(store) is not None


@contextmanager
def in_turn(store: Store) -> Iterator[None]:
    """One contact at a time on a store, be it the window's or the service's; the other waits."""
    file = store.db.execute("PRAGMA database_list").fetchone()[2]
    if not file:  # in memory: nobody else has it
        yield
        return
    with Path(f"{file}.contact").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _asking(line: Transport, may_go_on: Callable[[], bool]) -> Transport:
    return cast("Transport", _Pausing(line, may_go_on))


class _Pausing:
    """A line on which no message more is sent once a person pauses."""

    def __init__(self, line: Transport, may_go_on: Callable[[], bool]) -> None:
        self._line, self._may_go_on = line, may_go_on

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def send(self, body: bytes) -> bytes:
        self._require()
        return self._line.send(body)

    def rest(self, part: Part) -> bytes:
        self._require()
        return self._line.rest(part)

    def _require(self) -> None:
        if not self._may_go_on():
            raise Paused("exchange: paused")


class _Patience:
    """How long nothing has moved."""

    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._moved_at, self._mark = store.clock.mono_ms(), 0

    def see(self, mark: int) -> None:
        """Take what has been reached: more than before is progress."""
        if mark != self._mark:
            self._moved_at, self._mark = self._clock.mono_ms(), mark

    def is_over(self) -> bool:
        return self._clock.mono_ms() - self._moved_at >= _PATIENCE_MS


def _and(before: Contact | None, exchange: Summary, sent: MediaSummary, line: Transport) -> Contact:
    """Add up what was done before and after a break."""
    # The line counts from its own beginning, over all breaks. What an exchange did begins anew each
    # time, and is added up.
    traffic = line.traffic
    exchange = replace(
        exchange,
        bytes_up=traffic.bytes_up,
        bytes_down=traffic.bytes_down,
        round_trips=traffic.round_trips,
    )
    if before is None:
        return Contact(exchange, sent)
    exchanged, uploaded = before.exchange, before.media
    exchange = replace(
        exchange,
        sent=exchanged.sent + exchange.sent,
        received=exchanged.received + exchange.received,
        held=exchanged.held + exchange.held,
        conflicts=exchanged.conflicts + exchange.conflicts,
    )
    return Contact(
        exchange,
        replace(
            sent,
            verified=uploaded.verified + sent.verified,
            bytes_up=uploaded.bytes_up + sent.bytes_up,
        ),
    )
