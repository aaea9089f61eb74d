"""Serve over HTTP, and give up on who takes too long: each wait for the other side has an end.

uvicorn waits for ever for the rest of a header, of a body, or for a reader. A line of 2 kB/s that
is cut for tens of seconds again and again must come through; who keeps a connection for less than
that is nobody's tablet. `tests/doors/test_slow_clients.py` holds it.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.parent import end_with_input
from server.settings import is_loopback

_NOT_STARTED = 3
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 128 * 1024
_TURN_S = 0.001
"""How long a thread computes while another wants to.

A page asks the database some twenty times, and after each answer waits for Python's one lock. With
the interpreter's 5 ms, 22 answers of 0.3 ms took 310 ms beside a thread that computes, and take 9
with 1 ms; alone 10. What computes takes no more CPU for it (`docs/decisions/0021-pages-apart.md`).
"""
_WHOLE = 2  # the oldest generation
_FREEZES = 8
"""So many times what was made since the start is taken for what stays."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long the other side may take, and how many of them there may be.

    Args:
        header_s: for a header, from its first byte or the connection's beginning on.
        header_bytes: of a header, with what names the resource.
        silent_s: without a byte of a body, or without a byte taken of an answer. Longer than an
            outage on the way lasts; an answer of a few hundred kB may well be minutes in coming.
        pace_bytes: what must have come of a body for each second after the first `silent_s`.
        idle_s: between two requests. A reply may be seconds on its way: a line closed meanwhile
            costs the tablet a new one.
        connections: at once. One more takes the place of the one that has waited longest for a
            request; if all are at work, it is closed.
        connections_each: the same for one address, unless it is this machine, as a proxy is. Many
            tablets share the address of their operator.
    """

    header_s: float = 10.0
    header_bytes: int = 32 * 1024
    silent_s: float = 60.0
    pace_bytes: int = 256
    idle_s: float = 75.0
    connections: int = 512
    connections_each: int = 128

    @property
    def look_s(self) -> float:
        """How often each connection is looked at."""
        return min(self.header_s, self.silent_s, self.idle_s) / 4


class _Stage(IntEnum):
    """What a connection is at; from what may be given up first."""

    IDLE = 0  # between two requests
    HEADER = 1
    BODY = 2
    ANSWER = 3  # ours to give


class Connection(HttpToolsProtocol):
    """One connection, with an end to each wait.

    `since`: when its `stage` began, in the loop's time.
    """

    bounds = Bounds()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Begin as uvicorn does."""
        super().__init__(*arguments, **named)
        self.stage = _Stage.HEADER
        self.since = self._heard_at = self._moved_at = self.loop.time()
        self._body_size = self._unsent = 0
        self._steps = self._stepless_size = 0
        self._look_again: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        """The host at the other end; empty if it has none."""
        return self.client[0] if self.client else ""

    # What uvicorn and its parser call

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if there is room."""
        super().connection_made(transport)
        self._look_again = self.loop.call_later(self.bounds.look_s, self._look)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._look_again is not None:
            self._look_again.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; not without end if it is neither a whole header nor of a body."""
        # The parser calls back for a whole header and for each part of a body. Bytes without a call
        # are of a header that does not end.
        steps = self._steps
        super().data_received(data)
        self._stepless_size = self._stepless_size + len(data) if steps == self._steps else 0
        if self._stepless_size > self.bounds.header_bytes:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Wait for a header; for the first one since the connection was made."""
        if self.stage is not _Stage.HEADER:
            self._enter(_Stage.HEADER)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for a body."""
        self._enter(_Stage.BODY)
        self._body_size = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what comes, whether it is still wanted or not."""
        self._steps += 1
        self._body_size += len(body)
        self._heard_at = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Let the application work; or be idle, if it had answered already."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        self._enter(_Stage.IDLE if is_answered else _Stage.ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Be idle, unless a body is still coming or the next request waits."""
        if self.stage is _Stage.ANSWER and not self.pipeline:
            self._enter(_Stage.IDLE)
        super().on_response_complete()

    # Ends

    def _enter(self, stage: _Stage) -> None:
        self.stage, self.since = stage, self.loop.time()
        self._heard_at = self.since
        self._steps += 1

    def _look(self) -> None:
        if self._is_overdue(self.loop.time()):
            self.transport.abort()
        else:
            self._look_again = self.loop.call_later(self.bounds.look_s, self._look)

    def _is_overdue(self, now: float) -> bool:
        bounds, unsent = self.bounds, self.transport.get_write_buffer_size()
        # The loop does not tell when a reader takes bytes; that the buffer's size differs since the
        # last look does. As long as it moves the wait begins anew, however slow the line.
        if unsent != self._unsent:
            self._unsent, self._moved_at = unsent, now
        if unsent:
            self.since = max(self.since, self._moved_at)
            return now - self._moved_at > bounds.silent_s
        if self.stage is _Stage.BODY and self.flow.read_paused:  # it waits for us
            # Nothing is read while the application is behind (`flow`). That time is ours: it must
            # not count against the pace of who sends.
            self.since += now - self._heard_at
            self._heard_at = now
        waited = now - self.since
        if self.stage is _Stage.BODY:
            is_slow = self._body_size < bounds.pace_bytes * (waited - bounds.silent_s)
            return is_slow or now - self._heard_at > bounds.silent_s
        ends = {_Stage.HEADER: bounds.header_s, _Stage.IDLE: bounds.idle_s}
        return waited > ends.get(self.stage, waited)

    # Room

    def _make_room(self) -> None:
        """Close what has waited longest, if there are more than there may be; else this one."""
        every = [one for one in self.connections if isinstance(one, Connection)]
        if not is_loopback(self.address):
            same = [one for one in every if one.address == self.address]
            self._close_one(same, self.bounds.connections_each)
        self._close_one(every, self.bounds.connections)

    def _close_one(self, among: Iterable[Connection], most: int) -> None:
        here = [one for one in among if not one.transport.is_closing()]
        if len(here) > most:
            waiting = [one for one in here if one.stage <= _Stage.HEADER and one is not self]
            longest = min(waiting, key=lambda one: (one.stage, one.since), default=self)
            longest.transport.abort()


