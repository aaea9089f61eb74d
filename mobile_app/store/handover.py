"""The store's key from the window to the service: two processes of one app, one PIN.

The service cannot ask for the PIN. The window offers the key on a socket in the app's own folder,
which no other app can reach; it never lies in a file or in a message of the system.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from mobile_app.store.database import KEY_BYTES, KeyWrong

_NAME = "key.socket"
_TIMEOUT_S = 10.0


def offer(folder: Path, key: bytes) -> None:
    """Give the key to whoever asks, for as long as this process lives."""
    path = folder / _NAME
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen()

    def answer() -> None:
        while True:
            asking, _ = listening.accept()
            with asking:
                asking.sendall(key)

    threading.Thread(target=answer, daemon=True).start()


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
