"""A line between tablet and server that can be cut, and mended."""

from __future__ import annotations

import contextlib
import socket
import threading


class Line:
    """Relays 127.0.0.1:`port` to another port. While it is cut, connections end unanswered."""

    def __init__(self, to_port):
        self._to = to_port
        self._is_cut = False
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self._is_cut = True
        for one in list(self._open):
            _end(one)

    def mend(self):
        self._is_cut = False

    def close(self):
        self.cut()
        _end(self._listener)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    _end(near)
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        for one in (source, target):
            _end(one)
            self._open.discard(one)


def _end(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