def bounded(bounds: Bounds) -> type[Connection]:
    """Return the protocol with other bounds."""
    return type("Bounded", (Connection,), {"bounds": bounds})


def config(app: Any, host: str, port: int, bounds: Bounds | None = None) -> uvicorn.Config:
    """Return how uvicorn serves an application."""
    bounds = bounds or Bounds()
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=bounded(bounds),
        ws="none",  # nothing here speaks it, and it would leave the bounds
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=int(bounds.idle_s) or 1,
        # A line that fell silent in the midst of a piece does not keep the server from stopping.
        timeout_graceful_shutdown=10,
    )


def settle() -> None:
    """Set up the process for an application that is made; forks of it are so as well."""
    _give_memory_back()
    _keep_what_stays()
    sys.setswitchinterval(_TURN_S)


def run(app: Any, host: str, port: int, until: int | None = None) -> None:
    """Serve until stopped, in a process that is settled.

    Args:
        until: the descriptor of a file, with whose end it stops too.

    Raises:
        SystemExit: it cannot begin.
    """
    server = uvicorn.Server(config(app, host, port))

    def stop() -> None:
        server.should_exit = True

    if until is not None:
        end_with_input(until, stop)
    # Once it has stopped uvicorn raises anew the signal that stopped it, of which this process
    # would die before whoever called could end what else there is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)


def _keep_what_stays() -> None:
    """Have the collector look no more at what the application is made of.

    A whole collection went through its hundreds of thousands of objects, 0.1 s in the midst of some
    page, to find none to free. Templates and statements are made by the first pages that need them,
    so after the first whole collections what is there is kept as well; of a request at that moment
    something may be kept too, a few times.
    """
    gc.collect()
    gc.freeze()
    left = iter(range(_FREEZES))

    def freeze(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == _WHOLE:
            if next(left, None) is None:
                gc.callbacks.remove(freeze)
            else:
                gc.freeze()

    gc.callbacks.append(freeze)


def _give_memory_back() -> None:
    """Have glibc return what a large message took, instead of keeping it for the next.

    It raises its thresholds by itself with each large piece that is freed, up to 32 MB, and every
    thread then keeps some: sixty bodies of 2 MB left 30 MB behind, and leave 3 so.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # not every C library has it
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
