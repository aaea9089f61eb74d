"""The processes that draw pages, as the one that owns the port sees them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from zlib import crc32

from server.processes.keeper import PID_BYTES
from server.processes.lines import Line

_AGAIN_S, _AGAIN_S_MAX = 1.0, 60.0
_IDLE_MOST = 16
log = logging.getLogger("nuqta.pages")


class Process:
    """One of them. `waiting`: how many pages it was handed whose answer has not begun."""

    def __init__(self, pid: int, lines: socket.socket) -> None:
        """Take its id, and the socket over which it takes lines."""
        self.pid, self.lines = pid, lines
        self.waiting = 0
        self._idle: list[Line] = []
        lines.settimeout(0)

    async def line(self) -> Line | None:
        """Return a line that nobody uses; None if it takes no more, since it has ended."""
        while self._idle:
            if not (line := self._idle.pop()).ended.is_set():
                return line
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self.lines, [b"\0"], [theirs.fileno()])
            except OSError:
                ours.close()
                return None
        ours.settimeout(0)
        return (await asyncio.get_running_loop().create_unix_connection(Line, sock=ours))[1]

    def give_back(self, line: Line) -> None:
        """Take back a line whose request is answered whole."""
        if len(self._idle) < _IDLE_MOST and not line.ended.is_set():
            self._idle.append(line)
        else:
            line.close()

    def close(self) -> None:
        """Let it end."""
        self.lines.close()
        for line in self._idle:
            line.close()


class Processes:
    """Those that live; another is begun for one that has died."""

    def __init__(self, asks: socket.socket, count: int, again_s: float = _AGAIN_S) -> None:
        """Have `count` begun by a keeper; nothing is yet.

        Args:
            asks: the keeper's, as `server.processes.keeper.Keeper` has it.
            again_s: how long after the end of one another is begun; longer each time if it never
                lasts.
        """
        self._asks, self._least_s = asks, again_s
        self._living: list[Process | None] = [None] * count
        self._again_s, self._begun_at = [again_s] * count, [0.0] * count
        self._is_over = False

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Have them from here to the end."""
        self._asks.settimeout(0)
        asyncio.get_running_loop().add_reader(self._asks, self._take)
        for which in range(len(self._living)):
            self._ask(which)
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Let all end, after the pages at hand."""
        self._is_over = True
        for which, process in enumerate(self._living):
            if process is not None:
                self._forget(which, process)

    def choose(self, session: bytes) -> Process | None:
        """Return which is to draw a page; None if none lives.

        It is the session's own, which keeps figures for it, unless others have less to do.
        """
        living = [one for one in self._living if one is not None]
        if not living:
            return None
        least = min(living, key=lambda one: one.waiting)
        own = self._living[crc32(session) % len(self._living)] if session else None
        return own if own is not None and own.waiting <= least.waiting else least

    def _ask(self, which: int) -> None:
        if not self._is_over:
            with suppress(OSError):  # the keeper is gone, as `_take` has told
                self._asks.send(bytes((which,)))

    def _take(self) -> None:
        """Take a process that the keeper has begun."""
        loop = asyncio.get_running_loop()
        try:
            content, given, _, _ = socket.recv_fds(self._asks, 1 + PID_BYTES, 1)
        except OSError:
            content, given = b"", []
        if not given:
            loop.remove_reader(self._asks)
            log.warning("pages: their keeper has ended; of those that end none is begun again")
            return
        which, pid = content[0], int.from_bytes(content[1:], "big")
        process = Process(pid, socket.socket(fileno=given[0]))
        self._living[which], self._begun_at[which] = process, loop.time()
        # Nothing comes from there but the end: the process alone has the other side.
        loop.add_reader(process.lines, self._ended, which, process)

    def _ended(self, which: int, process: Process) -> None:
        loop = asyncio.get_running_loop()
        self._forget(which, process)
        if loop.time() - self._begun_at[which] > _AGAIN_S_MAX:
            self._again_s[which] = self._least_s
        log.warning("pages: process %s ended; another is begun", process.pid)
        loop.call_later(self._again_s[which], self._ask, which)
        self._again_s[which] = min(2 * self._again_s[which], _AGAIN_S_MAX)

    def _forget(self, which: int, process: Process) -> None:
        asyncio.get_running_loop().remove_reader(process.lines)
        process.close()
        self._living[which] = None
