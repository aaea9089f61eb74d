"""A line between tablet and server that can be cut, and mended."""

from __future__ import annotations

import contextlib
import re
import socket
import threading


class Line:
    """Relays 127.0.0.1:`port` to another port. While it is cut, connections end unanswered.

    While it is hushed they stay open and nothing comes through; those of then stay so for ever, as
    where a mast forgot them meanwhile.
    """

    def __init__(self, to_port):
        self._to = to_port
        self._is_cut = self._is_hushed = False
        self._open, self._forgotten = set(), set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self._is_cut = True
        for one in list(self._open):
            _end(one)

    def hush(self):
        self._is_hushed = True
        self._forgotten |= self._open

    def mend(self):
        self._is_cut = self._is_hushed = False

    def close(self):
        self.cut()
        for one in self._forgotten:
            _end(one)
        _end(self._listener)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    _end(near)
                    continue
                if self._is_hushed:
                    self._forgotten.add(near)
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                self._pass(piece, source, target)
        for one in (source, target):
            _end(one)
            self._open.discard(one)

    def _pass(self, piece, source, target):
        if source not in self._forgotten:
            target.sendall(piece)


class Proxy:
    """An HTTP proxy before 127.0.0.1:`to_port` that takes no body above `body_bytes_max`.

    `refused`: how many it turned away, with a page of its own.
    """

    def __init__(self, to_port, body_bytes_max):
        self._to, self._most, self.refused = to_port, body_bytes_max, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        _end(self._listener)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        """Carry one request after the other, each on a connection of its own behind."""
        with contextlib.suppress(OSError), near.makefile("rb") as asked:
            while head := _head(asked):
                found = re.search(rb"(?i)content-length: (\d+)", head)
                length = int(found[1]) if found else 0
                if length > self._most:
                    self.refused += 1
                    near.sendall(page(413, "Request Entity Too Large"))
                    asked.read(length)
                    break
                with socket.create_connection(("127.0.0.1", self._to)) as far:
                    far.sendall(head + b"connection: close\r\n\r\n" + asked.read(length))
                    while piece := far.recv(65536):
                        near.sendall(piece)
        _end(near)


def _head(asked):
    """Return the lines before the empty one; b"" when the other side has closed."""
    lines = []
    while (line := asked.readline()) not in (b"\r\n", b""):
        lines.append(line)
    return b"".join(lines)


def page(status, words, *headers):
    """Return an answer of a network that is not ours: a page, not cut into headers by chance."""
    body = f"<html><title>{words}</title><h1>{words}</h1></html>".encode()
    lines = [
        f"HTTP/1.1 {status} {words}",
        "content-type: text/html",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body


class Stranger:
    """Answers every request alike, whoever is asked for."""

    def __init__(self, answer):
        self._answer, self.asked = answer, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        _end(self._listener)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                with contextlib.suppress(OSError), near.makefile("rb") as asked:
                    if head := _head(asked):
                        found = re.search(rb"(?i)content-length: (\d+)", head)
                        asked.read(int(found[1]) if found else 0)
                        self.asked.append(head.split(b" ")[1].decode())
                        near.sendall(self._answer)
                _end(near)


def _end(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
