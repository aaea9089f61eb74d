"""What a process that draws pages does: it answers what comes over its lines, until it may end.

The lines come over a socket of its own, as open sockets (unix(7), SCM_RIGHTS). Its other end the
server's process alone holds: when that is closed, by `kill -9` too, the process ends, after the
pages at hand.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

from litestar import Litestar
from uvicorn.loops.auto import auto_loop_factory

from server.processes.lines import PIECE_BYTES, Answer, Line, Part, Request

END_S = 10.0
"""How long the pages at hand may take once the server has ended, as in `server/serving.py`."""
log = logging.getLogger("nuqta.pages")


async def draw_pages(app: Litestar, lines: socket.socket) -> None:
    """Answer requests by an application until the other end of `lines` is closed."""
    loop = asyncio.get_running_loop()
    working: set[asyncio.Task[None]] = set()
    idle: set[Line] = set()
    ended = asyncio.Event()

    def take() -> None:
        try:
            _, given, _, _ = socket.recv_fds(lines, 1, 1)
        except OSError:
            given = []
        if not given:
            loop.remove_reader(lines)
            ended.set()
        for number in given:
            task = loop.create_task(_serve(app, socket.socket(fileno=number), idle))
            working.add(task)
            task.add_done_callback(working.discard)

    lines.settimeout(0)
    async with app.lifespan():
        loop.add_reader(lines, take)
        await ended.wait()
        for line in tuple(idle):
            line.close()
        if working:
            await asyncio.wait(working, timeout=END_S)


async def _serve(app: Litestar, one: socket.socket, idle: set[Line]) -> None:
    """Answer what comes over a line, until nothing does any more; `idle` has it in between."""
    loop = asyncio.get_running_loop()
    _, line = await loop.create_unix_connection(Line, sock=one)
    while True:
        idle.add(line)
        request = await line.next()
        idle.discard(line)
        if not isinstance(request, Request):
            break
        try:
            await _Page(line, request).draw(app)
        except Exception as fault:  # noqa: BLE001 - the edge: who asked is told that it is lost
            log.warning("pages: an answer broke off: %s", type(fault).__name__)
            break
    line.close()


class _Page:
    """One request, and its answer: ASGI on a line."""

    def __init__(self, line: Line, request: Request) -> None:
        self._line = line
        self._request = request
        self._came: Part | None = Part(request.body, request.is_last)
        self._is_whole = request.is_last
        self._begun: Any = None
        self._is_over = asyncio.Event()

    async def draw(self, app: Litestar) -> None:
        """Have an application answer; what it left of the request is read over."""
        scope = {**self._request.scope, "headers": self._request.headers, "state": {}}
        if scope["client"] is not None:
            scope["client"] = tuple(scope["client"])
        scope["server"] = tuple(scope["server"] or ("", None))
        try:
            await app(scope, self._receive, self._send)  # type: ignore[arg-type]
        finally:
            self._is_over.set()
        while not self._is_whole and await self._next() is not None:
            pass

    async def _receive(self) -> Any:
        part, self._came = self._came, None
        if part is None and not self._is_whole:
            part = await self._next()
        elif part is None:
            over = asyncio.ensure_future(self._is_over.wait())
            gone = asyncio.ensure_future(self._line.ended.wait())
            try:
                await asyncio.wait((over, gone), return_when=asyncio.FIRST_COMPLETED)
            finally:
                over.cancel()
                gone.cancel()
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part.body, "more_body": not part.is_last}

    async def _next(self) -> Part | None:
        part = await self._line.next()
        if not isinstance(part, Part):
            self._is_whole = True
            return None
        self._is_whole = part.is_last
        return part

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._begun = message
            return
        body, is_more = message.get("body", b""), message.get("more_body", False)
        pieces = [body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES)] or [b""]
        for number, piece in enumerate(pieces, 1):
            is_last = number == len(pieces) and not is_more
            if begun := self._begun:
                self._begun = None
                headers = [(bytes(name), bytes(value)) for name, value in begun.get("headers", ())]
                await self._line.send(Answer(begun["status"], headers, piece, is_last))
            else:
                await self._line.send(Part(piece, is_last))


def run(app: Litestar, lines: socket.socket) -> None:
    """Draw pages in a loop of this process until the other end of `lines` is closed."""
    asyncio.Runner(loop_factory=auto_loop_factory()).run(draw_pages(app, lines))
