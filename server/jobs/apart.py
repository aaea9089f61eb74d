"""The jobs' process: begun with the server, begun again when it dies, gone when the server is.

It is `run-jobs` with a pipe as its standard input (`server.parent`). However the server ends, the
process reads that its input has ended, gives its jobs back after the steps at hand, and ends.
`tests/server/test_jobs_apart.py` kills either side.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from server.jobs.runner import END_S
from server.parent import OPTION

COMMAND = (sys.executable, "-m", "server", "run-jobs", OPTION)
_AGAIN_S, _AGAIN_S_MAX = 1.0, 60.0
_MORE_S = 5.0
"""To begin, and to end the interpreter, beside what the jobs' threads may take."""
log = logging.getLogger("nuqta.jobs")


class JobsProcess:
    """The process of one server. As a context: from its beginning to its end."""

    def __init__(self, command: Sequence[str] = COMMAND, again_s: float = _AGAIN_S) -> None:
        """Take what is needed; nothing is begun yet.

        Args:
            again_s: how long after its end it is begun again; longer each time if it never lasts.
        """
        self._command, self._again_s = tuple(command), again_s
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="jobs", daemon=True)

    @property
    def pid(self) -> int:
        """The process at hand, or the last one; 0 if none was begun."""
        process = self._process
        return process.pid if process is not None else 0

    def __enter__(self) -> Self:
        """Begin it, and look after it."""
        self._begin()
        self._keeper.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Have it give its jobs back and end; kill it if it does not, which loses no step."""
        with self._lock:
            self._is_over.set()
        if self._process is not None:
            _end(self._process)
        self._keeper.join()

    def _begin(self) -> None:
        """Begin a process, unless the server ends."""
        with self._lock:
            if not self._is_over.is_set():
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    self._command, stdin=subprocess.PIPE
                )

    def _keep(self) -> None:
        """Begin another whenever one has ended, until the server does."""
        again_s = self._again_s
        while not self._is_over.is_set():
            process, began = self._process, time.monotonic()
            status = process.wait() if process is not None else None
            if time.monotonic() - began > _AGAIN_S_MAX:
                again_s = self._again_s
            if self._is_over.wait(again_s):
                return
            log.warning("jobs: the process ended (%s); another is begun", status)
            again_s = min(2 * again_s, _AGAIN_S_MAX)
            if process is not None:
                _close(process)
            try:
                self._begin()
            except OSError as fault:  # no room for one more process: there will be
                self._process = None
                log.warning("jobs: no process: %s", type(fault).__name__)


def _end(process: subprocess.Popen[bytes]) -> None:
    _close(process)
    try:
        process.wait(END_S + _MORE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
