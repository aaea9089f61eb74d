"""A process that is to end with the one that began it, whatever ends that, `kill -9` too.

It has a pipe as its standard input, whose other end its parent alone holds: the system closes that
with the parent.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

OPTION = "--until-input-ends"


def end_with_input(descriptor: int, end: Callable[[], object]) -> None:
    """Call `end`, in a thread, when a file has ended: a pipe that its other end's holder left."""

    def wait() -> None:
        # Not through a Python file: a thread that waits in one keeps its lock, and the interpreter
        # cannot end.
        while os.read(descriptor, 512):
            pass
        end()

    threading.Thread(target=wait, name="input", daemon=True).start()
