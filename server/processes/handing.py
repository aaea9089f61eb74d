"""Hands pages from the process that owns the port to those that draw them.

What tablets ask stays: its memory is one (`server/exchange/routes.py`), and so do the files that
pages are made with.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from server.processes.lines import Answer, Line, Part, Request
from server.processes.living import Process, Processes
from server.web.lost import IS_LOST
from server.web.site import COOKIE, PORTAL_COOKIE

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]
_OWN = ("/sync/", "/static/")
_SESSION = re.compile(rf"(?:^|; ?)(?:{COOKIE}|{PORTAL_COOKIE})=([^;]+)".encode())
_NOT_SENT = ("headers", "state")
_NO_BODY: dict[str, Any] = {"type": "http.request", "body": b"", "more_body": False}


class Handing:
    """The application of the process that owns the port. Where none draws, it does it itself."""

    def __init__(self, app: App, processes: Processes) -> None:
        """Hand the pages of `app`; what is not handed it answers here."""
        self._app, self._processes = app, processes

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] == "lifespan":
            async with self._processes.kept():
                await self._app(scope, receive, send)
            return
        is_own = scope["path"].startswith(_OWN)
        process = None if is_own else self._processes.choose(_session_of(scope))
        if process is not None and (line := await process.line()) is not None:
            if await _Page(process, line, receive, send).hand(scope):
                return
            # The application shows what went wrong, in the reader's language.
            scope["state"][IS_LOST] = True
        await self._app(scope, receive, send)


def _session_of(scope: Any) -> bytes:
    """Return what names the session of a request; empty if it is of none."""
    for name, value in scope["headers"]:
        if name == b"cookie" and (found := _SESSION.search(value)):
            return bytes(found[1])
    return b""


class _Page:
    """A page on its way to the process that draws it, and back."""

    def __init__(self, process: Process, line: Line, receive: Receive, send: Send) -> None:
        self._process, self._line = process, line
        self._receive, self._send = receive, send
        # What goes on beside: the request's body, then whether who asked is still there.
        self._beside: asyncio.Task[None] | None = None
        self._is_sent = self._is_whole = False

    async def hand(self, scope: Any) -> bool:
        """Have a page drawn. Returns False if it was lost before anything was answered."""
        try:
            answer = await self._begin(scope)
            if answer is None:
                return False
            start = {"type": "http.response.start", "status": answer.status}
            await self._send({**start, "headers": answer.headers})
            await self._pass_on(answer)
        finally:
            if self._beside is not None:
                self._beside.cancel()
            if self._is_whole and self._is_sent:
                self._process.give_back(self._line)
            else:
                self._line.close()
        return True

    async def _begin(self, scope: Any) -> Answer | None:
        self._process.waiting += 1
        try:
            has_body = any(name in _OF_BODY for name, _ in scope["headers"])
            first = await self._receive() if has_body else _NO_BODY
            self._is_sent = not first.get("more_body", False)
            named = {name: value for name, value in scope.items() if name not in _NOT_SENT}
            body = first.get("body", b"")
            await self._line.send(Request(named, scope["headers"], body, self._is_sent))
            if not self._is_sent:
                self._beside = asyncio.create_task(self._send_body())
            answer = await self._line.next()
            return answer if isinstance(answer, Answer) else None
        finally:
            self._process.waiting -= 1

    async def _pass_on(self, part: Answer | Part) -> None:
        """Pass an answer on as it comes; what breaks off is for uvicorn to close."""
        while True:
            is_last = part.is_last
            body = {"type": "http.response.body", "body": part.body}
            await self._send({**body, "more_body": not is_last})
            if is_last:
                self._is_whole = True
                return
            if self._beside is None:
                self._beside = asyncio.create_task(self._hang_up_with_reader())
            more = await self._line.next()
            if not isinstance(more, Part):
                return
            part = more

    async def _send_body(self) -> None:
        """Send on what comes of the request's body; hang up where it breaks off."""
        while not self._is_sent:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                self._line.close()
                return
            is_last = not event.get("more_body", False)
            await self._line.send(Part(event.get("body", b""), is_last))
            self._is_sent = is_last
        await self._hang_up_with_reader()

    async def _hang_up_with_reader(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._is_whole:
            self._line.close()


_OF_BODY = (b"content-length", b"transfer-encoding")
"""Headers that say that a request has one."""
