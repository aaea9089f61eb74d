"""Begins the processes that draw pages, and begins another for one that has died.

They are forks, since nine tenths of what an application is made of never changes and is shared so.
A process with threads or connections is not to be forked: another thread may hold a lock just then,
and two would speak over one connection. So the server forks its keeper before it has any, and the
keeper, which never has any, forks the others when the server asks for them.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from server.processes.drawing import END_S

_MORE_S = 2.0
"""To write what is noted and to end, beside what the pages at hand may take."""
_LOOK_S = 0.02
PID_BYTES = 4


class Keeper:
    """The keeper of one server. As a context: from its fork to its end.

    `asks` is the server's end of the keeper's socket: for each byte that is sent, a process is
    begun, and the byte comes back, with the process's id and an open socket to it.
    """

    def __init__(self, work: Callable[[socket.socket], None]) -> None:
        """Take what a process does; nothing is begun yet.

        Args:
            work: done with the other end of the socket to the process; over when that is closed.
        """
        self._work = work
        self.pid = 0

    def __enter__(self) -> Self:
        """Fork it: this process must have no thread and no connection yet."""
        self.asks, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.asks.close()
            _end_after(partial(_keep, theirs, self._work))
        theirs.close()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Have it end, and those that it began; the sockets to these must be closed before."""
        self.asks.close()
        os.waitpid(self.pid, 0)


def _end_after(work: Callable[[], None]) -> None:
    """Do what a fork is for, then end it: nothing of what it was forked from goes on in it."""
    status = 1
    try:
        # A terminal and systemd tell the whole group to end. The server does, and with it its
        # sockets: until then it wants its pages.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - a fork's outermost
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _keep(asked: socket.socket, work: Callable[[socket.socket], None]) -> None:
    begun: set[int] = set()
    while which := asked.recv(1):
        begun -= _ended(begun)
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            asked.close()
            ours.close()
            _end_after(partial(work, theirs))
        theirs.close()
        begun.add(pid)
        socket.send_fds(asked, [which + pid.to_bytes(PID_BYTES, "big")], [ours.fileno()])
        ours.close()
    end = time.monotonic() + END_S + _MORE_S
    while begun := begun - _ended(begun):
        if time.monotonic() > end:
            for pid in begun:
                os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_S)


def _ended(pids: set[int]) -> set[int]:
    return {pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0]}
