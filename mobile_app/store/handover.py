"""The store's key from the window to the service: two processes of one app, one PIN.

The service cannot ask for the PIN. The window offers the key on a socket in the app's own folder,
which no other app can reach; it never lies in a file or in a message of the system.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from mobile_app.store.database import KEY_BYTES, KeyWrong

_NAME = "key.socket"
_TIMEOUT_S = 10.0


class Offer:
    """The key, given to whoever asks, until it is closed or this process ends."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Begin to offer."""
        self._folder, path = folder, folder / _NAME
        withdraw(folder)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        path.chmod(0o600)
        self._listening.listen()
        threading.Thread(target=self._answer, args=(key,), daemon=True).start()

    def close(self) -> None:
        """Offer it no more: the tablet is locked. Who took it hears so by `is_withdrawn`."""
        withdraw(self._folder)
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # by it the thread's wait ends
        self._listening.close()

    def _answer(self, key: bytes) -> None:
        while True:
            try:
                asking, _ = self._listening.accept()
            except OSError:  # closed
                return
            with asking, suppress(OSError):  # who asked is gone
                asking.sendall(key)


def withdraw(folder: Path) -> None:
    """Let who took the key hear that it is locked, also where the window that gave it was ended."""
    (folder / _NAME).unlink(missing_ok=True)


def is_withdrawn(folder: Path) -> bool:
    """Whether the window has locked since; not when it was ended, be it by a lack of memory."""
    return not (folder / _NAME).exists()


def take(folder: Path) -> bytes:
    """Return the key. Raises KeyWrong: the window is not there, or not unlocked."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_TIMEOUT_S)
        try:
            asking.connect(str(folder / _NAME))
            key = asking.recv(KEY_BYTES, socket.MSG_WAITALL)
        except OSError as fault:
            raise KeyWrong(f"key: nobody offers it: {fault!r}") from fault
    if len(key) != KEY_BYTES:
        raise KeyWrong(f"key: {len(key)} bytes")
    return key
