"""The tablet in a browser, for the demo on a machine without a display.

This process serves the page, holds the line between app and server, and starts the app in another,
`tablet_window.py`, anew for each size of screen.

For the demo alone: bound to 127.0.0.1, and a request that names another host or comes from another
page is refused. `tests/test_tablet_page.py` drives it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import tablet_window  # noqa: E402 - after the path is set

from server.parent import end_with_input  # noqa: E402
from sync.languages import LANGUAGES  # noqa: E402

PAGE = Path(__file__).parent / "tablet"
FILES = {
    "/": PAGE / "page.html",
    "/page.js": PAGE / "page.js",
    "/page.css": PAGE / "page.css",
    "/favicon.ico": ROOT / "server" / "web" / "static" / "nuqta.svg",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
SIZES = ("800x1280", "1280x800", "600x1024")
LOCAL = frozenset({"127.0.0.1", "localhost"})
BODY_BYTES_MAX = 65_536
POLL_S = 20.0
"""A request for the next picture is answered after so long, with none."""


class Line:
    """A TCP line from the app to the server that can be cut."""

    def __init__(self, server: tuple[str, int]) -> None:
        """Listen on a free port."""
        self._server = server
        self._open: list[socket.socket] = []
        self._listening: socket.socket | None = None
        self.port = 0
        self.mend()

    @property
    def is_cut(self) -> bool:
        """Whether nothing gets through."""
        return self._listening is None

    def cut(self) -> None:
        """Break what is under way, and refuse what comes."""
        listening, self._listening = self._listening, None
        for one in (listening, *self._open):
            if one is not None:
                _shut(one)
        self._open.clear()

    def mend(self) -> None:
        """Take connections again, on the same port."""
        if self._listening is not None:
            return
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        _start(self._accept, self._listening)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
                far = socket.create_connection(self._server)
            except OSError:
                if self._listening is not listening:
                    return
                continue  # the server is not there: as good as no line
            self._open += [near, far]
            _start(_pump, near, far)
            _start(_pump, far, near)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65_536):
            target.sendall(content)
    _shut(source)
    _shut(target)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _start(run: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=run, args=arguments, daemon=True).start()


class Tablet:
    """The running app and its latest picture."""

    def __init__(self, store: Path, line: Line, size: str, language: str) -> None:
        """Start the app."""
        self._store, self.line = store, line
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self.number, self.picture, self.words = 0, b"", []
        self.size, self.language = size, language
        self.start(size, language)

    def start(self, size: str, language: str) -> None:
        """Start the app anew, with a screen of another size or in another language."""
        self.stop()
        self.size, self.language = size, language
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(Path(tablet_window.__file__)),
                str(self._store),
                f"http://127.0.0.1:{self.line.port}",
                size,
                language,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        _start(self._read, self._process)

    def stop(self) -> None:
        """End the app, as a crash would: it keeps everything anyway."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def tell(self, acts: list[dict[str, Any]]) -> None:
        """Pass on what hands do. Raises OSError: the app has ended."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"".join(json.dumps(act).encode() + b"\n" for act in acts))
        self._process.stdin.flush()

    def wait(self, after: int) -> tuple[int, bytes] | None:
        """Return the first picture after that number, and its number; None if none comes."""
        with self._changed:
            is_there = self._changed.wait_for(lambda: self.number > after, POLL_S)
            return (self.number, self.picture) if is_there else None

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while len(head := process.stdout.read(4)) == 4:
            said = json.loads(process.stdout.read(int.from_bytes(head, "big")))
            picture = process.stdout.read(said["bytes"])
            with self._changed:
                if process is self._process:
                    self.number, self.picture, self.words = self.number + 1, picture, said["words"]
                    self._changed.notify_all()


class BadAct(ValueError):
    """What was posted is not what a hand does."""


def read_acts(body: bytes) -> list[dict[str, Any]]:
    """Return what hands did. Raises BadAct."""
    try:
        acts = json.loads(body)
    except ValueError as fault:
        raise BadAct("not JSON") from fault
    if not isinstance(acts, list) or not all(isinstance(act, dict) for act in acts):
        raise BadAct("not a list of objects")
    for act in acts:
        kind = act.get("kind")
        if kind in {"down", "move", "up", "wheel"}:
            good = all(isinstance(act.get(name), int | float) for name in ("x", "y"))
            good = good and (kind != "wheel" or isinstance(act.get("down"), bool))
        else:
            good = (kind == "text" and isinstance(act.get("text"), str)) or (
                kind == "key" and act.get("key") in tablet_window.KEYS
            )
        if not good:
            raise BadAct(f"no such act: {kind!r}")
    return acts


def handler(tablet: Tablet) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - its methods' together
    """Return what answers requests."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_message: object) -> None:
            """Say nothing: the demo's terminal is for the demo."""

        def do_GET(self) -> None:
            """The page, its picture, and how things stand."""
            asked = urlsplit(self.path)
            if not self._is_ours():
                self._answer(HTTPStatus.FORBIDDEN)
            elif asked.path in FILES:
                file = FILES[asked.path]
                self._answer(HTTPStatus.OK, file.read_bytes(), TYPES[file.suffix])
            elif asked.path == "/state":
                self._state()
            elif asked.path == "/picture":
                after = asked.query.removeprefix("after=")
                found = tablet.wait(int(after) if after.isdecimal() else 0)
                if found is None:
                    self._answer(HTTPStatus.NO_CONTENT)
                else:
                    number, picture = found
                    self._answer(HTTPStatus.OK, picture, "image/jpeg", {"Picture": str(number)})
            else:
                self._answer(HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            """What hands do, and the switches beside the tablet."""
            length = self.headers.get("Content-Length", "")
            if not self._is_ours() or self.headers.get("Origin") != f"http://{self._host()}":
                self.close_connection = True
                self._answer(HTTPStatus.FORBIDDEN)
                return
            if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
                self.close_connection = True
                self._answer(HTTPStatus.BAD_REQUEST)
                return
            body = self.rfile.read(int(length))
            try:
                if self.path == "/hands":
                    tablet.tell(read_acts(body))
                    self._answer(HTTPStatus.NO_CONTENT)
                elif self.path == "/state":
                    self._change(json.loads(body))
                    self._state()
                else:
                    self._answer(HTTPStatus.NOT_FOUND)
            except (ValueError, AttributeError) as fault:
                self._answer(HTTPStatus.BAD_REQUEST, str(fault).encode(), "text/plain")
            except OSError:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE)

        def _change(self, wanted: dict[str, Any]) -> None:
            if "is_cut" in wanted:
                (tablet.line.cut if wanted["is_cut"] else tablet.line.mend)()
            size = wanted.get("size", tablet.size)
            language = wanted.get("language", tablet.language)
            if size not in SIZES or language not in LANGUAGES:
                raise BadAct(f"no such size or language: {size!r}, {language!r}")
            if (size, language) != (tablet.size, tablet.language):
                tablet.start(size, language)

        def _state(self) -> None:
            state = {
                "is_cut": tablet.line.is_cut,
                "size": tablet.size,
                "language": tablet.language,
                "languages": sorted(LANGUAGES),
                "sizes": SIZES,
                "number": tablet.number,
                "words": tablet.words,
            }
            self._answer(HTTPStatus.OK, json.dumps(state).encode(), "application/json")

        def _host(self) -> str:
            return self.headers.get("Host", "")

        def _is_ours(self) -> bool:
            """A page elsewhere must not reach this one by a name of its own for our address."""
            return self._host().partition(":")[0] in LOCAL

        def _answer(
            self,
            status: HTTPStatus,
            body: bytes = b"",
            kind: str = "text/plain",
            more: dict[str, str] | None = None,
        ) -> None:
            self.send_response(status)
            headers = {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:;"
                " frame-ancestors 'none'",
                **({"Connection": "close"} if self.close_connection else {}),
                **(more or {}),
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Page


def serve(chosen: argparse.Namespace) -> int:
    """Serve the page until standard input ends; its address is printed when the app has drawn."""
    server = urlsplit(chosen.server)
    line = Line((server.hostname or "127.0.0.1", server.port or 80))
    tablet = Tablet(Path(chosen.store), line, SIZES[0], chosen.language)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    end_with_input(sys.stdin.fileno(), lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        if tablet.wait(0) is None:
            return 1
        try:
            page = ThreadingHTTPServer(("127.0.0.1", chosen.port), handler(tablet))
        except OSError:  # the port is another's
            page = ThreadingHTTPServer(("127.0.0.1", 0), handler(tablet))
        print(f"http://127.0.0.1:{page.server_address[1]}/", flush=True)
        page.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        tablet.stop()
    return 0


def main() -> int:
    """Serve the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True, metavar="DIR")
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--language", default="ar")
    parser.add_argument("--port", type=int, default=0, help="of the page, if it is free")
    return serve(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
